"""Messages that nobody asked for just now, to many: slowly enough for Telegram, and never twice to the same place."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum

import structlog
from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.storage import Store
from bot.telegram.retries import ONCE, is_unsent, seconds

log = structlog.get_logger(__name__)

PER_SECOND = 20.0
"""Of the 30 messages a second that Telegram allows a bot in all, so that answers have room beside them."""

LATER_SECONDS = 15.0


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"
    GONE = "gone"
    """The chat is no more, or the bot was blocked or thrown out: its subscriptions are ended."""
    LATER = "later"
    """Certainly not sent; it may be tried again."""
    FAILED = "failed"
    """Refused, or nobody knows whether it came; it is not sent again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, and for how many seconds to leave Telegram alone before another try."""

    fate: Fate
    wait: float = 0.0


class Mass:
    """Sends one message after another. All of a process that send to many share one."""

    def __init__(self, bot: ExtBot[str], store: Store) -> None:
        self._bot = bot
        self._store = store
        self._next = 0.0

    async def send(self, chat: int, thread: int, text: str, buttons: InlineKeyboardMarkup | None = None) -> Outcome:
        """Send a message of HTML when its turn comes."""
        await self._turn()
        try:
            await self._bot.send_message(
                chat, text, message_thread_id=thread or None, reply_markup=buttons, rate_limit_args=ONCE
            )
        except ChatMigrated as moved:
            await self._store.moved(chat, moved.new_chat_id)
            return await self.send(moved.new_chat_id, 0, text, buttons)
        except TelegramError as error:
            return await self._failed(chat, error)
        return Outcome(Fate.SENT)

    async def _turn(self) -> None:
        now = time.monotonic()
        at = max(now, self._next)
        self._next = at + 1.0 / PER_SECOND
        await asyncio.sleep(at - now)

    async def _failed(self, chat: int, error: TelegramError) -> Outcome:
        gone = isinstance(error, BadRequest) and "chat not found" in error.message.lower()
        if isinstance(error, Forbidden) or gone:
            await self._store.unsubscribe(chat)
            log.info("mass.nobody_there", chat=chat, error=str(error))
            return Outcome(Fate.GONE)
        if is_unsent(error):
            log.warning("mass.later", chat=chat, error=str(error))
            return Outcome(Fate.LATER, seconds(error) if isinstance(error, RetryAfter) else LATER_SECONDS)
        log.error("mass.failed", chat=chat, error=str(error))
        return Outcome(Fate.FAILED)
