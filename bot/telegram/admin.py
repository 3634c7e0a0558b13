"""What only admins can do: read the facts and the phrasing again. For anybody else these commands do not exist."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.reply import Reply
from bot.telegram.live import Live, Refused, ReloadBusyError, Reloaded
from bot.telegram.pages import PAGE_UNITS, units
from bot.telegram.replicas import Replicas, summary
from bot.telegram.talk import Place, Talk
from bot.telegram.words import Words

PHRASES = {
    "and_more": ("count",),
    "failing_examples": (),
    "not_reloaded": ("count",),
    "nothing_changed": (),
    "reloaded": ("seconds", "version", "passed", "ran"),
    "reloading": (),
}

LIST_LINES = 12
"""How many changes are listed, so that failures are seen in the same message."""

LINE_UNITS = 200


class Admin:
    """The handlers for admins."""

    def __init__(self, admins: Collection[int], talk: Talk, live: Live, replicas: Replicas | None = None) -> None:
        self._admins = admins
        self._talk = talk
        self._live = live
        self._replicas = replicas

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them, in private chats and for admins only; all else falls through to the unknown command."""
        allowed = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & filters.User(self._admins)
        application.add_handler(CommandHandler("reload", self.reload, allowed))

    async def reload(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Reload, and say what came of it; then, where others share the work, which of them have followed."""
        message, person = update.effective_message, update.effective_user
        if message is None or person is None:
            return
        place = Place.of(message, person)
        words = self._live.words(place.language)
        try:
            outcome = await self._live.reload()
        except ReloadBusyError:
            await self._talk.say(place, Reply("chat", words.html("reloading")))
            return
        await self._talk.say(place, Reply("chat", report(outcome, words)))
        if self._replicas and isinstance(outcome, Reloaded):
            text = summary(await self._replicas.announce(), outcome.version, words)
            if text:
                await self._talk.say(place, Reply("chat", text))


def report(outcome: Reloaded | Refused, words: Words) -> str:
    """What an admin reads after a reload, as HTML that fits one message."""
    if isinstance(outcome, Refused):
        return _fit([words.html("not_reloaded", count=len(outcome.problems)), ""], outcome.problems, words)
    head = words.html(
        "reloaded",
        seconds=f"{outcome.seconds:.1f}",
        version=outcome.version,
        passed=outcome.passed,
        ran=outcome.passed + len(outcome.failures),
    )
    lines = [head, "", *(_some(outcome.changes, words) or [words.html("nothing_changed")])]
    if not outcome.failures:
        return _fit(lines, (), words)
    return _fit([*lines, "", words.html("failing_examples")], outcome.failures, words)


def _some(items: Collection[str], words: Words) -> list[str]:
    shown = [f"• {_escaped(item)}" for item in list(items)[:LIST_LINES]]
    more = len(items) - LIST_LINES
    return [*shown, words.html("and_more", count=more)] if more > 0 else shown


def _fit(lines: Iterable[str], items: Collection[str], words: Words, limit: int = PAGE_UNITS) -> str:
    """The lines, and as many of the items as one message holds, with how many are left out."""
    shown = list(lines)
    used = sum(units(line) + 1 for line in shown)
    for number, item in enumerate(items):
        line = _escaped(item, 2 * LINE_UNITS)
        used += units(html.unescape(line)) + 1
        if used > limit - 40:
            shown.append(words.html("and_more", count=len(items) - number))
            break
        shown.append(line)
    return "\n".join(shown)


def _escaped(line: str, most: int = LINE_UNITS) -> str:
    """A line as HTML, cut when it is longer than `most` units."""
    short = line if units(line) <= most else line[: most // 2 - 1] + "…"
    return html.escape(short, quote=False)
