"""A message made plain: normalised, without mark-up, and its words folded to the letters that are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

LONGEST_MESSAGE = 2000

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SCRIPT = re.compile(r"<(script|style)\b.{0,500}?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LINK = re.compile(r"\]\([^()\s]{1,300}\)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_ZERO = re.compile(r"(?<=\d)[oOоО](?=\d)")
_ONE = re.compile(r"(?<=\d)[lI|](?=\d)")
_QUOTE = re.compile("[’‘ʼ´`′]")
_FLAG_BASE = 0x1F1E6 - ord("A")

# Letters of other scripts that look like Latin ones (Unicode TR39, the pairs that occur in practice).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһѵкмтвнАВЕКМНОРСТУХІЈЅαοινρτυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhvkmtbhABEKMHOPCTYXIJSaoivptukABEZHIKMNOPTYX",
)


class Token(NamedTuple):
    """A word or number of a message: as written, folded to lower case, and its stem (what is compared)."""

    raw: str
    word: str
    stem: str


def shouted(tokens: Iterable[Token]) -> bool:
    """Whether all words of a message are in capitals, so that capitals tell nothing."""
    return all(token.raw.isupper() or not token.raw.isalpha() for token in tokens)


@lru_cache(maxsize=256)
def clean(message: str) -> str:
    """The message without mark-up, links and invisible characters, at most LONGEST_MESSAGE characters of it."""
    text = unicodedata.normalize("NFKC", message[: 4 * LONGEST_MESSAGE])
    text = _INVISIBLE.sub("", _QUOTE.sub("'", text))
    text = _ZERO.sub("0", _ONE.sub("1", text))
    text = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    text = _ADDRESS.sub(" ", _LINK.sub("]", text))
    return " ".join(text.split())[:LONGEST_MESSAGE]


@lru_cache(maxsize=100_000)
def fold_latin(raw: str) -> str:
    """A word in lower case, accents and look-alike letters folded to Latin ones; a flag as its country's code."""
    if any(c < "\u0250" and c.isalpha() for c in raw) and not raw.isascii():
        raw = raw.translate(_LOOKALIKES)
        raw = "".join(c for c in unicodedata.normalize("NFKD", raw) if not unicodedata.combining(c))
    elif not raw.isascii() and raw.translate(_LOOKALIKES).isascii():
        raw = raw.translate(_LOOKALIKES)
    return fold_case(raw).replace("ё", "е").replace("ı", "i")


def fold_case(raw: str) -> str:
    """A word of any script in lower case; a flag as its country's code."""
    if "\U0001f1e6" <= raw[0] <= "\U0001f1ff":
        return "".join(chr(ord(c) - _FLAG_BASE) for c in raw).lower()
    return raw.casefold()
