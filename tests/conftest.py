"""What holds for every test: the settings of the person who runs them are none of its business, databases are real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import new_database, postgresql

_OWN = ("BOT_", "DATABASE_URL")

for _name in [name for name in os.environ if name.startswith(_OWN)]:
    del os.environ[_name]

os.environ["BOT_CACHE"] = str(Path(__file__).parent.parent / ".pytest_cache" / "packs")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests."""
    with postgresql() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}"
    return await new_database(request.getfixturevalue("postgres"))
