"""What the Telegram face says in its own name, in the words of the pack: `words: {LANGUAGE: {phrases: ...}}`.

A phrase is Telegram HTML, with the names of values in braces. Each module of the face lists the phrases that it needs
in its `PHRASES`; `bot.telegram.phrases` joins the lists, and a pack that lacks one of them is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from telegram import User

from bot.telegram.known import known


def language(person: User | None) -> str | None:
    """The language that the bot speaks to whom an update comes from: their choice, or the one of their Telegram."""
    return known.get().language or telegram_language(person)


def telegram_language(person: User | None) -> str | None:
    """The language that a person has Telegram in, as two letters."""
    code = person.language_code if person else None
    return code.partition("-")[0] if code else None


class Words:
    """The phrases of one language of the pack. Every phrase may also name the pack's `{title}`."""

    def __init__(self, language: str, phrases: Mapping[str, str], title: str) -> None:
        self.language = language
        self._phrases = phrases
        self._title = title

    def html(self, phrase: str, **values: object) -> str:
        """A phrase as Telegram HTML, the values escaped."""
        return str(Markup(self._phrases[phrase].strip()).format(title=self._title, **values))  # noqa: S704  the pack's own

    def plain(self, phrase: str, **values: object) -> str:
        """A phrase where no markup is read: on a button, over the chat, in a menu."""
        return self._phrases[phrase].strip().format(title=self._title, **values)
