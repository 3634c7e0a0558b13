"""What this process has done since it started: answers, errors, and how long answers took."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from telegram.ext import ContextTypes

LATEST = 5000
"""How many answers the times are computed from."""


class Tally:
    """Counts in memory. `seconds` is a clock that only goes forward."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._began = seconds()
        self._times: deque[float] = deque(maxlen=LATEST)
        self.kinds: Counter[str] = Counter()
        self.errors = 0

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return self._seconds() - self._began

    def start(self) -> float:
        """A mark for `answered`."""
        return self._seconds()

    def answered(self, kind: str, mark: float) -> None:
        """A question has its answer, of a kind of reply; the time since the mark counts."""
        self.kinds[kind] += 1
        self._times.append(self._seconds() - mark)

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Counts an error of a handler; the framework calls it."""
        self.errors += 1

    def percentile(self, share: float) -> float | None:
        """The time in seconds within which that share (0..1) of the latest answers came; None without answers."""
        if not self._times:
            return None
        ordered = sorted(self._times)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
