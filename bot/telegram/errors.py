"""An error in a handler: the log gets it with its context, the person one honest line, and the bot goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import structlog
from telegram import InlineKeyboardMarkup, ReplyParameters, Update, User
from telegram.error import Forbidden, TelegramError
from telegram.ext import ContextTypes, ExtBot

from bot.telegram import addressing
from bot.telegram.delivery import TakenOverError, current
from bot.telegram.handlers import acknowledge
from bot.telegram.keyboards import Ask, ask_button, read
from bot.telegram.live import Live
from bot.telegram.retries import TWICE, UnsureError
from bot.telegram.words import language

log = structlog.get_logger(__name__)

PHRASES = {"error": (), "interrupted": (), "interrupted_again": ()}

BREATH_SECONDS = 1.0
"""A connection that has just broken may break again at once."""

_TEXT_CHARACTERS = 300


class Errors:
    """What becomes of an exception that a handler raised."""

    def __init__(self, live: Live, notices: Counter[str]) -> None:
        self._live = live
        self._notices = notices

    async def tell(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The framework hands every exception of a handler to this."""
        error = context.error
        about = _context(update)
        if isinstance(error, Forbidden):  # blocked, or thrown out of the group: nobody is there to tell
            log.info("handler.nobody_there", error=str(error), **about)
            return
        if isinstance(error, TakenOverError):
            log.warning("handler.taken_over", **about)
            return
        log.error("handler.failed", exc_info=error, **about)
        delivery = current.get()
        if not isinstance(update, Update) or (delivery and delivery.answered):
            return
        if isinstance(error, UnsureError):
            await self.interrupted(update, context.bot)
        else:
            await self._say(update, context.bot, "error")

    async def interrupted(self, update: Update, bot: ExtBot[Any]) -> None:
        """Say that an answer may not have arrived, and offer to answer again what a button can carry."""
        log.warning("handler.interrupted", **_context(update))
        await asyncio.sleep(BREATH_SECONDS)
        words, question = self._live.words(language(update.effective_user)), _question(update, bot.bot)
        button = ask_button(words.plain("interrupted_again"), question) if question else None
        await self._say(update, bot, "interrupted", InlineKeyboardMarkup([[button]]) if button else None)

    async def _say(
        self, update: Update, bot: ExtBot[Any], phrase: str, buttons: InlineKeyboardMarkup | None = None
    ) -> None:
        message = update.effective_message
        self._notices[phrase] += 1
        try:
            if update.callback_query:
                await acknowledge(update.callback_query)
            if message:
                await bot.send_message(
                    message.chat.id,
                    self._live.words(language(update.effective_user)).html(phrase),
                    message_thread_id=message.message_thread_id if message.is_topic_message else None,
                    reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
                    reply_markup=buttons,
                    rate_limit_args=TWICE,
                )
        except TelegramError as error:
            log.error("handler.not_told", error=str(error), **_context(update))


def _question(update: Update, me: User) -> str | None:
    """What an update asks, if it asks something that a button could ask again."""
    if update.callback_query:
        press = read(update.callback_query.data or "")
        return press.question if isinstance(press, Ask) else None
    message = update.effective_message
    if message is None or message.text is None:
        return None
    command = addressing.command(message)
    if command:
        return command[2] if command[0] == "ask" else None
    return addressing.question(message, me)


def _context(update: object) -> dict[str, object]:
    """What is needed to see the error again: which update, where, by whom, and what it said."""
    if not isinstance(update, Update):
        return {"update": type(update).__name__}
    message = update.effective_message
    asked = update.callback_query.data if update.callback_query else getattr(message, "text", None)
    return {
        "update": update.update_id,
        "chat": update.effective_chat.id if update.effective_chat else None,
        "person": update.effective_user.id if update.effective_user else None,
        "text": (asked or "")[:_TEXT_CHARACTERS],
    }
