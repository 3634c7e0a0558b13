"""The database under the store: its tables made, its transactions, and rest for one that is out of reach."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage import schema
from bot.storage.connecting import StoreError, exclusive, failures, pooled

REST_SECONDS = 1.0
"""How long a database that is out of reach is left alone, and everything asked of it fails at once."""

_OUT_OF_REACH = (OperationalError, InterfaceError, NoConnectionError, OSError, TimeoutError)


class Database:
    """What every part of the store is made of. `clock` gives seconds since 1970; tests hand in their own."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock
        self._rests_until = float("-inf")
        self._holder = uuid.uuid4().hex  # of what it claims
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, clock: Callable[[], float] = time.time) -> AsyncIterator[Self]:
        """A store at a SQLAlchemy address, its tables brought to the version of this code. Raises StoreError."""
        async with exclusive(url) as connection:
            await connection.run_sync(schema.migrate)
        store = cls(pooled(url), clock)
        try:
            yield store
        finally:
            await store._engine.dispose()

    async def ping(self) -> None:
        """Ask it for nothing, to see whether it answers. Raises StoreError."""
        async with self._transaction() as connection:
            await connection.execute(text("SELECT 1"))

    async def _upsert(
        self, connection: AsyncConnection, table: Table, key: Mapping[str, Any], rest: Mapping[str, Any]
    ) -> None:
        query = self._insert(table).values({**key, **rest})
        await connection.execute(query.on_conflict_do_update(index_elements=list(key), set_=dict(rest)))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        self._check_rest()
        with failures():
            try:
                async with self._engine.begin() as connection:
                    self._check_rest()  # who waited for a connection has not heard yet
                    yield connection
            except _OUT_OF_REACH:
                self._rests_until = time.monotonic() + REST_SECONDS
                raise

    def _check_rest(self) -> None:
        if time.monotonic() < self._rests_until:
            raise StoreError("the database was out of reach a moment ago")
