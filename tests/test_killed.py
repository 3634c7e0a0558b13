"""`sco-bot backup` and `sco-bot restore`, killed: what was there before is there still, or the new is there whole."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from bot.storage import Store, StoreError, backup, restore
from tests.databases import execute
from tests.killing import back_up, put_back, started
from tests.test_backup import Content, content, full

STEPS = 13
"""How many statements further on each kill comes; `KILLS` more are spread over the time of the work."""

KILLS = 8
ROWS = 3000


@pytest.fixture
async def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two backups, of which the second holds more."""
    url, small, large = (
        f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}",
        tmp_path / "small.gz",
        tmp_path / "large.gz",
    )
    await full(url)
    await backup(url, small)
    await _more(url)
    await backup(url, large)
    return small, large


async def _more(url: str) -> None:
    many = ",".join(f"({number}, 2, 3, 1, 'who', 9.5)" for number in range(1000, 1000 + ROWS))
    await execute(url, f"INSERT INTO votes (chat, message, person, value, intent, expires) VALUES {many}")


async def killed(begin: Callable[[int | None], BaseProcess]) -> AsyncIterator[bool]:
    """Begin again and again, and kill it ever later. Each time, whether it was done."""
    for last in count(0, STEPS):
        done = await _done(begin(last))
        yield done
        if done:
            break
    assert last > STEPS, "it was killed in the middle"
    began = time.monotonic()
    assert await _done(begin(None))
    took = time.monotonic() - began
    for part in range(KILLS):
        process = begin(None)
        await asyncio.to_thread(process.join, took * part / KILLS)
        process.kill()
        yield await _done(process)


async def _done(process: BaseProcess) -> bool:
    await asyncio.to_thread(process.join)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


async def test_a_restore_that_is_killed_is_done_or_has_changed_nothing(url: str, files: tuple[Path, Path]) -> None:
    holds = {}
    for file in files:
        await restore(url, file, replace=True)
        holds[file] = await content(url)
    small, large = files
    assert holds[small] != holds[large]
    async for done in killed(lambda last: started(put_back, url, small, last)):
        assert await content(url) in ([holds[small]] if done else holds.values())
        if await content(url) != holds[large]:
            await restore(url, large, replace=True)
    async with Store.at(url) as store:
        await store.unanswered("who?")


async def test_a_first_restore_that_is_killed_can_be_done_again(url: str, files: tuple[Path, Path]) -> None:
    small, _ = files
    for last in count(0, STEPS):
        done = await _done(started(put_back, url, small, last))
        if done:
            break
        assert await _there(url) is None, "half of it is there"
    assert await content(url)


async def _there(url: str) -> Content | None:
    try:
        return await content(url)
    except StoreError:
        return None


async def test_a_backup_that_is_killed_leaves_the_one_before(url: str, tmp_path: Path) -> None:
    before = await full(url)
    file, other = tmp_path / "state.gz", f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}"
    await backup(url, file)
    await _more(url)
    now = await content(url)
    async for done in killed(lambda last: started(back_up, url, file, last)):
        assert await content(url) == now
        await restore(other, file, replace=True)
        assert await content(other) in ([now] if done else [before, now])
