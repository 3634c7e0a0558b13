"""Questions as they stand in an exam paper: a question with options A to D, numbered statements to judge, or both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPTION = re.compile(
    r"(?:^|\n|\s{2,}|(?<=[?:.\-—]) )\(?([A-Ea-e])[).]\s*([^\n]+?)"
    r"(?=\s*\n|\s*$|\s{2,}\(?[A-Ea-e][).]|\s\(?[B-Eb-e][).]\s)"
)
_STATEMENT = re.compile(r"(?:^|\n)\s*\(?(\d)[).]\s*([^\n]+)")


@dataclass(frozen=True, slots=True)
class Paper:
    """An exam question: what is asked, its options (letter, text) and its numbered statements."""

    question: str
    options: tuple[tuple[str, str], ...] = ()
    statements: tuple[str, ...] = ()


def read_paper(message: str) -> Paper | None:
    """The exam question that a message is, or None when it is none."""
    options = tuple((letter.upper(), text.strip()) for letter, text in _OPTION.findall(message))
    if [letter for letter, _ in options] != [chr(ord("A") + n) for n in range(len(options))] or len(options) < 2:
        options = ()
    head = message
    if options:
        first = next(match for match in _OPTION.finditer(message) if match[1].upper() == "A")
        head = message[: first.start()]
    statements = tuple(text.strip() for _, text in _STATEMENT.findall(head))
    if len(statements) < 2:
        statements = ()
    if not options and not statements:
        return None
    return Paper(_STATEMENT.sub(" ", head).strip() if statements else head.strip(), options, statements)


def which_hold(verdicts: Sequence[bool]) -> str:
    """The statements that hold, as an exam says it: "1 only", "1 and 3 only", "1, 2 and 3", "None"."""
    held = [str(n) for n, holds in enumerate(verdicts, 1) if holds]
    if not held:
        return "None"
    if len(held) == 1:
        return f"{held[0]} only"
    text = f"{', '.join(held[:-1])} and {held[-1]}"
    return text if len(held) == len(verdicts) else f"{text} only"


def same_choice(option: str, verdicts: Sequence[bool]) -> bool:
    """Whether an option such as "Both 1 and 2" names just the statements that hold."""
    words = option.casefold()
    named = {int(digit) for digit in re.findall(r"\b[1-9]\b", option)}
    held = {n for n, holds in enumerate(verdicts, 1) if holds}
    if "neither" in words or "none" in words:
        return not held
    if re.search(r"\ball\b", words):
        return len(held) == len(verdicts)
    return named == held
