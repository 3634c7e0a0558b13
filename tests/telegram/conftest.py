"""A bot and people for each test. Starting a bot costs seconds, so tests share one, each with people of its own.

A test that edits the facts, stops the bot or starts it in its own way asks for `own`: a stage for it alone.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.botapi.client import Person, Telegram
from tests.hostile import Spoilt
from tests.telegram.stage import Bot, Stage, running, stage


class Shared:
    """The stages that tests share, with a bot on each: one that polls and one that Telegram calls."""

    def __init__(self, stack: AsyncExitStack, folders: pytest.TempPathFactory) -> None:
        self._stack = stack
        self._folders = folders
        self._ready: dict[bool, tuple[Stage, Bot]] = {}

    async def get(self, webhook: bool) -> tuple[Stage, Bot]:
        if webhook not in self._ready:
            folder = self._folders.mktemp("shared")
            there = await self._stack.enter_async_context(stage(folder, webhook=webhook))
            self._ready[webhook] = there, await self._stack.enter_async_context(running(there.environment))
        return self._ready[webhook]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    async with AsyncExitStack() as stack:
        yield Shared(stack, tmp_path_factory)


@pytest.fixture
def webhook() -> bool:
    """Whether Telegram calls the bot; tests that hold for both ways say so."""
    return False


@pytest_asyncio.fixture(loop_scope="session")
async def bot(shared: Shared, webhook: bool) -> AsyncIterator[Bot]:
    """A bot that runs, shared."""
    there, started = await shared.get(webhook)
    started.from_here = len(started.log)
    yield started
    await there.telegram.recovers()


@pytest_asyncio.fixture(loop_scope="session")
async def telegram(shared: Shared, webhook: bool) -> Telegram:
    """The Telegram that the shared bot is on."""
    return (await shared.get(webhook))[0].telegram


@pytest_asyncio.fixture(loop_scope="session")
async def alice(telegram: Telegram) -> Person:
    return await telegram.person("Alice", language="en")


@pytest_asyncio.fixture(loop_scope="session")
async def bob(telegram: Telegram) -> Person:
    return await telegram.person("Bob", language="en")


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory, webhook: bool) -> AsyncIterator[Stage]:
    """A stage for one test alone, on which no bot runs yet."""
    async with stage(tmp_path_factory.mktemp("own"), webhook=webhook) as there:
        yield there


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stage, Bot]]:
    """A bot on a small pack, which it reads in no time, to be ill-treated."""
    async with stage(tmp_path_factory.mktemp("small"), webhook=False) as there:
        good(there)
        async with running(there.environment) as bot:
            yield there, bot


def good(there: Stage) -> Spoilt:
    """The small pack in the place of whatever there is."""
    parent = there.pack.knowledge.parent
    for folder in ("knowledge", "intents", "elsewhere"):
        shutil.rmtree(parent / folder, ignore_errors=True)
    return Spoilt.good(parent)
