"""Which language has something of its own in how it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.language.chinese import Chinese
from bot.language.english import English
from bot.language.russian import Russian
from bot.language.speech import Speech


def speech_of(
    code: str,
    script: str,
    contractions: Mapping[str, str],
    numbers: Mapping[str, int],
    endings: tuple[str, ...],
    known: Iterable[str],
) -> Speech:
    """How a language is read. `known` are the phrases that a pack knows, for one that is written without spaces."""
    match code:
        case "en":
            return English(code, script, contractions, numbers, endings)
        case "ru":
            return Russian(code, script, contractions, numbers, endings)
        case "zh":
            return Chinese(code, script, contractions, numbers, endings, frozenset(known))
    return Speech(code, script, contractions, numbers, endings)
