"""Time expressions as intervals of days: "since 2001", "between 2005 and 2008", "'05", "ten years ago".

The words are a language's data (`TimeWords`, from YAML); months come from Babel. Today is handed in.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, Literal

from babel.dates import get_month_names

from bot.knowledge.model import Interval, PartialDate

How = Literal["in", "before", "after", "since", "until", "between", "now"]

FIRST_YEAR, LAST_YEAR = 1900, 2100

_ORDINAL = re.compile(r"(\D*)(\d{1,3})(\D*)")
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_DAY_NUMBER = re.compile(r"\d{1,2}")
_FOUR_DIGITS = re.compile(r"\d{4}")
_SHORT_YEAR = re.compile(r"'\d\d")
_YEARS = re.compile(r"(\d{4})\s?[-–—/]\s?(\d{4}|\d{2})")
_DECADE = re.compile(r"((?:19|20)?\d0)(\D+)")

SAID_AFTER: Mapping[str, How] = {"or_earlier": "until", "or_later": "since", "before_it": "before", "after_it": "after"}
"""Roles of words that follow a time and say how what is asked stands to it."""

NOT_NAMED = ("now", "last", "this", "next")
"""Roles of words that say a time, or begin one, without naming it."""


PARTS = ("end_of", "start_of", "middle_of")
"""Roles of words before a time of which they say a part."""

LEADING_A_NAME = frozenset(("filler", "last", "this", "next", *PARTS))
"""Roles of words that a named time may begin with."""


@dataclass(frozen=True, slots=True)
class When:
    """A time that a message asks about: the days of it, and how it stands to the time that was named.

    `anchor` is the named time itself (for "before 2005" the year 2005), to say it again.
    """

    interval: Interval
    how: How
    anchor: Interval
    label: str = ""

    @property
    def is_day(self) -> bool:
        """Whether it is one single day."""
        return self.interval.start is not None and self.interval.start == self.interval.end


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time expression found in tokens [start, end)."""

    start: int
    end: int
    when: When


Named = tuple[Interval, int]
ReadYear = Callable[["Finder", int], tuple[int, int] | None]
"""Reads a year in words: the year, and the word after it."""


@dataclass(frozen=True)
class TimeWords:
    """A language's words about time; phrases are tuples of folded words."""

    roles: Mapping[tuple[str, ...], tuple[str, ...]]
    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    decades: Mapping[str, int]
    months: Mapping[str, int]
    ordinal_endings: frozenset[str]
    decade_endings: frozenset[str]
    read_year: ReadYear
    years: frozenset[str]
    """Words that say a year, beside those that are a number's or a decade's."""

    longest: Mapping[str, int]
    """How many words the longest phrase has that begins with a word."""

    @classmethod
    def build(cls, roles: Mapping[str, Sequence[str]], words_of: Callable[[str], tuple[str, ...]],
              **rest: Any) -> TimeWords:  # fmt: skip
        """From the YAML lists (role -> phrases); `words_of` cuts a phrase into folded words."""
        table: dict[tuple[str, ...], tuple[str, ...]] = {}
        for role, phrases in roles.items():
            for key in map(words_of, phrases):
                table[key] = (*table.get(key, ()), role)
        longest: dict[str, int] = {}
        for first, *others in filter(None, table):
            longest[first] = max(longest.get(first, 0), 1 + len(others))
        return cls(table, longest=longest, **rest)

    @cached_property
    def most(self) -> int:
        """How many words the longest phrase of all has."""
        return max(self.longest.values(), default=1)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The words that may say a time with nothing before them, beside digits and the phrases of NOT_NAMED."""
        return self.years.union(self.numbers, self.decades, self.months)

    @cached_property
    def naming(self) -> frozenset[str]:
        """The words of letters that a named time may begin with."""
        leading = (phrase[0] for phrase, roles in self.roles.items() if not LEADING_A_NAME.isdisjoint(roles))
        return self.telling.union(self.ordinals, leading)

    def vocabulary(self) -> set[str]:
        """Every word that plays a part in a time expression."""
        words = {word for phrase in self.roles for word in phrase}
        return words | set(self.numbers) | set(self.ordinals) | set(self.decades) | set(self.months)


def month_names(language: str) -> dict[str, int]:
    """The months' names as Babel has them, in full and short."""
    return {
        name.casefold().rstrip("."): number
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    }


