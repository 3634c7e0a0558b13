"""`sco-bot backup` and `sco-bot restore`, on SQLite and on a real PostgreSQL, and from one to the other."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.settings import ROOT
from bot.storage import Answer, BackupError, Conversation, Store, StoreError, backup, restore, schema
from bot.storage.connecting import snapshot
from bot.storage.tables import metadata
from tests.databases import SINCE, before_versions, execute, new_database
from tests.telegram.stage import until

Make = Callable[[str], Awaitable[str]]
Content = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes empty databases of a kind."""

    async def made(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path / uuid.uuid4().hex}.sqlite3"
        return await new_database(request.getfixturevalue("postgres"))

    return made


async def full(url: str) -> Content:
    """A database with a row of everything, and what is in it."""
    await before_versions(url)
    async with Store.at(url):
        return await content(url)


async def content(url: str) -> Content:
    """Every row of every table."""

    def read(connection: Connection) -> Content:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }

    async with snapshot(url) as connection:
        return await connection.run_sync(read)


async def command(url: str, *arguments: str) -> tuple[int, str]:
    """A command as a process of its own; its status and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env={**os.environ, "DATABASE_URL": url.replace("+aiosqlite", "").replace("+asyncpg", "")},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


KINDS = ["sqlite", "postgresql"]


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
async def test_everything_is_restored_on_either_database(source: str, target: str, make: Make, tmp_path: Path) -> None:
    here, there, file = await make(source), await make(target), tmp_path / "state.gz"
    before = await full(here)
    assert await command(here, "backup", str(file)) == (0, f"{file}: 15 rows of 14 tables\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, said = await command(there, "restore", str(file))
    assert status == 0, said
    assert await content(there) == before
    async with Store.at(there) as store:
        assert [one.chat for one in await store.due(SINCE + 101)] == [1]


async def test_a_database_from_before_versions_can_be_backed_up_as_it_is(url: str, make: Make, tmp_path: Path) -> None:
    await before_versions(url)
    await execute(url, "ALTER TABLE answers DROP COLUMN why")
    await backup(url, tmp_path / "state.gz")
    async with snapshot(url) as connection:
        assert await connection.run_sync(schema.version) is None
    there = await make("sqlite")
    await restore(there, tmp_path / "state.gz")
    async with Store.at(there, lambda: SINCE) as store:
        assert (await store.counts())["answers"] == 1


async def test_a_backup_is_of_one_moment_while_the_bot_writes(url: str, make: Make, tmp_path: Path) -> None:
    """An answer and the end of its update are one transaction: there is never one without the other."""
    async with Store.at(url) as store:
        writing = asyncio.create_task(_write(store))
        try:
            await until(lambda: _has(store, 50))
            status, said = await command(url, "backup", str(tmp_path / "state.gz"))
            assert not writing.done()
        finally:
            writing.cancel()
    assert status == 0, said
    there = await make("sqlite")
    await restore(there, tmp_path / "state.gz")
    found = await content(there)
    assert len(found["answers"]) >= 50
    assert sorted(row[1] for row in found["answers"]) == sorted(row[0] for row in found["updates"])


async def _has(store: Store, answers: int) -> bool:
    return (await store.counts())["answers"] >= answers


async def _write(store: Store) -> None:
    for number in range(1, 1_000_000):
        await store.remember(Conversation(1, 1), number, "{}", Answer(1, number, number, "html"), number)


async def test_a_database_that_is_not_empty_is_left_alone_unless_told(url: str, make: Make, tmp_path: Path) -> None:
    file, other = tmp_path / "state.gz", await make("sqlite")
    before = await full(other)
    await backup(other, file)
    async with Store.at(url) as store:
        await store.unanswered("who?")
    kept = await content(url)
    status, said = await command(url, "restore", str(file))
    assert (status, "the database is not empty (unanswered: 1)" in said, "--replace" in said) == (1, True, True)
    assert await content(url) == kept
    assert (await command(url, "restore", str(file), "--replace"))[0] == 0
    assert await content(url) == before


async def test_what_a_process_said_of_itself_is_no_reason_to_refuse(url: str, make: Make, tmp_path: Path) -> None:
    other = await make("sqlite")
    before = await full(other)
    await backup(other, tmp_path / "state.gz")
    async with Store.at(url):
        await execute(url, "INSERT INTO replicas VALUES ('host/9', 'a', 0, 0, 1)")
    await restore(url, tmp_path / "state.gz")
    assert await content(url) == before


HEAD = {"format": "sco-bot backup 1", "schema": "0001", "made": "2026-11-28T10:00:00+00:00"}
VOTES = {"table": "votes", "columns": ["chat", "message", "person", "value", "intent", "expires"]}


def _written(*lines: Any) -> bytes:
    """A backup with a right sum, whatever it holds."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    end = json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode()
    return gzip.compress(body + end + b"\n")


