"""Time expressions in English, with a fixed today."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.model import Interval
from bot.language.dates import Finder, find_times, shift, year_interval
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
LEXICON = shipped.pack().languages["en"].lexicon
TODAY = date(2026, 11, 23)

TIMES = {
    "in 2005": ("2005-01-01", "2005-12-31"),
    "observers '05": ("2005-01-01", "2005-12-31"),
    "in two thousand five": ("2005-01-01", "2005-12-31"),
    "in twenty twelve": ("2012-01-01", "2012-12-31"),
    "on 10 June 2017": ("2017-06-10", "2017-06-10"),
    "on June 10th, 2017": ("2017-06-10", "2017-06-10"),
    "on 10.06.2017": ("2017-06-10", "2017-06-10"),
    "on 2017-06-10": ("2017-06-10", "2017-06-10"),
    "on 30 February 2005": ("2005-02-01", "2005-02-28"),
    "in january 2016": ("2016-01-01", "2016-01-31"),
    "in feb of 2016": ("2016-02-01", "2016-02-29"),
    "at the end of 2023": ("2023-12-31", "2023-12-31"),
    "at the beginning of 2010": ("2010-01-01", "2010-01-01"),
    "before 2005": (None, "2004-12-31"),
    "after 2005": ("2006-01-01", None),
    "since June 2001": ("2001-06-01", None),
    "until 2012": (None, "2012-12-31"),
    "by the end of 2015": (None, "2015-12-31"),
    "between 2005 and 2008": ("2005-01-01", "2008-12-31"),
    "from 2018 to 2024": ("2018-01-01", "2024-12-31"),
    "2010-2013": ("2010-01-01", "2013-12-31"),
    "2010-13": ("2010-01-01", "2013-12-31"),
    "in the 2010s": ("2010-01-01", "2019-12-31"),
    "in the nineties": ("1990-01-01", "1999-12-31"),
    "two years ago": ("2024-01-01", "2024-12-31"),
    "ten years ago": ("2016-01-01", "2016-12-31"),
    "last year": ("2025-01-01", "2025-12-31"),
    "this year": ("2026-01-01", "2026-12-31"),
    "now": ("2026-11-23", "2026-11-23"),
    "at the moment": ("2026-11-23", "2026-11-23"),
    "in the last ten years": ("2016-11-23", "2026-11-23"),
}


def days(start: str | None, end: str | None) -> Interval:
    """An interval from ISO dates."""
    return Interval(*(date.fromisoformat(day) if day else None for day in (start, end)))


def times(text: str) -> list[Interval]:
    """The intervals of all time expressions in a text."""
    return [span.when.interval for span in find_times(LEXICON.read(text).words, LEXICON.times, TODAY)]


@pytest.mark.parametrize("text", TIMES)
def test_a_time_means_its_days(text: str) -> None:
    assert times(f"who were members {text}") == [days(*TIMES[text])]


@pytest.mark.parametrize("text", ["may I ask", "the second summit", "12 countries", "in 3050", "7*7"])
def test_what_is_no_time(text: str) -> None:
    assert times(text) == []


@given(st.integers(1950, 2049))
def test_every_form_of_a_year_means_that_year(year: int) -> None:
    forms = [f"in {year}", f"in the year {year}", f"'{year % 100:02}", f"01.01.{year} - {year}"]
    for text in forms[:2]:
        assert times(text) == [year_interval(year)]
    if 1960 <= year <= 2049:
        assert times(forms[2])[0].start in (date(year, 1, 1), date(year - 100, 1, 1), date(year + 100, 1, 1))


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 4000), st.dates(date(1985, 1, 1), date(2045, 1, 1)))
def test_before_during_and_after_share_no_day_and_leave_none_out(start: date, length: int, day: date) -> None:
    named = Interval(start, date.fromordinal(start.toordinal() + length))
    parts = [shift("before", named), shift("in", named), shift("after", named)]
    assert sum(part.interval.holds(day) for part in parts) == 1
    assert shift("since", named).interval.holds(day) == (not parts[0].interval.holds(day))
    assert shift("until", named).interval.holds(day) == (not parts[2].interval.holds(day))


@given(st.lists(st.sampled_from([*LEXICON.times.vocabulary(), "2005", "1/1/2001", "'05", "who", "x"]), max_size=12))
def test_no_row_of_words_breaks_it(words: list[str]) -> None:
    spans = find_times(words, LEXICON.times, TODAY)
    assert all(one.end <= other.start for one, other in pairwise(spans))


class Everywhere(Finder):
    """Looks for a time at every word."""

    def _beginnings(self) -> list[int]:
        return list(range(len(self.words)))


@given(
    st.lists(st.sampled_from([*LEXICON.times.longest, *LEXICON.times.vocabulary(), "2005", "'05", "5th"]), max_size=12)
)
def test_a_time_that_is_there_is_looked_for(words: list[str]) -> None:
    assert find_times(words, LEXICON.times, TODAY) == list(Everywhere(words, LEXICON.times, TODAY).all())
