"""What each kind of update leads to. Handlers are thin: they decide whether and what is asked, `Talk` answers."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Sequence
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.reply import Reply, Source
from bot.storage import Store
from bot.telegram import addressing, words
from bot.telegram.commands import after_command as _after_command
from bot.telegram.commands import language_of as _language
from bot.telegram.commands import message_of as _message
from bot.telegram.commands import place_of as _place
from bot.telegram.keyboards import Ask, Stored, Turn, read
from bot.telegram.live import Live
from bot.telegram.talk import Place, Talk

_Context = ContextTypes.DEFAULT_TYPE

UPDATES = ["message", "edited_message", "callback_query", "poll_answer"]
"""The kinds of update that the bot asks Telegram for."""


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
                CommandHandler("start", self.start, new),
                CommandHandler("help", self.help, new),
                CommandHandler("sources", self.sources, new),
                CommandHandler("ask", self.ask, new),
                MessageHandler(new & filters.COMMAND, self.unknown_command),
                MessageHandler(new & ~filters.StatusUpdate.ALL, self.message),
                MessageHandler(edited, self.edited),
                CallbackQueryHandler(self.pressed),
            ]
        )

    async def start(self, update: Update, context: _Context) -> None:
        """Say what to ask, with buttons that ask it."""
        message = _message(update)
        await self._talk.say(_place(message), self._live.engine.greeting(_language(message)))

    async def help(self, update: Update, context: _Context) -> None:
        """Say what can be asked."""
        message = _message(update)
        await self._talk.say(_place(message), self._live.engine.help(_language(message)))

    async def sources(self, update: Update, context: _Context) -> None:
        """List where the facts come from."""
        pack = self._live.engine.pack
        await self._talk.say(_place(_message(update)), _source_list(pack.title, tuple(pack.sources.values())))

    async def ask(self, update: Update, context: _Context) -> None:
        """Answer what follows the command, or the message that it replies to."""
        message = _message(update)
        question = _after_command(message) or addressing.quoted(message, self._me)
        if question:
            await self._talk.answer(_place(message), question)
        else:
            await self._say(message, words.ASK_WHAT)

    async def message(self, update: Update, context: _Context) -> None:
        """Answer a message, if it is for the bot."""
        message = _message(update)
        question = addressing.question(message, self._me)
        if question:
            await self._talk.answer(_place(message), question)
        elif message.chat.type == ChatType.PRIVATE and not message.text:
            await self._say(message, words.TEXT_ONLY)

    async def edited(self, update: Update, context: _Context) -> None:
        """Edit the answer to an edited question. One that only now is for the bot gets its first answer."""
        message = _message(update)
        command = addressing.command(message)
        if command and command[0] != "ask":
            return
        question = command[2] if command else addressing.question(message, self._me)
        if not question:
            return
        answer = await self._store.answer_to(message.chat.id, message.message_id)
        if answer:
            await self._talk.answer_again(_place(message), question, answer)
        else:
            await self._talk.answer(_place(message), question)

    async def unknown_command(self, update: Update, context: _Context) -> None:
        """Say so; in a group only to those who named this bot, as the command may be another's."""
        message = _message(update)
        command = addressing.command(message)
        named = bool(command and command[1] == self._me.username.lower()) if self._me.username else False
        if message.chat.type == ChatType.PRIVATE or named:
            await self._say(message, words.UNKNOWN_COMMAND)

    async def pressed(self, update: Update, context: _Context) -> None:
        """Do what a button says. The press is always acknowledged, or the button would go on spinning."""
        query = update.callback_query
        if query is None:
            return
        press, message = read(query.data or ""), query.message
        if press is None or message is None:
            await acknowledge(query)
            return
        place = Place.of(message, query.from_user.id)
        if isinstance(press, Ask):
            await acknowledge(query)
            await self._talk.answer(place, press.question, pressed=True)
            return
        answer = await self._store.answer(place.chat, place.message)
        question = press.question(answer.choices) if isinstance(press, Stored) and answer else None
        if answer is None or (isinstance(press, Stored) and question is None):
            await acknowledge(query, words.TOO_OLD)
            return
        await acknowledge(query)
        if isinstance(press, Turn):
            await self._talk.turn(place, answer, press.page)
        elif question:
            await self._talk.answer(place, question, pressed=True)

    async def _say(self, message: Message, text: str) -> None:
        await self._talk.say(_place(message), Reply("chat", html.escape(text, quote=False)))


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a press. One that waited too long, as while the bot was away, can no longer be answered: no matter."""
    with contextlib.suppress(BadRequest):
        await query.answer(text)


def _source_list(title: str, sources: Sequence[Source]) -> Reply:
    """Every source, the newest first."""
    if not sources:
        return Reply("chat", words.NO_SOURCES)
    lines = [f"<b>{html.escape(title, quote=False)}</b>: {len(sources)} sources", ""]
    for source in sorted(sources, key=lambda one: (one.date, one.title), reverse=True):
        name = html.escape(source.title, quote=False)
        linked = f'<a href="{html.escape(source.url)}">{name}</a>' if source.url else name
        rest = [html.escape(part, quote=False) for part in (source.publisher, str(source.date)) if part]
        lines.append(", ".join([f"• {linked}", *rest]))
    return Reply("chat", "\n".join(lines))
