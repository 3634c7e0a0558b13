"""How many replies are right, wrong and silent as one of the thresholds of bot/turn.py is moved, drawn for the docs.

Every point is the whole suite put to the whole engine, so that what one threshold lets fall another may catch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.progress import track

from bot import turn
from bot.pack import Pack
from tests.eval import suite
from tests.eval.suite import NO_ANSWER, Question

THRESHOLDS = {
    "SURE": "a template, the organisation not named",
    "SURE_ANCHORED": "a template, the organisation named",
    "SEARCH_SURE": "a fact's own words, the organisation not named",
    "SEARCH_SURE_ANCHORED": "a fact's own words, the organisation named",
}
VALUES = [step / 20 for step in range(6, 21)]

LINES = {
    "right": ("#1b7837", "right"),
    "silent": ("#888888", "silent"),
    "wrong": ("#c51b29", "wrong"),
    "theirs": ("#2166ac", "others' questions answered"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """With a threshold at `value`: shares in percent of our questions, and of those that are not ours ("theirs")."""

    value: float
    shares: dict[str, float]


def draw(questions: Sequence[Question], pack: Pack, path: Path) -> None:
    """Sweep every threshold over the suite, the others as they are, and draw it as an SVG. Takes some minutes."""
    steps = [(name, value) for name in THRESHOLDS for value in VALUES]
    points: dict[str, list[Point]] = {}
    for name, value in track(steps, description="thresholds"):
        points.setdefault(name, []).append(measure(questions, pack, name, value))
    with mpl.rc_context({"svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(7.2, 5), layout="constrained")
        panels = figure.subplots(2, 2, sharex=True, sharey=True)
        for panel, (name, title) in zip(panels.flat, THRESHOLDS.items(), strict=True):
            _draw_one(panel, points[name], title, getattr(turn, name))
        figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        figure.supylabel("% of messages")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})


def measure(questions: Sequence[Question], pack: Pack, name: str, value: float) -> Point:
    """One point of a curve: the suite with the threshold `name` at `value`."""
    theirs = {question.category for question in questions if question.expect == NO_ANSWER}
    with mock.patch.object(turn, name, value):
        scored = suite.put(questions, pack)
    ours = [one.verdict for one in scored if one.category not in theirs]
    foreign = [one.verdict for one in scored if one.category in theirs]
    shares: dict[str, float] = {verdict: 100 * ours.count(verdict) / len(ours) for verdict in suite.VERDICTS}
    return Point(value, shares | {"theirs": 100 * foreign.count("wrong") / len(foreign)})


def _draw_one(panel: Axes, points: Sequence[Point], title: str, chosen: float) -> None:
    for name, (colour, label) in LINES.items():
        shares = [point.shares[name] for point in points]
        panel.plot([point.value for point in points], shares, color=colour, label=label, linewidth=1.4)
    panel.axvline(chosen, color="black", linestyle=":", linewidth=1)
    panel.annotate(f"{chosen:.2f}", (chosen, 96), textcoords="offset points", xytext=(-3, 0), ha="right", va="top")
    panel.set(title=title, ylim=(0, 100), xlim=(VALUES[0], VALUES[-1]))
    panel.grid(alpha=0.25, linewidth=0.5)
