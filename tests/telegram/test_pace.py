"""A group gets twenty messages a minute at most, and nobody else waits for that."""

from __future__ import annotations

import asyncio

from bot.telegram.pace import Pace


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_twenty_a_minute() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    sent = []
    for _ in range(70):
        await pace.keep("sendMessage", {"chat_id": -100})
        sent.append(time.now)
        time.now += 0.5
    for first in sent:
        assert sum(first <= moment < first + 60.0 for moment in sent) <= 20
    assert sent[19] == 1009.5, "the first twenty do not wait"
    assert sent[20] == 1060.0


async def test_those_that_wait_at_the_same_time_are_counted_too() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    await asyncio.gather(*(pace.keep("sendMessage", {"chat_id": -100}) for _ in range(41)))
    assert time.now == 1120.0


async def test_other_calls_do_not_wait() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    for _ in range(100):
        await pace.keep("sendMessage", {"chat_id": 100})
        await pace.keep("sendChatAction", {"chat_id": -100})
        await pace.keep("editMessageText", {"chat_id": -100})
        await pace.keep("answerCallbackQuery", {})
    for group in range(15_000):
        await pace.keep("sendPhoto", {"chat_id": -group - 1})
    assert time.now == 1000.0
