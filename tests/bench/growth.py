"""What a pack's size costs: loading, memory, an answer, and how long a reload keeps answers waiting.

Made-up packs (`tests.bench.worlds`) of five sizes, each measured in processes of its own, and the plain list and hassil
at 1, 10 and 100 times the templates and names of the shipped pack, on the same machine in the same run. Prints tables,
and with --write puts them and the curves into docs/performance.md.

    python -m tests.bench.growth [--largest THINGS] [--write]
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import linear_regression, median

import matplotlib as mpl
from matplotlib.figure import Figure

from bot import compiled, rereading
from bot.dialogue import Context
from bot.engine import Engine
from bot.letting_go import piecemeal
from bot.pack import Pack
from bot.telegram.application import tune
from tests import shipped
from tests.bench import pages
from tests.bench.answer import percentile
from tests.bench.compare import run_worker
from tests.bench.peers import growth as beside
from tests.bench.peers.worker import peak_bytes
from tests.bench.worlds import Size, World

SIZES = (
    Size(100, 1_000, 100),
    Size(1_000, 10_000, 300),
    Size(10_000, 100_000, 1_000),
    Size(30_000, 300_000, 3_000),
    Size(100_000, 1_000_000, 10_000),
)
QUESTIONS = 500
TODAY = date(2026, 1, 1)
CURVES = Path(__file__).parents[2] / "docs" / "images" / "growth.svg"


@dataclass(frozen=True, slots=True)
class Point:
    """One size: seconds to read the files and to read the kept pack; bytes at most when the files were read, when the
    kept pack was asked, and when it was reloaded, which holds two; seconds of an answer, and how long answers waited
    during a reload: most of them, and the longest.
    """

    things: int
    facts: int
    templates: int
    read: float
    kept: float
    reader: float
    asked: float
    both: float
    median: float
    slow: float
    held: float
    stall: float


def measure(size: Size) -> Point:
    """One size, in two processes: one reads the files, the other what the first has kept."""
    with tempfile.TemporaryDirectory() as made:
        World.of(size).write(Path(made))
        first = _in_a_process(size, Path(made), "read")
        second = _in_a_process(size, Path(made), "answer")
    return Point(
        **asdict(size), read=first["load"], kept=second["load"], reader=first["peak"], asked=second["peak"],
        both=second["both"], median=second["median"], slow=second["slow"], held=second["held"], stall=second["stall"],
    )  # fmt: skip


def _in_a_process(size: Size, folder: Path, what: str) -> dict[str, float]:
    job = json.dumps({**asdict(size), "folder": str(folder), "what": what})
    command = [sys.executable, "-m", "tests.bench.growth", "--one", job]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def one(size: Size, folder: Path, what: str) -> dict[str, float]:
    """Load a world; to answer, ask it too, and reload it while it is asked."""
    knowledge, intents, kept = (folder / name for name in ("knowledge", "intents", "kept"))

    def load(read: Callable[..., Pack]) -> Engine:
        pack = read(knowledge, intents, folder=kept)
        pack.wake()
        return Engine(pack)

    began = time.perf_counter()
    engine = load(compiled.load)
    load_seconds = time.perf_counter() - began
    if what == "read":
        return {"load": load_seconds, "peak": peak_bytes()}
    asked = World.of(size).questions(QUESTIONS)
    took = [_seconds(engine, text) for text in asked[:20] + asked][20:]
    found = {"load": load_seconds, "peak": peak_bytes()}
    with (knowledge / "schema.yaml").open("a", encoding="utf-8") as schema:
        schema.write("  other: {type: item, name: Other}\n")
    tune()
    held = [engine]
    del engine
    waited = _reload(held, lambda: load(rereading.load), asked)
    return found | {"median": median(took), "slow": percentile(took, 0.99), "both": peak_bytes(),
                    "held": percentile(waited, 0.99), "stall": max(waited)}  # fmt: skip


def _seconds(engine: Engine, text: str) -> float:
    began = time.perf_counter()
    engine.answer(text, Context(), today=TODAY)
    return time.perf_counter() - began


def _reload(held: list[Engine], load: Callable[[], Engine], asked: list[str]) -> list[float]:
    """The seconds from one answer to the next while another thread loads the pack once more and swaps it, and
    while the old one is let go.
    """

    def swap() -> None:
        engine = load()
        freeing = piecemeal(held[0])
        held[0] = engine
        del engine
        freeing.join()

    reload = threading.Thread(target=swap)
    reload.start()
    waited, before = [], time.perf_counter()
    for number in itertools.count():
        held[0].answer(asked[number % len(asked)], Context(), today=TODAY)
        waited.append(-before + (before := time.perf_counter()))
        if not reload.is_alive():
            return waited
    raise AssertionError


def exponent(sizes: list[int], costs: list[float]) -> float:
    """The power of the size by which a cost grows, fitted to all points."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope


