"""Which version the tables of a database have, and how they come to the one that this code knows.

Each step from one version to the next is a file in `migrations/versions`, in the way of Alembic. Steps go forward only.
A step adds: it neither renames nor drops what the version before it uses, since replicas are upgraded one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection

from bot.storage.connecting import StoreError

if TYPE_CHECKING:  # importing it takes longer than most commands do
    from alembic.config import Config

log = structlog.get_logger(__name__)

STEPS = "bot.storage:migrations"
"""Where they are, as Alembic names a folder of a package."""


class NewerSchemaError(StoreError):
    """The database was made by a newer version of the bot, or is none of its."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the database has schema {found}, and this version of the bot knows up to {newest()}; "
            "run the version that made it (or a later one), restore a backup from before, or name another database"
        )


def newest() -> str:
    """The version that this code knows."""
    return versions()[0]


def versions() -> tuple[str, ...]:
    """All versions that this code knows, the newest first."""
    from alembic.script import ScriptDirectory

    return tuple(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def version(connection: Connection) -> str | None:
    """The version of a database; None where there are no tables, or tables older than versions.

    Raises NewerSchemaError for one that this code does not know.
    """
    from alembic.runtime.migration import MigrationContext

    found = MigrationContext.configure(connection).get_current_heads()
    strange = sorted(set(found) - set(versions()))
    if strange:
        raise NewerSchemaError(", ".join(strange))
    return found[0] if found else None


def migrate(connection: Connection, target: str = "head") -> None:
    """Take the steps up to a version, in the transaction of the connection. Raises NewerSchemaError."""
    from alembic import command

    before = version(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    after = version(connection)
    if after != before:
        log.info("database.migrated", before=before, after=after)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", STEPS)
    return config
