"""The language that a person has chosen, as it holds for the update that a task is at work on."""

from __future__ import annotations

from contextvars import ContextVar

import structlog
from telegram import User

from bot.storage import Store, StoreError

log = structlog.get_logger(__name__)

chosen: ContextVar[str | None] = ContextVar("language", default=None)
"""The choice of the person from whom the update comes."""


async def recall(store: Store, person: User | None) -> None:
    """Know the choice of whom an update comes from, until the next one."""
    chosen.set(await chosen_by(store, person.id) if person else None)


async def chosen_by(store: Store, person: int) -> str | None:
    """A person's choice; without the database, as if there were none."""
    try:
        return await store.language(person)
    except StoreError as error:
        log.warning("language.not_known", error=str(error))
        return None
