"""In which scripts a text is written, by Unicode's own names of its letters: latin, cyrillic, cjk, hiragana, arabic."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache


def scripts_of(text: str) -> Counter[str]:
    """How many letters a text has of each script."""
    found: Counter[str] = Counter()
    for letter, times in Counter(text).items():
        if letter.isalpha():
            found[script_of(letter)] += times
    return found


def scripts_in(text: str) -> set[str]:
    """The scripts that the letters of a text are of."""
    return {script_of(letter) for letter in set(text) if letter.isalpha()}


@lru_cache(maxsize=10_000)
def script_of(letter: str) -> str:
    """The script of a letter."""
    return unicodedata.name(letter, "").replace("-", " ").split(" ")[0].casefold()
