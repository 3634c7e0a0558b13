"""How long one answer takes in this process, how soon a new process is ready, and how much memory it needs.

The questions are the examples of the pack. Beside each time stands its ratio to a calibration loop, a fixed piece of
plain Python, so that figures of two machines can be compared.

    python -m tests.bench.answer [--json] [--strict] [--write] [--knowledge DIR] [--intents DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import compiled
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import Pack, PackError, load_pack
from bot.settings import Settings
from tests.bench import end_to_end, pages

ROOT = Path(__file__).resolve().parent.parent.parent
TODAY = date(2026, 11, 23)
"""The day on which all questions are asked: a figure must not depend on when it is taken."""

LEAST_ANSWERS = 3000
"""Enough for a 99th percentile that thirty answers lie beyond."""

STARTS = 5
PAIRS = 9
SLOWEST = 5

READY = """
import resource, sys
from datetime import date
from functools import partial
from pathlib import Path
from bot.dialogue import Context
from bot.engine import Engine
from bot import compiled
from bot.settings import Settings
engine = Engine(compiled.load(Path(sys.argv[1]), Path(sys.argv[2]), folder=Settings.load().bot_cache))
engine.answer(sys.argv[3], Context(), today=date.fromisoformat(sys.argv[4]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""
"""A process that is ready when it has given its first answer; it prints its peak memory, in the system's unit."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `value` is in seconds or bytes; `aim`, in the same unit, is what it should not exceed."""

    name: str
    value: float
    unit: str
    aim: float | None = None

    def shown(self, value: float) -> str:
        """A value as a person reads it."""
        if self.unit == "bytes":
            return f"{value / 2**20:.0f} MiB"
        return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value:.2f} s"


def calibration_seconds() -> float:
    """Seconds that a fixed piece of work takes, of the kind that an answer is made of: the best of many."""

    def work() -> int:
        words: dict[str, int] = {}
        for number in range(2000):
            word = str(number * 7919 % 1009)
            words[word] = words.get(word, 0) + len(word)
        return sum(sorted(words.values()))

    return min(seconds(work) for _ in range(50))


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes once, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ask_all(pack: Pack, questions: list[str]) -> list[tuple[float, str]]:
    """Each question put once to a new engine on its own, as (seconds, question)."""
    engine = Engine(pack)

    def ask(question: str) -> float:
        return seconds(lambda: engine.answer(question, Context(), today=TODAY))

    return [(ask(question), question) for question in questions]


def starts(knowledge: Path, intents: Path, question: str) -> tuple[float, float]:
    """The median seconds from the start of a process to its first answer, and the peak of its memory in bytes."""
    command = [sys.executable, "-c", READY, str(knowledge), str(intents), question, TODAY.isoformat()]
    times, peaks = [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
        times.append(time.perf_counter() - began)
        peaks.append(int(done.stdout) * (1 if sys.platform == "darwin" else 1024))
    return statistics.median(times), max(peaks)


def _kept(knowledge: Path, intents: Path) -> Pack:
    """The pack as a bot has it: kept from an earlier start."""
    return compiled.load(knowledge, intents, folder=Settings.load().bot_cache)


def process_ratio(question: str) -> tuple[float, float, list[float]]:
    """The median seconds of `sco-bot ask` as a process, those of importing the framework alone, and the ratios, sorted.

    In pairs, one after the other, so that what else the machine does falls on both.
    """
    ask = [sys.executable, "-m", "bot", "ask", question]
    framework = [sys.executable, "-c", "import telegram"]

    def took(command: list[str]) -> float:
        return seconds(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=300))

    took(ask)
    pairs = [(took(ask), took(framework)) for _ in range(PAIRS)]
    ours, theirs = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(theirs), sorted(one / other for one, other in pairs)


def by_language(pack: Pack) -> list[tuple[str, int, float, float]]:
    """For each language: how many questions, and the median and 99th percentile of first answers."""
    engine = Engine(pack)
    found = []
    for code in pack.languages:
        asks = list(dict.fromkeys(example.ask for example in pack.examples if example.lang == code))
        if asks:
            engine.answer(asks[0], Context(), today=TODAY, lang=code)
            took = [seconds(partial(engine.answer, ask, Context(), today=TODAY, lang=code)) for ask in asks]
            found.append((code, len(took), statistics.median(took), percentile(took, 0.99)))
    return found


def ratios(pack: Pack) -> str:
    """The table of the documentation: figures that hold on other machines too."""
    ours, theirs, pairs = process_ratio("when did Iran join?")
    rows: list[tuple[object, ...]] = [
        ("`sco-bot ask` : `python -c 'import telegram'`, ms", f"{ours * 1000:.0f}", f"{theirs * 1000:.0f}",
         f"{pairs[0]:.2f} / {statistics.median(pairs):.2f} / {pairs[-1]:.2f}"),
    ]  # fmt: skip
    answers = [
        (code, many, f"{middle * 1000:.2f}", f"{slow * 1000:.2f}") for code, many, middle, slow in by_language(pack)
    ]
    return "\n\n".join(
        (
            pages.markdown(("", "ours", "theirs", "ratio: least / median / most"), rows),
            *end_to_end.tables(*asyncio.run(end_to_end.measure())),
            pages.markdown(("an answer, first time asked", "questions", "median ms", "99 % ms"), answers),
        )
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which that share (0..1) of all lies, by nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def measure(knowledge: Path, intents: Path) -> tuple[list[Measure], list[tuple[float, str]], float, int]:
    """The figures, the slowest questions, the seconds of the calibration loop, and how many questions there are."""
    loaded = seconds(lambda: load_pack(knowledge, intents))
    pack = _kept(knowledge, intents)
    ready, peak = starts(knowledge, intents, "hello")
    questions = list(dict.fromkeys(example.ask for example in pack.examples))
    if not questions:
        raise SystemExit(f"{intents} has no examples to ask")
    Engine(pack).answer("hello", Context(), today=TODAY)
    first = ask_all(pack, questions)
    again = [timed for _ in range(max(1, -(-LEAST_ANSWERS // len(questions)))) for timed in ask_all(pack, questions)]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    fresh, repeated = [took for took, _ in first], [took for took, _ in again]
    figures = [
        Measure("one answer, median", statistics.median(repeated), "seconds", 0.002),
        Measure("one answer, 99th percentile", percentile(repeated, 0.99), "seconds", 0.010),
        Measure("first time asked, median", statistics.median(fresh), "seconds", 0.002),
        Measure("first time asked, 99th percentile", percentile(fresh, 0.99), "seconds", 0.010),
        Measure("slowest answer", max(*fresh, *repeated), "seconds"),
        Measure("a new process's first answer", ready, "seconds", 1.0),
        Measure("reading both folders again", loaded, "seconds"),
        Measure("peak memory, ready", peak, "bytes"),
        Measure("peak memory, after all answers", own, "bytes"),
    ]
    best = {question: min(took for took, one in again if one == question) for _, question in sorted(first)[-50:]}
    slowest = sorted(((took, question) for question, took in best.items()), reverse=True)[:SLOWEST]
    return figures, slowest, calibration_seconds(), len(questions)


def table(figures: list[Measure], unit: float) -> Table:
    """The figures with their aims and their ratios to the calibration loop."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("measure")
    for name in ("value", "aim", "x calibration"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for figure in figures:
        missed = figure.aim is not None and figure.value > figure.aim
        aim = "" if figure.aim is None else f"{'> ' if missed else '<= '}{figure.shown(figure.aim)}"
        ratio = f"{figure.value / unit:.2f}" if figure.unit == "seconds" else ""
        drawn.add_row(figure.name, figure.shown(figure.value), f"[red]{aim}[/]" if missed else aim, ratio)
    return drawn


def main() -> int:
    """Measure and print. 1 when an aim is missed and --strict was given."""
    parser = argparse.ArgumentParser(description="How long an answer takes.")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--intents", type=Path, default=ROOT / "intents")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    parser.add_argument("--write", action="store_true", help="put the ratios into the documentation")
    parser.add_argument("--strict", action="store_true", help="exit 1 when an aim is missed")
    given = parser.parse_args()
    try:
        figures, slowest, unit, count = measure(given.knowledge, given.intents)
    except PackError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 1
    if given.json:
        values = {figure.name: figure.value for figure in figures}
        print(json.dumps({"questions": count, "calibration": unit, "measures": values}))
    else:
        console = Console(highlight=False)
        console.print(f"{count} questions, calibration loop {unit * 1000:.3f} ms, Python {sys.version.split()[0]}\n")
        console.print(table(figures, unit))
        console.print("\nslowest questions, each at its best:")
        for took, question in slowest:
            console.print(f"  {took * 1000:7.2f} ms  {question}", markup=False)
    if not given.json:
        found = ratios(_kept(given.knowledge, given.intents))
        print(f"\n{found}")
        if given.write:
            pages.rewrite(pages.PERFORMANCE, "bench", found)
    missed = any(figure.aim is not None and figure.value > figure.aim for figure in figures)
    return 1 if given.strict and missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
