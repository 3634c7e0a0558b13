"""What this process has done since it started: answers, errors, and how long answers took."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable

from telegram.ext import ContextTypes

LATEST = 5000
"""How many answers the times are computed from."""

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))
"""Seconds: how long an answer took, in classes that reach up to these."""


class Tally:
    """Counts in memory. `seconds` is a clock that only goes forward.

    `retries` are calls to the Bot API that were made again, by method; `notices` what people were told of a failure, by
    the phrase.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._began = seconds()
        self._times: deque[float] = deque(maxlen=LATEST)
        self.answers: Counter[tuple[str, str]] = Counter()
        self.classes = [0] * len(BOUNDS)
        self.seconds = 0.0
        self.updates: Counter[str] = Counter()
        self.errors = 0
        self.retries: Counter[str] = Counter()
        self.notices: Counter[str] = Counter()

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return self._seconds() - self._began

    def start(self) -> float:
        """A mark for `answered`."""
        return self._seconds()

    def answered(self, kind: str, intent: str, mark: float) -> float:
        """A question has its answer, of a kind of reply and for an intent. Returns the time since the mark."""
        took = self._seconds() - mark
        self.answers[kind, intent] += 1
        self.classes[bisect_left(BOUNDS, took)] += 1
        self.seconds += took
        self._times.append(took)
        return took

    @property
    def kinds(self) -> Counter[str]:
        """How many answers of each kind there were."""
        found: Counter[str] = Counter()
        for (kind, _), count in self.answers.items():
            found[kind] += count
        return found

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Counts an error of a handler; the framework calls it."""
        self.errors += 1

    def percentile(self, share: float) -> float | None:
        """The time in seconds within which that share (0..1) of the latest answers came; None without answers."""
        if not self._times:
            return None
        ordered = sorted(self._times)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
