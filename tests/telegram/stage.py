"""The real bot as a process of its own, on a Telegram that the tests run."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.settings import ROOT
from tests.botapi.client import Telegram

PATIENCE_SECONDS = 20.0


@dataclass
class Pack:
    """A copy of the facts and the phrasing, for editing."""

    knowledge: Path
    intents: Path

    @classmethod
    def copied_to(cls, folder: Path) -> Pack:
        pack = cls(folder / "knowledge", folder / "intents")
        shutil.copytree(ROOT / "knowledge", pack.knowledge)
        shutil.copytree(ROOT / "intents", pack.intents)
        return pack

    def replace(self, old: str, new: str) -> None:
        """Edit the facts: put `new` for `old` wherever it stands."""
        files = [path for path in self.knowledge.rglob("*.yaml") if old in path.read_text("utf-8")]
        assert files, f"{old} stands nowhere in the facts"
        for path in files:
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


@dataclass
class Bot:
    """A bot that runs. `log` is what it has written, a JSON object a line."""

    process: asyncio.subprocess.Process
    log: list[dict[str, Any]] = field(default_factory=list)
    written: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Follow what it writes until it ends."""
        assert self.process.stderr
        async for line in self.process.stderr:
            self.written += line.decode()
            if line.startswith(b"{"):
                self.log.append(json.loads(line))
            self._changed.set()
        self._changed.set()

    async def logs(self, event: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The last entry of a kind, waited for."""
        async with asyncio.timeout(seconds):
            while True:
                found = [entry for entry in self.log if entry["event"] == event]
                if found:
                    return found[-1]
                if self.process.returncode is not None:
                    raise AssertionError(f"the bot ended without logging {event}:\n{self.written}")
                self._changed.clear()
                await self._changed.wait()

    async def ends(self, number: int | None = None, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit status, after sending it a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        async with asyncio.timeout(seconds):
            return await self.process.wait()


@asynccontextmanager
async def running(environment: Mapping[str, str], *, started: bool = True) -> AsyncIterator[Bot]:
    """`python -m bot run` with exactly these settings. Its log must never hold its secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run"),
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        cwd=Path(environment["BOT_KNOWLEDGE"]).parent,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    bot = Bot(process)
    reading = asyncio.create_task(bot.read())
    try:
        if started:
            await bot.logs("bot.started")
        yield bot
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await bot.ends()
            except TimeoutError:
                process.kill()
        await reading
        for secret in (environment["BOT_TOKEN"], environment.get("BOT_WEBHOOK_SECRET", environment["BOT_TOKEN"])):
            assert secret not in bot.written


async def until(condition: Callable[[], Awaitable[object]], seconds: float = PATIENCE_SECONDS) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition is whatever the test says
            await asyncio.sleep(0.02)


def settings(telegram: Telegram, pack: Pack, folder: Path, *, webhook: bool, admins: str = "") -> dict[str, str]:
    """The settings of a bot on this Telegram."""
    given = {
        "BOT_TOKEN": telegram.token,
        "BOT_API_URL": telegram.url,
        "BOT_ADMINS": admins,
        "BOT_KNOWLEDGE": str(pack.knowledge),
        "BOT_INTENTS": str(pack.intents),
        "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
    }
    if webhook:
        address = f"127.0.0.1:{free_port()}"
        given |= {
            "BOT_WEBHOOK_URL": f"http://{address}/telegram",
            "BOT_WEBHOOK_SECRET": "a-Secret_of-the-tests",
            "BOT_LISTEN": address,
        }
    return given


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
