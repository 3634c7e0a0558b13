"""What only admins can do: read the facts again, see how the bot fares and which questions it could not answer."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version

from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message

from bot.missed import Group, Missed, as_csv, grouped
from bot.reply import Reply
from bot.storage import Store
from bot.telegram import words
from bot.telegram.door import Door
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live, ReloadBusyError, Reloaded
from bot.telegram.replicas import Replicas, summary
from bot.telegram.reports import report
from bot.telegram.talk import Place, Talk
from bot.telegram.tally import Tally

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

    async def status(self, place: Place, message: Message) -> None:
        """How this process fares, and which others there are."""
        pack, tally = self._live.engine.pack, self._tally
        phrases, kinds = pack.phrases(None), tally.kinds
        half, most = (tally.percentile(share) for share in (0.5, 0.99))
        lines = [
            phrases["status_head"].format(version("sco-bot"), duration(tally.uptime)),
            phrases["status_pack"].format(
                pack.version, pack.reviewed, len(pack.knowledge.facts), len(pack.intents.intents)
            ),
            phrases["status_answers"].format(kinds.total(), kinds["answer"], kinds["clarify"], kinds["unknown"]),
            phrases["status_errors"].format(tally.errors),
        ]
        if half is not None and most is not None:
            lines.append(phrases["status_times"].format(round(half * 1000), round(most * 1000)))
        others = await self._store.replicas() if self._replicas else []
        lines.append(phrases["status_replicas" if others else "status_alone"].format(len(others)))
        lines += [f"• {html.escape(one.name)}: {html.escape(one.version)}" for one in others]
        counts = (f"{name} {count}" for name, count in sorted((await self._store.counts()).items()) if count)
        lines.append(phrases["status_kept"].format(", ".join(counts)))
        await self._talk.tell(place, "\n".join(lines))

    async def missed(self, place: Place, message: Message) -> None:
        """The questions that went unanswered, in groups."""
        phrases = self._live.engine.pack.phrases(None)
        groups = await self._groups()
        if not groups:
            await self._talk.tell(place, phrases["missed_none"])
            return
        asked = sum(group.times for group in groups)
        lines = [phrases["missed_head"].format(asked, len(groups)), ""]
        lines += [self._line(group) for group in groups[:GROUPS]]
        button = InlineKeyboardButton(phrases["missed_export"], callback_data="missed:csv")
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

    def _line(self, group: Group) -> str:
        phrases = self._live.engine.pack.phrases(None)
        question = group.questions[0].question
        short = question if len(question) <= QUESTION_CHARACTERS else f"{question[: QUESTION_CHARACTERS - 1]}…"
        alike = phrases["missed_alike"].format(len(group.questions) - 1) if len(group.questions) > 1 else ""
        nearest = phrases["missed_answered" if group.answered else "missed_nearest"].format(group.nearest or "–")
        return f"<b>{group.times}×</b> {html.escape(short, quote=False)}{alike} <i>({nearest})</i>"


def duration(seconds: float) -> str:
    """A time as days, hours and minutes, in figures."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(shown) or "0 s"
