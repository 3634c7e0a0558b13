"""All that is stored, in a file which this version or a later one restores, on SQLite or PostgreSQL.

The file is gzip of JSON lines: a head with the version of the tables; for each table an object with its columns, then
an array for each row; at the end the SHA-256 of all lines before it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, column, func, insert, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import schema
from bot.storage.connecting import exclusive, snapshot, sqlite_file
from bot.storage.tables import metadata

FORMAT = "sco-bot backup 1"

BATCH = 500
"""How many rows are inserted at once."""

Rows = Counter[str]
"""How many rows there are of each table."""


class BackupError(Exception):
    """The file is no whole backup, or the database is not one to back up or to restore into. Nothing was changed."""


async def backup(url: str, file: Path) -> Rows:
    """Write all that is stored, as it is at one moment, to a file that is there whole or not at all.

    It is for its owner alone to read. Raises BackupError, StoreError, OSError.
    """
    kept = sqlite_file(url)
    if kept and not kept.exists():
        raise BackupError(f"there is no database {kept}")
    with _new(file) as written, gzip.open(written, "wb") as stream:
        async with snapshot(url) as connection:
            version, tables = await connection.run_sync(_shape)
            if not tables:
                raise BackupError("the database has no tables of the bot, so there is nothing to back up")
            return await _write(connection, version, tables, _Lines(file, stream))


async def restore(url: str, file: Path, *, replace: bool = False) -> Rows:
    """Fill an empty database from a backup; with `replace`, one that is not empty loses what it has.

    All of it is restored, or nothing is changed. Raises BackupError, StoreError, OSError.
    """
    version = _check(file)
    async with exclusive(url) as connection:
        await connection.run_sync(_clear, replace)
        await connection.run_sync(schema.migrate, version)
        restored = await _fill(connection, file)
        await connection.run_sync(schema.migrate)
    return restored


# Writing


class _Lines:
    """Lines as they are written, and what they sum up to."""

    def __init__(self, file: Path, stream: gzip.GzipFile) -> None:
        self._file = file
        self._stream = stream
        self._sum = hashlib.sha256()

    def write(self, value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False).encode() + b"\n"
        self._sum.update(line)
        try:
            self._stream.write(line)
        except OSError as error:  # which is no failure of the database
            raise BackupError(f"{self._file}: {error.strerror}") from None

    def end(self) -> None:
        self.write({"sha256": self._sum.hexdigest()})


def _shape(connection: Connection) -> tuple[str | None, dict[str, list[str]]]:
    """The version of a database, and the columns of each table of the bot's in it."""
    there = inspect(connection)
    names = sorted(set(metadata.tables) & set(there.get_table_names()))
    return schema.version(connection), {name: [one["name"] for one in there.get_columns(name)] for name in names}


async def _write(connection: AsyncConnection, version: str | None, tables: dict[str, list[str]], lines: _Lines) -> Rows:
    rows = Rows()
    lines.write({"format": FORMAT, "schema": version, "made": datetime.now(UTC).isoformat(timespec="seconds")})
    for name, columns in tables.items():
        lines.write({"table": name, "columns": columns})
        everything = select(table(name, *map(column, columns)))
        async with connection.stream(everything) as found:
            async for row in found:
                lines.write(list(row))
                rows[name] += 1
    lines.end()
    return rows


@contextmanager
def _new(file: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when it is whole, and is on the disk by then. What is no file is written as it is."""
    if file.exists() and not file.is_file():
        with file.open("wb") as pipe:
            yield pipe
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as written:
        try:
            yield written
            written.flush()
            os.fsync(written.fileno())
            Path(written.name).replace(file)
        except BaseException:
            Path(written.name).unlink()
            raise


# Reading


def _check(file: Path) -> str:
    """Read a backup to its end. Returns the version of its tables."""
    lines = _read(file)
    _, head = next(lines, (1, None))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BackupError(f"{file}:1: this is no backup of the bot's; one begins with {FORMAT!r}")
    known, version = schema.versions(), head.get("schema")
    if version is not None and version not in known:
        raise BackupError(
            f"{file}:1: it was made by a newer version of the bot: it has schema {version}, "
            f"and this version knows up to {known[0]}; restore it with the version that made it, or a later one"
        )
    for _ in _rows(file, lines):
        pass
    return version or known[-1]


def _read(file: Path) -> Iterator[tuple[int, Any]]:
    """The lines of a backup, numbered, without its end, which must be what it says."""
    summed, ended, number = hashlib.sha256(), False, 0
    try:
        with gzip.open(file) as stream:
            for number, line in enumerate(stream, 1):
                value = _value(line)
                if ended:
                    raise BackupError(f"{file}:{number}: something follows the end")
                if isinstance(value, dict) and "sha256" in value:
                    ended = value["sha256"] == summed.hexdigest()
                    if not ended:
                        raise BackupError(f"{file}:{number}: the file was changed since it was made: its sum is wrong")
                else:
                    summed.update(line)
                    yield number, value
    except (gzip.BadGzipFile, zlib.error):
        raise BackupError(f"{file}:{number + 1}: the file is damaged, or no backup of the bot's") from None
    except EOFError:
        ended = False
    if not ended:
        raise BackupError(f"{file}:{number + 1}: the file breaks off; take one that was copied whole")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, and where it stands."""

    line: int
    table: str
    columns: tuple[str, ...]
    values: list[Any]


def _rows(file: Path, lines: Iterator[tuple[int, Any]]) -> Iterator[_Row]:
    """The rows in the lines after the head."""
    name, columns = "", tuple[str, ...]()
    for number, value in lines:
        match value:
            case {"table": str(name), "columns": [*names]}:
                columns = tuple(map(str, names))
            case [*values] if len(values) == len(columns) > 0:
                yield _Row(number, name, columns, values)
            case _:
                raise BackupError(f"{file}:{number}: this is neither a row nor the columns of a table")


def _value(line: bytes) -> Any:
    """What a line says; None, which no line of a backup says, if it is no JSON."""
    try:
        return json.loads(line)
    except ValueError:
        return None


# Restoring


def _clear(connection: Connection, replace: bool) -> None:
    """Take away the bot's tables, which must be empty unless told otherwise. What a process says of itself may go."""
    schema.version(connection)
    there = set(inspect(connection).get_table_names())
    tables = [one for one in metadata.tables.values() if one.name in there]
    full = {one.name: connection.scalar(select(func.count()).select_from(one)) for one in tables}
    held = ", ".join(f"{name}: {count}" for name, count in full.items() if count and name != "replicas")
    if held and not replace:
        raise BackupError(
            f"the database is not empty ({held}); name another, or say --replace, and what it has is gone"
        )
    for name in there & {*full, "alembic_version"}:
        connection.execute(text(f"DROP TABLE {name}"))


async def _fill(connection: AsyncConnection, file: Path) -> Rows:
    restored = Rows()
    _, tables = await connection.run_sync(_shape)
    lines = _read(file)
    next(lines)
    for (name, columns), rows in groupby(_rows(file, lines), lambda row: (row.table, row.columns)):
        while batch := list(islice(rows, BATCH)):
            strange = sorted(set(columns) - set(tables.get(name, ())))
            if strange:
                raise BackupError(f"{file}:{batch[0].line}: tables of this version have no {name}.{strange[0]}")
            into = insert(table(name, *map(column, columns)))
            await connection.execute(into, [dict(zip(columns, row.values, strict=True)) for row in batch])
            restored[name] += len(batch)
    return restored
