"""What a message may mean, the best first, found only as far as somebody looks.

For each candidate it is soon said what its score can be at most. So the one that may be best is looked into first, and
the others only when no score found so far is as good as what they may still have: a message that has a good answer
costs what two or three templates cost, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from typing import Generic, NamedTuple, Protocol, TypeVar


class Scored(Protocol):
    """What has a score, and one in which it is favoured beside others."""

    @property
    def score(self) -> float: ...

    @property
    def favoured(self) -> float: ...


NOTHING = -1e9
"""What no score is below."""

T = TypeVar("T", bound=Scored)


class Candidates(NamedTuple):
    """Candidates that have the most that their score may be in common, and how much they are favoured."""

    most: float
    favour: float
    numbers: Sequence[int]


Batch = tuple[float, Callable[[], list[Candidates]]]
"""Candidates that are not yet listed, none of whose scores, favour included, is above some bound."""


class Ranking(Generic[T]):
    """Candidates in order of their scores; those of one score in order of their numbers."""

    def __init__(self, batches: list[Batch], look: Callable[[int], T | None]) -> None:
        self._batches, self._look = batches, look
        self._listed: dict[int, list[Candidates]] = {}
        self._found: dict[int, T | None] = {}

    def __iter__(self) -> Iterator[T]:
        """By score."""
        return self._in_order(favouring=False)

    def favoured(self) -> Iterator[T]:
        """By score and favour."""
        return self._in_order(favouring=True)

    def _in_order(self, favouring: bool) -> Iterator[T]:
        waiting = list(enumerate(self._batches))
        ahead: list[tuple[float, float, int, int, Candidates]] = []
        ready: list[tuple[float, float, int, T]] = []
        passed: set[int] = set()
        while waiting or ahead or ready:
            unlisted = max((bound for _, (bound, _) in waiting), default=NOTHING)
            if ready and -ready[0][0] > unlisted and (not ahead or ready[0][:3] < ahead[0][:3]):
                yield heappop(ready)[-1]
            elif ahead and -ahead[0][0] > unlisted:
                bound, most, n, place, group = ahead[0]
                if place + 1 < len(group.numbers):
                    heapreplace(ahead, (bound, most, group.numbers[place + 1], place + 1, group))
                else:
                    heappop(ahead)
                found = self._seen(n) if n not in passed else None
                passed.add(n)
                if found is not None:
                    heappush(ready, (-(found.favoured if favouring else found.score), -found.score, n, found))
            elif waiting:
                number, (_, candidates) = waiting.pop(0)
                if number not in self._listed:
                    self._listed[number] = candidates()
                ahead += (
                    (-(group.most + group.favour if favouring else group.most), -group.most, group.numbers[0], 0, group)
                    for group in self._listed[number]
                )
                heapify(ahead)

    def _seen(self, n: int) -> T | None:
        if n not in self._found:
            self._found[n] = self._look(n)
        return self._found[n]
