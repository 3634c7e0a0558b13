"""The known words near an unknown one, found without trying each (Garbe's symmetric deletion).

Two words that differ by a few letters become equal when a few letters are left out of both. The index holds what every
known word becomes, as checksums in one sorted array: a fifteenth of a dictionary of strings, and read from
a file as it is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True)
class Deletions:
    """An index of words. Each entry of `keys` is a checksum above 32 bits that say which word has it."""

    words: tuple[str, ...]
    keys: array[int]

    @classmethod
    def of(cls, words: Iterable[str]) -> Deletions:
        """The index of some words."""
        listed = tuple(words)
        keys = [
            crc32(key.encode()) << 32 | n
            for n, word in enumerate(listed)
            for key in deletions(word, reach(len(word)))
        ]  # fmt: skip
        keys.sort()
        return cls(listed, array("Q", keys))

    def near(self, word: str) -> set[str]:
        """The words that may be within reach of a word; how near they are is for the caller to measure."""
        return {self.words[n] for key in deletions(word, reach(len(word))) for n in self._holding(key)}

    def _holding(self, key: str) -> list[int]:
        first = crc32(key.encode()) << 32
        start = bisect_left(self.keys, first)
        end = start
        while end < len(self.keys) and self.keys[end] >> 32 == first >> 32:
            end += 1
        return [number & 0xFFFFFFFF for number in self.keys[start:end]]


def reach(length: int) -> int:
    """How many wrong letters a word of some length may have."""
    return 0 if length < 3 else 1 if length < 6 else 2


def deletions(word: str, most: int) -> set[str]:
    """The word with up to so many letters left out."""
    found, edge = {word}, {word}
    for _ in range(most):
        edge = {text[:n] + text[n + 1 :] for text in edge for n in range(len(text))}
        found |= edge
    return found
