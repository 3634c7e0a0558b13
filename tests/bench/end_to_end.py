"""Updates a second through Telegram's HTTP, beside an echo bot that keeps none of the promises, one, two and so on:
processes of their own, called by webhook.

A stand-in for Telegram answers their calls at once. Rounds alternate, so that what else the machine does falls on all;
an update counts when the bot has acknowledged it, which is after its answer was sent.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from bot.settings import ROOT, Settings
from tests import shipped
from tests.bench.echo import RUNGS
from tests.bench.pages import markdown
from tests.telegram.stage import TOKEN, Bot, running

ROUNDS = 5
UPDATES = 400
AT_ONCE = 16
REPEATED = 100
"""So many questions are asked again and again. All others of the pack are asked once, a part of them in each round."""

PATIENT = 200
"""So many messages of others, one after another, are timed while nobody else writes, and while one chat floods."""

SECRET = "a-secret-of-the-benchmark"

AGAIN, NEW = "the bot, asked what was asked before", "the bot, each question new"


@dataclass(frozen=True, slots=True)
class Rounds:
    """Updates a second, and seconds of processor time an update, of each round of one bot."""

    a_second: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Running:
    """The process of a bot, and its webhook."""

    address: str
    pid: int


Waits = dict[str, list[float]]
"""Seconds from a message to the acknowledgement of its answer, by what else goes on."""


async def measure() -> tuple[dict[str, Rounds], Waits]:
    """The rounds of each rung of the echo bot, of the bot, and of the bot asked what is new; and who waits how long."""
    texts = list(dict.fromkeys(example.ask for example in shipped.pack().examples if not example.after))
    random.Random(7).shuffle(texts)
    repeated, new = itertools.cycle(texts[:REPEATED]), iter(texts[REPEATED:])
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(_telegram())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bots = {}
        for rung, name in enumerate((*RUNGS, AGAIN)):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment = {**_environment(api, _free_port(), folder), "RUNG": str(rung)}
            start: Any = running(environment) if name == AGAIN else _echo(environment)
            process = await stack.enter_async_context(start)
            own = process.process if isinstance(process, Bot) else process
            bots[name] = Running(environment["BOT_WEBHOOK_URL"], own.pid)
        poster = Poster(session)
        for bot in bots.values():
            await poster.post(bot.address, texts[:REPEATED])
        found = {name: Rounds() for name in (*bots, NEW)}
        for _ in range(ROUNDS):
            batch = list(itertools.islice(repeated, UPDATES))
            fresh = list(itertools.islice(new, (len(texts) - REPEATED) // ROUNDS))
            for name in found:
                await _round(poster, bots.get(name, bots[AGAIN]), fresh if name == NEW else batch, found[name])
        return found, await _waits(poster, bots[AGAIN].address, texts[:REPEATED])


async def _round(poster: Poster, bot: Running, batch: list[str], found: Rounds) -> None:
    before, began = _processor_seconds(bot.pid), time.perf_counter()
    await poster.post(bot.address, batch)
    found.a_second.append(len(batch) / (time.perf_counter() - began))
    found.processor.append((_processor_seconds(bot.pid) - before) / len(batch))


async def _waits(poster: Poster, address: str, texts: list[str]) -> Waits:
    asked = list(itertools.islice(itertools.cycle(texts), PATIENT))
    alone = await poster.post(address, asked, at_once=1)
    flood = asyncio.create_task(poster.post(address, itertools.cycle(texts), chat=1))
    beside = await poster.post(address, asked, at_once=1)
    flood.cancel()
    await asyncio.gather(flood, return_exceptions=True)
    return {"while nobody else writes": alone, f"while one chat writes {AT_ONCE} at once": beside}


class Poster:
    """Delivers updates as Telegram does."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._numbers = itertools.count(1)

    async def post(
        self, address: str, texts: Iterable[str], *, at_once: int = AT_ONCE, chat: int | None = None
    ) -> list[float]:
        """Deliver texts, some at once, of as many persons or of one chat. Returns how many seconds each took."""
        waiting, took = iter(texts), []

        async def deliver() -> None:
            for text in waiting:
                began = time.perf_counter()
                async with self._session.post(
                    address,
                    json=_update(next(self._numbers), text, chat),
                    headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
                ) as response:
                    assert response.status == 200, await response.text()
                took.append(time.perf_counter() - began)

        await asyncio.gather(*(deliver() for _ in range(at_once)))
        return took


def _update(number: int, text: str, chat: int | None) -> dict[str, Any]:
    person = {"id": chat or 1000 + number, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    where = {"id": person["id"], "type": "private", "first_name": "Ann"}
    message = {"message_id": number, "date": int(time.time()), "chat": where, "from": person, "text": text}
    return {"update_id": number, "message": message}


@asynccontextmanager
async def _telegram() -> AsyncIterator[str]:
    """A server that says yes to everything."""
    numbers = itertools.count(1)
    me = {"id": int(TOKEN.split(":")[0]), "is_bot": True, "first_name": "Bot", "username": "test_bot"}

    async def called(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "getMe":
            result: Any = me
        elif method.startswith("send") and method != "sendChatAction":
            chat = {"id": 1, "type": "private", "first_name": "Ann"}
            result = {"message_id": next(numbers), "date": int(time.time()), "chat": chat, "from": me, "text": "."}
        else:
            result = [] if method.startswith("getMy") else True
        return web.json_response({"ok": True, "result": result})

    server = web.Application()
    server.router.add_route("*", "/{token}/{method}", called)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _echo(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.echo", env={**os.environ, **environment}, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        await process.wait()


def _environment(api: str, port: int, folder: Path) -> dict[str, str]:
    return {
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": api,
        "BOT_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "BOT_WEBHOOK_SECRET": SECRET,
        "BOT_LISTEN": f"127.0.0.1:{port}",
        "BOT_KNOWLEDGE": str(ROOT / "knowledge"),
        "BOT_INTENTS": str(ROOT / "intents"),
        "BOT_CACHE": str(Settings.load().bot_cache or "off"),
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _processor_seconds(pid: int) -> float:
    """User and system time of a process, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tables(found: dict[str, Rounds], waits: Waits) -> list[str]:
    """What each promise costs, and what one who floods costs the others."""
    echo = found[RUNGS[0]]

    def ratios(rounds: Rounds) -> str:
        ranked = sorted(one / other for one, other in zip(rounds.a_second, echo.a_second, strict=True))
        return f"{ranked[0]:.2f} / {median(ranked):.2f} / {ranked[-1]:.2f}"

    rungs = [
        (name, f"{median(rounds.processor) * 1000:.2f}", f"{median(rounds.a_second):.0f}", ratios(rounds))
        for name, rounds in found.items()
    ]
    waited = [
        (name, f"{median(seconds) * 1000:.1f}", f"{sorted(seconds)[int(len(seconds) * 0.99)] * 1000:.1f}")
        for name, seconds in waits.items()
    ]
    return [
        markdown(("an update", "processor ms", "a second", "a second : the echo bot's, least / median / most"), rungs),
        markdown(("a message of another chat is answered", "median ms", "99 % ms"), waited),
    ]


if __name__ == "__main__":
    print(*tables(*asyncio.run(measure())), sep="\n\n")
