"""What a handler of a command needs to know: the message, where it was written, in which language, and what it says."""

from __future__ import annotations

from telegram import CallbackQuery, Message, Update

from bot.telegram import addressing
from bot.telegram.talk import Place


def message_of(update: Update) -> Message:
    """The message of an update. Raises ValueError when the filters let pass one without."""
    message = update.effective_message
    if message is None:
        raise ValueError("the filters of the handlers let pass an update without a message")
    return message


def place_of(message: Message) -> Place:
    """Where a message was written, and by whom; who writes as a group or channel is that group or channel."""
    writer = message.sender_chat or message.from_user
    return Place.of(message, writer.id if writer else 0)


def language_of(said: Message | CallbackQuery) -> str:
    """The language of whoever wrote or pressed, as a code of two letters."""
    code = said.from_user.language_code if said.from_user else None
    return (code or "en").partition("-")[0]


def after_command(message: Message) -> str:
    """What follows the command."""
    command = addressing.command(message)
    return command[2] if command else ""
