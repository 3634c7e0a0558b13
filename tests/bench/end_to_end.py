"""Updates a second through Telegram's HTTP, beside an echo bot: both as processes of their own, called by webhook.

A stand-in for Telegram answers their calls at once. Rounds alternate, so that what else the machine does falls on both;
an update counts when the bot has acknowledged it, which is after its answer was sent.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from bot.settings import ROOT, Settings
from tests import shipped
from tests.telegram.stage import TOKEN, Bot, running

ROUNDS = 5
UPDATES = 400
AT_ONCE = 16
SECRET = "a-secret-of-the-benchmark"


@dataclass(frozen=True, slots=True)
class Rounds:
    """Updates a second, and seconds of processor time an update, of each round of one bot."""

    a_second: list[float]
    processor: list[float]


async def measure() -> tuple[Rounds, Rounds]:
    """The bot and the echo bot."""
    texts = list(dict.fromkeys(example.ask for example in shipped.pack().examples if not example.after))
    asked = itertools.cycle(texts)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(_telegram())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        bots = {}
        for name in ("bot", "echo"):
            port = _free_port()
            environment = _environment(api, port, Path(folder))
            start: Any = running(environment) if name == "bot" else _echo(environment)
            process = await stack.enter_async_context(start)
            own = process.process if isinstance(process, Bot) else process
            bots[name] = (f"http://127.0.0.1:{port}/hook", own.pid)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        found = {name: Rounds([], []) for name in bots}
        numbers = itertools.count(1)
        for n in range(ROUNDS + 1):
            batch = [next(asked) for _ in range(UPDATES)]
            for name, (address, pid) in bots.items():
                before, began = _processor_seconds(pid), time.perf_counter()
                await _post(session, address, batch, numbers)
                took = time.perf_counter() - began
                if n:  # the first round warms both up
                    found[name].a_second.append(UPDATES / took)
                    found[name].processor.append((_processor_seconds(pid) - before) / UPDATES)
        return found["bot"], found["echo"]


async def _post(session: aiohttp.ClientSession, address: str, batch: list[str], numbers: itertools.count[int]) -> None:
    """Deliver texts as updates of as many persons, some at once."""
    waiting = iter(batch)

    async def deliver() -> None:
        for text in waiting:
            async with session.post(
                address, json=_update(next(numbers), text), headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}
            ) as response:
                assert response.status == 200, await response.text()

    await asyncio.gather(*(deliver() for _ in range(AT_ONCE)))


def _update(number: int, text: str) -> dict[str, Any]:
    person = {"id": 1000 + number, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    chat = {"id": person["id"], "type": "private", "first_name": "Ann"}
    message = {"message_id": number, "date": int(time.time()), "chat": chat, "from": person, "text": text}
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
        "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _processor_seconds(pid: int) -> float:
    """User and system time of a process, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows(bot: Rounds, echo: Rounds) -> list[tuple[str, str, str, str]]:
    """Each figure of both, and the smallest, median and largest ratio over the rounds."""

    def ratios(ours: list[float], theirs: list[float]) -> str:
        found = sorted(one / other for one, other in zip(ours, theirs, strict=True))
        return f"{found[0]:.2f} / {median(found):.2f} / {found[-1]:.2f}"

    return [
        ("updates a second, the bot : an echo bot", f"{median(bot.a_second):.0f}", f"{median(echo.a_second):.0f}",
         ratios(bot.a_second, echo.a_second)),
        ("processor ms an update, the bot : an echo bot", f"{median(bot.processor) * 1000:.2f}",
         f"{median(echo.processor) * 1000:.2f}", ratios(bot.processor, echo.processor)),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in rows(*asyncio.run(measure())):
        print(" | ".join(row))
