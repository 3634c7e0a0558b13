"""What only admins can do: read the facts and the phrasing again. For anybody else these commands do not exist."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.reply import Reply
from bot.telegram import words
from bot.telegram.live import Live, Refused, ReloadBusyError, Reloaded
from bot.telegram.pages import PAGE_UNITS, units
from bot.telegram.replicas import Replicas, summary
from bot.telegram.talk import Place, Talk

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
        place = Place.of(message, person.id)
        try:
            outcome = await self._live.reload()
        except ReloadBusyError:
            await self._talk.say(place, Reply("chat", words.RELOADING))
            return
        await self._talk.say(place, Reply("chat", report(outcome)))
        if self._replicas and isinstance(outcome, Reloaded):
            text = summary(await self._replicas.announce(), outcome.version)
            if text:
                await self._talk.say(place, Reply("chat", html.escape(text, quote=False)))


def report(outcome: Reloaded | Refused) -> str:
    """What an admin reads after a reload, as HTML that fits one message."""
    if isinstance(outcome, Refused):
        count = len(outcome.problems)
        head = f"<b>Not reloaded</b>: {count} problem{'' if count == 1 else 's'}. The old facts go on answering."
        return _fit([head, ""], outcome.problems)
    ran = outcome.passed + len(outcome.failures)
    head = (
        f"<b>Reloaded</b> in {outcome.seconds:.1f} s, version {html.escape(outcome.version)}. "
        f"Examples: {outcome.passed} of {ran} passed."
    )
    lines = [head, "", *_some(outcome.changes)] if outcome.changes else [head, "", "Nothing has changed."]
    if not outcome.failures:
        return _fit(lines, ())
    return _fit([*lines, "", "<b>Examples that fail</b>"], outcome.failures)


def _some(items: Collection[str]) -> list[str]:
    shown = [f"• {_escaped(item)}" for item in list(items)[:LIST_LINES]]
    return shown + ([f"… and {len(items) - LIST_LINES} more"] if len(items) > LIST_LINES else [])


def _fit(lines: Iterable[str], items: Collection[str], limit: int = PAGE_UNITS) -> str:
    """The lines, and as many of the items as one message holds, with how many are left out."""
    shown = list(lines)
    used = sum(units(line) + 1 for line in shown)
    for number, item in enumerate(items):
        line = _escaped(item, 2 * LINE_UNITS)
        used += units(html.unescape(line)) + 1
        if used > limit - 40:
            shown.append(f"… and {len(items) - number} more")
            break
        shown.append(line)
    return "\n".join(shown)


def _escaped(line: str, most: int = LINE_UNITS) -> str:
    """A line as HTML, cut when it is longer than `most` units."""
    short = line if units(line) <= most else line[: most // 2 - 1] + "…"
    return html.escape(short, quote=False)
