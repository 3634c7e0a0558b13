"""Questions that went unanswered, put together by likeness, each group with what was nearest to understanding it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rapidfuzz import fuzz, process, utils

from bot.dialogue import Context
from bot.engine import Engine

ALIKE = 78.0
"""Least likeness of two questions of a group, of 100."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula when a cell begins with it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that nobody could answer, how often it was asked, and when first and last (seconds since 1970)."""

    question: str
    times: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are alike, the most frequent first; `nearest` is the intent nearest to understanding that one.

    `answered` says that the first has an answer by now.
    """

    questions: tuple[Missed, ...]
    nearest: str
    answered: bool

    @property
    def times(self) -> int:
        """How often they were asked in all."""
        return sum(one.times for one in self.questions)


def grouped(questions: Sequence[Missed], engine: Engine, today: date) -> list[Group]:
    """The groups, the most frequent first."""
    members: list[list[Missed]] = []
    heads: list[str] = []
    for one in sorted(questions, key=lambda one: (-one.times, -one.last)):
        words = utils.default_process(one.question)
        near = process.extractOne(words, heads, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if near:
            members[near[2]].append(one)
        else:
            heads.append(words)
            members.append([one])
    groups = [Group(tuple(some), *_nearest(some[0].question, engine, today)) for some in members]
    return sorted(groups, key=lambda group: -group.times)


def as_csv(groups: Sequence[Group]) -> bytes:
    """The groups as a table that spreadsheets open, a line a question."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["group", "asked", "question", "first", "last", "nearest intent", "answered now"])
    for number, group in enumerate(groups, 1):
        for one in group.questions:
            days = (_day(one.first), _day(one.last))
            rows.writerow(
                [number, one.times, _cell(one.question), *days, group.nearest, "yes" if group.answered else ""]
            )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _nearest(question: str, engine: Engine, today: date) -> tuple[str, bool]:
    reply, _ = engine.answer(question, Context(), today=today)
    if reply.kind != "unknown":
        return reply.intent or "", True
    candidates = reply.explanation.candidates if reply.explanation else ()
    return (candidates[0][0] if candidates else ""), False


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