def shift(how: How, named: Interval, label: str = "") -> When:
    """The days that stand to a named time as `how` says: before it, after it, since it, until it."""
    day = timedelta(days=1)
    if how == "before":
        return When(Interval(None, named.start - day if named.start else None), how, named, label)
    if how == "after":
        return When(Interval(named.end + day if named.end else None, None), how, named, label)
    if how == "since":
        return When(Interval(named.start, None), how, named, label)
    if how == "until":
        return When(Interval(None, named.end), how, named, label)
    return When(named, how, named, label)


@lru_cache(maxsize=1024)
def year_interval(first: int, last: int | None = None) -> Interval:
    """From 1 January of the first year to 31 December of the last."""
    return Interval(date(first, 1, 1), date(last or first, 12, 31))


def minus_years(day: date, years: int) -> date:
    """The same day so many years before; 29 February becomes the 28th."""
    year = min(max(day.year - years, 1), 9999)
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def find_times(words: Sequence[str], language: TimeWords, today: date) -> list[TimeSpan]:
    """Every time expression among folded words, the longest at each place."""
    return list(Finder(words, language, today).all())


def ordinal_of(word: str, language: TimeWords) -> int | None:
    """The number that an ordinal says ("third", "18th"), or None."""
    if word in language.ordinals:
        return language.ordinals[word]
    found = None if word.isalpha() else _ORDINAL.fullmatch(word)
    return int(found[2]) if found and found[1] + found[3] in language.ordinal_endings else None


