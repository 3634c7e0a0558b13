"""Buttons. What they carry explains itself in 64 bytes, so that a button works whatever became of the process.

`a:QUESTION` asks it; `c:2:9f86d081` asks the third choice of the answer that the button stands under, for a question
too long to be carried, with a digest of it so that it is never another question; `p:2` turns to the third page;
`-` does nothing. A choice that is no question but a picture's name is carried as it is (see `pictures`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

DATA_BYTES = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)
LABEL_CHARACTERS = 60
ROW_CHARACTERS = 24
"""Labels that are shorter share a row by two."""

_PICTURE = re.compile(r"g:[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Ask:
    """The button asks this."""

    question: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The button asks what is kept with the answer."""

    index: int
    digest: str

    def question(self, choices: Sequence[tuple[str, str]]) -> str | None:
        """The question, if it is among the choices of the answer."""
        asks = [ask for _, ask in choices[self.index : self.index + 1]]
        return next((ask for ask in asks if _digest(ask) == self.digest), None)


@dataclass(frozen=True, slots=True)
class Turn:
    """The button turns to this page, counted from 0."""

    page: int


Press = Ask | Stored | Turn | None


def keyboard(choices: Sequence[tuple[str, str]], page: int = 0, pages: int = 1) -> InlineKeyboardMarkup | None:
    """The buttons under an answer: its choices, pairs of label and question, and its pages."""
    rows: list[list[InlineKeyboardButton]] = []
    for index, (label, ask) in enumerate(choices):
        button = InlineKeyboardButton(_short(label), callback_data=_data(index, ask))
        narrow = len(label) <= ROW_CHARACTERS
        if narrow and rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= ROW_CHARACTERS:
            rows[-1].append(button)
        else:
            rows.append([button])
    if pages > 1:
        row = [InlineKeyboardButton(f"{page + 1} / {pages}", callback_data="-")]
        if page > 0:
            row.insert(0, InlineKeyboardButton("‹", callback_data=f"p:{page - 1}"))
        if page < pages - 1:
            row.append(InlineKeyboardButton("›", callback_data=f"p:{page + 1}"))
        rows.append(row)
    return InlineKeyboardMarkup(rows) if rows else None


def read(data: str) -> Press:
    """What a button that was pressed means; None when nothing is to be done, or nothing known."""
    kind, _, rest = data.partition(":")
    if kind == "a" and rest:
        return Ask(rest)
    if kind == "p" and rest.isascii() and rest.isdigit():
        return Turn(int(rest))
    index, _, digest = rest.partition(":")
    if kind == "c" and index.isascii() and index.isdigit():
        return Stored(int(index), digest)
    return None


def _data(index: int, ask: str) -> str:
    data = ask if _PICTURE.fullmatch(ask) else f"a:{ask}"
    return data if len(data.encode()) <= DATA_BYTES else f"c:{index}:{_digest(ask)}"


def _digest(ask: str) -> str:
    return hashlib.sha256(ask.encode()).hexdigest()[:8]


def _short(label: str) -> str:
    return label if len(label) <= LABEL_CHARACTERS else label[: LABEL_CHARACTERS - 1].rstrip() + "…"
