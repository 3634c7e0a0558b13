"""The database under the store: its tables made, its transactions, and rest for one that is out of reach."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import cache, update_wrapper
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage import schema
from bot.storage.connecting import StoreError, exclusive, failures
from bot.storage.workers import OUT_OF_REACH, Work, worker

REST_SECONDS = 1.0
"""How long a database that is out of reach is left alone, and everything asked of it fails at once."""

S = TypeVar("S", bound="Database")
P = ParamSpec("P")
T = TypeVar("T")


def transaction(
    work: Callable[Concatenate[S, Connection, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """A method that does this in one transaction. It may be called again when that failed. Raises StoreError."""

    async def method(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.do(lambda connection: work(self, connection, *args, **kwargs))

    update_wrapper(method, work)
    return method


class Database:
    """What every part of the store is made of. `clock` gives seconds since 1970; tests hand in their own."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._worker = worker(url)
        self._clock = clock
        self._rests_until = float("-inf")
        self.failed = 0
        """How often it was found out of reach."""
        self._holder = uuid.uuid4().hex  # of what it claims
        self._insert = sqlite.insert if url.startswith("sqlite") else postgresql.insert

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, clock: Callable[[], float] = time.time) -> AsyncIterator[Self]:
        """A store at a SQLAlchemy address, its tables brought to the version of this code. Raises StoreError."""
        async with exclusive(url) as connection:
            await connection.run_sync(schema.migrate)
        store = cls(url, clock)
        try:
            yield store
        finally:
            await store._worker.close()

    @transaction
    def ping(self, connection: Connection) -> None:
        """Ask it for nothing, to see whether it answers."""
        connection.execute(text("SELECT 1"))

    def _upsert(self, connection: Connection, table: Table, key: Mapping[str, Any], rest: Mapping[str, Any]) -> None:
        carry_out(connection, _upserting(self._insert, table, tuple(key), tuple(rest)), {**key, **rest})

    async def do(self, work: Work[T]) -> T:
        """Do work in one transaction. Raises StoreError."""

        def unless_at_rest(connection: Connection) -> T:
            self._check_rest()  # who waited for a connection has not heard yet
            return work(connection)

        self._check_rest()
        with failures():
            try:
                return await self._worker.do(unless_at_rest)
            except OUT_OF_REACH:
                self.failed += 1
                self._rests_until = time.monotonic() + REST_SECONDS
                raise

    def _check_rest(self) -> None:
        if time.monotonic() < self._rests_until:
            raise StoreError("the database was out of reach a moment ago")


def carry_out(connection: Connection, statement: Any, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Carry out a statement that is one and the same each time. SQLAlchemy takes longer to find what it compiled one to
    than SQLite takes to do it.
    """
    text, names = _compiled(statement, connection.dialect, tuple(values))
    return connection.exec_driver_sql(text, tuple(values[name] for name in names))


@cache
def _compiled(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """What the driver is given, and the names of the values in their order."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    return str(compiled), tuple(compiled.positiontup)


@cache  # making a statement takes longer than carrying it out
def _upserting(insert: Callable[[Table], Any], table: Table, key: tuple[str, ...], rest: tuple[str, ...]) -> Any:
    query = insert(table)
    return query.on_conflict_do_update(index_elements=key, set_={name: query.excluded[name] for name in rest})
