"""No pack is so bad that a reload takes the old one away, or that a start hangs over it."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE

import pytest

from bot.settings import ROOT
from tests.hostile import ANSWER, KINDS, QUESTION
from tests.telegram.conftest import good
from tests.telegram.stage import PATIENCE_SECONDS, Bot, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

STARTS = ("no YAML", "1 GB in a file", "a FIFO", "words that multiply", "an answer nested too deeply")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bad_reload_leaves_the_old_pack_answering(small: tuple[Stage, Bot], kind: str) -> None:
    there, bot = small
    alice, admin = await there.telegram.person("Alice", language="en"), there.admin
    pack = good(there)
    KINDS[kind][0](pack)
    await admin.says("/reload")
    assert (await alice.asks(QUESTION)).text.startswith(ANSWER)  # while it is read
    assert "problem" in (await admin.hears()).text
    assert (await alice.asks(QUESTION)).text.startswith(ANSWER)
    assert bot.errors == []


async def test_a_good_reload_after_bad_ones_is_taken(small: tuple[Stage, Bot]) -> None:
    there, _ = small
    alice, admin = await there.telegram.person("Alice", language="en"), there.admin
    pack = good(there)
    KINDS["an answer that loops"][0](pack)
    assert "problems: 1" in (await admin.asks("/reload")).text
    pack.says("It is {{ rows.facts[0].value.name }}.")
    assert (await admin.asks("/reload")).text.startswith("Reloaded")
    assert (await alice.asks(QUESTION)).text.startswith("It is Ann.")
    pack = good(there)
    assert (await admin.asks("/reload")).text.startswith("Reloaded")


@pytest.mark.parametrize("webhook", [False, True])
@pytest.mark.parametrize(
    "kind", ["no YAML", "1 GB in a file", "a FIFO", "words that multiply", "an answer nested too deeply"]
)
async def test_a_start_on_a_bad_pack_says_so_and_ends(own: Stage, kind: str) -> None:
    spoil, told = KINDS[kind]
    spoil(good(own))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env={"PYTHONPATH": str(ROOT), **own.environment}, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        said, errors = await process.communicate()
    assert process.returncode == 1
    assert re.search(told, said.decode())
    assert b"Traceback" not in errors
