"""In a group the bot answers those who speak to it and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Message, User

from bot.telegram import addressing

ME = User(42, "Bot", is_bot=True, username="sco_bot")
ANN = {"id": 5, "is_bot": False, "first_name": "Ann"}
BOT = {"id": 42, "is_bot": True, "first_name": "Bot", "username": "sco_bot"}
OTHER_BOT = {"id": 43, "is_bot": True, "first_name": "Other", "username": "other_bot"}
GROUP = {"id": -100, "type": "supergroup", "title": "Students"}
PART = {"text": "who?", "position": 4}
OPENED = {"name": "Exams", "icon_color": 7322096}
PRIVATE = {"id": 5, "type": "private", "first_name": "Ann"}


def message(text: str, chat: dict[str, Any] = GROUP, sender: dict[str, Any] = ANN, **more: Any) -> Message:
    entities = [
        {"type": "mention", "offset": len(text[: text.index(word)].encode("utf-16-le")) // 2, "length": len(word)}
        for word in text.replace(",", " ").replace("?", " ").split()
        if word.startswith("@")
    ]
    built = Message.de_json(
        {"message_id": 1, "date": 0, "chat": chat, "from": sender, "text": text, "entities": entities, **more}, None
    )
    assert built is not None
    return built


def reply_to(sender: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    return {"message_id": 9, "date": 0, "chat": GROUP, "from": sender, "text": text, **more}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (message("who were observers?", PRIVATE), "who were observers?"),
        (message("who were observers?"), None),
        (message("@sco_bot who were observers?"), "who were observers?"),
        (message("@SCO_Bot, who were observers?"), "who were observers?"),
        (message("🇲🇳🇲🇳 since when, @sco_bot?"), "🇲🇳🇲🇳 since when, ?"),
        (message("@other_bot who were observers?"), None),
        (message("@sco_bot"), ""),
        (message("@sco_bot", reply_to_message=reply_to(ANN, "when did India join?")), "when did India join?"),
        (message("@sco_bot", reply_to_message=reply_to(BOT, "In 2017.")), ""),
        (message("and Iran?", reply_to_message=reply_to(BOT, "In 2017.")), "and Iran?"),
        (message("and Iran?", reply_to_message=reply_to(ANN, "In 2017.")), None),
        (message("@sco_bot who?", sender=OTHER_BOT), None),
        (message("who?", PRIVATE, OTHER_BOT), None),
        (message("@sco_bot who?", sender=OTHER_BOT, sender_chat=GROUP), "who?"),
        (message("@sco_bot who?", is_automatic_forward=True), None),
        (message("who?", via_bot=BOT), None),
        (message("who?", PRIVATE, via_bot=BOT), None),
        (message("@sco_bot who?", via_bot=OTHER_BOT), "who?"),
        (message("@sco_bot who?", PRIVATE), "who?"),
        (message("@sco_bot", PRIVATE), "@sco_bot"),
        (message("who?", reply_to_message=reply_to(BOT, "", forum_topic_created=OPENED)), None),
        (message("@sco_bot", reply_to_message=reply_to(ANN, "", forum_topic_created=OPENED)), ""),
        (
            message("@sco_bot", reply_to_message=reply_to(ANN, "so, who?"), quote={"text": "who?", "position": 4}),
            "who?",
        ),
    ],
)
def test_what_is_asked_of_the_bot(written: Message, asked: str | None) -> None:
    assert addressing.question(written, ME) == asked


def test_a_mention_of_somebody_without_a_username() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 3, "user": BOT}
    assert addressing.question(message("Bot who were observers?", entities=[entity]), ME) == "who were observers?"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("/ask who?", ("ask", None, "who?")),
        ("/ASK@Sco_Bot  who\nwhen?", ("ask", "sco_bot", "who\nwhen?")),
        ("/ask", ("ask", None, "")),
        ("/", None),
        ("ask", None),
        ("/ask?", None),
    ],
)
def test_commands(text: str, read: tuple[str, str | None, str] | None) -> None:
    assert addressing.command(message(text)) == read
