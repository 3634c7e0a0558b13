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
from tests.botapi.client import Person, Telegram

PATIENCE_SECONDS = 120.0
START_SECONDS = 240.0
"""How long a bot may take to start: on a machine with much else to do it reads its pack slowly."""

TOKEN = "42:TEST-of_the-bot"


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
    from_here: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Follow what it writes until it ends."""
        assert self.process.stderr
        async for line in self.process.stderr:
            self.written += line.decode()
            if line.startswith(b"{"):
                self.log.append(json.loads(line))
            self._changed.set()
        await self.process.wait()
        self._changed.set()

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What the log holds of errors since the test began."""
        return [entry for entry in self.log[self.from_here :] if entry["level"] == "error"]

    async def logs(self, event: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The last entry of a kind since the test began, waited for."""
        async with asyncio.timeout(seconds):
            while True:
                found = [entry for entry in self.log[self.from_here :] if entry["event"] == event]
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
async def running(environment: Mapping[str, str], *, started: bool = True, module: str = "bot") -> AsyncIterator[Bot]:
    """`python -m bot run` with exactly these settings, or another module. Its log must never hold its secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, "run"),
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
            await bot.logs("bot.started", START_SECONDS)
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


@dataclass(frozen=True)
class Stage:
    """A Telegram, a pack to be edited, an admin, and the settings of a bot for them."""

    telegram: Telegram
    pack: Pack
    admin: Person
    environment: dict[str, str]


@asynccontextmanager
async def stage(folder: Path, *, webhook: bool) -> AsyncIterator[Stage]:
    """Set it up. The bot is not started."""
    async with Telegram.started("--read-all", "--retry-unit", "0.05", token=TOKEN) as telegram:
        pack, admin = Pack.copied_to(folder), await telegram.person("Ada", language="en")
        settings = {
            "BOT_TOKEN": telegram.token,
            "BOT_API_URL": telegram.url,
            "BOT_ADMINS": str(admin.id),
            "BOT_KNOWLEDGE": str(pack.knowledge),
            "BOT_INTENTS": str(pack.intents),
            "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
        }
        yield Stage(telegram, pack, admin, settings | (webhook_settings() if webhook else {}))


def webhook_settings() -> dict[str, str]:
    """Those that have Telegram call the bot, on a port of its own."""
    address = f"127.0.0.1:{free_port()}"
    return {
        "BOT_WEBHOOK_URL": f"http://{address}/telegram",
        "BOT_WEBHOOK_SECRET": "a-Secret_of-the-tests",
        "BOT_LISTEN": address,
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
