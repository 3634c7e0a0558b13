"""Which commands those who have chosen a language were last offered in it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("languages", Column("menu", String(64)))
