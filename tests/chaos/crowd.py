"""People who write while things break, and a count of what each of them got."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.botapi.client import Message, Person, Telegram

YEARS = range(2002, 2026)
ANSWER = re.compile(r"In (20\d\d) the SCO had ")
TOLD = ("connection broke", "went wrong")
LATE_SECONDS = 5.0
"""Longer than a lease: what is answered a second time would have been by then."""


@dataclass(frozen=True)
class Count:
    """What came of a number of updates."""

    updates: int
    answered: int
    told_too: int
    told: int
    twice: int
    told_twice: int
    lost: int
    unordered: int

    @property
    def held(self) -> bool:
        """Whether it is what is promised."""
        return not (self.twice or self.lost or self.unordered)


@dataclass
class Crowd:
    """Each person asks about as many years as there are `rounds`, without waiting for an answer."""

    telegram: Telegram
    people: list[Person]
    rounds: int
    updates: list[int] = field(default_factory=list)

    @classmethod
    async def gathered(cls, telegram: Telegram, people: int, rounds: int) -> Crowd:
        names = [f"Person {number}" for number in range(people)]
        return cls(telegram, [await telegram.person(name, language="en") for name in names], rounds)

    @property
    def size(self) -> int:
        return len(self.people) * self.rounds

    async def write(self, seconds: float) -> None:
        """All of it, evenly over so many seconds."""
        pause = seconds / self.size
        began = asyncio.get_running_loop().time()
        for round_ in range(self.rounds):
            for number, person in enumerate(self.people):
                said = await person.says(f"who were members in {self._year(number, round_)}?")
                self.updates.append(int(said["update_id"]))
                ahead = began + len(self.updates) * pause - asyncio.get_running_loop().time()
                await asyncio.sleep(max(ahead, 0))

    async def heard(self) -> list[list[Message]]:
        """What each person sees of the bot, in the order in which it was sent."""
        chats = [await person.messages() for person in self.people]
        return [[message for message in chat if message.raw["from"]["is_bot"]] for chat in chats]

    async def answered(self) -> int:
        """How many messages the bot has sent to them."""
        return sum(len(chat) for chat in await self.heard())

    async def settled(self, seconds: float) -> None:
        """Return when nobody waits any more, or after so many seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (await self.count()).lost and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - of HTTP
            await asyncio.sleep(0.5)

    async def count(self) -> Count:
        chats = [
            _count([self._year(number, round_) for round_ in range(self.rounds)], heard)
            for number, heard in enumerate(await self.heard())
        ]
        return Count(self.size, *(sum(one) for one in zip(*chats, strict=True)))

    def _year(self, person: int, round_: int) -> int:
        return YEARS[(person + round_) % len(YEARS)]


def _count(years: Sequence[int], heard: Iterable[Message]) -> tuple[int, ...]:
    """Of one person's questions, the numbers of a `Count` in its order."""
    answers: list[int] = []
    told: Counter[int] = Counter()
    for message in heard:
        found = ANSWER.match(message.text)
        if found:
            answers.append(int(found[1]))
        elif any(words in message.text for words in TOLD):
            told[int(message.raw["reply_to_message"]["text"][-5:-1])] += 1
    times = Counter(answers)
    lost = [year for year in years if not times[year] and not told[year]]
    positions = [years.index(year) for year in answers]
    unordered = sum(later < earlier for earlier, later in pairwise(positions))
    return (
        sum(bool(times[year]) for year in years),
        sum(bool(told[year]) and bool(times[year]) for year in years),
        sum(bool(told[year]) and not times[year] for year in years),
        sum(times[year] > 1 for year in years),
        sum(told[year] > 1 for year in years),
        len(lost),
        unordered,
    )
