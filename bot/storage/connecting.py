"""How the database is connected to: SQLite or PostgreSQL, what its errors are, and transactions of a special kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

ANSWER_SECONDS = 5.0
"""How long the database may take for anything. Nobody waits longer for an answer that can do without it."""

QUEUE_SECONDS = 60.0
"""How long one may wait for others who ask the database: that many ask is no fault of it."""

WORK_SECONDS = 60.0
"""How long a migration or a restore may take for one statement, and one waits for another that is under way."""

_EXCLUSIVE_LOCK = 0x5C0B07


class StoreError(Exception):
    """The database did not do what was asked of it. Its text holds no address, hence no password."""


def pooled(url: str) -> AsyncEngine:
    """An engine for the bot at work on PostgreSQL."""
    return _engine(url, ANSWER_SECONDS, pool_timeout=QUEUE_SECONDS, pool_size=10, max_overflow=10)


def single(url: str) -> Engine:
    """An engine for the bot at work on SQLite, in a thread, with one connection: SQLite has one writer anyway, and a
    second would only meet locks.
    """
    engine = create_engine(_in_this_thread(url), pool_size=1, max_overflow=0)
    _prepare(engine, ANSWER_SECONDS)
    return engine


@asynccontextmanager
async def exclusive(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction for changing the tables. Of processes that begin one, each waits until the one before has ended.

    Raises StoreError.
    """
    async with _alone(url) as connection:
        if is_sqlite(url):
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _EXCLUSIVE_LOCK})
        yield connection


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees everything as it was at one moment, whatever others write. Raises StoreError."""
    async with _alone(url) as connection:
        begin = "BEGIN" if is_sqlite(url) else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        await connection.exec_driver_sql(begin)
        yield connection


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database."""
    name = make_url(url).database if is_sqlite(url) else None
    return Path(name) if name and name != ":memory:" else None


@contextmanager
def failures() -> Iterator[None]:
    """Errors of the database become StoreError."""
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"the database failed: {type(cause).__name__}: {cause}") from None


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[AsyncConnection]:
    engine = _engine(url, WORK_SECONDS, poolclass=NullPool)
    try:
        with failures():
            if is_sqlite(url):
                await asyncio.to_thread(_open, url)
            async with engine.begin() as connection:
                yield connection
    finally:
        await engine.dispose()


def _open(url: str) -> None:
    """Find out whether a file can be opened. Where it cannot, aiosqlite leaves a thread behind, which fails aloud
    if the event loop goes before it.
    """
    with create_engine(_in_this_thread(url), poolclass=NullPool).connect():
        pass


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _in_this_thread(url: str) -> URL:
    return make_url(url).set(drivername="sqlite")


def _engine(url: str, seconds: float, **pool: Any) -> AsyncEngine:
    """An engine whose statements may take so many seconds."""
    if not is_sqlite(url):
        patience = {"timeout": ANSWER_SECONDS, "command_timeout": seconds}
        return create_async_engine(url, pool_pre_ping=True, connect_args=patience, **pool)
    engine = create_async_engine(url, **pool)
    _prepare(engine.sync_engine, seconds)
    return engine


def _prepare(engine: Engine, seconds: float) -> None:
    """SQLite's connections wait so long for each other. A process that is killed does not spoil a write-ahead log."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={int(seconds * 1000)}", "journal_mode=WAL", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
