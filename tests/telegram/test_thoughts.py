"""What many ask is thought about once, and never said when it is no longer so."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from bot.dialogue import Context
from bot.engine import Engine
from bot.reply import Reply
from bot.telegram.live import Live
from bot.telegram.pictures import Drawings, Pictures
from bot.telegram.thoughts import KEPT, KEPT_CHARACTERS, Thoughts
from tests import shipped

TODAY = date(2026, 11, 24)
QUESTION = "who were observers in 2005?"


class Counting(Engine):
    """An engine that knows how often it was asked."""

    asked = 0

    def answer(self, message: str, context: Context, **given: Any) -> tuple[Reply, Context]:
        if message.startswith(QUESTION):
            self.asked += 1
        return super().answer(message, context, **given)


@pytest.fixture
def engine() -> Counting:
    return Counting(shipped.pack())


@pytest.fixture
def live(engine: Counting) -> Live:
    return Live(engine, shipped.pack, asyncio.Event())


@pytest.fixture
def thoughts(live: Live) -> Thoughts:
    unused: Any = None
    return Thoughts(live, Pictures(unused, live, unused, Drawings(None)))


def test_the_same_question_is_thought_about_once(thoughts: Thoughts, engine: Counting) -> None:
    first = thoughts.of(QUESTION, "", "en", TODAY)
    assert thoughts.of(QUESTION, "", "en-GB", TODAY) is first
    assert engine.asked == 1
    reply, after = engine.answer(QUESTION, Context(), today=TODAY)
    assert (first.html, first.kind, first.after) == (reply.html, "answer", after.to_json())
    assert [ask for _, ask in first.choices[:3]] == [one.ask for one in engine.related(reply, after, today=TODAY)]


def test_another_day_another_context_and_another_pack_are_thought_about_anew(
    thoughts: Thoughts, live: Live, engine: Counting
) -> None:
    first = thoughts.of(QUESTION, "", None, TODAY)
    follow_up = "and in 2012?"
    assert thoughts.of(follow_up, first.after, None, TODAY).html != thoughts.of(follow_up, "", None, TODAY).html
    thoughts.of(QUESTION, "", None, date(2026, 11, 25))
    assert engine.asked == 2
    live.engine = another = Counting(shipped.pack())
    thoughts.of(QUESTION, "", None, TODAY)
    assert (engine.asked, another.asked) == (2, 1)


def test_what_nobody_asks_again_is_not_kept(thoughts: Thoughts, engine: Counting) -> None:
    for _ in range(2):
        thoughts.of(QUESTION.ljust(KEPT_CHARACTERS + 1), "", None, TODAY)
    assert engine.asked == 2
    thoughts.of(QUESTION, "", None, TODAY)
    for number in range(KEPT):
        thoughts.of(f"{number}", "", None, TODAY)
    thoughts.of(QUESTION, "", None, TODAY)
    assert engine.asked == 4
