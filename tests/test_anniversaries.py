"""What happened on this day: found in the facts, told in sentences that share what is alike, else the nearest day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.anniversaries import Anniversaries
from bot.pack import Pack
from tests import shipped


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped.pack()


def test_what_began_on_this_day_is_told_oldest_first_with_sources(pack: Pack) -> None:
    reply = Anniversaries(pack, "en").on(date(2026, 7, 5))
    assert reply.kind == "answer"
    assert reply.text.startswith("On this day, 5 July\n")
    assert "2005 (21 years ago): India, Pakistan, and Iran became observers of the SCO." in reply.text
    assert "globalsecurity-2018" in {source.id for source in reply.sources}
    years = [int(line[:4]) for line in reply.text.splitlines() if line[:4].isdigit()]
    assert years == sorted(years)
    assert len(years) > 3


@pytest.mark.parametrize(
    ("language", "ago"), [("en", "(25 years ago)"), ("ru", "(25 лет назад)"), ("zh", "（25年前）|(25年前)")]
)
def test_how_long_ago_is_said_as_the_language_counts(pack: Pack, language: str, ago: str) -> None:
    text = Anniversaries(pack, language).on(date(2026, 6, 15)).text
    assert any(one in text for one in ago.split("|"))


def test_what_lies_ahead_is_not_told(pack: Pack) -> None:
    assert "Belarus" not in Anniversaries(pack, "en").on(date(2020, 7, 4)).text
    assert "Belarus became a member" in Anniversaries(pack, "en").on(date(2024, 7, 4)).text
    assert "this year" in Anniversaries(pack, "en").on(date(2024, 7, 4)).text
    assert Anniversaries(pack, "en").on(date(1990, 1, 1)).kind == "unknown"


def test_a_day_without_anything_gets_the_nearest_one(pack: Pack) -> None:
    told = Anniversaries(pack, "en")
    empty = next(day for day in _days(2026) if not told.found(day, date(2026, 12, 31)))
    reply = told.on(empty)
    nearest = min(
        (day for day in _days(2026) if told.found(day, empty)), key=lambda day: (abs((day - empty).days), empty > day)
    )
    assert reply.text.startswith(f"Nothing on record for {empty.day} {empty:%B}.")
    assert f"{nearest.day} {nearest:%B}" in reply.text.splitlines()[0]


def test_every_day_of_the_year_has_something_to_tell_in_balanced_sentences(pack: Pack) -> None:
    told = Anniversaries(pack, "en")
    for day in _days(2028):
        lines = [line for line in told.on(day).text.splitlines() if line[:4].isdigit()]
        assert lines, day
        assert all(line.endswith(".") and ": " in line and "  " not in line for line in lines), lines


def test_every_fact_with_a_day_is_remembered_on_it(pack: Pack) -> None:
    told = Anniversaries(pack, "en")
    statements = pack.intents.telling.statements
    checked = 0
    for fact in pack.knowledge.facts:
        statement = statements.get(fact.relation)
        if not statement or not statement.anniversary or (statement.only and fact.value not in statement.only):
            continue
        began = str(fact.value) if fact.relation in ("signed", "in_force", "founded") else str(fact.start)
        if len(began) == 10 and date.fromisoformat(began) <= date(2026, 12, 31):
            there = told.found(date.fromisoformat(began), date(2026, 12, 31))
            assert any(fact in one.facts for one in there if str(one.day) == began), fact
            checked += 1
    assert checked > 200


def _days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
