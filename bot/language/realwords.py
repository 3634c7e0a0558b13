"""The real words of a language, as pyspellchecker lists them: what is among them is no typing error."""

from __future__ import annotations

import gzip
import json
import marshal
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import spellchecker

BEGINNING = 2


@dataclass(frozen=True)
class RealWords:
    """How often each word occurs. Words of one beginning are packed together, and unpacked when one is asked for: a
    message asks for few, and all of a language's are many.
    """

    packed: Mapping[str, bytes]
    _unpacked: dict[str, dict[str, int]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, language: str) -> RealWords:
        """Those of a language; it may have no list."""
        return _real_words(language)

    def __contains__(self, word: str) -> bool:
        return word in self._beside(word)

    def frequency(self, word: str) -> int:
        """How often a word occurs in the language; 0 for a word that is none."""
        return self._beside(word).get(word, 0)

    def _beside(self, word: str) -> dict[str, int]:
        beginning = word[:BEGINNING]
        found = self._unpacked.get(beginning)
        if found is None:
            found = self._unpacked[beginning] = marshal.loads(self.packed.get(beginning, NOTHING))  # noqa: S302  our own
        return found

    def __getstate__(self) -> Mapping[str, bytes]:
        return self.packed

    def __setstate__(self, packed: Mapping[str, bytes]) -> None:
        self.__dict__.update(packed=packed, _unpacked={})


NOTHING = marshal.dumps({})


@lru_cache(maxsize=4)
def _real_words(language: str) -> RealWords:
    path = Path(spellchecker.__file__).parent / "resources" / f"{language}.json.gz"
    if not path.is_file():
        return RealWords({})
    parts: dict[str, dict[str, int]] = {}
    for word, often in json.loads(gzip.decompress(path.read_bytes())).items():
        parts.setdefault(word[:BEGINNING], {})[word] = often
    return RealWords({beginning: marshal.dumps(words) for beginning, words in parts.items()})
