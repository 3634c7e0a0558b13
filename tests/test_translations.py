"""The facts in other languages: nothing is left in English alone, and what is translated says the same numbers."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest

from tests import shipped

COMPLETE = ["ru", "zh"]
"""The languages in which all that is known can be said."""

SCALES = {"million": 6, "billion": 9, "trillion": 12, "млн": 6, "млрд": 9, "трлн": 12, "万": 4, "亿": 8, "万亿": 12}
_NUMBER = re.compile(rf"(\d+(?:,\d{{3}})*(?:\.\d+)?)[多余]?\s?({'|'.join(sorted(SCALES, key=len, reverse=True))})?")
_GROUPED = re.compile(r"(?<=\d)[ \xa0](?=\d{3}(?!\d))")
_SHORT_RANGE = re.compile(r"\b(\d\d)(\d\d)-(\d\d)\b")
_PART_OF_A_NAME = re.compile(r"[A-Za-z/][\d/]+|[A-Za-z]-\d+")
_HALF_WIDTH = re.compile(r"[,;?!]|[\u4e00-\u9fff][.:()'\"]|[.:()'\"][\u4e00-\u9fff]")


def texts() -> Iterator[Mapping[str, str]]:
    """Every text of the facts, a language each, with the notes on them and on what other sources say."""
    for fact in shipped.pack().knowledge.facts:
        claims = [text for claim in fact.disputed for text in (claim.value, claim.note)]
        for text in (fact.value, fact.note, fact.because, *claims):
            if isinstance(text, Mapping) and text:
                yield text


def numbers(text: str, language: str = "en") -> set[Decimal]:
    """The numbers that digits say: 3 million and 300万 are the same, and so are 1,300.5 and 1 300,5."""
    if language == "ru":
        text = text.translate(str.maketrans(".,", ",."))
        text = _GROUPED.sub(",", text)
    found = _NUMBER.findall(_SHORT_RANGE.sub(r"\1\2-\1\3", text))
    return {Decimal(digits.replace(",", "")) * 10 ** SCALES.get(scale, 0) for digits, scale in found}


def months(text: str) -> set[Decimal]:
    """The numbers of the months that English names."""
    return {Decimal(n) for n, name in enumerate(calendar.month_name) if name and name in text}


@pytest.mark.parametrize("language", COMPLETE)
def test_every_text_is_translated(language: str) -> None:
    assert [text["en"] for text in texts() if language not in text] == []


@pytest.mark.parametrize("language", COMPLETE)
def test_everything_has_a_name(language: str) -> None:
    knowledge = shipped.pack().knowledge
    written = [thing for thing in knowledge.entities.values() if thing.where]
    things = [one.id for one in written if language not in one.names or not one.names[language].short]
    types = [one.id for one in knowledge.types.values() if "en" in one.name and language not in one.name]
    relations = [one.id for one in knowledge.relations.values() if "en" in one.label and language not in one.label]
    assert (things, types, relations) == ([], [], [])


@pytest.mark.parametrize("language", COMPLETE)
def test_a_translation_says_the_same_numbers(language: str) -> None:
    wrong = {}
    for text in texts():
        english, other = numbers(text["en"]), numbers(text[language], language)
        lost = numbers(_PART_OF_A_NAME.sub("", text["en"])) - other
        added = other - english - months(text["en"])
        if lost or added:
            wrong[text[language]] = (lost, added)
    assert wrong == {}


def test_chinese_has_signs_of_its_own_width() -> None:
    assert [text["zh"] for text in texts() if _HALF_WIDTH.search(text["zh"])] == []


def test_russian_has_quotation_marks_and_dashes_of_its_own() -> None:
    assert [text["ru"] for text in texts() if re.search(r"[\"'“”]| - ", text["ru"])] == []
