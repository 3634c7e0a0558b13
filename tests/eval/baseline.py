"""The counts that must not get worse, by category, kept beside this module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.eval.suite import VERDICTS

BASELINE = Path(__file__).with_name("baseline.yaml")

_HEAD = "# Written by `make eval ARGS=--accept`; `make test` fails when a category has fewer right or more wrong.\n"


def read(path: Path = BASELINE) -> dict[str, Counter[str]]:
    """The accepted counts."""
    raw: dict[str, dict[str, int]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Counter(tally) for name, tally in raw.items()}


def write(counts: Mapping[str, Counter[str]], path: Path = BASELINE) -> None:
    """Make these counts the accepted ones."""
    rows = {name: {verdict: tally[verdict] for verdict in VERDICTS} for name, tally in counts.items()}
    path.write_text(_HEAD + yaml.safe_dump(rows, sort_keys=False, default_flow_style=None), encoding="utf-8")


def worse(counts: Mapping[str, Counter[str]], accepted: Mapping[str, Counter[str]]) -> Iterator[str]:
    """A line for each category that has fewer right or more wrong than was accepted, or that is new or gone."""
    for name in sorted({*counts, *accepted}):
        if name not in counts or name not in accepted:
            yield f"{name}: is {'new' if name in counts else 'gone'}"
            continue
        now, before = counts[name], accepted[name]
        if now["right"] < before["right"] or now["wrong"] > before["wrong"]:
            yield f"{name}: right {before['right']} -> {now['right']}, wrong {before['wrong']} -> {now['wrong']}"