def number_of(word: str, language: TimeWords) -> int | None:
    """The number that a word or digits say, or None."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else language.numbers.get(word)


@lru_cache(maxsize=4096)
def _day_or_month(text: str) -> Interval | None:
    try:
        named = PartialDate.parse(text)
    except ValueError:
        return None
    return Interval(named.first, named.last) if FIRST_YEAR <= named.year <= LAST_YEAR else None


class Finder:
    """Finds time expressions in one message; each method reads at a position and says where it ended."""

    def __init__(self, words: Sequence[str], language: TimeWords, today: date) -> None:
        self.words, self.language, self.today = words, language, today
        self._found: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
        self._named: dict[int, Named | None] = {}

    def all(self) -> Iterator[TimeSpan]:
        end = 0
        for n in self._beginnings():
            span = self._longest(n) if n >= end else None
            if span:
                yield span
                end = span.end

    def _beginnings(self) -> list[int]:
        """The places of words with which a time may begin: one that tells a time, or one that may lead to such."""
        begins: list[int] = []
        for n in reversed(range(len(self.words))):
            near = bool(begins) and begins[-1] <= n + self.language.most
            leads = near and (self.words[n] in self.language.longest or self.words[n] in self.language.ordinals)
            if leads or self._tells(n):
                begins.append(n)
        return begins[::-1]

    def _tells(self, n: int) -> bool:
        word = self.words[n]
        unnamed = word in self.language.longest and self.role(n, *NOT_NAMED) > n
        return unnamed or word in self.language.telling or not word.isalpha()

    def _longest(self, n: int) -> TimeSpan | None:
        readers: tuple[Callable[[int], TimeSpan | None], ...] = (
            self._between, self._related, self._relative, self._plain, self._now,
        )  # fmt: skip
        found = [span for span in (read(n) for read in readers) if span]
        return max(found, key=lambda span: span.end, default=None)

    def role(self, n: int, *roles: str) -> int:
        """Where a phrase of one of the roles that begins at n ends; n itself when none does."""
        if n >= len(self.words) or self.words[n] not in self.language.longest:
            return n
        if n not in self._found:
            self._found[n] = [
                (end, phrase_roles)
                for end in range(min(n + self.language.longest[self.words[n]], len(self.words)), n, -1)
                if (phrase_roles := self.language.roles.get(tuple(self.words[n:end])))
            ]
        for end, phrase_roles in self._found[n]:
            for role in roles:
                if role in phrase_roles:
                    return end
        return n

    def _between(self, n: int) -> TimeSpan | None:
        start = self.role(n, "between")
        first = self.named(start)
        if not first:
            return None
        join = self.role(first[1], "and")
        second = self.named(join) if join > first[1] else None
        if not second:
            return None
        end = self.role(second[1], "inclusive")
        whole = Interval(first[0].start, second[0].end)
        if whole.start and whole.end and whole.start > whole.end:
            whole = Interval(second[0].start, first[0].end)
        if start == n and self.role(first[1], "and_only") > first[1]:
            return None
        return TimeSpan(n, end, When(whole, "between", whole))

    def _related(self, n: int) -> TimeSpan | None:
        for how in ("before", "after", "since", "until", "in"):
            start = self.role(n, how)
            named = self.named(start) if start > n else None
            if named:
                return TimeSpan(n, self.role(named[1], "inclusive"), shift(how, named[0]))
        return None

    def _plain(self, n: int) -> TimeSpan | None:
        named = self.named(n)
        if not named:
            return None
        for role, how in SAID_AFTER.items():
            end = self.role(named[1], role)
            if end > named[1]:
                return TimeSpan(n, end, shift(how, named[0]))
        return TimeSpan(n, named[1], When(named[0], "in", named[0]))

    def _now(self, n: int) -> TimeSpan | None:
        end = self.role(n, "now")
        day = Interval(self.today, self.today)
        return TimeSpan(n, end, When(day, "now", day)) if end > n else None

    def named(self, n: int) -> Named | None:
        """A named time at n: a date, month, year, decade, range of years, or a part of one."""
        if n not in self._named:
            word = self.word(n)
            may_begin = word in self.language.naming or not word.isalpha()
            self._named[n] = self._read_named(n) if may_begin else None
        return self._named[n]

    def _read_named(self, n: int) -> Named | None:
        n = self.role(n, "filler")
        for part in PARTS:
            inner = self.role(n, part)
            whole = self.named(inner) if inner > n else None
            if whole and whole[0].start and whole[0].end:
                return _part_of(whole[0], part), whole[1]
        if _FOUR_DIGITS.fullmatch(self.word(n)):
            found = self._year(n) or self._ago(n)
        else:
            found = self._day(n) or self._month(n) or self._year(n) or self._ago(n)
        return self._part_said_after(found) if found else None

    def _part_said_after(self, whole: Named) -> Named:
        for part in PARTS:
            end = self.role(whole[1], f"{part}_it")
            if end > whole[1]:
                return _part_of(whole[0], part), end
        return whole

    def _day(self, n: int) -> Named | None:
        word = self.word(n)
        iso = _day_or_month(word) if "-" in word else None
        if iso:
            return iso, n + 1
        found = _DAY.fullmatch(word)
        if found:
            named = _day_or_month(f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}")
            return (named, n + 1) if named else None
        first_day, month = self.day_number(n), self.month_number(self.role(n + 1, "filler"))
        end = self.role(n + 1, "filler") + 1
        if first_day is None or month is None:
            month, first_day = self.month_number(n), self.day_number(n + 1)
            end = n + 2
        if first_day is None or month is None:
            return None
        year, end = self._year_after(end)
        named = _day_or_month(f"{year}-{month:02}-{first_day:02}") if year else None
        return (named, end) if named else None

    def _month(self, n: int) -> Named | None:
        month = self.month_number(n)
        if month is None:
            return None
        year, end = self._year_after(n + 1)
        named = _day_or_month(f"{year}-{month:02}") if year else None
        return (named, end) if named else None

    def _year(self, n: int) -> Named | None:
        word = self.word(n)
        found = _YEARS.fullmatch(word)
        if found:
            last = found[2] if len(found[2]) == 4 else found[1][:2] + found[2]
            ok = FIRST_YEAR <= int(found[1]) <= int(last) <= LAST_YEAR
            return (year_interval(int(found[1]), int(last)), self.role(n + 1, "after_year")) if ok else None
        found = _DECADE.fullmatch(word)
        found = found if found and found[2] in self.language.decade_endings else None
        if found or word in self.language.decades:
            start = self.language.decades.get(word) or int(found[1] if found else 0)
            start = start if start > 100 else start + (2000 if start < 40 else 1900)
            return year_interval(start, start + 9), self.role(n + 1, "after_year")
        year, end = self.year_number(n)
        return (year_interval(year), end) if year else None

    def _ago(self, n: int) -> Named | None:
        """ "ten years ago", "last year", "this month", "the last ten years"."""
        number, unit_at = number_of(self.word(n), self.language), n + 1
        if number is not None and self.role(unit_at, "year", "month", "decade") > unit_at:
            unit = self.role(unit_at, "year", "month", "decade")
            end = self.role(unit, "ago")
            if end > unit:
                years = number * (10 if self.role(unit_at, "decade") > unit_at else 1)
                if self.role(unit_at, "month") > unit_at:
                    day = self.today - timedelta(days=round(30.44 * min(number, 1200)))
                    return Interval(day.replace(day=1), _month_end(day)), end
                year = self.today.year - years
                return (year_interval(year), end) if year >= FIRST_YEAR else None
        for role, offset in (("last", -1), ("this", 0), ("next", 1)):
            start = self.role(n, role)
            end = self.role(start, "year") if start > n else n
            if start > n and end > start:
                return year_interval(self.today.year + offset), end
        return None

    def _relative(self, n: int) -> TimeSpan | None:
        """ "in the last ten years": from then until today."""
        start = self.role(self.role(self.role(n, "in"), "filler"), "last")
        number = number_of(self.word(start), self.language)
        if start == n or number is None or number > 200:
            return None
        end = self.role(start + 1, "year", "decade")
        if end == start + 1:
            return None
        years = number * (10 if self.role(start + 1, "decade") > start + 1 else 1)
        whole = Interval(minus_years(self.today, years), self.today)
        return TimeSpan(n, end, When(whole, "between", whole))

    def word(self, n: int) -> str:
        return self.words[n] if 0 <= n < len(self.words) else ""

    def day_number(self, n: int) -> int | None:
        word = self.word(n)
        number = ordinal_of(word, self.language) or (int(word) if _DAY_NUMBER.fullmatch(word) else None)
        return number if number and 1 <= number <= 31 else None

    def month_number(self, n: int) -> int | None:
        return self.language.months.get(self.word(n))

    def _year_after(self, n: int) -> tuple[int | None, int]:
        year, end = self.year_number(self.role(n, "filler"))
        return (year, end) if year else (None, n)

    def year_number(self, n: int) -> tuple[int | None, int]:
        """A year in digits, with an apostrophe ('05), or in words."""
        word = self.word(n)
        if _FOUR_DIGITS.fullmatch(word) and FIRST_YEAR <= int(word) <= LAST_YEAR:
            return int(word), self.role(n + 1, "after_year")
        if _SHORT_YEAR.fullmatch(word):
            return int(word[1:]) + (2000 if int(word[1:]) < 60 else 1900), self.role(n + 1, "after_year")
        said = self.language.read_year(self, n)
        return (said[0], self.role(said[1], "after_year")) if said else (None, n)


def _part_of(whole: Interval, part: str) -> Interval:
    if whole.start is None or whole.end is None or part == "end_of":
        return Interval(whole.end, whole.end)
    if part == "start_of":
        return Interval(whole.start, whole.start)
    middle = whole.start + (whole.end - whole.start) / 2
    return Interval(middle.replace(day=1), _month_end(middle))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
