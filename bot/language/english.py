"""What English has of its own: British spelling, and years said in two numbers."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.language.dates import Finder
from bot.language.speech import Speech

_BRITISH = re.compile(r"is(ation|e|ed|ing|er)(s?)$")


class English(Speech):
    """English speech."""

    def stem(self, word: str) -> str:
        return super().stem(_american(word))

    def read_year(self, finder: Finder, n: int) -> tuple[int, int] | None:
        """Two thousand five, twenty twelve."""
        first, second = self.numbers.get(finder.word(n)), self.numbers.get(finder.word(n + 1))
        if first == 2 and second == 1000:
            after = finder.role(n + 2, "and_only")
            rest = self.numbers.get(finder.word(after), 0)
            unit = self.numbers.get(finder.word(after + 1), 0) if 20 <= rest < 100 else 0
            end = after + 1 + (1 if 0 < unit < 10 else 0) if rest and rest < 100 else n + 2
            return 2000 + (rest if rest < 100 else 0) + (unit if unit < 10 else 0), end
        if first in (19, 20) and second and 10 <= second < 100:
            unit = self.numbers.get(finder.word(n + 2), 0) if second >= 20 and second % 10 == 0 else 0
            return first * 100 + second + (unit if unit < 10 else 0), n + (3 if 0 < unit < 10 else 2)
        return None


@lru_cache(maxsize=100_000)
def _american(word: str) -> str:
    return _BRITISH.sub(r"iz\1\2", word) if len(word) > 3 else word
