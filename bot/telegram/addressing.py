"""Which messages in a group are for the bot, and what they ask. In private every message is."""

from __future__ import annotations

import re

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?:\s+|$)", re.ASCII)


def question(message: Message, me: User) -> str | None:
    """What a message without a command asks the bot; None when it is not for the bot.

    In a group a message is for the bot when it mentions it or replies to it. A mention alone, in reply to somebody,
    asks what that person wrote; in reply to nobody it is for the bot and asks nothing, which is an empty text.
    """
    text = message.text or message.caption
    own = message.via_bot is not None and message.via_bot.id == me.id  # an answer that inline mode gave
    if text is None or own or (message.from_user and message.from_user.is_bot and not message.sender_chat):
        return None
    private = message.chat.type == ChatType.PRIVATE
    if message.is_automatic_forward:
        return None
    mentions = _mentions(message, me)
    if mentions:
        rest = text
        for words in mentions:
            rest = rest.replace(words, " ", 1)
        rest = " ".join(rest.split()).strip(" ,:;-–—")
        return rest or quoted(message, me) or (text if private else "")
    return text if private or _replies_to(message, me) else None


def quoted(message: Message, me: User) -> str | None:
    """What the message replied to says, or the part of it that the reply quotes, when that is a person's."""
    if _replies_to(message, me):
        return None
    part = message.quote.text if message.quote else None
    replied = message.reply_to_message
    return part or (replied and (replied.text or replied.caption)) or None


def _replies_to(message: Message, me: User) -> bool:
    """Whether a message replies to the bot. In a topic, who replies to nobody replies to its opening."""
    replied = message.reply_to_message
    opening = replied is not None and replied.forum_topic_created is not None
    return bool(replied and not opening and replied.from_user and replied.from_user.id == me.id)


def command(message: Message) -> tuple[str, str | None, str] | None:
    """The command at the start of a message: its name and whom it is addressed to, in lower case, and the rest."""
    text = message.text or ""
    found = _COMMAND.match(text)
    if not found:
        return None
    name, whom = found[1].lower(), found[2]
    return name, whom and whom.lower(), text[found.end() :].strip()


def _mentions(message: Message, me: User) -> list[str]:
    """The words in a message that mention the bot."""
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    found = {**message.parse_entities(kinds), **message.parse_caption_entities(kinds)}
    name = f"@{me.username}".lower()
    return [
        words
        for entity, words in found.items()
        if words.lower() == name or (entity.user is not None and entity.user.id == me.id)
    ]
