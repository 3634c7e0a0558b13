"""How an answer's cost grows with templates and names: the plain list, hassil and this bot on made-up worlds.

At 1x a world has as many templates and names as the shipped pack, and the list as many entries as its list; at 10x and
100x that many times more. Its words are made up and seeded; each template asks for one relation of one name.
"""

from __future__ import annotations

import itertools
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bot.pack import Pack
from tests.bench.answer import percentile
from tests.eval.suite import TODAY

SCALES = (1, 10, 100)
ASKED = 100
SEED = 20010615
PATIENCE = 300  # seconds that a peer has to get ready and to answer all
FILE = 5000  # values in a file: a pack's files are of a size that people can read


@dataclass(frozen=True, slots=True)
class World:
    """Relations, each with a template; names of what has them; the questions of the list, and those that are asked."""

    relations: list[str]
    names: list[str]
    listed: list[str]
    asked: list[str]


@dataclass(frozen=True, slots=True)
class Point:
    """A peer at a scale: how many of the questions it got to in time; seconds of an answer, of getting ready; bytes at
    most.
    """

    module: str
    scale: int
    asked: int
    median: float
    slow: float
    load: float
    peak: int


def world(templates: int, names: int, entries: int) -> World:
    """A made-up world of that many templates and names, and a list of that many entries."""
    source = random.Random(SEED)
    words = _words(source)
    relations = list(itertools.islice(words, templates))
    called = [name.capitalize() for name in itertools.islice(words, names)]

    def question() -> str:
        return f"what is the {source.choice(relations)} of {source.choice(called)}?"

    return World(relations, called, [question() for _ in range(entries)], [question() for _ in range(ASKED)])


def _words(source: random.Random) -> Iterator[str]:
    """Words that can be said, each once."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    seen: set[str] = set()
    while True:
        word = "".join(source.choices(syllables, k=4)) + source.choice("nrlm")
        if word not in seen:
            seen.add(word)
            yield word


def templates_of(made: World) -> dict[str, Any]:
    """The world as hassil's YAML."""
    sentences: dict[str, Any] = {
        f"ask_{word}": {"data": [{"sentences": [f"(what is|tell me|show) [the] {word} [of] {{name}}"]}]}
        for word in made.relations
    }
    return {"language": "en", "intents": sentences, "lists": {"name": {"values": made.names}}}


def write_pack(made: World, folder: Path) -> None:
    """The world as folders `knowledge` and `intents` of a pack, one fact a name."""
    entities: dict[str, Any] = {"club": {"type": "club", "name": "Club", "own": "yes", "facts": []}}
    entities |= {
        name.casefold(): {
            "type": "item",
            "name": name,
            "facts": [{"worth": f"{name} is worth a lot.", "unsourced": True}],
        }
        for name in made.names
    }
    knowledge = {
        "pack": {"title": "Club", "about": "club", "reviewed": str(TODAY)},
        "types": {"thing": {}, "club": {"is": "thing"}, "item": {"is": "thing"}},
        "relations": {"worth": {"of": "item", "value": "text", "searched": "no", "label": {"en": "worth"}}},
    }
    intents = {
        f"ask_{word}": {
            "templates": {"en": [f"(what is|tell me|show) [the] {word} [of] {{item}}"]},
            "query": {"facts": "worth", "about": "$item"},
            "answer": {"en": "{% for fact in rows.facts %}{{ fact.value }}{% endfor %}"},
        }
        for word in made.relations
    }
    _dump(folder / "knowledge" / "world.yaml", knowledge)
    for kind, top, values in (("knowledge", "entities", entities), ("intents", "intents", intents)):
        for start in range(0, len(values), FILE):
            part = dict(itertools.islice(values.items(), start, start + FILE))
            _dump(folder / kind / f"{top}-{start}.yaml", {top: part})


def _dump(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value, sort_keys=False, width=10_000), encoding="utf-8")


def measure(pack: Pack, entries: int, run: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Iterator[Point]:
    """Every peer at every scale, each in a process of its own."""
    templates = sum(len(texts) for intent in pack.intents.intents.values() for texts in intent.templates.values())
    for scale in SCALES:
        made = world(templates * scale, len(pack.knowledge.entities) * scale, entries * scale)
        messages = [(text, True) for text in made.asked]
        with tempfile.TemporaryDirectory() as folder:
            write_pack(made, Path(folder))
            jobs = {
                "rapidfuzz_list": {"questions": made.listed},
                "hassil_templates": {"intents": templates_of(made), "own": []},
                "ours_alone": {
                    "knowledge": f"{folder}/knowledge", "templates": f"{folder}/intents", "today": TODAY.isoformat(),
                },
            }  # fmt: skip
            for module, material in jobs.items():
                outcome = run(module, {"messages": messages, "material": material, "patience": PATIENCE})
                took = [seconds for _, _, seconds in outcome["found"]]
                half, slow = (median(took), percentile(took, 0.99)) if took else (math.inf, math.inf)
                yield Point(module, scale, len(took), half, slow, outcome["load"], outcome["peak"])


def table(points: Iterator[Point], markdown: Callable[[Sequence[object], Sequence[Sequence[object]]], str]) -> str:
    """A line for each peer and scale; where not all questions were asked, the last one took too long."""
    head = ("peer", "templates and names", "questions", "median ms", "99 % ms", "ready s", "peak MiB")
    return markdown(head, [
        (one.module, f"{one.scale}x", one.asked, f"{one.median * 1000:.2f}", f"{one.slow * 1000:.2f}",
         f"{one.load:.1f}", f"{one.peak / 2**20:.0f}")
        for one in points
    ])  # fmt: skip
