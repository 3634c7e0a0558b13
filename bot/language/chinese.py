"""What Chinese has of its own: words without spaces, two scripts, numbers in characters, and dates from the year on.

A text is cut into the words that the pack knows, as few as can be; what lies between them is unknown and becomes pairs
of neighbouring characters, which find the same text again wherever it stands. One character that stands for a country
is read so only among others of its kind, for alone it is nearly always something else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

from opencc import OpenCC

from bot.language.speech import Speech
from bot.language.text import clean

LONGEST_WORD = 8
"""A name that no shorter words make up is one word up to so many characters."""

PARTICLE, KNOWN, UNKNOWN, ONE_MORE = 9, 10, 25, 12
"""What a word costs: a particle, another that is known, one that nobody knows, and each further character of that."""

ABOVE_ALL_LENGTHS = 1_000_000
"""What one more of a cost counts beside the squares of the lengths of a message's words."""

UNKNOWN_BY_LENGTH = tuple((UNKNOWN + ONE_MORE * n) * ABOVE_ALL_LENGTHS - (n + 1) ** 2 for n in range(LONGEST_WORD))
"""What an unknown word counts of one character, of two, and so on."""

PARTICLES = "的了是有在过吗呢谁也都被叫"
"""What stands before or after a word without making another of it."""

_HAN = "\u3400-\u9fff〇"
_DIGITS = {
    "〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMERALS = "".join((*_DIGITS, *_TENS))
_COUNTED = "年月日号次届个国位名份项条人岁倍周天成点轮批家所种任名页章场枚"
_YEAR = rf"\d{{4}}|[一二][{''.join(_DIGITS)}]{{3}}|[两二一]千[{_NUMERALS}]{{0,4}}"
_SHORT_YEAR = r"(?<![\d第了过近满约整共隔用差多几])(?:\d\d|[〇零九][〇零一二三四五六七八九])"
_DATE = re.compile(
    rf"(?P<year>{_YEAR}|{_SHORT_YEAR}(?=\s?年(?![前后来内间以之多的里时]|度?过)))\s?年度?"
    rf"(?:(?P<month>\d\d?|[一二三四五六七八九十]{{1,2}})\s?月份?(?:(?P<day>\d\d?|[一二三四五六七八九十]{{1,3}})\s?[日号])?)?"
)
_DECADE = re.compile(rf"(?:(?:上个?|20|二十)世纪)?(\d{{4}}|\d\d|[{_NUMERALS}]{{2,4}})年代")
_NUMBER = re.compile(rf"百分之([{_NUMERALS}]+|\d+)|[{_NUMERALS}]{{2,}}|[{_NUMERALS}](?=[{_COUNTED}])")
_BLANK = re.compile(r"(?:(?:\(\s?\)|_{2,}+)\s?[和与及、]?\s?)++(?=([年月日号])?([个位次届条项])?)")
_PIECE = re.compile(rf"第\s?\d+|(?:(?!第\s?\d)[{_HAN}])+|[^{_HAN}]+")
_HAN_RUN = re.compile(rf"[{_HAN}]+")
_NOTHING_BUT_NUMBER = re.compile(rf"第?[{_NUMERALS}]+")


@lru_cache(maxsize=1)
def simplifying() -> Mapping[int, str]:
    """Each traditional character with its simplified one."""
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): new for old, new in zip(characters, simplified, strict=True) if old != new and len(new) == 1}


def simplified(text: str) -> str:
    """A text in simplified characters."""
    return text.translate(simplifying())


@lru_cache(maxsize=1)
def _traditional() -> OpenCC:
    return OpenCC("s2tw")


@lru_cache(maxsize=1)
def _only_simplified() -> frozenset[str]:
    return frozenset(simplifying().values()) - {chr(code) for code in simplifying()}


@lru_cache(maxsize=16)  # the same message is asked of for each part of a reply
def is_traditional(text: str) -> bool:
    """Whether more of a text's characters are only traditional than are only simplified."""
    old = sum(ord(character) in simplifying() for character in text)
    return old > sum(character in _only_simplified() for character in text)


