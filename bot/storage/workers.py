"""Who does the work that the store asks for: SQLite's is done by a thread, PostgreSQL's on connections of a pool.

Work is a function of a connection, done in one transaction. It has no effect but in the database, so that it may be
done again when the transaction failed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.storage.connecting import QUEUE_SECONDS, is_sqlite, pooled, single

MOST_TOGETHER = 64
"""So much work shares a transaction at most: other processes want to write too."""

OUT_OF_REACH = (OperationalError, InterfaceError, NoConnectionError, OSError, TimeoutError)

GATHER_SECONDS = 0.002
"""While much is asked, so long it is waited for more to share the next transaction."""

T = TypeVar("T")
Work = Callable[[Connection], T]


class Worker(Protocol):
    """Does work."""

    async def do(self, work: Work[T]) -> T:
        """What the work returns. Raises what it or the database raises."""

    async def close(self) -> None:
        """Let the database go."""


def worker(url: str) -> Worker:
    """The one for the database at a SQLAlchemy address."""
    return Thread(url) if is_sqlite(url) else Pool(url)


class Pool:
    """As many connections as there is work at the same time, up to a bound."""

    def __init__(self, url: str) -> None:
        self._engine = pooled(url)

    async def do(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Work that waits, and what came of it when it is done."""

    work: Work[Any]
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


class Thread:
    """One connection in one thread. What is asked while it is at work is done together next, in one transaction: that
    spares most of the commits, and of the ways to the thread and back.
    """

    def __init__(self, url: str) -> None:
        self._engine = single(url)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._waiting: deque[_Asked] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def do(self, work: Work[T]) -> T:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(work, done))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work_off())
        return await done

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        while group := self._group():
            works = [asked.work for asked in group]
            try:
                async with asyncio.timeout(QUEUE_SECONDS):
                    outcomes = await loop.run_in_executor(self._thread, self._together, works)
            except TimeoutError as error:  # a disk that hangs keeps nobody waiting for ever
                group += self._waiting
                self._waiting.clear()
                outcomes = [_Failed(error)] * len(group)
            for asked, outcome in zip(group, outcomes, strict=True):
                if asked.done.done():  # who asked has gone
                    continue
                if isinstance(outcome, _Failed):
                    asked.done.set_exception(outcome.error)
                else:
                    asked.done.set_result(outcome)
            if len(group) > 1:
                await asyncio.sleep(GATHER_SECONDS)
        self._worker = None

    def _group(self) -> list[_Asked]:
        """The work that is next."""
        group: list[_Asked] = []
        while self._waiting and len(group) < MOST_TOGETHER:
            asked = self._waiting.popleft()
            if not asked.done.done():
                group.append(asked)
        return group

    def _together(self, works: list[Work[Any]]) -> list[Any]:
        """What each returns, or how it failed. If work spoils the transaction for the rest, each gets its own."""
        try:
            with self._engine.begin() as connection:
                return [work(connection) for work in works]
        except Exception as error:  # noqa: BLE001  whoever asked gets it
            if len(works) == 1 or isinstance(error, OUT_OF_REACH):
                return [_Failed(error)] * len(works)
        return [outcome for work in works for outcome in self._together([work])]
