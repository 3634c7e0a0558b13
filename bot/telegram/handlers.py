"""What each kind of update leads to. Handlers are thin: they decide whether and what is asked, `Talk` answers."""

from __future__ import annotations

import asyncio
import contextlib
import html
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import CallbackQueryLimit, ChatType
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.pack import Pack
from bot.reply import Reply
from bot.storage import Answer, Store
from bot.telegram import addressing
from bot.telegram.commands import after_command, message_of, place_of
from bot.telegram.keyboards import Ask, Stored, Turn, Vote, read
from bot.telegram.live import Live
from bot.telegram.talk import Place, Talk
from bot.telegram.words import Words

_Context = ContextTypes.DEFAULT_TYPE

PHRASES = {
    "ask_what": (),
    "no_sources": (),
    "source_list": ("count",),
    "text_only": (),
    "too_old": (),
    "unknown_command": (),
    "voted": (),
    "voted_again": (),
}

UPDATES = ["message", "edited_message", "callback_query", "inline_query", "poll_answer"]
"""The kinds of update that the bot asks Telegram for."""


KEPT_WITHIN = (0.1, 0.3, 0.6)
"""After so many seconds each it is looked again for an answer that was sent and may not yet be kept."""

TOAST_CHARACTERS = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)


class Handlers:
    """The handlers for everybody. Those for admins are in `admin`."""

    def __init__(self, me: User, talk: Talk, live: Live, store: Store) -> None:
        self._me = me
        self._talk = talk
        self._live = live
        self._store = store

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them all. A command that no handler before took is an unknown one, so this comes last."""
        new, edited = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
        application.add_handlers(
            [
                CommandHandler("help", self.help, new),
                CommandHandler("sources", self.sources, new),
                CommandHandler("ask", self.ask, new),
                MessageHandler(new & filters.COMMAND, self.unknown_command),
                MessageHandler(new & (filters.TEXT | ~filters.StatusUpdate.ALL), self.message),
                MessageHandler(edited, self.edited),
                CallbackQueryHandler(self.pressed),
            ]
        )

    async def help(self, update: Update, context: _Context) -> None:
        """Say what can be asked."""
        place = place_of(message_of(update))
        await self._talk.say(place, self._live.engine.help(place.language))

    async def sources(self, update: Update, context: _Context) -> None:
        """List where the facts come from."""
        place = place_of(message_of(update))
        await self._talk.say(place, _source_list(self._live.engine.pack, self._live.words(place.language)))

    async def ask(self, update: Update, context: _Context) -> None:
        """Answer what follows the command, or the message that it replies to."""
        message = message_of(update)
        question = after_command(message) or addressing.quoted(message, self._me)
        if question:
            await self._talk.answer(place_of(message), question)
        else:
            await self._say(message, "ask_what")

    async def message(self, update: Update, context: _Context) -> None:
        """Answer a message, if it is for the bot."""
        message = message_of(update)
        question = addressing.question(message, self._me)
        if question:
            await self._talk.answer(place_of(message), question)
        elif question is not None:
            await self._say(message, "ask_what")
        elif message.chat.type == ChatType.PRIVATE and not message.text:
            await self._say(message, "text_only")

    async def edited(self, update: Update, context: _Context) -> None:
        """Edit the answer to an edited question. One that only now is for the bot gets its first answer."""
        message = message_of(update)
        command = addressing.command(message)
        if command and command[0] != "ask":
            return
        question = command[2] if command else addressing.question(message, self._me)
        if not question:
            return
        answer = await self._store.answer_to(message.chat.id, message.message_id)
        if answer:
            await self._talk.answer_again(place_of(message), question, answer)
        else:
            await self._talk.answer(place_of(message), question)

    async def unknown_command(self, update: Update, context: _Context) -> None:
        """Say so; in a group only to those who named this bot, as the command may be another's."""
        message = message_of(update)
        command = addressing.command(message)
        named = bool(command and command[1] == self._me.username.lower()) if self._me.username else False
        if message.chat.type == ChatType.PRIVATE or named:
            await self._say(message, "unknown_command")

    async def pressed(self, update: Update, context: _Context) -> None:
        """Do what a button says. The press is always acknowledged, or the button would go on spinning."""
        query = update.callback_query
        if query is None:
            return
        press, message = read(query.data or ""), query.message
        if press is None or message is None:
            await acknowledge(query)
            return
        place = Place.of(message, query.from_user)
        if isinstance(press, Ask):
            await acknowledge(query)
            await self._talk.answer(place, press.question, pressed=True)
            return
        words = self._live.words(place.language)
        answer = await self._answer(place)
        question = press.question(answer.choices) if isinstance(press, Stored) and answer else None
        if answer is None or (isinstance(press, Stored) and question is None):
            await acknowledge(query, words.plain("too_old"))
        elif isinstance(press, Vote):
            before = await self._store.judge(answer, place.person, press.value)
            await acknowledge(query, words.plain("voted" if before is None else "voted_again"))
        else:
            await acknowledge(query)
            if isinstance(press, Turn):
                await self._talk.turn(place, answer, press)
            elif question:
                await self._talk.answer(place, question, pressed=True)

    async def _answer(self, place: Place) -> Answer | None:
        """The answer under which a button was pressed. Who is quick presses before another replica has kept it."""
        for seconds in KEPT_WITHIN:
            answer = await self._store.answer(place.chat, place.message)
            if answer:
                return answer
            await asyncio.sleep(seconds)
        return await self._store.answer(place.chat, place.message)

    async def _say(self, message: Message, phrase: str) -> None:
        place = place_of(message)
        await self._talk.say(place, Reply("chat", self._live.words(place.language).html(phrase)))


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a press. One that waited too long, as while the bot was away, can no longer be answered: no matter."""
    with contextlib.suppress(BadRequest):
        await query.answer(text and text[:TOAST_CHARACTERS])


def _source_list(pack: Pack, words: Words) -> Reply:
    """Every source, the newest first."""
    if not pack.sources:
        return Reply("chat", words.html("no_sources"))
    lines = [words.html("source_list", count=len(pack.sources)), ""]
    sources = pack.knowledge.sources_in(words.language)
    for source in sorted(sources.values(), key=lambda one: (one.date, one.title), reverse=True):
        name = html.escape(source.title, quote=False)
        linked = f'<a href="{html.escape(source.url)}">{name}</a>' if source.url else name
        parts = (source.publisher, pack.day(source.date, words.language))
        rest = [html.escape(part, quote=False) for part in parts if part]
        lines.append(", ".join([f"• {linked}", *rest]))
    return Reply("chat", "\n".join(lines))
