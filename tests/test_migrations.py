"""A database comes to the version of the code at the start: once, forward and whole, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.settings import ROOT
from bot.storage import Claim, Conversation, Kept, Store, StoreError, schema
from bot.storage.connecting import exclusive, snapshot
from bot.storage.tables import metadata
from tests.databases import SINCE, before_versions, execute

OPEN = """
import asyncio, sys
from bot.storage import Store

async def main():
    async with Store.at(sys.argv[1]) as store:
        print((await store.counts())["answers"])

asyncio.run(main())
"""


async def _seen(url: str, look: Any) -> Any:
    async with snapshot(url) as connection:
        return await connection.run_sync(look)


def _difference(connection: Connection) -> Any:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_an_empty_database_gets_the_tables_of_the_code(url: str) -> None:
    async with Store.at(url):
        assert await _seen(url, _difference) == []
        assert await _seen(url, schema.version) == schema.newest()


async def test_a_database_from_before_versions_is_taken_up_without_loss(url: str) -> None:
    await before_versions(url)
    counts = await _seen(url, lambda connection: {name: _count(connection, name) for name in _tables(connection)})
    assert all(counts.values()), "a row of everything"
    later = dict.fromkeys(metadata.tables.keys() - counts.keys(), 0)
    for _ in range(2):
        async with Store.at(url, lambda: SINCE) as store:
            assert await store.counts() == counts | later
            assert (await store.recall(Conversation(-1001234567890123, 7_000_000_000, 5))).context == '{"turn": 1}'
            assert [one.chat for one in await store.due(SINCE + 101)] == [1]
            assert [one.question for one in await store.most_unanswered(9)] == ["Who won O'Brien's cup?"]
    assert await _seen(url, _difference) == []
    async with Store.at(url, lambda: SINCE + 20) as store:
        assert await store.take_over() == [Kept(7, '{"update_id": 7}', True)]


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


async def test_an_older_database_gets_the_tables_and_columns_that_it_lacks(url: str) -> None:
    await before_versions(url)
    newer = {"answers": ("why", "intent", "person"), "updates": ("holder",)}
    await execute(url, *(f"ALTER TABLE {table} DROP COLUMN {name}" for table in newer for name in newer[table]))
    await execute(url, "DROP TABLE quizzes")
    async with Store.at(url, lambda: SINCE) as store:
        answer = await store.answer(-1001234567890123, 11)
        assert answer is not None
        assert (answer.html, answer.why, answer.intent) == ("<b>4</b> observers", "", "")
        assert (await store.counts())["quizzes"] == 0
    assert await _seen(url, _difference) == []


async def test_processes_that_start_at_once_migrate_once_and_all_start(url: str) -> None:
    await before_versions(url)
    command = (sys.executable, "-c", OPEN, url)
    pipe = asyncio.subprocess.PIPE
    started = [await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=ROOT) for _ in range(4)]
    ended = await asyncio.gather(*(one.communicate() for one in started))
    assert [one.returncode for one in started] == [0] * 4, ended
    written = b"".join(out for out, _ in ended)
    assert written.count(b"database.migrated") == 1
    assert [line for line in written.splitlines() if b"database" not in line] == [b"1"] * 4


async def test_who_starts_during_a_migration_waits_for_its_end(url: str) -> None:
    async def start() -> int:
        async with Store.at(url) as store:
            return len(await store.counts())

    async with exclusive(url) as connection:
        waiting = [asyncio.create_task(start()) for _ in range(3)]
        ended, _ = await asyncio.wait(waiting, timeout=0.5)
        assert not ended
        await connection.run_sync(schema.migrate)
    assert set(await asyncio.gather(*waiting)) == {len(metadata.tables)}


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the steps of the code, for more of them."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "bot" / "storage" / "migrations", folder)
    monkeypatch.setattr(schema, "STEPS", str(folder))
    return folder / "versions"


def _step(before: str, then: str) -> str:
    return dedent(
        f"""
        from alembic import op
        from sqlalchemy import Column, Integer

        revision, down_revision = "9999", {before!r}

        def upgrade():
            op.create_table("moods", Column("id", Integer, primary_key=True))
            op.add_column("votes", Column("mood", Integer))
            {then}
        """
    )


async def test_a_step_that_fails_leaves_everything_as_it_was(url: str, steps: Path) -> None:
    await before_versions(url)
    async with Store.at(url):
        before = await _seen(url, schema.version)
    (steps / "9999_moods.py").write_text(_step(before, 'op.execute("SELECT 1 FROM nowhere")'), "utf-8")
    with pytest.raises(StoreError, match="nowhere"):
        async with Store.at(url):
            pass
    assert await _seen(url, schema.version) == before
    assert "moods" not in await _seen(url, _tables)
    (steps / "9999_moods.py").write_text(_step(before, "pass"), "utf-8")
    async with Store.at(url) as store:
        assert (await store.counts())["votes"] == 1
    assert await _seen(url, schema.version) == "9999"
    assert "moods" in await _seen(url, _tables)


async def test_a_database_newer_than_the_code_is_refused_and_left_alone(url: str) -> None:
    async with Store.at(url):
        pass
    await execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"has schema 9999, and this .* knows up to .*; run the version that made it"):
        async with Store.at(url):
            pass
    await execute(url, f"UPDATE alembic_version SET version_num = '{schema.newest()}'")
    async with Store.at(url) as store:
        assert await store.claim(1) is Claim.MINE
