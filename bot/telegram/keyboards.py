"""Buttons. What they carry explains itself in 64 bytes, so that a button works whatever became of the process.

`a:QUESTION` asks it; `c:2:9f86d081` asks the third choice of the answer that the button stands under, for a question
too long to be carried, with a digest of it so that it is never another question; `p:2` turns to the third page, `h:2`
to that of the answer with what it rests on; `v:1` and `v:0` say whether it was of use; `-` does nothing. A choice that
is no question but a picture's name is carried as it is (see `pictures`). Those that begin with `b:` are those of
`browse`.
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

MOST_PAGES = 10_000
"""No answer has as many; what a button says is not trusted."""

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
        return next((ask for ask in asks if digest(ask) == self.digest), None)


@dataclass(frozen=True, slots=True)
class Turn:
    """The button turns to this page, counted from 0: of the answer, or (`why`) of it with what it rests on."""

    page: int
    why: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """The button says whether the answer was of use: 1 or 0."""

    value: int


FIRST_PAGE = Turn(0)

Press = Ask | Stored | Turn | Vote | None


def keyboard(
    choices: Sequence[tuple[str, str]],
    turn: Turn = FIRST_PAGE,
    pages: int = 1,
    small: Sequence[InlineKeyboardButton] = (),
) -> InlineKeyboardMarkup | None:
    """The buttons under an answer: its choices, pairs of label and question; its pages; a row of `small` ones."""
    asks = [InlineKeyboardButton(short(label), callback_data=_data(n, ask)) for n, (label, ask) in enumerate(choices)]
    rows = rows_of(asks)
    if pages > 1:
        rows.append(turning("h:{}" if turn.why else "p:{}", turn.page, pages))
    if small:
        rows.append(list(small))
    return InlineKeyboardMarkup(rows) if rows else None


def judging(pages: int, turn: Turn) -> list[InlineKeyboardButton]:
    """The small buttons under an answer of so many pages: what it rests on, or back from there; and the votes."""
    asked = ("↩️", "p:0") if turn.why else ("❓", f"h:{pages - 1}")
    pairs = (asked, ("👍", "v:1"), ("👎", "v:0"))
    return [InlineKeyboardButton(label, callback_data=data) for label, data in pairs]


def rows_of(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows, those with short labels by two."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        narrow = len(button.text) <= ROW_CHARACTERS
        if narrow and rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= ROW_CHARACTERS:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def turning(data: str, page: int, pages: int) -> list[InlineKeyboardButton]:
    """A row that turns pages; `data` has braces where the page goes."""
    row = [InlineKeyboardButton(f"{page + 1} / {pages}", callback_data="-")]
    if page > 0:
        row.insert(0, InlineKeyboardButton("‹", callback_data=data.format(page - 1)))
    if page < pages - 1:
        row.append(InlineKeyboardButton("›", callback_data=data.format(page + 1)))
    return row


def read(data: str) -> Press:
    """What a button that was pressed means; None when nothing is to be done, or nothing known."""
    kind, _, rest = data.partition(":")
    if kind == "a" and rest:
        return Ask(rest)
    if kind in ("p", "h") and (page := number(rest)) is not None:
        return Turn(page, kind == "h")
    if kind == "v" and rest in ("0", "1"):
        return Vote(int(rest))
    index, _, mark = rest.partition(":")
    if kind == "c" and (place := number(index)) is not None:
        return Stored(place, mark)
    return None


def number(text: str) -> int | None:
    """A page or an index that a button carries; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) < MOST_PAGES else None


def digest(text: str) -> str:
    """Eight characters that tell a text from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def ask_button(label: str, ask: str) -> InlineKeyboardButton | None:
    """A button that carries its question; None for one too long to be carried."""
    data = f"a:{ask}"
    return InlineKeyboardButton(short(label), callback_data=data) if len(data.encode()) <= DATA_BYTES else None


def _data(index: int, ask: str) -> str:
    data = ask if _PICTURE.fullmatch(ask) else f"a:{ask}"
    return data if len(data.encode()) <= DATA_BYTES else f"c:{index}:{digest(ask)}"


def short(label: str) -> str:
    """A label as a button shows it."""
    return label if len(label) <= LABEL_CHARACTERS else label[: LABEL_CHARACTERS - 1].rstrip() + "…"
