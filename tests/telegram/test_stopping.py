"""SIGTERM and SIGINT end the bot at once, whatever it reads: nobody waits for a pack that nobody will use."""

from __future__ import annotations

import shutil
import signal

import pytest

from bot.settings import ROOT
from tests.telegram.conftest import good
from tests.telegram.stage import Stage, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

signals = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@signals
async def test_while_the_pack_is_read_at_the_start(own: Stage, number: int) -> None:
    async with running(own.environment | {"BOT_CACHE": "off"}, started=False) as bot:
        await bot.logs("pack.loading")
        assert await bot.ends(number) == 0
    assert [entry["event"] for entry in bot.log] == ["pack.loading", "bot.stopped"]


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
@signals
async def test_while_an_admin_reloads(own: Stage, number: int) -> None:
    good(own)
    async with running(own.environment | {"BOT_CACHE": "off"}) as bot:
        _put_the_large_pack(own)
        await own.admin.says("/reload")
        await bot.logs("reload.begun")
        assert await bot.ends(number) == 0
    assert "reload.given_up" in [entry["event"] for entry in bot.log]
    assert "reads the facts when it starts again" in (await own.admin.hears()).text
    assert bot.errors == []


async def test_while_a_signal_reloads(own: Stage) -> None:
    good(own)
    async with running(own.environment | {"BOT_CACHE": "off"}) as bot:
        _put_the_large_pack(own)
        bot.process.send_signal(signal.SIGHUP)
        await bot.logs("reload.begun")
        assert await bot.ends(signal.SIGTERM) == 0
    assert "reload.given_up" in [entry["event"] for entry in bot.log]
    assert bot.errors == []


async def test_a_reload_asked_for_at_the_start_or_during_another_is_done_after_it(own: Stage) -> None:
    good(own)
    async with running(own.environment | {"BOT_CACHE": "off"}, started=False) as bot:
        await bot.logs("pack.loading")
        bot.process.send_signal(signal.SIGHUP)
        await bot.logs("bot.started")
        await bot.logs("reload.done")
        pack = good(own)
        bot.process.send_signal(signal.SIGHUP)
        pack.says("It is {{ rows.facts[0].value.name }}.")
        bot.process.send_signal(signal.SIGHUP)
        alice = await own.telegram.person("Alice", language="en")
        while not (await alice.asks("who is the chair?")).text.startswith("It is Ann."):
            pass
    assert bot.errors == []


def _put_the_large_pack(own: Stage) -> None:
    for folder in (own.pack.knowledge, own.pack.intents):
        shutil.rmtree(folder)
        shutil.copytree(ROOT / folder.name, folder)
