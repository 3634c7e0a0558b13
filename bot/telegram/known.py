"""What is known of who an update comes from, as it holds for the one that a task is at work on."""

from __future__ import annotations

from contextvars import ContextVar

import structlog

from bot.storage import Conversation, Known, Store, StoreError

log = structlog.get_logger(__name__)

NOTHING = Known()

known: ContextVar[Known] = ContextVar("known", default=NOTHING)


async def recall(store: Store, where: Conversation) -> Known:
    """What is known of who is talking; without the database, as if it were nothing."""
    try:
        return await store.recall(where)
    except StoreError as error:
        log.error("known.not_recalled", error=str(error), chat=where.chat)
        return NOTHING
