"""make chaos: meets every fault, prints the table, and puts it into docs/reliability.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import astuple
from itertools import groupby
from pathlib import Path

from bot.settings import ROOT
from tests.bench.pages import markdown, rewrite
from tests.chaos.rows import ROWS, Outcome, Row, meet
from tests.chaos.scene import scene
from tests.databases import postgresql

DOCUMENT = ROOT / "docs" / "reliability.md"
HEAD = (
    "fault",
    "runs as",
    "replicas",
    "under way",
    "updates",
    "answered once",
    "told too",
    "told instead",
    "answered twice",
    "told twice",
    "lost",
    "out of order",
)


async def chaos(rows: list[Row], people: int, rounds: int, seconds: float, server: str) -> list[Outcome]:
    """Meet the faults, those of one setting by the same bots."""
    found = []
    for setting, some in groupby(rows, key=lambda row: row.setting):
        with tempfile.TemporaryDirectory() as folder:
            async with scene(setting, Path(folder), server) as made:
                for row in some:
                    began = time.monotonic()
                    found.append(await meet(row, made, people, rounds, seconds))
                    print(*cells(found[-1]), f"{time.monotonic() - began:.0f} s", flush=True)
    return found


def cells(outcome: Outcome) -> tuple[object, ...]:
    """A line of the table."""
    row, count = outcome.row, outcome.count
    return (row.name, row.setting, row.setting.replicas, outcome.under_way, *astuple(count))


def table(found: list[Outcome]) -> str:
    """All lines and their sum, as Markdown."""
    lines = [cells(outcome) for outcome in found]
    sums = (sum(int(str(number)) for number in column) for column in list(zip(*lines, strict=True))[3:])
    return markdown(HEAD, [*lines, ("**in all**", "", "", *(f"**{number}**" for number in sums))])


def main() -> int:
    """Exit with 1 when a row misses what is promised."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only rows whose name holds one of these; not written")
    parser.add_argument("--people", type=int, default=75)
    parser.add_argument("--rounds", type=int, default=5, help="questions of each")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long they write")
    given = parser.parse_args()
    rows = [row for row in ROWS if not given.rows or any(part in row.name for part in given.rows)]
    with postgresql() as address:
        found = asyncio.run(chaos(rows, given.people, given.rounds, given.seconds, address))
    if not given.rows:
        rewrite(DOCUMENT, "chaos", table(found))
    return 0 if all(outcome.count.held for outcome in found) else 1


if __name__ == "__main__":
    sys.exit(main())
