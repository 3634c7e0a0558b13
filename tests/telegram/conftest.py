"""A Telegram, a pack and a bot for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.botapi.client import Person, Telegram
from tests.telegram.stage import Bot, Pack, running, settings

TOKEN = "42:TEST-of_the-bot"


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack.copied_to(tmp_path)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram.started("--read-all", "--retry-unit", "0.05", token=TOKEN) as started:
        yield started


@pytest.fixture
async def alice(telegram: Telegram) -> Person:
    return await telegram.person("Alice", language="en")


@pytest.fixture
async def admin(telegram: Telegram) -> Person:
    return await telegram.person("Ada", language="en")


@pytest.fixture
def webhook() -> bool:
    """Whether the bot is called by Telegram; tests that hold for both ways say so."""
    return False


@pytest.fixture
def environment(telegram: Telegram, pack: Pack, tmp_path: Path, admin: Person, webhook: bool) -> dict[str, str]:
    return settings(telegram, pack, tmp_path, webhook=webhook, admins=str(admin.id))


@pytest.fixture
async def bot(environment: dict[str, str]) -> AsyncIterator[Bot]:
    async with running(environment) as started:
        yield started
