"""The database under the store: SQLite or PostgreSQL, its tables made, its errors one kind."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import Connection, Table, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateColumn

from bot.storage.tables import metadata

_SCHEMA_LOCK = 0x5C0B07

ANSWER_SECONDS = 5.0
"""How long the database may take for anything. Nobody waits longer for an answer that can do without it."""

QUEUE_SECONDS = 60.0
"""How long one may wait for others who ask the database: that many ask is no fault of it."""

REST_SECONDS = 1.0
"""How long a database that is out of reach is left alone, and everything asked of it fails at once."""

_OUT_OF_REACH = (OperationalError, InterfaceError, NoConnectionError, OSError, TimeoutError)


class StoreError(Exception):
    """The database did not do what was asked of it. Its text holds no address, hence no password."""


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
        """A store at a SQLAlchemy address, its tables made where they are missing."""
        store = cls(_engine(url), clock)
        try:
            await store._make_tables()
            yield store
        finally:
            await store._engine.dispose()

    async def _make_tables(self) -> None:
        async with self._transaction() as connection:
            # Processes that start together would otherwise all see that a table is missing, and all make it.
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SCHEMA_LOCK})
            else:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            await connection.run_sync(_make)

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
        try:
            async with self._engine.begin() as connection:
                self._check_rest()  # who waited for a connection has not heard yet
                yield connection
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if isinstance(error, _OUT_OF_REACH):
                self._rests_until = time.monotonic() + REST_SECONDS
            cause = getattr(error, "orig", None) or error
            raise StoreError(f"the database failed: {type(cause).__name__}: {cause}") from None

    def _check_rest(self) -> None:
        if time.monotonic() < self._rests_until:
            raise StoreError("the database was out of reach a moment ago")


def _make(connection: Connection) -> None:
    """Make the tables that are missing, and in those of an older version the columns that are."""
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        there = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                written = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {written}"))


def _engine(url: str) -> AsyncEngine:
    """An engine as each database wants it.

    SQLite gets one connection, since it has one writer anyway and a second would only meet locks, and a write-ahead
    log, which a killed process does not spoil.
    """
    if not url.startswith("sqlite"):
        patience = {"timeout": ANSWER_SECONDS, "command_timeout": ANSWER_SECONDS}
        return create_async_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=10, pool_timeout=QUEUE_SECONDS, connect_args=patience
        )
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=QUEUE_SECONDS)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        busy = f"busy_timeout={int(ANSWER_SECONDS * 1000)}"
        for pragma in (busy, "journal_mode=WAL", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
