"""Forgetting a person."""

from __future__ import annotations

from sqlalchemy import delete, or_

from bot.storage.database import Database
from bot.storage.tables import metadata


class Persons(Database):
    """The part of the store for what people may ask of it."""

    async def forget(self, person: int) -> int:
        """Delete all that is kept about a person in any chat, and of their own chat. Returns how many rows went.

        What is kept about people stands in tables with a column `person`; a person's own chat has the person's id.
        """
        went = 0
        async with self._transaction() as connection:
            for table in metadata.sorted_tables:
                own = [table.c[name] == person for name in ("person", "chat") if name in table.c]
                if own:
                    went += (await connection.execute(delete(table).where(or_(*own)))).rowcount
        return went
