"""Results become pictures: the same facts that the words are made of, as the plain data of a chart."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.answers.render import Renderer, RenderError, is_now
from bot.knowledge.model import Fact, Knowledge, PartialDate
from bot.knowledge.query import Result, run, value_of
from bot.language.dates import When
from bot.picture import (
    Bar,
    Chart,
    Event,
    Events,
    Group,
    Growth,
    Lane,
    Mark,
    Picture,
    Series,
    Share,
    Shares,
    Sketch,
    Tally,
    Timeline,
)

PALETTE = ("#2369a8", "#d98a1f", "#3b9270", "#8c5a9e", "#7d838c", "#b3503f", "#4f8fa8", "#9a7b2f")
"""Apart for the colour-blind too, and of middling lightness."""

MOST_EVENTS, MOST_LONG_EVENTS = 40, 16
"""More than these cannot be read on a phone, where some have a long name or none has; they are counted by year."""

LONG = 40

_TAG = re.compile(r"<[^<>]*>")


def paint(sketch: Sketch, slots: Mapping[str, Any], view: Renderer) -> tuple[Picture, tuple[Fact, ...]] | None:
    """The picture, still without its credit, and the facts that it was made of; None when there is too little to show.

    The sketch has a query.
    """
    title, alt = sketch.title.get(view.language), sketch.alt.get(view.language)
    if title is None or alt is None or sketch.query is None:
        return None
    result = run(sketch.query, slots, view.knowledge)
    drawn = KINDS[sketch.kind](_Easel(sketch, slots, view), result)
    if drawn is None:
        return None
    chart, facts = drawn
    values = {**slots, "chart": chart}
    try:
        title, alt = (_plain(view.render(text, {"result": result}, values)) for text in (title, alt))
    except RenderError:
        return None
    return Picture(title, alt, "", chart), facts


def leaves_out(sketch: Sketch, slots: Mapping[str, Any], knowledge: Knowledge) -> bool:
    """Whether what was asked about is of the kind that is drawn, and yet not drawn."""
    entities = knowledge.entities
    types = {entities[name].type for name in sketch.groups}
    named = {name for value in slots.values() if isinstance(value, tuple) for name in value if name in entities}
    return any(entities[name].type in types and name not in sketch.groups for name in named)


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", markup)).split())


@dataclass(frozen=True, slots=True)
class _Easel:
    """What every kind of chart needs to be made."""

    sketch: Sketch
    slots: Mapping[str, Any]
    view: Renderer

    def stretches(self, result: Result) -> list[Fact]:
        """The facts with a value to be grouped by, begun by today, in order of time."""
        wanted, today = self.sketch.groups, self.view.today
        facts = [
            fact
            for fact in result.facts
            if isinstance(fact.value, str) and (not wanted or fact.value in wanted)
            and (start := fact.interval.start) and start <= today
        ]  # fmt: skip
        return sorted(facts, key=_start)

    def groups(self, facts: Sequence[Fact], many: bool = False) -> dict[str, Group]:
        """The groups that occur, by id, in the sketch's order or else that of time."""
        occur = dict.fromkeys(str(fact.value) for fact in facts)
        order = [name for name in self.sketch.groups if name in occur] or list(occur)
        things = [self.view.thing(name) for name in order]
        return {
            thing.id: Group(thing.plural if many else thing.name, self.sketch.groups.get(thing.id, self.colour(n)))
            for n, thing in enumerate(things)
        }

    def counted(self, number: int, name: str) -> str:
        """A number with what is counted, as the language has it."""
        thing = self.view.thing(name)
        return self.view.wording.counted(number, thing.name, thing.plural)

    def colour(self, number: int = 0) -> str:
        return PALETTE[number % len(PALETTE)]

    def marked(self, first: date, last: date) -> Mark | None:
        """The time that was asked about, as far as it lies on the axis; now needs no mark, being the axis's end."""
        when = value_of(self.sketch.mark, self.slots)
        if not isinstance(when, When) or is_now(when) or when.how not in ("in", "between"):
            return None
        start, end = when.interval.start, when.interval.end
        if start is None or end is None or start < first or end > last:
            return None
        return Mark(start, end, self.view.wording.standing(self.view.named(when.anchor)))

    def enough(self, things: Sequence[object]) -> bool:
        return len(things) >= self.sketch.least


_Drawn = tuple[Chart, tuple[Fact, ...]] | None


