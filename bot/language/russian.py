"""What Russian has of its own: words by their dictionary form, years said in words, names in six cases."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.language.dates import Finder
from bot.language.realwords import RealWords
from bot.language.speech import Speech
from bot.language.text import fold_case
from bot.language.wording import Wording

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from pymorphy3.analyzer import Parse

_CYRILLIC = re.compile(r"[а-яё]")
_LOOKALIKES = str.maketrans("aeopcyxkmtbh", "аеорсухкмтвн")
_YEAR_SIGN = re.compile(r"(?<=\d{4})(?=г)")  # 2005г.
_YEAR_ENDING = re.compile(r"(\d{4})-?(?:й|го|му|м|ого|ому|ом|ым)")
_LOCATED = {"года": "году", "годов": "годах"}
_STANDING = {"года": "год", "годов": "годы"}
_HEARD = re.compile(r"ц+а$")  # находица
_IN_MARKS = re.compile(r"^(\W*)(.*?)(\W*)$")  # «Шанхайская
_COPULAS = {"быть": "был", "являться": "являлся"}
"""What has a past that is a word of its own: only it tells what is asked of now from what is asked of another time."""

_AGREEING = ("ADJF", "PRTF")


class Russian(Speech):
    """Russian speech."""

    def split(self, text: str) -> list[str]:
        return super().split(_YEAR_SIGN.sub(" ", text))

    def fold(self, piece: str) -> str:
        word = _YEAR_ENDING.sub(r"\1", fold_case(piece).replace("ё", "е"))
        return word.translate(_LOOKALIKES) if _CYRILLIC.search(word) else word

    def stem(self, word: str) -> str:
        return _stem(word) if _is_word(word) else super().stem(word)

    def misspelt(self, word: str) -> str:
        return _guessed(_HEARD.sub("ться", word)) if _CYRILLIC.match(word) else word

    @property
    def often(self) -> RealWords:
        return _real_words()

    @property
    def years(self) -> frozenset[str]:
        return _forms("двухтысячный")

    def read_year(self, finder: Finder, n: int) -> tuple[int, int] | None:
        """Две тысячи пятом, тысяча девятьсот девяносто шестой."""
        numbers, ordinals = self.numbers, finder.language.ordinals
        year, at = 0, n
        if finder.word(n) in self.years:
            return 2000, n + 1
        if numbers.get(finder.word(at)) == 2 and numbers.get(finder.word(at + 1)) == 1000:
            year, at = 2000, at + 2
        elif numbers.get(finder.word(at)) == 1000 and numbers.get(finder.word(at + 1)) == 900:
            year, at = 1900, at + 2
        else:
            return None
        tens = numbers.get(finder.word(at), 0)
        if 20 <= tens < 100:
            year, at = year + tens, at + 1
        last = ordinals.get(finder.word(at)) or numbers.get(finder.word(at), 0)
        if 0 < last < (10 if 20 <= tens < 100 else 100):
            year, at = year + last, at + 1
        return (year, at) if year % 100 else None


class RussianWording(Wording):
    """Russian words of answers."""

    def form(self, name: object, case: str) -> str:
        return inflected(str(name), case)

    def counted(self, number: int, name: object, plural: object = "") -> str:
        """Один стол, два стола, пять столов."""
        last = number % 10 if number % 100 not in (11, 12, 13, 14) else 0
        return f"{number} {self.form(name, 'nomn' if last == 1 else 'gent' if 1 < last < 5 else 'gent plur')}"

    def agreeing(self, word: str, name: object) -> str:
        """Выходил, выходила, выходили."""
        return _agreeing(word, str(name))

    def located(self, time: str) -> str:
        """ "2005 года" as "2005 году", "июля 2005 года" as "июле 2005 года"."""
        first, _, rest = time.partition(" ")
        if first.isalpha():
            return f"{inflected(lemma(first), 'loct')} {rest}"
        return f"{first} {_LOCATED.get(rest, rest)}"

    def standing(self, time: str) -> str:
        """ "2005 года" as "2005 год", "июля 2005 года" as "июль 2005 года"."""
        first, _, rest = time.partition(" ")
        return f"{lemma(first)} {rest}" if first.isalpha() else f"{first} {_STANDING.get(rest, rest)}"


@lru_cache(maxsize=1)
def _dictionary() -> MorphAnalyzer:
    import pymorphy3  # takes long, and only who speaks Russian needs it

    return pymorphy3.MorphAnalyzer(lang="ru")


class _Forms(RealWords):
    """Every form of every word in the dictionary beside those whose frequency is known."""

    def frequency(self, word: str) -> int:
        return super().frequency(word) or int(_is_word(word))


@lru_cache(maxsize=1)
def _real_words() -> RealWords:
    return _Forms(RealWords.of("ru").texts)


@lru_cache(maxsize=100_000)
def _is_word(word: str) -> bool:
    return bool(_CYRILLIC.match(word)) and _dictionary().word_is_known(word)


@lru_cache(maxsize=16)
def _forms(word: str) -> frozenset[str]:
    """Every form of a word that has one dictionary form."""
    return frozenset(form.word for form in _dictionary().parse(word)[0].lexeme)


def lemma(word: str) -> str:
    """The dictionary form of a folded word; a word that is in no dictionary is left as it is."""
    return _guessed(word) if _is_word(word) else word


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    parses = _dictionary().parse(word)
    parse = parses[0]
    if "Surn" in parse.tag or "Name" in parse.tag:  # "Иванова" is his case as well as her name
        parse = next((one for one in parses if "Surn" in one.tag and one.tag.gender == "masc"), parse)
    normal = str(parse.normal_form)
    return _COPULAS[normal] if normal in _COPULAS and parse.tag.tense == "past" else normal.replace("ё", "е")


@lru_cache(maxsize=100_000)
def _guessed(word: str) -> str:
    """The dictionary form of a word, or what it would be if a word like it were in the dictionary."""
    return str(_dictionary().parse(word)[0].normal_form).replace("ё", "е")


@lru_cache(maxsize=20_000)
def inflected(name: str, case: str) -> str:
    """A name in a case: what agrees with its first noun and the noun itself change, what depends on it stays."""
    words, wanted = name.split(), set(case.split())
    for n, written in enumerate(words):
        before, word, after = _IN_MARKS.findall(written)[0]
        parse = _nominative(word)
        changed = parse.inflect(wanted) if parse else None
        if parse is None or changed is None:
            break
        words[n] = f"{before}{_cased_like(word, changed.word)}{after}"
        if parse.tag.POS == "NOUN" and not _is_first_of_a_name(parse):
            break
    return " ".join(words)


@lru_cache(maxsize=20_000)
def _agreeing(word: str, name: str) -> str:
    nouns = [parse for part in name.split() if (parse := _nominative(part)) and parse.tag.POS == "NOUN"]
    tag = nouns[0].tag if nouns else None
    wanted = {"plur"} if tag and tag.number == "plur" else {"sing", tag.gender if tag and tag.gender else "masc"}
    changed = _dictionary().parse(word)[0].inflect(wanted)
    return str(changed.word) if changed else word


def _nominative(word: str) -> Parse | None:
    parses = _dictionary().parse(word)
    return next((one for one in parses if one.tag.case == "nomn" and one.tag.POS in ("NOUN", *_AGREEING)), None)


def _is_first_of_a_name(parse: Parse) -> bool:
    return "Name" in parse.tag


def _cased_like(word: str, changed: str) -> str:
    if word.isupper():
        return word
    parts = [
        new[:1].upper() + new[1:] if old[:1].isupper() else new
        for old, new in zip(word.split("-"), changed.split("-"), strict=False)
    ]
    return "-".join(parts)
