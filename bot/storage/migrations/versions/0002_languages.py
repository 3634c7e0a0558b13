"""The languages that people have chosen."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, String

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "languages",
        Column("person", BigInteger, primary_key=True, autoincrement=False),
        Column("language", String(8), nullable=False),
    )