def _timeline(easel: _Easel, result: Result) -> _Drawn:
    """A lane for each thing; when there is but one, a lane for each value."""
    facts, view = easel.stretches(result), easel.view
    if not easel.enough(facts):
        return None
    groups = easel.groups(facts)
    places = {name: number for number, name in enumerate(groups)}
    alone = len({fact.subject for fact in facts}) == 1

    def bar(fact: Fact) -> Bar:
        end = fact.interval.end
        label = view.period(fact) if alone else str(_start(fact).year)
        return Bar(_start(fact), end if end and end <= view.today else None, places[str(fact.value)], label)

    lanes: dict[str, list[Bar]] = {}
    for fact in facts:
        lanes.setdefault(str(fact.value) if alone else fact.subject, []).append(bar(fact))

    def rank(lane: tuple[str, list[Bar]]) -> tuple[int, date, date, str]:
        latest = lane[1][-1]
        return latest.group, latest.start, lane[1][0].start, view.thing(lane[0]).name

    ordered = list(lanes.items()) if alone else sorted(lanes.items(), key=rank)
    first = min(map(_start, facts))
    chart = Timeline(
        tuple(Lane(view.thing(name).name, tuple(bars)) for name, bars in ordered),
        tuple(groups.values()), first, view.today, easel.marked(first, view.today), alone,
    )  # fmt: skip
    return chart, tuple(facts)


def _growth(easel: _Easel, result: Result) -> _Drawn:
    """How many things had each value; a thing that goes from one value to the next on a day counts for the next."""
    facts, today = easel.stretches(result), easel.view.today
    if not easel.enough(facts):
        return None
    changes: dict[str, dict[date, int]] = {name: {} for name in easel.groups(facts)}
    for fact in facts:
        steps = changes[str(fact.value)]
        steps[_start(fact)] = steps.get(_start(fact), 0) + 1
        if (end := fact.interval.end) and end <= today:
            steps[end] = steps.get(end, 0) - 1
    series = []
    for name, group in easel.groups(facts, many=True).items():
        points, count = [], 0
        for day, step in sorted(changes[name].items()):
            count += step
            points.append((day, count))
        series.append(Series(group, tuple(points), easel.counted(count, name)))
    first = min(map(_start, facts))
    return Growth(tuple(series), first, today, easel.marked(first, today)), tuple(facts)


def _shares(easel: _Easel, result: Result) -> _Drawn:
    numbers = [fact for fact in result.facts if isinstance(fact.value, float)]
    newest = max((_start(fact) for fact in numbers), default=None)
    facts = [fact for fact in numbers if _start(fact) == newest]  # shares of different times are of different wholes
    if not easel.enough(facts):
        return None
    said = sorted(easel.view.said(facts), key=lambda fact: fact.number, reverse=True)
    shares = tuple(Share(fact.subject.name, fact.number, str(fact.value)) for fact in said)
    return Shares(shares, easel.colour()), tuple(facts)


def _events(easel: _Easel, result: Result) -> _Drawn:
    """An event for each thing, on its first day; when they are too many to be named, their number a year."""
    view, first = easel.view, {}
    for row in result.rows:
        dated = [fact for fact in view.knowledge.facts_of(row.entity, easel.sketch.dated) if fact.interval.start]
        if dated:
            first[row.entity] = min(dated, key=_start)
    facts = sorted(first.values(), key=_start)
    if not easel.enough(facts):
        return None
    names = [view.thing(fact.subject).name for fact in facts]
    if len(facts) > (MOST_EVENTS if max(map(len, names)) <= LONG else MOST_LONG_EVENTS):
        years = [_start(fact).year for fact in facts]
        counted = tuple((year, years.count(year)) for year in range(years[0], years[-1] + 1))
        return Tally(counted, easel.colour()), tuple(facts)
    events = tuple(Event(_start(fact), _when(fact, view), name) for fact, name in zip(facts, names, strict=True))
    return Events(events, easel.colour()), tuple(facts)


def _when(fact: Fact, view: Renderer) -> str:
    """When something happened, as short as can be: "31 Aug – 1 Sep 2025"."""
    first = fact.value if isinstance(fact.value, PartialDate) else fact.start
    start, end = fact.interval.start, fact.interval.end
    if first is None or start is None or end is None or not first.day:
        return view.wording.standing(view.day(first or _start(fact)))
    first_day, last_day = (view.day(day, "short_day_format") for day in (start, end))
    if start == end:
        return last_day
    if start.month == end.month:
        return str(view.say("days_between", start.day, end.day, first_day, last_day))
    first_of_year, last_of_year = (view.day(day, "short_day_of_year_format") for day in (start, end))
    return str(view.say("dates_of_year", first_of_year, last_day, first_day, last_of_year))


def _start(fact: Fact) -> date:
    return fact.interval.start or date.max


KINDS: Mapping[str, Callable[[_Easel, Result], _Drawn]] = {
    "timeline": _timeline, "growth": _growth, "shares": _shares, "events": _events,
}  # fmt: skip
