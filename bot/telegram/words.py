"""What the Telegram face says in its own name. Everything about the subject is the engine's."""

from __future__ import annotations

ERROR = "Something went wrong on my side, and it has been noted. Please ask again in a moment."
UNKNOWN_COMMAND = "I know no such command. Just ask a question, or see /help."
TEXT_ONLY = "I can read only text. Please write your question."
ASK_WHAT = "Write the question after the command, for example: /ask who are the members?"
NO_SOURCES = "There are no sources yet."
TOO_OLD = "This button is too old. Please ask again."
"""At most 200 characters, as it is shown over the chat."""

RELOADING = "A reload is under way already."

COMMANDS = (
    ("ask", "Ask a question (in a group)"),
    ("help", "What I can answer"),
    ("privacy", "What I keep about you, and how to delete it"),
    ("quiz", "Questions to practise with"),
    ("sources", "Where the facts come from"),
    ("start", "Begin, with a few questions to try"),
    ("subscribe", "What happened on this day, every day"),
    ("today", "What happened on this day"),
)
ADMIN_COMMANDS = (
    ("broadcast", "Write to all subscribers"),
    ("missed", "Questions without an answer"),
    ("reload", "Read the facts and the phrasing again"),
    ("status", "How I fare"),
)


def description(title: str) -> str:
    """What a person sees in an empty chat, before pressing Start. At most 512 characters."""
    text = (
        f"Ask me about the {title}: who, what, when, where, how many, now or in any year. "
        "Every answer is computed from dated facts and names its sources. What I do not know, I say I do not know."
    )
    return text[:512]


def short_description(title: str) -> str:
    """What a person sees on the bot's profile. At most 120 characters."""
    text = f"Dated, sourced answers about the {title}."
    return text if len(text) <= 120 else "Dated, sourced answers."
