"""How far the answer to an update is. It decides what may be done again, after a fault and in the next process."""

from __future__ import annotations

from contextvars import ContextVar

import structlog

from bot.storage import Store, StoreError

log = structlog.get_logger(__name__)


class TakenOverError(Exception):
    """This process was silent for so long that another has taken over the update."""


class Delivery:
    """The update that a task is at work on.

    Telegram knows no idempotency key: a message that was handed over, and whose acknowledgement never came, may have
    arrived or not. So the intent to send is on record before the message goes out. What finds that record after a
    crash does not answer again; it says that something went wrong.
    """

    def __init__(self, number: int, store: Store, unsure: bool = False) -> None:
        self.number = number
        self.finished = False
        """The store has it as done."""
        self.answered = False
        """The person has the answer. Whatever fails from now on is no reason for an apology."""
        self.taken_over = False
        """Another process answers it now."""
        self._store = store
        self._on_record = unsure

    async def sending(self) -> None:
        """A message is about to be handed to Telegram. Raises TakenOverError."""
        if self._on_record or self.finished:
            return
        try:
            self._on_record = await self._store.sending(self.number)
        except StoreError as error:  # then a crash just now may answer twice: the lesser evil
            log.warning("delivery.not_on_record", error=str(error))
        else:
            self.taken_over = not self._on_record
            if self.taken_over:
                raise TakenOverError

    async def refused(self) -> None:
        """It certainly was not sent."""
        if not self._on_record or self.finished:
            return
        try:
            await self._store.refused(self.number)
        except StoreError as error:
            log.warning("delivery.not_on_record", error=str(error))
        else:
            self._on_record = False


current: ContextVar[Delivery | None] = ContextVar("delivery", default=None)
