"""A Telegram with bots on it, and the network between them."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from tests.botapi.client import Person, Telegram
from tests.chaos.balancer import balancer
from tests.chaos.hurried import MODULE
from tests.chaos.wire import Wire, reach, reach_socket
from tests.databases import new_database
from tests.telegram.stage import TOKEN, Bot, Pack, free_port, running

SECRET = "a-Secret_of-the-tests"


@dataclass(frozen=True)
class Setting:
    """How the bot runs."""

    replicas: int = 1
    webhook: bool = False

    @property
    def postgres(self) -> bool:
        return self.replicas > 1

    def __str__(self) -> str:
        return f"{'webhook' if self.webhook else 'polling'}, {'PostgreSQL' if self.postgres else 'SQLite'}"


@dataclass
class Scene:
    """`api` is the wire to Telegram, `door` the one from it, `store` that to PostgreSQL."""

    setting: Setting
    telegram: Telegram
    folder: Path
    pack: Pack
    admin: Person
    environments: list[dict[str, str]]
    api: Wire
    door: Wire | None
    store: Wire | None
    bots: list[Bot] = field(default_factory=list)
    _stacks: list[AsyncExitStack] = field(default_factory=list)

    async def start(self, number: int) -> None:
        """Start a replica, for the first time or again."""
        stack = AsyncExitStack()
        bot = await stack.enter_async_context(running(self.environments[number], module=MODULE))
        if number < len(self.bots):
            await self._stacks[number].aclose()
            self.bots[number], self._stacks[number] = bot, stack
        else:
            self.bots.append(bot)
            self._stacks.append(stack)

    async def stop(self) -> None:
        """Stop all that run, and see that they end well."""
        for bot, stack in zip(self.bots, self._stacks, strict=True):
            if bot.process.returncode is None:
                status = await bot.ends(signal.SIGTERM, 40)
                assert status == 0, f"a bot ended with {status}:\n{bot.written[-2000:]}"
            await stack.aclose()

    def signal(self, number: int) -> None:
        """Send a signal to all that run."""
        for bot in self.bots:
            if bot.process.returncode is None:
                bot.process.send_signal(number)

    @property
    def database(self) -> Path:
        """The file of SQLite."""
        return self.folder / "bot.sqlite3"


@asynccontextmanager
async def scene(setting: Setting, folder: Path, postgres: str = "") -> AsyncIterator[Scene]:
    """Set it up, with every replica running. `postgres` is the address of a server, where one is needed."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(Telegram.started("--retry-unit", "0.05", token=TOKEN))
        address, pack = urlsplit(telegram.url), Pack.copied_to(folder)
        api = await stack.enter_async_context(Wire.to(reach(str(address.hostname), int(address.port or 0))))
        admin = await telegram.person("Ada", language="en")
        common = {
            "BOT_TOKEN": telegram.token,
            "BOT_ADMINS": str(admin.id),
            "BOT_API_URL": f"http://127.0.0.1:{api.port}",
            "BOT_KNOWLEDGE": str(pack.knowledge),
            "BOT_INTENTS": str(pack.intents),
            "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
        }
        store = door = None
        if setting.postgres:
            socket = f"{make_url(postgres).query['host']}/.s.PGSQL.5432"
            store = await stack.enter_async_context(Wire.to(reach_socket(socket)))
            database = make_url(await new_database(postgres)).database
            common["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{store.port}/{database}"
        listen = [f"127.0.0.1:{free_port()}" for _ in range(setting.replicas)]
        if setting.webhook:
            port = await stack.enter_async_context(balancer([f"http://{one}" for one in listen]))
            door = await stack.enter_async_context(Wire.to(reach("127.0.0.1", port)))
            common |= {"BOT_WEBHOOK_URL": f"http://127.0.0.1:{door.port}/telegram", "BOT_WEBHOOK_SECRET": SECRET}
        environments = [{**common, **({"BOT_LISTEN": one} if setting.webhook else {})} for one in listen]
        made = Scene(setting, telegram, folder, pack, admin, environments, api, door, store)
        try:
            for number in range(setting.replicas):
                await made.start(number)
            yield made
        finally:
            await _mended(made)
            await made.stop()


async def _mended(made: Scene) -> None:
    with contextlib.suppress(OSError):
        await made.telegram.recovers()
    for wire in (made.api, made.door, made.store):
        if wire:
            wire.cut()
            await wire.mend()
