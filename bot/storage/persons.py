"""A person's choice of language, and forgetting a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, or_, select, update

from bot.storage.database import Database, transaction
from bot.storage.tables import languages, metadata, quizzes, subscriptions


class Persons(Database):
    """The part of the store for what people may ask of it."""

    @transaction
    def choose_language(self, connection: Connection, person: int, language: str | None, otherwise: str) -> None:
        """Keep a person's choice, or that there is none: then what comes to their own chat unasked is `otherwise`."""
        if language:
            self._upsert(connection, languages, {"person": person}, {"language": language, "menu": None})
        else:
            connection.execute(delete(languages).where(languages.c.person == person))
        for table in (subscriptions, quizzes):
            own = update(table).where(table.c.chat == person)
            connection.execute(own.values(language=language or otherwise))

    @transaction
    def with_another_menu(self, connection: Connection, menu: str) -> Sequence[tuple[int, str]]:
        """Those who have chosen a language and were offered other commands than these, and which language."""
        others = or_(languages.c.menu.is_(None), languages.c.menu != menu)
        return [(row.person, row.language) for row in connection.execute(select(languages).where(others))]

    @transaction
    def menu_set(self, connection: Connection, person: int, menu: str) -> None:
        """A person who has chosen a language is offered these commands in it."""
        connection.execute(update(languages).where(languages.c.person == person).values(menu=menu))

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
