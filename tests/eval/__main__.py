"""Put the question suite to the bot and print, by category, how many replies were right, wrong and silent.

python -m tests.eval [--misses] [--accept] [CATEGORY ...]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bot.pack import PackError
from tests import shipped
from tests.eval import baseline, suite
from tests.eval.suite import ROOT, VERDICTS, Scored

PLOT = ROOT / "docs" / "images" / "thresholds.svg"


def table(counts: Mapping[str, Counter[str]]) -> Table:
    """The counts as a person reads them, with a line for all."""
    drawn = Table("category", "messages", *VERDICTS, show_edge=False, show_footer=True)
    total = sum(counts.values(), Counter[str]())
    for column in drawn.columns[1:]:
        column.justify = "right"
    for name, tally in counts.items():
        drawn.add_row(name, *_row(tally))
    for column, cell in zip(drawn.columns, ("all", *_row(total)), strict=True):
        column.footer = cell
    return drawn


def _row(tally: Counter[str]) -> list[str]:
    asked = tally.total()
    return [str(asked), *(f"{tally[verdict]}  {tally[verdict] / asked:6.1%}" for verdict in VERDICTS)]


def print_misses(scored: Sequence[Scored], console: Console) -> None:
    """Each message whose reply was not right: where it stands, what was asked, what was said, and what was wrong."""
    for one in scored:
        if one.verdict != "right":
            said = " / ".join(suite.body(one.reply).split("\n"))
            console.print(f"\n{one.where} {one.verdict}: {one.message.ask!r}", markup=False)
            console.print(f"    {one.why}", markup=False)
            console.print(f"    [{one.reply.kind}, {one.reply.intent}] {said[:300]}", markup=False)


def main() -> int:
    """Measure and print. 1 when the pack or the suite cannot be read."""
    parser = argparse.ArgumentParser(description="How many of the suite's questions are answered rightly.")
    parser.add_argument("categories", nargs="*", metavar="CATEGORY", help="only these files of tests/questions")
    parser.add_argument("--misses", action="store_true", help="show each reply that was not right")
    parser.add_argument("--accept", action="store_true", help="make these counts the ones that must not get worse")
    parser.add_argument("--plot", action="store_true", help=f"draw the thresholds' effect to {PLOT.relative_to(ROOT)}")
    given = parser.parse_args()
    try:
        pack, questions = shipped.pack(), suite.load()
    except PackError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 1
    if given.categories:
        questions = [question for question in questions if question.category in given.categories]
    began = time.perf_counter()
    scored = suite.put(questions, pack)
    took = time.perf_counter() - began
    console = Console(highlight=False, soft_wrap=True)
    if given.misses:
        print_misses(scored, console)
        console.print()
    console.print(table(suite.tally(scored)))
    console.print(f"\n{len(scored)} messages in {took:.1f} s, asked on {suite.TODAY}")
    if given.accept:
        baseline.write(suite.tally(scored))
    if given.plot:
        from tests.eval import plot  # slow to import, and only needed here

        plot.draw(questions, pack, PLOT)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