@dataclass(frozen=True)
class Chinese(Speech):
    """Chinese speech, of the `words` that a pack knows, the `phrases` that may be made of them, the `names` of each of
    its things, of which the first is the usual one, and words `telling` one fact from another."""

    little: ClassVar[int] = 2

    words_known: tuple[str, ...]
    phrases: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    telling: tuple[str, ...]

    @cached_property
    def _segmenter(self) -> Segmenter:
        return Segmenter.of(self.words_known, self.phrases, self.names, self.telling)

    def split(self, text: str) -> list[str]:
        text = _dates(_BLANK.sub(_asked, simplified(text)))
        short = self._segmenter.among_others(text)
        found: list[str] = []
        for piece in _PIECE.finditer(text):
            if _HAN_RUN.fullmatch(piece[0]):
                found += self._segmenter.cut(piece[0], {n - piece.start() for n in short})
            else:
                found += [piece[0].replace(" ", "")] if piece[0][0] == "第" else super().split(piece[0])
        return found

    def is_spelt(self, word: str) -> bool:
        return word.isascii()

    def in_script_of(self, asked: str, said: str) -> str:
        return _traditional().convert(said) if is_traditional(asked) else said


def _asked(blank: re.Match[str]) -> str:
    """What the blanks of an exam paper ask for, by what stands beside them: which year, how many, what it is; else no
    word."""
    if blank[1] or blank[2]:
        return "哪" if blank[1] else "几"
    return "什么" if blank.string[: blank.start()].rstrip().endswith("是") else " "


