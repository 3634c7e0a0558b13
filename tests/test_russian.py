"""Russian words in the forms that a sentence wants."""

from __future__ import annotations

from datetime import date

import pytest

from bot.language.dates import find_times
from bot.language.russian import inflected
from tests import shipped

LEXICON = shipped.pack().languages["ru"].lexicon


@pytest.mark.parametrize(
    ("name", "case", "form"),
    [
        ("Индия", "gent", "Индии"),
        ("«Шанхайский дух»", "gent", "«Шанхайского духа»"),
        ("«Шанхайская пятёрка»", "loct", "«Шанхайской пятёрке»"),
        ("Шри-Ланка", "datv", "Шри-Ланке"),
    ],
)
def test_a_name_keeps_its_capital_and_its_marks(name: str, case: str, form: str) -> None:
    assert inflected(name, case) == form


@pytest.mark.parametrize("text", ["в 2008м году", "в 2008-м", "2008г", "в 2008ом", "за 2008й год"])
def test_an_ending_may_stand_right_after_a_year(text: str) -> None:
    times = find_times(LEXICON.read(text).words, LEXICON.times, date(2026, 11, 23))
    assert [str(span.when.interval.start) for span in times] == ["2008-01-01"]
