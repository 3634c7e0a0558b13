"""Pictures as values: what they show is what the facts say, computed here once more from the YAML itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.dialogue import Context
from bot.engine import Engine
from bot.picture import Events, Growth, Picture, Shares, Tally, Timeline
from bot.reply import Reply
from bot.telegram.pages import plain, units
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
PACK = shipped.pack()
TODAY = date(2026, 11, 23)
LASTING = ("member", "observer", "dialogue-partner", "partner")

Raw = dict[str, Any]


def asked(*questions: str) -> Reply:
    """The reply to the last of the questions of one conversation."""
    context, replies = Context(), []
    for question in questions:
        reply, context = Engine(PACK).answer(question, context, today=TODAY)
        replies.append(reply)
    return replies[-1]


def picture(*questions: str) -> Picture:
    found = asked(*questions).picture
    assert found is not None
    return found


def raw_facts(relation: str) -> Iterator[tuple[str, Raw]]:
    """All facts of a relation as they are written, with whom they are about."""
    for path in sorted((ROOT / "knowledge").glob("*.yaml")):
        content = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
        for name, entity in (content.get("entities") or {}).items():
            yield from ((name, fact) for fact in entity.get("facts") or [] if relation in fact)
        yield from ((fact["about"], fact) for fact in content.get("facts") or [] if relation in fact)


def first_day(text: str) -> date:
    return date.fromisoformat(text + "-01" * (2 - text.count("-")))


def last_day(text: str) -> date:
    year, *rest = map(int, text.split("-"))
    if len(rest) == 2:
        return date(year, *rest)
    following = (year, rest[0] + 1) if rest and rest[0] < 12 else (year + 1, 1)
    return date(*following, 1) - timedelta(days=1)


@cache
def statuses() -> list[tuple[str, str, date, date | None]]:
    """Who was what from when to when."""
    return [
        (who, fact["status"], first_day(fact.get("from") or fact["on"]), last_day(end) if end else None)
        for who, fact in raw_facts("status")
        for end in [fact.get("to") or fact.get("on")]
    ]


def name(entity: str) -> str:
    return PACK.knowledge.entities[entity].name("en")


def test_the_timeline_of_all_statuses_is_the_facts() -> None:
    chart = picture("who were observers in 2005?").chart
    assert isinstance(chart, Timeline)
    drawn = {
        (lane.label, chart.groups[bar.group].label, bar.start, bar.end) for lane in chart.lanes for bar in lane.bars
    }
    wanted = {
        (name(who), name(what), start, end)
        for who, what, start, end in statuses()
        if what in (*LASTING, "five-participant")
    }
    assert drawn == wanted
    assert all(bar.label == str(bar.start.year) for lane in chart.lanes for bar in lane.bars)
    assert chart.mark is not None
    assert (chart.mark.label, chart.mark.start, chart.mark.end) == ("2005", date(2005, 1, 1), date(2005, 12, 31))
    assert chart.last == TODAY


def test_growth_counts_the_facts_on_every_day() -> None:
    chart = picture("chart of SCO growth").chart
    assert isinstance(chart, Growth)
    said = {name(what) + "s": what for what in LASTING}
    assert {series.group.label for series in chart.series} == set(said)
    day = chart.first
    while day <= chart.last:
        for series in chart.series:
            held = [
                who
                for who, what, start, end in statuses()
                if what == said[series.group.label] and start <= day and (end is None or day < end)
            ]
            assert series.at(day) == len(held), (series.group.label, day)
        day += timedelta(days=17)
    assert chart.total(chart.last) == sum(end is None and what in LASTING for _, what, _, end in statuses())


@pytest.mark.parametrize(
    ("country", "question"),
    [("india", "history of India's status in the SCO"), ("afghanistan", "was Afghanistan an observer in 2013?")],
)
def test_a_partys_own_history_is_its_facts(country: str, question: str) -> None:
    chart = picture(question).chart
    assert isinstance(chart, Timeline)
    assert chart.captioned
    drawn = {(lane.label, bar.start, bar.end) for lane in chart.lanes for bar in lane.bars}
    assert drawn == {(name(what), start, end) for who, what, start, end in statuses() if who == country}


def test_several_parties_have_a_lane_each() -> None:
    chart = picture("timeline of China, India and Iran in the SCO").chart
    assert isinstance(chart, Timeline)
    assert {lane.label for lane in chart.lanes} == {"China", "India", "Iran"}
    assert not chart.captioned


def test_shares_are_the_facts_and_the_largest_first() -> None:
    shown = picture("how was the SCO budget split among the six members?")
    assert isinstance(shown.chart, Shares)
    six = [(who, fact) for who, fact in raw_facts("budget_share") if str(fact["from"]) == "2005-07"]
    wanted = Counter({name(who): float(fact["budget_share"]) for who, fact in six})
    assert {share.label: share.value for share in shown.chart.shares} == wanted
    assert [share.value for share in shown.chart.shares] == sorted(wanted.values(), reverse=True)
    assert math.isclose(sum(share.value for share in shown.chart.shares), 100)
    assert all(f"{share.label}: {share.text}" in shown.alt for share in shown.chart.shares)


def test_events_of_a_period_are_the_facts() -> None:
    chart = picture("list the SCO summits from 2005 to 2012").chart
    assert isinstance(chart, Events)
    wanted = sorted(
        (first_day(fact.get("from") or fact["on"]), name(who))
        for who, fact in raw_facts("held")
        if PACK.knowledge.entities[who].type == "summit"
    )
    assert [(e.day, e.label) for e in chart.events] == [one for one in wanted if 2005 <= one[0].year <= 2012]
    assert [e.when for e in chart.events][:2] == ["5 Jul 2005", "15 Jun 2006"]


def test_documents_that_are_too_many_to_be_named_are_counted_by_year() -> None:
    shown = picture("SCO documents")
    assert isinstance(shown.chart, Tally)
    years = Counter(int(fact["signed"][:4]) for _, fact in raw_facts("signed"))
    assert dict(shown.chart.years) == {year: years[year] for year in range(min(years), max(years) + 1)}
    named = picture("SCO documents of 2004").chart
    assert isinstance(named, Events)
    assert len(named.events) == years[2004]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("timeline of memberships", "timeline"),
        ("show me a timeline of SCO memberships", "timeline"),
        ("chart of SCO growth", "growth"),
        ("show a chart of the number of SCO members over time", "growth"),
        ("show the budget shares as a chart", "shares"),
        ("timeline of SCO summits from 2001 to 2010", "events"),
        ("draw the history of Iran in the SCO", "timeline"),
    ],
)
def test_who_asks_for_a_picture_is_shown_it(question: str, kind: str) -> None:
    reply = asked(question)
    assert reply.kind == "answer"
    assert reply.pictured
    assert reply.picture is not None
    assert reply.picture.chart.kind == kind


@pytest.mark.parametrize("more", ["as a chart", "show me a chart", "can you draw that?", "chart please"])
def test_a_picture_of_the_last_answer(more: str) -> None:
    first, then = asked("who were observers in 2005?"), asked("who were observers in 2005?", more)
    assert not first.pictured
    assert then.pictured
    assert (then.picture, then.html) == (first.picture, first.html)


@pytest.mark.parametrize(
    "question",
    ["chart", "chart the members of NATO", "what is a graph database?", "draw me a cat", "as a chart please"],
)
def test_a_picture_of_nothing_known_is_none(question: str) -> None:
    reply = asked(question)
    assert (reply.picture, reply.pictured) == (None, False)
    assert reply.kind != "answer"


def test_a_picture_that_would_leave_out_what_was_asked_about_is_none() -> None:
    assert asked("who were guests in 2004?").picture is None
    assert asked("was Japan a member in 2010?").picture is None


SOURCES = tuple(f"{language.words.phrases['sources']}" for language in PACK.intents.languages.values())

PICTURED = [
    example.ask
    for intent in PACK.intents.intents.values()
    if intent.picture
    for example in intent.examples
    if asked(example.ask).picture
]


def test_most_examples_of_intents_with_a_picture_have_one() -> None:
    assert len(PICTURED) >= 25
    assert {picture(ask).chart.kind for ask in PICTURED} >= {"timeline", "growth", "shares", "events"}


@pytest.mark.parametrize("ask", [*PICTURED, "SCO documents", "SCO summits", "who were observers on 3 May 2006?"])
def test_a_caption_fits_and_a_picture_survives_being_kept(ask: str) -> None:
    shown = picture(ask)
    assert shown.title
    assert shown.alt
    assert shown.footer.startswith(SOURCES)
    assert units(plain(shown.caption)) <= 1024
    kept = Picture.from_json(shown.to_json())
    assert kept == shown
    assert kept.digest == shown.digest


def test_what_was_kept_by_another_make_is_no_picture() -> None:
    assert Picture.from_json("{}") is None
    assert Picture.from_json("no json") is None
    assert Picture.from_json('{"title": "x", "alt": "", "credit": "", "chart": {"kind": "pie"}}') is None


def test_another_time_is_another_picture() -> None:
    assert picture("who were observers in 2005?").digest != picture("who were observers in 2006?").digest
    assert picture("who were observers in 2005?").digest == picture("who were the SCO members in 2005?").digest
