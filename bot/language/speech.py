"""How a language is written and how its words change: what makes words of a text, and of a word what is compared.

Speech does it as most languages with spaces and an alphabet have it; a subclass says what a language has of its own
(`bot.language.languages` knows which).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import snowballstemmer
from babel import Locale

from bot.language.dates import Finder
from bot.language.realwords import RealWords
from bot.language.remembering import remembered
from bot.language.text import Token, clean, fold_case, fold_latin

_PIECE = r"""(?<!\d)\d{{4}}-\d{{2}}-\d{{2}}(?!\d)             # a date: 2005-07-05
    |(?<!\d)\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}(?!\d)         # 5.7.2005
    |(?<!\d)\d{{4}}\s?[-–—/]\s?(?:\d{{4}}|\d{{2}})(?![\d-]) # a range of years, or a month: 2010-2013, 2005-07
    |(?<![^\W_])'\d\d(?!\d)                                # a short year: '05
    |\d+(?:[.,]\d+)*(?:{endings})?(?![^\W_])|\d+           # numbers and ordinals
    |[^\W\d_]+(?:'[^\W\d_]+)*                              # words
    |[%&+]|[\U0001F1E6-\U0001F1FF]{{2}}                     # signs that are read as words, flags
    """


@dataclass(frozen=True)
class Speech:
    """One language. Built once a pack, then only read.

    `script` is Unicode's name of the one that it is written in, such as latin; `contractions` stand for other words,
    `numbers` are those in words; `endings` stand right after digits, as in 5th.
    """

    code: str
    script: str
    contractions: Mapping[str, str]
    numbers: Mapping[str, int]
    endings: tuple[str, ...]

    little: ClassVar[int] = 2
    """A word of so many letters may be anything; a longer one that nobody knows is somebody's name."""

    def split(self, text: str) -> list[str]:
        """A cleaned text cut into words, numbers and signs, as written."""
        return _pieces(self.endings).findall(text)

    def fold(self, piece: str) -> str:
        """The word that a piece is, in the letters that are compared."""
        return fold_latin(piece) if self.script == "latin" else fold_case(piece)

    def stem(self, word: str) -> str:
        """What a folded word has in common with its other forms."""
        return _stem(self.code, word)

    def misspelt(self, word: str) -> str:
        """What of a word that nobody knows is compared with the known ones, to find which of them it was to be."""
        return word

    @property
    def often(self) -> RealWords:
        """Every real word of the language with how often it occurs, as far as there is such a list."""
        return RealWords.of(self.code)

    def is_spelt(self, word: str) -> bool:
        """Whether a word is written in letters, so that some of them may be wrong."""
        return True

    @property
    def years(self) -> frozenset[str]:
        """The words that say a year, beside those that are a number's or a decade's."""
        return frozenset()

    def in_script_of(self, asked: str, said: str) -> str:
        """What is said, in the characters in which somebody asked, where a language has several kinds."""
        return said

    def read_year(self, finder: Finder, n: int) -> tuple[int, int] | None:
        """The year that is said in words at a place of a message, and where it ends."""

    def tokenize(self, text: str) -> list[Token]:
        """The tokens of a text, mark-up and the like taken out; a number in words has the stem of its digits."""
        return [token for piece in self.split(clean(text)) for token in remembered(self._read, piece, self._tokens)]

    def words(self, text: str) -> tuple[str, ...]:
        """The folded words of a text."""
        return tuple(token.word for token in self.tokenize(text))

    def token(self, raw: str, word: str) -> Token:
        """A folded word as a token."""
        return Token(raw, word, str(self.numbers[word]) if word in self.numbers else self.stem(word))

    def tokens_of(self, text: str) -> Sequence[Token]:
        """The tokens of one of a pack's own texts, of which the same come again and again while it is indexed."""
        tokens = self._seen.get(text)
        if tokens is None:
            tokens = self._seen[text] = self.tokenize(text)
        return tokens

    def forget(self) -> None:
        """Let go of the texts seen so far."""
        self._seen.clear()
        self._read.clear()

    @cached_property
    def _seen(self) -> dict[str, Sequence[Token]]:
        return {}

    @cached_property
    def _read(self) -> dict[str, Sequence[Token]]:
        return {}

    def _tokens(self, raw: str) -> Sequence[Token]:
        return tuple(self.token(raw, word) for word in self._parts(raw))

    def _parts(self, raw: str) -> list[str]:
        word = self.fold(raw)
        if word in self.contractions:
            return self.contractions[word].split()
        if word[:1] == "'" and word[1:].isdigit():
            return [word]
        if word.endswith(("'s", "s'")):
            word = word[:-2] if word.endswith("'s") else word[:-1]
        return word.replace("'", "").split() if "'" in word else [word]


@lru_cache(maxsize=100_000)
def _stem(code: str, word: str) -> str:
    """By Snowball's stemmer where it has the language; short words are left alone."""
    stemmer = _stemmer(code)
    return str(stemmer.stemWord(word)) if stemmer and len(word) > 3 and word.isalpha() else word


@lru_cache(maxsize=16)
def _stemmer(code: str) -> Any:
    name = (Locale(code).english_name or "").casefold()
    return snowballstemmer.stemmer(name) if name in snowballstemmer.algorithms() else None


@lru_cache(maxsize=16)
def _pieces(endings: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(map(re.escape, sorted(endings, key=len, reverse=True))) or "(?!)"
    return re.compile(_PIECE.format(endings=told), re.VERBOSE)
