"""A message as tokens: normalised, split, and free of everything that is not a word or a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

LONGEST_MESSAGE = 2000

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SCRIPT = re.compile(r"<(script|style)\b.{0,500}?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LINK = re.compile(r"\]\([^()\s]{1,300}\)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_TOKEN = re.compile(
    r"""(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)                     # a date: 2005-07-05
    |(?<!\d)\d{1,2}[./]\d{1,2}[./]\d{4}(?!\d)             # 5.7.2005
    |(?<!\d)\d{4}\s?[-–—/]\s?(?:\d{4}|\d{2})(?![\d-])    # a range of years, or a month: 2010-2013, 2005-07
    |(?<![^\W_])'\d\d(?!\d)                                # a short year: '05
    |\d+(?:[.,]\d+)*(?:st|nd|rd|th|ts|dn|dr|ht|s)?(?![^\W\d_])|\d+    # numbers and ordinals
    |[^\W\d_]+(?:'[^\W\d_]+)*                              # words
    |[%&+]|[\U0001F1E6-\U0001F1FF]{2}                       # signs that are read as words, flags
    """,
    re.VERBOSE,
)
_ZERO = re.compile(r"(?<=\d)[oOоО](?=\d)")
_ONE = re.compile(r"(?<=\d)[lI|](?=\d)")
_QUOTES = {ord(c): "'" for c in "’‘ʼ´`′"}
_FLAG_BASE = 0x1F1E6 - ord("A")

# Letters of other scripts that look like Latin ones (Unicode TR39, the pairs that occur in practice).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһѵкмтвнАВЕКМНОРСТУХІЈЅαοινρτυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhvkmtbhABEKMHOPCTYXIJSaoivptukABEZHIKMNOPTYX",
)

_stem = snowballstemmer.stemmer("english").stemWord


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a message: as written, folded to lower case, and its stem (what is compared)."""

    raw: str
    word: str
    stem: str


def clean(message: str) -> str:
    """The message without mark-up, links and invisible characters, at most LONGEST_MESSAGE characters of it."""
    text = unicodedata.normalize("NFKC", message[: 4 * LONGEST_MESSAGE]).translate(_QUOTES)
    text = _INVISIBLE.sub("", text)
    text = _ZERO.sub("0", _ONE.sub("1", text))
    text = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    text = _ADDRESS.sub(" ", _LINK.sub("]", text))
    return " ".join(text.split())[:LONGEST_MESSAGE]


def tokenize(text: str, contractions: Mapping[str, str]) -> list[Token]:
    """The tokens of a cleaned text; `contractions` maps a folded word to the words that it stands for."""
    return [_token(raw, part) for raw in _TOKEN.findall(text) for part in _parts(raw, contractions)]


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Tokens in one language: `contractions` stand for other words, a number in words has the stem of its digits."""

    contractions: Mapping[str, str]
    numbers: Mapping[str, int]

    def __call__(self, text: str) -> list[Token]:
        """The tokens of a text, mark-up and the like taken out."""
        return [
            Token(token.raw, token.word, str(self.numbers[token.word])) if token.word in self.numbers else token
            for token in tokenize(clean(text), self.contractions)
        ]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded word; numbers and short words are left alone."""
    if len(word) <= 3 or not word.isalpha():
        return word
    word = re.sub(r"is(ation|e|ed|ing|er)(s?)$", r"iz\1\2", word)
    return str(_stem(word))


def join_letters(tokens: list[Token], known: Iterable[str]) -> list[Token]:
    """Letters said one by one ("s c o") as the word that they spell, if it is known."""
    joined: list[Token] = []
    n = 0
    while n < len(tokens):
        end = n
        while end < len(tokens) and len(tokens[end].word) == 1 and tokens[end].word.isalpha():
            end += 1
        word = "".join(token.word for token in tokens[n:end])
        if end - n > 1 and stem(word) in known:
            joined.append(Token(word, word, stem(word)))
            n = end
        else:
            joined.append(tokens[n])
            n += 1
    return joined


def _parts(raw: str, contractions: Mapping[str, str]) -> list[str]:
    word = fold(raw)
    if word in contractions:
        return contractions[word].split()
    if word[:1] == "'" and word[1:].isdigit():
        return [word]
    if word.endswith(("'s", "s'")):
        word = word[:-2] if word.endswith("'s") else word[:-1]
    return word.replace("'", "").split() if "'" in word else [word]


def _token(raw: str, word: str) -> Token:
    return Token(raw, word, stem(word))


@lru_cache(maxsize=100_000)
def fold(raw: str) -> str:
    """A word in lower case, accents and look-alike letters folded to Latin ones; a flag as its country's code."""
    if "\U0001f1e6" <= raw[0] <= "\U0001f1ff":
        return "".join(chr(ord(c) - _FLAG_BASE) for c in raw).lower()
    if any(c < "\u0250" and c.isalpha() for c in raw) and not raw.isascii():
        raw = raw.translate(_LOOKALIKES)
        raw = "".join(c for c in unicodedata.normalize("NFKD", raw) if not unicodedata.combining(c))
    elif not raw.isascii() and raw.translate(_LOOKALIKES).isascii():
        raw = raw.translate(_LOOKALIKES)
    return raw.casefold().replace("ё", "е").replace("ı", "i")
