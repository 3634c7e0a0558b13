"""make fuzz: feeds every target, prints the table, and puts it into docs/reliability.md.

What is guided by atheris keeps inputs that reach new code (`.fuzz/corpus`, for the next run too); where there is no
atheris, Hypothesis changes real inputs. An input that raises is kept in `.fuzz/` and named, and ends its target's run.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bot.settings import ROOT
from tests.bench.pages import markdown, rewrite
from tests.fuzz.blind import feed
from tests.fuzz.targets import TARGETS, Target

DOCUMENT = ROOT / "docs" / "reliability.md"
FOLDER = ROOT / ".fuzz"
HEAD = ("what is fed", "inputs", "guided by coverage", "unhandled")


@dataclass(frozen=True)
class Outcome:
    """How many inputs a target had, whether coverage guided them, and how many raised."""

    target: Target
    inputs: int
    guided: bool
    unhandled: int


def fuzz(target: Target, inputs: int) -> Outcome:
    """Feed one target so many inputs, or up to the first that raises."""
    if importlib.util.find_spec("atheris") is None:
        found = feed(target, inputs, FOLDER)
        return Outcome(target, found.inputs, guided=False, unhandled=found.unhandled)
    command = [sys.executable, "-m", "tests.fuzz.guided", target.name, str(inputs), str(FOLDER)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    counted = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    if done.returncode or counted is None:
        print(done.stdout[-6000:])
    return Outcome(target, int(counted[1]) if counted else 0, guided=True, unhandled=int(done.returncode != 0))


def table(found: Sequence[Outcome]) -> str:
    """All targets and their sum, as Markdown."""
    lines = [(one.target.fed, f"{one.inputs:,}", "yes" if one.guided else "no", one.unhandled) for one in found]
    inputs, unhandled = sum(one.inputs for one in found), sum(one.unhandled for one in found)
    return markdown(HEAD, [*lines, ("**in all**", f"**{inputs:,}**", "", f"**{unhandled}**")])


def main() -> int:
    """Exit with 1 when an input raised."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"only these of {', '.join(TARGETS)}; not written")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all, the cheap targets getting the most")
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    found = []
    for target in TARGETS.values():
        if not given.targets or target.name in given.targets:
            found.append(fuzz(target, given.inputs * target.share // 1000))
            print(target.name, *astuple(found[-1])[1:], flush=True)
    if not given.targets:
        rewrite(DOCUMENT, "fuzz", table(found))
    return int(any(one.unhandled for one in found))


if __name__ == "__main__":
    sys.exit(main())
