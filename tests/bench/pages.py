"""Tables of measurements, and their places in the documentation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"


def markdown(head: Sequence[object], lines: Sequence[Sequence[object]]) -> str:
    """A Markdown table, its first column of words and the others of numbers."""
    rule = ("---", *("--:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in (head, rule, *lines))


def rewrite(path: Path, name: str, text: str) -> None:
    """Put a text between the markers of a name in a file. Raises ValueError when they are not there once."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
    whole, count = marked.subn(lambda found: found[1] + text + found[2], path.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{path} has the markers of {name!r} {count} times, not once")
    path.write_text(whole, encoding="utf-8")
