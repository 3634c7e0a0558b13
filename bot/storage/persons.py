"""Forgetting a person."""

from __future__ import annotations

from sqlalchemy import Connection, delete, or_

from bot.storage.database import Database, transaction
from bot.storage.tables import metadata


class Persons(Database):
    """The part of the store for what people may ask of it."""

    @transaction
    def forget(self, connection: Connection, person: int) -> int:
        """Delete all that is kept about a person in any chat, and of their own chat. Returns how many rows went.

        What is kept about people stands in tables with a column `person`; a person's own chat has the person's id.
        """
        went = 0
        for table in metadata.sorted_tables:
            own = [table.c[name] == person for name in ("person", "chat") if name in table.c]
            if own:
                went += connection.execute(delete(table).where(or_(*own))).rowcount
        return went