BROKEN = {
    "empty": (b"", ":1: the file breaks off"),
    "text": (b"-- PostgreSQL database dump\n", ":1: the file is damaged, or no backup"),
    "other gzip": (gzip.compress(b"hello\n"), ":1: this is no backup of the bot's"),
    "other JSON": (_written({"hello": 1}), ":1: this is no backup of the bot's"),
    "a head alone": (gzip.compress(json.dumps(HEAD).encode() + b"\n"), ":2: the file breaks off"),
    "a newer version": (_written(HEAD | {"schema": "9999"}), ":1: it was made by a newer version"),
    "an edited line": (
        gzip.compress(gzip.decompress(_written(HEAD, VOTES, [1, 2, 3, 1, "x", 9.5])).replace(b"9.5", b"8.5")),
        ":4: the file was changed since it was made",
    ),
    "two backups": (_written(HEAD) + _written(HEAD), ":3: something follows the end"),
    "a strange table": (_written(HEAD, {"table": "pg_shadow", "columns": ["a"]}, [1]), ":3: .* have no pg_shadow.a"),
    "a strange column": (_written(HEAD, {"table": "votes", "columns": ["a"]}, [1]), ":3: .* have no votes.a"),
    "a short row": (_written(HEAD, VOTES, [1, 2]), ":3: this is neither a row nor the columns"),
    "a row of no table": (_written(HEAD, [1]), ":2: this is neither a row nor the columns"),
    "a row twice": (_written(HEAD, VOTES, *[[1, 2, 3, 1, "x", 9.5]] * 2), "the database failed: IntegrityError|Unique"),
    "a row without a value": (_written(HEAD, VOTES, [1, 2, 3, None, "x", 9.5]), "the database failed: .*(null|NULL)"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_file_that_is_no_whole_backup_changes_nothing(url: str, name: str, tmp_path: Path) -> None:
    written, says = BROKEN[name]
    before = await full(url)
    (tmp_path / "state.gz").write_bytes(written)
    with pytest.raises((BackupError, StoreError), match=says):
        await restore(url, tmp_path / "state.gz", replace=True)
    assert await content(url) == before


ROWS = [[chat, 2, 3, 1, "who_has_status", 9.5] for chat in range(200)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_restored_as_it_was(data: st.DataObject) -> None:
    whole = bytearray(_written(HEAD, VOTES, *ROWS))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        del whole[at:]
    else:
        whole[at] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        url, file = f"sqlite+aiosqlite:///{folder}/bot.sqlite3", Path(folder) / "state.gz"
        file.write_bytes(whole)
        try:
            asyncio.run(restore(url, file))
        except BackupError:
            assert not Path(folder, "bot.sqlite3").exists(), "found before the database was touched"
        else:
            assert asyncio.run(content(url))["votes"] == sorted(map(tuple, ROWS), key=repr)


async def test_a_backup_that_fails_leaves_the_one_before(url: str, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "state.gz"
    file.parent.mkdir()
    await full(url)
    await backup(url, file)
    before = file.read_bytes()
    await execute(url, "DROP TABLE votes", "CREATE TABLE votes (chat TEXT)", "INSERT INTO votes VALUES ('x')")
    await execute(url, "UPDATE alembic_version SET version_num = '9999'")
    status, said = await command(url, "backup", str(file))
    assert (status, "has schema 9999" in said) == (1, True)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


async def test_what_cannot_be_backed_up_or_written_is_a_line(tmp_path: Path) -> None:
    nowhere, url = tmp_path / "nowhere.sqlite3", f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}"
    status, said = await command(f"sqlite:///{nowhere}", "backup", str(tmp_path / "a.gz"))
    assert (status, said) == (1, f"there is no database {nowhere}\n")
    assert not nowhere.exists()
    await execute(url, "CREATE TABLE others (id INTEGER)")
    assert "no tables of the bot" in (await command(url, "backup", str(tmp_path / "a.gz")))[1]
    async with Store.at(url):
        status, said = await command(url, "backup", str(tmp_path / "nowhere" / "a.gz"))
    assert (status, said.count("\n"), "No such file or directory" in said) == (2, 1, True)
    status, said = await command(url, "restore", str(tmp_path / "a.gz"))
    assert (status, said) == (2, f"{tmp_path / 'a.gz'}: No such file or directory\n")


async def test_a_backup_goes_into_a_pipe_too(url: str, tmp_path: Path) -> None:
    before = await full(url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "backup", "/dev/stdout"),
        env={**os.environ, "DATABASE_URL": url.replace("+aiosqlite", "").replace("+asyncpg", "")},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    (tmp_path / "state.gz").write_bytes(out)
    await restore(url, tmp_path / "state.gz", replace=True)
    assert await content(url) == before