def number(text: str) -> int:
    """The number that digits or characters say: 21, 二十一, 二〇〇五, 两千零五."""
    if text.isascii():
        return int(text)
    if not any(character in _TENS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    whole = digit = 0
    for character in text:
        if character in _TENS:
            whole += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return whole + digit


@dataclass(frozen=True)
class Segmenter:
    """Cuts a text into words. `short` are the characters that stand for a thing, each with the thing's usual name."""

    words: frozenset[str]
    short: Mapping[str, str]

    @classmethod
    def of(
        cls, words: Iterable[str], phrases: Iterable[str], names: Iterable[Sequence[str]], telling: Iterable[str]
    ) -> Segmenter:
        plain = [tuple(map(_plain, one)) for one in names]
        short = {name: one[0] for one in plain for name in one if len(name) == 1}
        long = {name for one in plain for name in one if len(name) > 1}
        found = {word for word in _runs(words) if len(word) == 1 or not _NOTHING_BUT_NUMBER.fullmatch(word)}
        named = (run for run in _runs(long) if len(run) > 1)
        for word in sorted({*_runs(phrases), *named}, key=lambda word: (len(word), word)):
            if len(word) <= LONGEST_WORD and not _NOTHING_BUT_NUMBER.fullmatch(word) and not _made_of(word, found):
                found.add(word)
        content = (word for word in _runs(telling) if _is_word(word) and not _made_of(word, found, least=1))
        return cls(frozenset({*found, *content}), short)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        """What longer words begin with."""
        return frozenset(word[:n] for word in self.words for n in range(1, len(word)))

    def among_others(self, text: str) -> set[int]:
        """The places of characters that stand for things, each beside another such or alone in the text."""
        lists = (run for run in self._lists.finditer(text) if len(run[0]) == 1 or len(set(run[0])) > 1)
        return {n for run in lists for n in range(*run.span()) if text[n] in self.short}

    @cached_property
    def _lists(self) -> re.Pattern[str]:
        one = f"[{''.join(self.short)}]" if self.short else "(?!)"
        return re.compile(rf"{one}(?:[、,和与及跟同]?{one})+|^\W*{one}(?=呢?\W*$)")

    def cut(self, run: str, short: set[int]) -> Iterator[str]:
        """The words of a run of characters."""
        unknown = ""
        for text, word in self._cheapest(run, short):
            if word is None:
                unknown += text
                continue
            yield from _pairs(unknown)
            unknown = ""
            yield word
        yield from _pairs(unknown)

    def _cheapest(self, run: str, short: set[int]) -> list[tuple[str, str | None]]:
        """The run in pieces that cost least together, each with the word that it is, if it is one; of two ways that
        cost the same, the one with the longer words."""
        least = [0, *[sys.maxsize] * len(run)]
        last: list[tuple[int, str | None]] = [(0, None)] * (len(run) + 1)
        for start in range(len(run)):
            for end, word, cost in self._readings(run, start, short):
                way = least[start] + cost * ABOVE_ALL_LENGTHS - (end - start) ** 2
                if way < least[end]:
                    least[end], last[end] = way, (start, word)
            for end, cost in enumerate(UNKNOWN_BY_LENGTH[: len(run) - start], start + 1):
                if least[start] + cost < least[end]:
                    least[end], last[end] = least[start] + cost, (start, None)
        pieces: list[tuple[str, str | None]] = []
        end = len(run)
        while end:
            begin, known = last[end]
            pieces.append((run[begin:end], known))
            end = begin
        return pieces[::-1]

    def _readings(self, run: str, start: int, short: set[int]) -> Iterator[tuple[int, str, int]]:
        """Which known words may stand at a place of a run: where each ends, which it is, and what that costs."""
        furthest = min(start + LONGEST_WORD, len(run))
        if start in short:
            yield start + 1, self.short[run[start]], KNOWN
        for end in range(start + 1, furthest + 1):
            text = run[start:end]
            if text in self.words:
                yield end, text, PARTICLE if text in PARTICLES else KNOWN
            if text not in self._beginnings:
                break
        if run[start] == "第":
            for end in range(start + 2, furthest + 1):
                if run[end - 1] not in _NUMERALS:
                    break
                yield end, f"第{number(run[start + 1 : end])}", KNOWN
        elif run[start] in _NUMERALS and not (start and run[start - 1] == "第"):
            counted = _NUMBER.match(run, start)
            if counted and counted.end() <= furthest:
                yield counted.end(), str(number(counted[1] or counted[0])), KNOWN


def _is_word(text: str) -> bool:
    """Whether a text is rather a word than a phrase: short, and nothing is counted in it."""
    return len(text) <= LONGEST_WORD // 2 and bool(_HAN_RUN.fullmatch(text)) and not set(text) & set(_NUMERALS)


def _plain(text: str) -> str:
    return simplified(clean(text)).casefold()


def _runs(texts: Iterable[str]) -> Iterator[str]:
    return (run for text in texts for run in _PIECE.findall(_plain(text)) if _HAN_RUN.fullmatch(run))


def _made_of(word: str, known: set[str], least: int = 2) -> bool:
    """Whether known words of at least so many characters make up a word, particles apart."""
    reached = {0}
    for end in range(1, len(word) + 1):
        if (end - 1 in reached and word[end - 1] in PARTICLES) or any(
            start in reached and word[start:end] in known for start in range(end - least + 1)
        ):
            reached.add(end)
    return len(word) in reached


def _pairs(unknown: str) -> list[str]:
    """Each character with its neighbour."""
    return [unknown[n : n + 2] for n in range(len(unknown) - 1)] if len(unknown) > 1 else list(unknown)


def _dates(text: str) -> str:
    """A text whose dates are written as everywhere: 2005年7月5日 as 2005-07-05, 九十年代 as 90s."""
    return _DATE.sub(_date, _DECADE.sub(lambda found: f" {number(found[1])}s ", text))


def _date(found: re.Match[str]) -> str:
    year = number(found["year"])
    year += 0 if year > 99 else 2000 if year < 60 else 1900
    parts = [f"{number(part):02}" for part in (found["month"], found["day"]) if part]
    return f" {'-'.join([str(year), *parts])} "
