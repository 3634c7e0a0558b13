"""The real words of a language, as pyspellchecker lists them: what is among them is no typing error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import spellchecker

BEGINNING = 3


@dataclass(frozen=True)
class RealWords:
    """How often each word occurs. Words of one beginning are a text, with a line for each: it is ready as soon as it
    is read from a file, and to find a word in one takes a few microseconds.
    """

    texts: Mapping[str, str]

    @classmethod
    def of(cls, language: str) -> RealWords:
        """Those of a language; it may have no list."""
        return _real_words(language)

    def __contains__(self, word: str) -> bool:
        return self.frequency(word) > 0

    def frequency(self, word: str) -> int:
        """How often a word occurs in the language; 0 for a word that is none."""
        text = self.texts.get(word[:BEGINNING], "")
        at = text.find(f"\n{word} ")
        return int(text[at + len(word) + 2 : text.index("\n", at + 1)]) if at >= 0 else 0


@lru_cache(maxsize=4)
def _real_words(language: str) -> RealWords:
    path = Path(spellchecker.__file__).parent / "resources" / f"{language}.json.gz"
    if not path.is_file():
        return RealWords({})
    lines: dict[str, list[str]] = {}
    for word, often in json.loads(gzip.decompress(path.read_bytes())).items():
        lines.setdefault(word[:BEGINNING], ["\n"]).append(f"{word} {often}\n")
    return RealWords({beginning: "".join(found) for beginning, found in lines.items()})