def table(points: list[Point]) -> str:
    """A line a size, and the fitted exponents."""
    head = ("things / facts / templates", "read s", "kept s", "reader MiB", "asked MiB", "reloaded MiB", "median ms",
            "99 % ms", "99 % in a reload", "longest")  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (str(Size(at.things, at.facts, at.templates)), f"{at.read:.1f}", f"{at.kept:.2f}",
         *(f"{peak / 2**20:.0f}" for peak in (at.reader, at.asked, at.both)),
         f"{at.median * 1000:.2f}", f"{at.slow * 1000:.2f}", f"{at.held * 1000:.0f}", f"{at.stall * 1000:.0f}")
        for at in points
    ]  # fmt: skip
    if len(points) > 1:
        facts = [at.facts for at in points]
        names = ("read", "kept", "reader", "asked", "both", "median", "slow", "held", "stall")
        costs = ([getattr(at, name) for at in points] for name in names)
        rows.append(("grows with the power", *(f"{exponent(facts, cost):.2f}" for cost in costs)))
    return pages.markdown(head, rows)


def draw(points: list[Point], file: Path) -> None:
    """The curves: an answer's cost, loading and memory over the number of facts, on logarithmic axes."""
    mpl.rcParams["svg.hashsalt"] = "growth"  # the same drawing is the same file
    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, (title, lines) in zip(
        figure.subplots(1, 3),
        (
            ("an answer, ms", {"median": "median", "slow": "99 %"}),
            ("loading, s", {"read": "from the files", "kept": "kept"}),
            ("memory, GiB", {"asked": "kept, asked", "both": "in a reload", "reader": "reading the files"}),
        ),
        strict=True,
    ):
        unit = {"median": 1000.0, "slow": 1000.0} | dict.fromkeys(("reader", "asked", "both"), 2.0**-30)
        for name, label in lines.items():
            values = [getattr(at, name) * unit.get(name, 1.0) for at in points]
            axes.plot([at.facts for at in points], values, marker="o", label=label)
        axes.set(xscale="log", yscale="log", xlabel="facts", title=title)
        axes.legend()
    figure.savefig(file, metadata={"Date": None})


def main() -> int:
    """Measure and print; --one measures one size in this process, for the others."""
    parser = argparse.ArgumentParser(description="What a pack's size costs.")
    parser.add_argument("--largest", type=int, default=SIZES[-1].things, help="sizes of at most so many things")
    parser.add_argument("--write", action="store_true", help="put the tables and curves into the documentation")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        folder, what = Path(given.one.pop("folder")), given.one.pop("what")
        print(json.dumps(one(Size(**given.one), folder, what)))
        return 0
    points = []
    for size in SIZES:
        if size.things <= given.largest:
            points.append(measure(size))
            print(table(points[-1:]), flush=True)
    print("\n" + table(points), flush=True)
    if given.write:
        draw(points, CURVES)
        pages.rewrite(pages.PERFORMANCE, "growth", table(points))
    pack = shipped.pack()
    others = beside.table(beside.measure(pack, len(pack.examples), run_worker), pages.markdown)
    print("\n" + others)
    if given.write:
        pages.rewrite(pages.PERFORMANCE, "growth-peers", others)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
