"""What people did survives a move: a bot killed in the middle of its work, backed up, and restored elsewhere."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.databases import new_database
from tests.telegram.stage import Stage, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _command(environment: Mapping[str, str], *arguments: str) -> None:
    command = (sys.executable, "-m", "bot", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env={"PYTHONPATH": str(ROOT), **environment})
    assert await process.wait() == 0


@pytest.mark.parametrize("kinds", [("sqlite", "postgresql"), ("postgresql", "sqlite")], ids=" to ".join)
async def test_a_bot_goes_on_elsewhere_from_a_backup(
    kinds: tuple[str, str], own: Stage, postgres: str, tmp_path: Path
) -> None:
    address = (await new_database(postgres)).replace("+asyncpg", "")
    here, there = (
        own.environment | {"DATABASE_URL": f"sqlite:///{tmp_path}/{kind}.sqlite3" if kind == "sqlite" else address}
        for kind in kinds
    )
    file = str(tmp_path / "state.gz")
    alice, bob = await own.telegram.person("Alice", language="en"), await own.telegram.person("Bob", language="en")
    async with running(here) as bot:
        await alice.asks("/subscribe Tashkent 8:30")
        await alice.asks("who won the football cup?")
        answer = await alice.asks("who were observers in 2005?")
        await alice.presses("👍", answer)
        await _command(here, "backup", file)  # while it runs, which the second one replaces
        await own.telegram.fails("sendMessage", "502", count=None)
        await bob.says("when did India join?")
        await bot.logs("telegram.retry")
        await bot.ends(signal.SIGKILL)
    await _command(here, "backup", file)
    await _command(there, "restore", file)
    await own.telegram.recovers()
    async with running(there):
        assert "9 June 2017" in (await bob.hears()).text
        assert "In 2012" in (await alice.asks("and in 2012?")).text
        missed = await own.admin.asks("/missed")
        assert "who won the football cup?" in missed.text
        status = await own.admin.asks("/status")
        assert "subscriptions 1" in status.text
        assert "votes 1" in status.text
