"""`sco-bot check --stats`: what it counts is what the YAML says, and the shipped pack is as large as it means to be."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FILES: list[dict[str, Any]] = [
    yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for path in sorted((ROOT / "knowledge").glob("*.yaml"))
]
ENTITIES = {key: thing for file in FILES for key, thing in (file.get("entities") or {}).items()}
FACTS = [fact for thing in ENTITIES.values() for fact in thing.get("facts") or []]
FACTS += [fact for file in FILES for fact in file.get("facts") or []]


@pytest.fixture(scope="module")
def counts() -> dict[str, list[int]]:
    """The counts of each row that is printed, by its first cell."""
    command = [sys.executable, "-m", "bot", "check", "--stats"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    return {name: [int(cell.replace(",", "")) for cell in cells] for name, *cells in rows}


def test_things_are_counted_with_those_of_the_types_below(counts: dict[str, list[int]]) -> None:
    types = Counter(thing["type"] for thing in ENTITIES.values())
    assert counts["summit"][0] == types["summit"]
    assert counts["actor"][0] == types["country"] + types["organisation"] + types["forerunner"]
    assert counts["thing"][0] == counts["things"][0] == len(ENTITIES)


def test_facts_are_counted_one_for_each_value(counts: dict[str, list[int]]) -> None:
    attended = [fact for fact in FACTS if "attended" in fact]
    assert counts["attended"][0] == sum(
        len(fact["attended"]) if isinstance(fact["attended"], list) else 1 for fact in attended
    )
    assert counts["thing"][1] == counts["facts"][0]
    assert counts["facts with a source"][0] + counts["facts marked as unsourced"][0] == counts["facts"][0]


def test_facts_without_a_source_are_counted(counts: dict[str, list[int]]) -> None:
    marked = [fact for fact in FACTS if fact.get("unsourced") and "nationality" in fact]
    assert counts["nationality"][1] == len(marked) > 0


@pytest.mark.parametrize(
    ("what", "least"),
    [("summit", 26), ("meeting", 24), ("document", 60), ("person", 40), ("actor", 30), ("facts", 1_200)],
)
def test_the_record_is_whole(counts: dict[str, list[int]], what: str, least: int) -> None:
    assert counts[what][0] >= least
