"""How far the answer to an update is. It decides what may be done again, after a fault and in the next process."""

from __future__ import annotations

from contextvars import ContextVar

import structlog

from bot.storage import Store, StoreError

log = structlog.get_logger(__name__)


class Delivery:
    """The update that a task is at work on.

    Telegram knows no idempotency key: a message that was handed over, and whose acknowledgement never came, may have
    arrived or not. So the intent to send is on record before the message goes out. What finds that record after a
    crash does not answer again; it says that something went wrong.
    """

    def __init__(self, number: int, store: Store) -> None:
        self.number = number
        self.finished = False
        """The store has it as done."""
        self.answered = False
        """The person has the answer. Whatever fails from now on is no reason for an apology."""
        self._store = store

    async def sending(self, is_so: bool) -> None:
        """A message is about to be handed to Telegram; or it was, and certainly refused."""
        if self.finished:
            return
        try:
            await self._store.sending(self.number, is_so)
        except StoreError as error:  # then a crash just now may answer twice: the lesser evil
            log.warning("delivery.not_on_record", error=str(error))


current: ContextVar[Delivery | None] = ContextVar("delivery", default=None)
