"""Databases for tests: empty ones, and one as the bot made it before its tables had versions."""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.connecting import exclusive

SINCE = 1_700_000_000.0
"""The moment at which that database was made."""


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
