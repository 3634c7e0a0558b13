"""Which language has something of its own in how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from bot.language.chinese import Chinese
from bot.language.english import English
from bot.language.russian import Russian, RussianWording
from bot.language.speech import Speech
from bot.language.wording import Wording


class Known(NamedTuple):
    """What a pack knows in a language: single words, phrases, the names of each thing, the usual one first, and
    words that tell facts."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    telling: tuple[str, ...]


def speech_of(
    code: str,
    script: str,
    contractions: Mapping[str, str],
    numbers: Mapping[str, int],
    endings: tuple[str, ...],
    known: Known,
) -> Speech:
    """How a language is read. `known` is what a pack knows in it, for one that is written without spaces."""
    match code:
        case "en":
            return English(code, script, contractions, numbers, endings)
        case "ru":
            return Russian(code, script, contractions, numbers, endings)
        case "zh":
            return Chinese(code, script, contractions, numbers, endings, *known)
    return Speech(code, script, contractions, numbers, endings)


@lru_cache(maxsize=16)
def wording_of(code: str) -> Wording:
    """How a language is written in answers."""
    return RussianWording(code) if code == "ru" else Wording(code)
