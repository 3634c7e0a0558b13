"""An error in a handler: the log gets it with its context, the person one honest line, and the bot goes on."""

from __future__ import annotations

import contextlib

import structlog
from telegram import ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import Forbidden, TelegramError
from telegram.ext import ContextTypes

from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live
from bot.telegram.words import language

log = structlog.get_logger(__name__)

PHRASES = {"error": ()}

_TEXT_CHARACTERS = 300


class Errors:
    """What becomes of an exception that a handler raised."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def tell(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The framework hands every exception of a handler to this."""
        error = context.error
        about = _context(update)
        if isinstance(error, Forbidden):  # blocked, or thrown out of the group: nobody is there to tell
            log.info("handler.nobody_there", error=str(error), **about)
            return
        log.error("handler.failed", exc_info=error, **about)
        if not isinstance(update, Update):
            return
        with contextlib.suppress(TelegramError):
            if update.callback_query:
                await acknowledge(update.callback_query)
            message = update.effective_message
            if message:
                reply = None
                if message.chat.type != ChatType.PRIVATE:
                    reply = ReplyParameters(message.message_id, allow_sending_without_reply=True)
                thread = message.message_thread_id if message.is_topic_message else None
                text = self._live.words(language(update.effective_user)).html("error")
                await context.bot.send_message(message.chat.id, text, message_thread_id=thread, reply_parameters=reply)


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
