"""What only admins can do: read the facts again, see how the bot fares and which questions it could not answer."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version

from babel.units import format_unit
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message

from bot.missed import Group, Missed, as_csv, grouped
from bot.reply import Reply
from bot.storage import Store
from bot.telegram.aside import StoppingError
from bot.telegram.door import Door
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live, ReloadBusyError, Reloaded
from bot.telegram.replicas import Replicas, summary
from bot.telegram.reports import report
from bot.telegram.talk import Place, Talk
from bot.telegram.tally import Tally
from bot.telegram.words import Words

PHRASES = {
    "missed_alike": ("count",),
    "missed_answered": ("intent",),
    "missed_export": (),
    "missed_head": ("count", "different"),
    "missed_nearest": ("intent",),
    "missed_none": (),
    "reloading": (),
    "status_alone": (),
    "status_answers": ("count", "answered", "asked", "unknown"),
    "status_errors": ("count",),
    "status_head": ("version", "time"),
    "status_kept": ("rows",),
    "status_pack": ("version", "date", "facts", "intents"),
    "status_replicas": ("count",),
    "status_times": ("half", "most"),
    "stopping": (),
}

GROUPS = 10
QUESTION_CHARACTERS = 120
MOST_QUESTIONS = 1000


class Admin:
    """The commands for admins, behind their door."""

    def __init__(
        self,
        bot: Bot,
        talk: Talk,
        live: Live,
        store: Store,
        tally: Tally,
        today: Callable[[], date],
        replicas: Replicas | None = None,
    ) -> None:
        self._bot, self._talk, self._live, self._store, self._tally = bot, talk, live, store, tally
        self._today = today
        self._replicas = replicas

    def register(self, door: Door) -> None:
        """Add them."""
        door.command("reload", self.reload)
        door.command("status", self.status)
        door.command("missed", self.missed)
        door.button("missed:", self.export)

    async def reload(self, place: Place, message: Message) -> None:
        """Reload, and say what came of it; then, where others share the work, which of them have followed."""
        words = self._live.words(place.language)
        try:
            outcome = await self._live.reload()
        except ReloadBusyError:
            await self._talk.say(place, Reply("chat", words.html("reloading")))
            return
        except StoppingError:
            await self._talk.say(place, Reply("chat", words.html("stopping")))
            return
        await self._talk.say(place, Reply("chat", report(outcome, words)))
        if self._replicas and isinstance(outcome, Reloaded):
            text = summary(await self._replicas.announce(), outcome.version, words)
            if text:
                await self._talk.say(place, Reply("chat", text))

    async def status(self, place: Place, message: Message) -> None:
        """How this process fares, and which others there are."""
        pack, tally, words = self._live.engine.pack, self._tally, self._live.words(place.language)
        facts, intents, kinds = len(pack.knowledge.facts), len(pack.intents.intents), tally.kinds
        reviewed = pack.day(pack.reviewed, words.language)
        half, most = (tally.percentile(share) for share in (0.5, 0.99))
        lines = [
            words.html("status_head", version=version("sco-bot"), time=duration(tally.uptime, words.language)),
            words.html("status_pack", version=pack.version, date=reviewed, facts=facts, intents=intents),
            words.html(
                "status_answers",
                count=kinds.total(),
                answered=kinds["answer"],
                asked=kinds["clarify"],
                unknown=kinds["unknown"],
            ),
            words.html("status_errors", count=tally.errors),
        ]
        if half is not None and most is not None:
            lines.append(words.html("status_times", half=round(half * 1000), most=round(most * 1000)))
        others = await self._store.replicas() if self._replicas else []
        lines.append(words.html("status_replicas", count=len(others)) if others else words.html("status_alone"))
        lines += [f"• {html.escape(one.name)}: {html.escape(one.version)}" for one in others]
        counts = (f"{name} {count}" for name, count in sorted((await self._store.counts()).items()) if count)
        lines.append(words.html("status_kept", rows=", ".join(counts)))
        await self._talk.tell(place, "\n".join(lines))

    async def missed(self, place: Place, message: Message) -> None:
        """The questions that went unanswered, in groups."""
        words = self._live.words(place.language)
        groups = await self._groups()
        if not groups:
            await self._talk.tell(place, words.html("missed_none"))
            return
        asked = sum(group.times for group in groups)
        lines = [words.html("missed_head", count=asked, different=len(groups)), ""]
        lines += [_line(group, words) for group in groups[:GROUPS]]
        button = InlineKeyboardButton(words.plain("missed_export"), callback_data="missed:csv")
        await self._talk.tell(place, "\n".join(lines), InlineKeyboardMarkup([[button]]))

    async def export(self, place: Place, query: CallbackQuery, _: str) -> None:
        """All of them as a file."""
        await acknowledge(query)
        table = as_csv(await self._groups())
        name = f"missed-{self._today().isoformat()}.csv"
        await self._bot.send_document(place.chat, InputFile(table, filename=name))

    async def _groups(self) -> Sequence[Group]:
        rows = await self._store.most_unanswered(MOST_QUESTIONS)
        questions = [Missed(row.question, row.times, row.first, row.last) for row in rows]
        return await asyncio.to_thread(grouped, questions, self._live.engine, self._today())


def _line(group: Group, words: Words) -> str:
    question = group.questions[0].question
    short = question if len(question) <= QUESTION_CHARACTERS else f"{question[: QUESTION_CHARACTERS - 1]}…"
    more = len(group.questions) - 1
    alike = f" {words.html('missed_alike', count=more)}" if more else ""
    nearest = words.html("missed_answered" if group.answered else "missed_nearest", intent=group.nearest or "–")
    return f"<b>{group.times}×</b> {html.escape(short, quote=False)}{alike} <i>({nearest})</i>"


def duration(seconds: float, language: str) -> str:
    """A time as days, hours, minutes and seconds: the two largest of them that it has."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (rest, "second"))
    shown = [(count, unit) for count, unit in parts if count][:2] or [(0, "second")]
    return " ".join(format_unit(count, f"duration-{unit}", "short", locale=language) for count, unit in shown)
