"""The faults in short, met by a few people: an answer once, or a word that it failed; in order, and never twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.chaos.rows import ROWS, Row, meet
from tests.chaos.scene import Scene, Setting, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT = [row for row in ROWS if row.in_short]


class Scenes:
    """One after another, each for all of its rows: starting bots is what takes time."""

    def __init__(self, folders: pytest.TempPathFactory, server: str) -> None:
        self._folders, self._server = folders, server
        self._now: tuple[Setting, Scene] | None = None
        self._stack = AsyncExitStack()

    async def of(self, setting: Setting) -> Scene:
        if self._now is None or self._now[0] != setting:
            await self.close()
            made = await self._stack.enter_async_context(scene(setting, self._folders.mktemp("chaos"), self._server))
            self._now = setting, made
        return self._now[1]

    async def close(self) -> None:
        await self._stack.aclose()
        self._now = None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scenes(tmp_path_factory: pytest.TempPathFactory, server: str) -> AsyncIterator[Scenes]:
    made = Scenes(tmp_path_factory, server)
    yield made
    await made.close()


@pytest.mark.parametrize("row", SHORT, ids=lambda row: f"{row.name} ({row.setting}, {row.setting.replicas})")
async def test_nothing_is_lost_and_nothing_comes_twice(row: Row, scenes: Scenes) -> None:
    outcome = await meet(row, await scenes.of(row.setting), people=12, rounds=4, seconds=1.6)
    count = outcome.count
    assert outcome.under_way > 0, "the fault met nothing"
    assert count.answered + count.told == count.updates
    assert (count.twice, count.lost, count.unordered) == (0, 0, 0)
