"""The language that a person chooses with /language. It counts where what they write does not tell its own."""

from __future__ import annotations

from typing import Any

from babel import Locale
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.storage import Store
from bot.telegram.commands import message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.known import known
from bot.telegram.live import Live
from bot.telegram.menus import Menus
from bot.telegram.talk import Place, Talk
from bot.telegram.words import Words, telegram_language

PHRASES = {"language": (), "language_chosen": ("language",), "language_as_written": (), "language_not_chosen": ()}

AS_WRITTEN = "-"

_Context = ContextTypes.DEFAULT_TYPE


class Tongue:
    """The handlers of /language."""

    def __init__(self, talk: Talk, live: Live, store: Store, menus: Menus) -> None:
        self._talk, self._live, self._store, self._menus = talk, live, store, menus

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them."""
        application.add_handler(CommandHandler("language", self.offer, filters.UpdateType.MESSAGE))
        application.add_handler(CallbackQueryHandler(self.pressed, pattern="^l:"))

    async def offer(self, update: Update, context: _Context) -> None:
        """Show the languages that there are."""
        place = place_of(message_of(update))
        words = self._live.words(place.language)
        await self._talk.tell(place, words.html("language"), self._buttons(words, known.get().language))

    async def pressed(self, update: Update, context: _Context) -> None:
        """Keep the choice of whoever pressed. In a group many may, so the message stays as it is there."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        place, code = Place.of(query.message, query.from_user), (query.data or "").removeprefix("l:")
        if code not in (AS_WRITTEN, *self._live.engine.pack.intents.languages):
            await acknowledge(query, self._live.words(place.language).plain("too_old"))
            return
        language = None if code == AS_WRITTEN else code
        words = self._live.words(language or telegram_language(query.from_user))
        await self._store.choose_language(place.person, language, words.language)
        said = (
            words.plain("language_chosen", language=own_name(code)) if language else words.plain("language_not_chosen")
        )
        await acknowledge(query, said)
        if place.private:
            buttons = self._buttons(words, language)
            await self._talk.tell(place, words.html("language"), buttons, instead_of=place.message)
        await self._menus.show(place.person, language)

    def _buttons(self, words: Words, language: str | None) -> InlineKeyboardMarkup:
        names = {code: own_name(code) for code in self._live.engine.pack.intents.languages}
        labels = {**names, AS_WRITTEN: words.plain("language_as_written")}
        return InlineKeyboardMarkup(
            [
                [
                    InlineKeyboardButton(
                        f"✓ {label}" if code == (language or AS_WRITTEN) else label, callback_data=f"l:{code}"
                    )
                ]
                for code, label in labels.items()
            ]
        )


def own_name(code: str) -> str:
    """A language as itself calls it."""
    name = Locale(code).get_language_name(code) or code
    return name[:1].upper() + name[1:]
