"""What a handler of a command needs to know: the message, where it was written, and what it says."""

from __future__ import annotations

from telegram import Message, Update

from bot.storage import Conversation
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
    return Place.of(message, message.sender_chat or message.from_user)


def conversation_of(update: Update) -> Conversation:
    """Where an update says something, and who; what comes from no chat has the person alone."""
    query, message, person = update.callback_query, update.effective_message, update.effective_user
    if message is None:
        return Conversation(0, person.id if person else 0)
    return (Place.of(message, person) if query else place_of(message)).conversation


def after_command(message: Message) -> str:
    """What follows the command."""
    command = addressing.command(message)
    return command[2] if command else ""
