"""Made-up packs of any size, the same for the same seed: what grows is the number of things, facts and templates."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20010615
RELATIONS = 100
SOURCES = 50
IN_FILE = 5000
"""Things in a file: a pack's files are of a size that people can read."""

_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of each."""

    things: int
    facts: int
    templates: int

    def __str__(self) -> str:
        return f"{self.things:,} / {self.facts:,} / {self.templates:,}"


@dataclass(frozen=True, slots=True)
class World:
    """Relations' own words, what things are called, and the words by which templates ask, made from a size."""

    size: Size
    relations: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, size: Size) -> World:
        """A world of a size."""
        source = random.Random(SEED)
        made = _words(source)
        relations = tuple(itertools.islice(made, RELATIONS))
        asked = tuple(itertools.islice(made, size.templates))
        parts = [word.capitalize() for word in itertools.islice(made, max(20, size.things // 2))]
        names = tuple(f"{parts[n // 2]} {parts[(7 * n + 3) % len(parts)]}" for n in range(size.things))
        return cls(size, relations, names, asked)

    def questions(self, many: int) -> list[str]:
        """Questions that have answers, a fifth of them with a typing error, and one in ten that has none."""
        source = random.Random(SEED + 1)
        return [self._question(n, source) for n in range(many)]

    def _question(self, n: int, source: random.Random) -> str:
        name, word = source.choice(self.names), source.choice(self.words)
        if n % 5 == 1:
            at = source.randrange(1, len(name) - 1)
            name = name[:at] + name[at + 1 :]
        if n % 10 == 9:
            word = "price"
        return f"what is the {word} of {name}?"

    def write(self, folder: Path) -> None:
        """The world as a pack's two folders."""
        knowledge, intents = folder / "knowledge", folder / "intents"
        for path in (knowledge, intents):
            path.mkdir(parents=True)
        (knowledge / "schema.yaml").write_text(self._schema(), "utf-8")
        each = self.size.facts // self.size.things
        source = random.Random(SEED + 2)
        for start in range(0, self.size.things, IN_FILE):
            lines = ["entities:\n"]
            for n in range(start, min(start + IN_FILE, self.size.things)):
                lines.append(f"  t{n}:\n    type: item\n    name: {self.names[n]}\n    facts:\n")
                lines += (self._fact(fact, source) for fact in range(n * each, (n + 1) * each))
            (knowledge / f"things-{start // IN_FILE:03}.yaml").write_text("".join(lines), "utf-8")
        for start in range(0, self.size.templates, IN_FILE):
            chunk = range(start, min(start + IN_FILE, self.size.templates))
            (intents / f"asks-{start // IN_FILE:03}.yaml").write_text(
                "intents:\n" + "".join(map(self._intent, chunk)), "utf-8"
            )

    def _schema(self) -> str:
        relations = "".join(
            f"  {word}: {{of: item, value: {'number' if n % 2 else 'item'}, label: {word}}}\n"
            for n, word in enumerate(self.relations)
        )
        sources = "".join(f"  s{n}: {{title: Almanac {n}}}\n" for n in range(SOURCES))
        return (
            "pack: {title: Club, about: club, reviewed: 2026-01-01}\n"
            "types: {thing: {}, club: {is: thing}, item: {is: thing, own: yes}}\n"
            f"relations:\n{relations}sources:\n{sources}"
            "entities:\n  club: {type: club, name: Club, own: yes}\n"
        )

    def _fact(self, n: int, source: random.Random) -> str:
        number = n % RELATIONS
        value = source.randrange(1000) if number % 2 else f"t{source.randrange(self.size.things)}"
        year = source.randrange(1950, 2026)
        return f"    - {{{self.relations[number]}: {value}, from: {year}, sources: [s{n % SOURCES}]}}\n"

    def _intent(self, n: int) -> str:
        relation = self.relations[n % RELATIONS]
        return (
            f"  ask-{n}:\n"
            f"    templates: {{en: ['(what is|tell me|show) [the] {self.words[n]} [of] {{item}}']}}\n"
            f"    query: {{facts: {relation}, about: $item}}\n"
            "    answer: {en: '{% for fact in rows.facts %}{{ fact.value }} {% endfor %}'}\n"
            "    empty: {en: 'Nothing is known of that.'}\n"
        )


def _words(source: random.Random) -> Iterator[str]:
    """Words that can be said, each once."""
    seen: set[str] = set()
    while True:
        word = "".join(source.choices(_SYLLABLES, k=4)) + source.choice("nrlm")
        if word not in seen:
            seen.add(word)
            yield word
