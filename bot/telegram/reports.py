"""What an admin reads after a reload: HTML that fits one message, the first lines in sight, the rest folded up."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence

from bot.telegram.live import Refused, Reloaded
from bot.telegram.pages import PAGE_UNITS, units

FIRST_LINES = 5
LINE_UNITS = 200
SPARE_UNITS = 60
"""For the line that says how many are left out."""


def report(outcome: Reloaded | Refused) -> str:
    """What came of a reload."""
    if isinstance(outcome, Refused):
        count = len(outcome.problems)
        head = f"<b>Not reloaded</b>: {count} problem{'' if count == 1 else 's'}. The old facts go on answering."
        return "\n".join([head, "", *_section(outcome.problems, "", PAGE_UNITS - units(head))])
    ran = outcome.passed + len(outcome.failures)
    head = (
        f"<b>Reloaded</b> in {outcome.seconds:.1f} s, version {html.escape(outcome.version)}. "
        f"Examples: {outcome.passed} of {ran} passed."
    )
    room = PAGE_UNITS - units(head)
    if outcome.failures:
        room //= 2
    lines = [head, "", *_counts(outcome.changes), *_section(outcome.changes, "• ", room - 2 * LINE_UNITS)]
    if not outcome.changes:
        lines.append("Nothing has changed.")
    if outcome.failures:
        lines += ["", "<b>Examples that fail</b>", *_section(outcome.failures, "", room - 2 * LINE_UNITS)]
    return "\n".join(lines)


def _counts(changes: Sequence[str]) -> list[str]:
    """How many changes there are of each kind, when they are not all in sight."""
    if len(changes) <= FIRST_LINES:
        return []
    kinds = Counter(change.partition(":")[0][:LINE_UNITS] for change in changes)
    shown = ", ".join(f"{kind}: {count}" for kind, count in kinds.most_common(6))
    return [_escaped(f"{len(changes)} changes ({shown})", 2 * LINE_UNITS), ""]


def _section(items: Sequence[str], bullet: str, room: int) -> list[str]:
    """The items, the first in sight and the others folded up, as many as there is room for."""
    shown: list[str] = []
    used = SPARE_UNITS
    for item in items:
        line = bullet + _escaped(item)
        used += units(html.unescape(line)) + 1
        if used > room:
            break
        shown.append(line)
    left = len(items) - len(shown)
    folded = shown[FIRST_LINES:] + ([f"… and {left} more"] if left else [])
    if not folded:
        return shown
    return [*shown[:FIRST_LINES], f"<blockquote expandable>{chr(10).join(folded)}</blockquote>"]


def _escaped(line: str, most: int = LINE_UNITS) -> str:
    """A line as HTML, cut when it is longer than `most` units."""
    short = line if units(line) <= most else line[: most // 2 - 1] + "…"
    return html.escape(short, quote=False)
