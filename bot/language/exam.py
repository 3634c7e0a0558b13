"""Questions as they stand in an exam paper: a question with options A to D, numbered statements to judge, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LABEL = re.compile(
    r"(?:(?<=[\s。?!)\u3400-\u9fff])|^)\(?(?:([A-Ea-eА-Да-д])[).、:]|([A-E])(?=\s[\u3400-\u9fff])|([1-9])[).、:](?!\d))\s*"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CIRCLED = {ord("①") + n: f" {n + 1}) " for n in range(9)}
_WORD = re.compile(r"[\u3400-\u9fff]{1,2}|[^\s\u3400-\u9fff]+")
_LETTERS = ("ABCDE", "АБВГД")
_LOOKALIKES = str.maketrans("ABE", "АВЕ")  # Latin letters that stand where Cyrillic ones are meant
LEAST = 2
"""Options or statements of a paper."""

SHORT_ITEM = 4

_VERDICT_LEFT_OUT = re.compile(r"(?<=[。.])\s*[(（]\s*[)）]\s*$")


@dataclass(frozen=True, slots=True)
class Paper:
    """An exam question: what is asked, its options (letter, text) and its numbered statements."""

    question: str
    options: tuple[tuple[str, str], ...] = ()
    statements: tuple[str, ...] = ()


def read_paper(message: str) -> Paper | None:
    """The exam question that a message is, or None when it is none.

    Options are lettered from A, in Latin or Cyrillic, on lines of their own or not; items are numbered from 1. Numbered
    items that end the message and are no sentences are options too.
    """
    text = message.translate(_FULL_WIDTH)
    if len(_LABEL.findall(text.translate(_CIRCLED))) < LEAST:
        return None
    head, options = next((found for found in (_labelled(text, labels) for labels in _LETTERS) if found[1]), (text, ()))
    before, items = _labelled(head.translate(_CIRCLED), "123456789")
    after = ""
    if items:
        last, _, after = items[-1][1].partition("\n")
        items = (*items[:-1], (items[-1][0], last.strip()))
    if items and not options and not after.strip() and all(length(text) <= SHORT_ITEM for _, text in items):
        return Paper(before.strip(), items)
    if not options and not items:
        return None
    if not items:
        return Paper(head.strip(), options)
    return Paper(" ".join(f"{before} {after}".split()), options, tuple(text for _, text in items))


def read_claim(message: str, marks: Sequence[str]) -> str:
    """The sentence that a message wants judged true or false; empty when it wants something else.

    A mark ("true or false") stands before or after it; Chinese papers leave brackets behind it for the verdict.
    """
    text = re.sub(r"\s*/\s*", "/", message.strip())
    claim = _VERDICT_LEFT_OUT.sub("", text)
    marked = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    claim = re.sub(rf"(?i)^\W*(?:{marked})(?:\W+|(?=[\u3400-\u9fff]))|\W+(?:{marked})\W*$", "", claim)
    return claim.strip() if claim != text else ""


def _labelled(text: str, labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text before the first label, and what follows each label as long as they come in order; two at least."""
    marks: list[re.Match[str]] = []
    for mark in _LABEL.finditer(text):
        if len(marks) < len(labels) and labels[len(marks)] in (_name(mark), _name(mark).translate(_LOOKALIKES)):
            marks.append(mark)
    if len(marks) < LEAST:
        return text, ()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = tuple((_name(mark), text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True))
    return text[: marks[0].start()], found


def _name(mark: re.Match[str]) -> str:
    return str(mark[mark.lastindex or 0]).upper()


def length(text: str) -> int:
    """How many words a text has; of what is written without spaces two characters count as one."""
    return len(_WORD.findall(text))


def which_hold(verdicts: Sequence[bool], phrases: Mapping[str, str]) -> str:
    """The statements that hold, as an exam says it: "1 only", "1 and 3 only", "1, 2 and 3", "None"."""
    held = [str(n) for n, holds in enumerate(verdicts, 1) if holds]
    if not held:
        return phrases["statements_none"]
    text = phrases["statements_and"].format(", ".join(held[:-1]), held[-1]) if len(held) > 1 else held[0]
    return text if len(held) == len(verdicts) > 1 else phrases["statements_only"].format(text)


def same_choice(option: str, verdicts: Sequence[bool]) -> bool:
    """Whether an option such as "Both 1 and 2" names just the statements that hold."""
    words = option.translate(_CIRCLED).casefold()
    if how_many := re.fullmatch(r"\s*(\d)\s*[项个条种句]\s*", words):
        return sum(verdicts) == int(how_many[1])
    named = {int(digit) for digit in re.findall(r"\b[1-9]\b", words)}
    held = {n for n, holds in enumerate(verdicts, 1) if holds}
    if "neither" in words or "none" in words:
        return not held
    counted = next((n for n, word in enumerate(("one", "two", "three", "four"), 1) if word in words.split()), 0)
    if counted and not named and "all" not in words:
        return len(held) == counted
    if re.search(r"\ball\b", words):
        return len(held) == len(verdicts)
    return named == held


def fits(option: str, verdicts: Sequence[bool | None], turned: bool) -> bool:
    """Whether an option may name the statements that hold (or, turned round, the others): it names all that surely do
    and none that surely does not."""
    named = {int(digit) for digit in re.findall(r"\b[1-9]\b", option.translate(_CIRCLED))}
    sure = [(n in named) == (holds != turned) for n, holds in enumerate(verdicts, 1) if holds is not None]
    return bool(named) and bool(sure) and all(sure)


def odd_one(verdicts: Sequence[bool | None], turned: bool) -> int | None:
    """The place of the one statement that is known to hold, or, turned round, not to."""
    wanted = [n for n, holds in enumerate(verdicts) if holds is not None and holds != turned]
    return wanted[0] if len(wanted) == 1 else None
