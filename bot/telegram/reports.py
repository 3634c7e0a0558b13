"""What an admin reads after a reload: HTML that fits one message, the first lines in sight, the rest folded up."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence

from bot.telegram.live import Refused, Reloaded
from bot.telegram.pages import PAGE_UNITS, units
from bot.telegram.words import Words

PHRASES = {
    "and_more": ("count",),
    "changes": ("count", "kinds"),
    "failing_examples": (),
    "not_reloaded": ("count",),
    "nothing_changed": (),
    "reloaded": ("seconds", "version", "passed", "ran"),
}

FIRST_LINES = 5
LINE_UNITS = 200
SPARE_UNITS = 60
"""For the line that says how many are left out."""


def report(outcome: Reloaded | Refused, words: Words) -> str:
    """What came of a reload."""
    if isinstance(outcome, Refused):
        head = words.html("not_reloaded", count=len(outcome.problems))
        return "\n".join([head, "", *_section(outcome.problems, "", PAGE_UNITS - units(head), words)])
    head = words.html(
        "reloaded",
        seconds=f"{outcome.seconds:.1f}",
        version=outcome.version,
        passed=outcome.passed,
        ran=outcome.passed + len(outcome.failures),
    )
    room = PAGE_UNITS - units(head)
    if outcome.failures:
        room //= 2
    room -= 2 * LINE_UNITS
    lines = [head, "", *_counts(outcome.changes, words), *_section(outcome.changes, "• ", room, words)]
    if not outcome.changes:
        lines.append(words.html("nothing_changed"))
    if outcome.failures:
        lines += ["", words.html("failing_examples"), *_section(outcome.failures, "", room, words)]
    return "\n".join(lines)


def _counts(changes: Sequence[str], words: Words) -> list[str]:
    """How many changes there are of each kind, when they are not all in sight."""
    if len(changes) <= FIRST_LINES:
        return []
    kinds = Counter(change.partition(":")[0][:LINE_UNITS] for change in changes)
    shown = ", ".join(f"{kind}: {count}" for kind, count in kinds.most_common(6))
    return [words.html("changes", count=len(changes), kinds=_cut(shown, 2 * LINE_UNITS)), ""]


def _section(items: Sequence[str], bullet: str, room: int, words: Words) -> list[str]:
    """The items, the first in sight and the others folded up, as many as there is room for."""
    shown: list[str] = []
    used = SPARE_UNITS
    for item in items:
        line = bullet + html.escape(_cut(item, LINE_UNITS), quote=False)
        used += units(html.unescape(line)) + 1
        if used > room:
            break
        shown.append(line)
    left = len(items) - len(shown)
    folded = shown[FIRST_LINES:] + ([words.html("and_more", count=left)] if left else [])
    if not folded:
        return shown
    return [*shown[:FIRST_LINES], f"<blockquote expandable>{chr(10).join(folded)}</blockquote>"]


def _cut(line: str, most: int) -> str:
    """A line, cut when it is longer than `most` units."""
    return line if units(line) <= most else line[: most // 2 - 1] + "…"
