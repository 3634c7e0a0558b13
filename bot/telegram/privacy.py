"""What is kept about a person, and for how long; and forgetting it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any, Literal

import structlog
from babel.dates import format_timedelta
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.storage import Store
from bot.storage.broadcasts import BROADCAST_SECONDS
from bot.storage.quizzes import QUIZ_SECONDS
from bot.storage.store import ANSWER_SECONDS, CONVERSATION_SECONDS, UPDATE_SECONDS, VOTE_SECONDS
from bot.telegram.commands import message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.known import known
from bot.telegram.live import Live
from bot.telegram.menus import Menus
from bot.telegram.talk import Place, Talk

log = structlog.get_logger(__name__)

KEPT_SECONDS = {
    "conversation": CONVERSATION_SECONDS,
    "answer": ANSWER_SECONDS,
    "vote": VOTE_SECONDS,
    "update": UPDATE_SECONDS,
    "broadcast": BROADCAST_SECONDS,
    "quiz": QUIZ_SECONDS,
}
"""How long what is kept, by the values of the phrase that says so."""

PHRASES = {"privacy": tuple(KEPT_SECONDS), "privacy_forget": (), "privacy_forgotten": (), "privacy_nothing": ()}

Unit = Literal["day", "hour", "minute", "second"]

_Context = ContextTypes.DEFAULT_TYPE


class Privacy:
    """The handlers of /privacy and /forget."""

    def __init__(self, talk: Talk, live: Live, store: Store, menus: Menus) -> None:
        self._talk, self._live, self._store, self._menus = talk, live, store, menus

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them."""
        new = filters.UpdateType.MESSAGE
        application.add_handlers(
            [
                CommandHandler("privacy", self.privacy, new),
                CommandHandler("forget", self.forget, new),
                CallbackQueryHandler(self.pressed, pattern="^privacy:forget$"),
            ]
        )

    async def privacy(self, update: Update, context: _Context) -> None:
        """Say what is kept, and offer to forget it."""
        place = place_of(message_of(update))
        words = self._live.words(place.language)
        text = words.html("privacy", **{name: lasting(kept, words.language) for name, kept in KEPT_SECONDS.items()})
        button = InlineKeyboardButton(words.plain("privacy_forget"), callback_data="privacy:forget")
        await self._talk.tell(place, text, InlineKeyboardMarkup([[button]]))

    async def forget(self, update: Update, context: _Context) -> None:
        """Forget whoever says so."""
        await self._forget(place_of(message_of(update)))

    async def pressed(self, update: Update, context: _Context) -> None:
        """Forget whoever presses the button."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        await acknowledge(query)
        await self._forget(Place.of(query.message, query.from_user))

    async def _forget(self, place: Place) -> None:
        rows = await self._store.forget(place.person)
        log.info("privacy.forgotten", rows=rows)
        words = self._live.words(place.language)
        await self._talk.tell(place, words.html("privacy_forgotten" if rows else "privacy_nothing"))
        if known.get().language:
            await self._menus.show(place.person, None)


def lasting(seconds: float, language: str) -> str:
    """A length of time in the largest unit that says it exactly, in words."""
    sizes: tuple[tuple[Unit, int], ...] = (("day", 86400), ("hour", 3600), ("minute", 60))
    unit: Unit = next((unit for unit, size in sizes if seconds >= size and seconds % size == 0), "second")
    return format_timedelta(timedelta(seconds=seconds), unit, threshold=math.inf, locale=language)
