"""The faults in short, met by a few people: an answer once, or a word that it failed; in order, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.chaos.crowd import LATE_SECONDS
from tests.chaos.rows import ROWS, Outcome, Row, meet
from tests.chaos.scene import Scene, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT = [row for row in ROWS if row.in_short]


class Scenes:
    """One after another, each for all of its rows: starting bots is what takes time."""

    def __init__(self, folders: pytest.TempPathFactory, server: str) -> None:
        self._folders, self._server = folders, server
        self._now: Scene | None = None
        self._stack = AsyncExitStack()
        self._outcomes: list[Outcome] = []

    async def meet(self, row: Row) -> Outcome:
        if self._now is None or self._now.setting != row.setting:
            await self.close()
            made = scene(row.setting, self._folders.mktemp("chaos"), self._server)
            self._now = await self._stack.enter_async_context(made)
        self._outcomes.append(await meet(row, self._now, people=12, rounds=4, seconds=1.6, late=0.0))
        return self._outcomes[-1]

    async def close(self) -> None:
        """End the scene that is open. What came late there is seen now, for all of its rows."""
        async with self._stack:
            await asyncio.sleep(LATE_SECONDS if self._outcomes else 0)
            for outcome in self._outcomes:
                assert (await outcome.crowd.count()).held, f"{outcome.row.name}: something came late"
        self._now, self._outcomes = None, []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scenes(tmp_path_factory: pytest.TempPathFactory, server: str) -> AsyncIterator[Scenes]:
    made = Scenes(tmp_path_factory, server)
    yield made
    await made.close()


@pytest.mark.parametrize("row", SHORT, ids=lambda row: f"{row.name} ({row.setting}, {row.setting.replicas})")
async def test_nothing_is_lost_and_nothing_comes_twice(row: Row, scenes: Scenes) -> None:
    outcome = await scenes.meet(row)
    count = outcome.count
    assert outcome.under_way > 0, "the fault met nothing"
    assert count.answered + count.told == count.updates
    assert (count.twice, count.lost, count.unordered) == (0, 0, 0)
