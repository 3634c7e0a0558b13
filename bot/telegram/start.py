"""/start, and the links to it: t.me/BOT?start=people opens a topic, t.me/BOT?start=who-is-in-the-chair asks that."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.telegram.browse import Browse
from bot.telegram.commands import place_of
from bot.telegram.live import Live
from bot.telegram.talk import Talk


class Start:
    """The handler of /start."""

    def __init__(self, live: Live, talk: Talk, browse: Browse, clock: Callable[[], datetime.date]) -> None:
        self._live = live
        self._talk = talk
        self._browse = browse
        self._clock = clock

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add it."""
        application.add_handler(CommandHandler("start", self.start, filters.UpdateType.MESSAGE))

    async def start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Open or ask what the link says; for any other, and for none, say what can be asked, with buttons."""
        message = update.effective_message
        if message is None:
            return
        place = place_of(message)
        link = " ".join(context.args or ())
        if link and await self._browse.open(place, link):
            return
        engine = self._live.engine
        question = link.replace("-", " ").replace("_", " ")
        if engine.answer_alone(question, today=self._clock(), lang=place.language).kind == "answer":
            await self._talk.answer(place, question)
        else:
            await self._talk.say(place, engine.greeting(place.language))
