"""What happened on this day of the year, in earlier years. Pure: the day is handed in."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from babel.dates import format_timedelta
from markupsafe import escape

from bot.dialogue import Context
from bot.knowledge.model import Fact, PartialDate
from bot.pack import Pack
from bot.reply import Reply
from bot.statements import Teller
from bot.turn import Turn

HALF_A_YEAR = 183


@dataclass(frozen=True, slots=True)
class Anniversary:
    """What happened on one day: facts that one sentence can say."""

    day: datetime.date
    facts: tuple[Fact, ...]


class Anniversaries:
    """What a pack remembers, in one of its languages."""

    def __init__(self, pack: Pack, language: str | None) -> None:
        self._language = pack.language(language)
        self._pack, self._phrases = pack, pack.phrases(language)

    def on(self, day: datetime.date) -> Reply:
        """What happened on this day of earlier years; when nothing did, on the nearest day that has something."""
        nearest, found = self._nearest(day)
        teller = Teller(self._pack, self._language, day)
        named = escape(teller.day_of_year(day))
        if not found:
            return Reply("unknown", self._phrases["today_never"], intent="today")
        head = self._phrases["today_head"].format(named)
        if nearest != day:
            head = self._phrases["today_nearest"].format(named, escape(teller.day_of_year(nearest)))
        lines = [
            f"<b>{one.day.year}</b> ({self._ago(nearest.year - one.day.year)}): {self._sentence(teller, one)}"
            for one in found
        ]
        facts = tuple(fact for one in found for fact in one.facts)
        sources = tuple(dict.fromkeys(name for fact in facts for name in fact.sources))
        turn = Turn(self._pack, self._pack.languages[self._language], self._language, Context(), day)
        html = "\n".join([f"<b>{head}</b>", "", *lines, "", turn.source_line(sources, facts)])
        return Reply("answer", html.strip(), (), turn.sources(sources), "today")

    def found(self, day: datetime.date, until: datetime.date) -> list[Anniversary]:
        """What happened on this day of the year up to a day, the oldest first."""
        groups: dict[tuple[datetime.date, str], dict[str, list[Fact]]] = {}
        for began, fact in self._remembered.get((day.month, day.day), ()):
            if began <= until:
                groups.setdefault((began, fact.relation), {}).setdefault(fact.subject, []).append(fact)
        return sorted(
            (one for (began, _), told in groups.items() for one in _merged(began, told)), key=lambda one: one.day
        )

    def _nearest(self, day: datetime.date) -> tuple[datetime.date, list[Anniversary]]:
        for distance in range(HALF_A_YEAR):
            for there in (day + datetime.timedelta(days=distance), day - datetime.timedelta(days=distance)):
                found = self.found(there, day)
                if found:
                    return there, found
        return day, []

    @cached_property
    def _remembered(self) -> dict[tuple[int, int], list[tuple[datetime.date, Fact]]]:
        """What is worth remembering, by month and day."""
        teller = Teller(self._pack, self._language, datetime.date.max)
        index: dict[tuple[int, int], list[tuple[datetime.date, Fact]]] = {}
        for statement in self._pack.intents.telling.statements.values():
            for fact in self._pack.knowledge.facts_with(statement.relation) if statement.anniversary else ():
                began = _day(fact)
                if began and teller.tells(fact):
                    index.setdefault((began.month, began.day), []).append((began, fact))
        return index

    def _sentence(self, teller: Teller, one: Anniversary) -> str:
        return " ".join(teller.tell(one.facts, dated=False).split())

    def _ago(self, years: int) -> str:
        if not years:
            return self._phrases["today_this_year"]
        ago = datetime.timedelta(days=-365 * years)
        return format_timedelta(ago, "year", add_direction=True, locale=self._language)


def _day(fact: Fact) -> datetime.date | None:
    """The day on which a fact began, if it is known so precisely."""
    began = fact.value if isinstance(fact.value, PartialDate) else fact.start
    return began.first if began and began.day else None


def _merged(day: datetime.date, told: Mapping[str, Sequence[Fact]]) -> Iterator[Anniversary]:
    """Things of which the same is said that day share a sentence."""
    alike: dict[tuple[str, ...], list[Fact]] = {}
    for facts in told.values():
        same = () if isinstance(facts[0].value, PartialDate) else tuple(sorted(str(fact.value) for fact in facts))
        alike.setdefault(same, []).extend(facts)
    yield from (Anniversary(day, tuple(facts)) for facts in alike.values())
