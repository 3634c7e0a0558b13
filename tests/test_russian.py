"""Russian words in the forms that a sentence wants."""

from __future__ import annotations

import pytest

from bot.language.russian import inflected


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
