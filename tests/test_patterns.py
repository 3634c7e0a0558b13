"""No regular expression of the bot's takes ever longer on a text that was made for it to.

Every pattern is found in the code and put to texts of its own characters, ever longer ones. What is judged is how the
processor time grows with the length, not how much it is: by its square at most. Backtracking that is catastrophic grows
by higher powers, or doubles with each character.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from bot.settings import ROOT

LONGEST = 2048
"""By then what grows too fast has been seen to."""

NOTICEABLE = 0.002
"""Seconds below which growth cannot be told from chance."""

SQUARE = 2.6
"""The power of the length by which time may grow: 2, and what chance adds."""

FUNCTIONS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}

MADE: Mapping[str, Mapping[str, object]] = {
    "bot/turn.py": {"ordered": ["draw me a chart", "chart", "picture"]},
    "bot/papers.py": {"word": "true"},
    "bot/engine.py": {"joints": "and|or", "asking": "who|what|when"},
    "bot/language/exam.py": {"marked": "true or false|判断题|对/错"},
    "bot/language/speech.py": {"told": "|th|s|nd"},
    "bot/language/chinese.py": {"one": "(?:上海|中国)"},
}
"""What patterns are made of that are made while the bot runs: names as the code there has them."""


@dataclass(frozen=True)
class Found:
    """A pattern, and where in the code it stands."""

    where: str
    pattern: re.Pattern[Any]
    whole: bool = False
    """Whether it is only ever put to whole texts."""


def patterns() -> Iterator[Found]:
    """Every pattern in the code."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_of_re(node.func):
                module = importlib.import_module(".".join(name.with_suffix("").parts))
                known = {**vars(module), **MADE.get(str(name), {})}
                given = node.args[:2] if node.func.attr == "compile" else node.args[:1]
                text, *flags = (_value(arg, known) for arg in given)
                yield Found(f"{name}:{node.lineno}", re.compile(text, *flags), node.func.attr == "fullmatch")


def _is_of_re(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id == "re" and function.attr in FUNCTIONS


def _value(node: ast.expr, known: Mapping[str, object]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(known))


def characters(parsed: Any) -> Iterator[str]:
    """Characters that a pattern speaks of."""
    for item in parsed:
        if isinstance(item, tuple) and len(item) == 2 and str(item[0]) in ("LITERAL", "NOT_LITERAL"):
            yield chr(item[1])
        elif isinstance(item, tuple) and len(item) == 2 and str(item[0]) == "RANGE":
            yield chr(item[1][0])
        elif isinstance(item, list | tuple | _parser.SubPattern):
            yield from characters(item)


def hostile(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginnings, what is repeated behind them, and ends that do not fit."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    own = list(dict.fromkeys(characters(_parser.parse(text, pattern.flags & ~re.UNICODE))))[:6]
    letters = list(dict.fromkeys([*own, "a", "1", " ", "上"]))
    repeated = {*letters, *("".join(pair) for pair in product(letters, repeat=2))}
    yield from ((first, again, end) for again in sorted(repeated) for first in ("", letters[0]) for end in ("\0", ""))


def seconds(do: Callable[[Any], object], text: Any) -> float:
    """Processor time, the least of three."""
    found = []
    for _ in range(3):
        began = time.thread_time()
        do(text)
        found.append(time.thread_time() - began)
        if found[-1] < NOTICEABLE:
            break
    return min(found)


def grows(pattern: re.Pattern[Any], whole: bool = False) -> str:
    """The text on which a pattern's time grows by more than the square of the length; empty when there is none."""
    ways = (pattern.fullmatch,) if whole else (pattern.search, pattern.fullmatch)
    for (first, again, end), do in product(hostile(pattern), ways):
        before = 0.0
        length = 12.0
        while length <= LONGEST:
            text = first + again * (int(length) // len(again)) + end
            took = seconds(do, text.encode() if isinstance(pattern.pattern, bytes) else text)
            step = 1.25 if length < 100 else 2.0
            if took > NOTICEABLE and before and took / before > step**SQUARE and took > 4 * NOTICEABLE:
                return f"{first!r} + {again!r} * {int(length)} + {end!r}: {before:.6f} s, then {took:.6f} s"
            before = took
            length *= step
    return ""


FOUND = list(patterns())


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.where)
def test_no_pattern_backtracks_without_end(found: Found) -> None:
    assert not grows(found.pattern, found.whole), found.pattern.pattern


@pytest.mark.parametrize("catastrophic", [r"(a+)+b", r"(a|a)*b", r"(\w+\s?)*$", r"(.*a){12}b", r"a*a*a*a*b"])
def test_a_pattern_that_does_is_found(catastrophic: str) -> None:
    assert grows(re.compile(catastrophic))


def test_all_patterns_were_found() -> None:
    """Nobody calls the functions of `re` by another name, which would not be seen here."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        assert not re.search(r"from re import|import re as|import regex", Path(path).read_text("utf-8")), path
    assert len(FOUND) > 60
