"""What a pack holds, in numbers: things, facts, sources, and how people can ask for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bot.intents.model import Intent
from bot.knowledge.model import Fact, Knowledge
from bot.pack import Pack


@dataclass(frozen=True, slots=True)
class Tally:
    """A table of counts: the first cell of a row says what is counted."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, *tuple[int, ...]], ...]


def tallies(pack: Pack) -> tuple[Tally, ...]:
    """The pack's counts: in short, then of things, facts, sources, names and questions."""
    return (
        Tally("In short", ("what", "number"), tuple(_in_short(pack))),
        Tally("Things by type", ("type", "things", "facts"), tuple(_by_type(pack.knowledge))),
        Tally("Facts by relation", ("relation", "facts", "unsourced", "disputed"), tuple(_by_relation(pack.knowledge))),
        Tally("Sources by use", ("facts that name it", "sources"), tuple(_by_use(pack.knowledge))),
        Tally("Names by language", ("language", "things"), tuple(_by_language(pack.knowledge))),
        Tally("Questions by file", ("file", "intents", "templates", "examples"), tuple(_by_file(pack))),
    )


def show(found: Iterable[Tally]) -> None:
    """Print tables of counts on standard output."""
    console = Console(highlight=False, markup=False)
    for tally in found:
        table = Table(title=tally.title, title_justify="left", title_style="bold")
        for n, column in enumerate(tally.columns):
            table.add_column(column, justify="right" if n else "left")
        for name, *counts in tally.rows:
            table.add_row(name, *(f"{count:,}" for count in counts))
        console.print(table)


def _in_short(pack: Pack) -> Iterator[tuple[str, int]]:
    knowledge, intents = pack.knowledge, pack.intents.intents.values()
    yield "things", sum(bool(entity.where) for entity in knowledge.entities.values())
    yield "facts", len(knowledge.facts)
    yield "facts with a source", sum(bool(fact.sources) for fact in knowledge.facts)
    yield "facts marked as unsourced", sum(not fact.sources for fact in knowledge.facts)
    yield "facts with a dispute", sum(bool(fact.disputed) for fact in knowledge.facts)
    yield "sources", len(knowledge.sources)
    yield "languages of questions", len(pack.intents.languages)
    yield "intents", len(intents)
    yield "templates", sum(len(texts) for intent in intents for texts in intent.templates.values())
    yield "examples", len(pack.examples)
    yield "questions to stay unanswered", len(pack.intents.negatives)


def _by_type(knowledge: Knowledge) -> Iterator[tuple[str, int, int]]:
    """A row a type that has things, those below it indented and counted in."""
    facts = Counter(fact.subject for fact in knowledge.facts)
    children: dict[str | None, list[str]] = {}
    for type_ in knowledge.types.values():
        children.setdefault(type_.parent, []).append(type_.id)

    def rows(parent: str | None, depth: int) -> Iterator[tuple[str, int, int]]:
        for name in children.get(parent, ()):
            things = [entity for entity in knowledge.of_type(name) if knowledge.entities[entity].where]
            if things:
                yield "  " * depth + name, len(things), sum(facts[entity] for entity in things)
                yield from rows(name, depth + 1)

    yield from rows(None, 0)


def _by_relation(knowledge: Knowledge) -> Iterator[tuple[str, int, int, int]]:
    relations = [(name, knowledge.facts_with(name)) for name in knowledge.relations]
    for name, facts in sorted(relations, key=lambda entry: -len(entry[1])):
        yield name, len(facts), sum(not fact.sources for fact in facts), sum(bool(fact.disputed) for fact in facts)


def _by_use(knowledge: Knowledge) -> Iterator[tuple[str, int]]:
    """How many sources so many facts name."""
    facts = Counter(source for fact in knowledge.facts for source in _cited(fact))
    for least, most in ((100, 10**9), (20, 99), (5, 19), (2, 4), (1, 1), (0, 0)):
        said = f"{least} or more" if most > 100 else str(least) if least == most else f"{least} to {most}"
        yield said, sum(least <= facts[source] <= most for source in knowledge.sources)


def _cited(fact: Fact) -> set[str]:
    return {*fact.sources, *(source for claim in fact.disputed for source in claim.sources)}


def _by_language(knowledge: Knowledge) -> Iterator[tuple[str, int]]:
    named = Counter(code for entity in knowledge.entities.values() if entity.where for code in entity.names)
    yield from sorted(named.items(), key=lambda entry: (-entry[1], entry[0]))


def _by_file(pack: Pack) -> Iterator[tuple[str, int, int, int]]:
    files: dict[str, list[Intent]] = {}
    for intent in pack.intents.intents.values():
        files.setdefault(intent.where.rpartition(":")[0], []).append(intent)
    for file, intents in sorted(files.items()):
        templates = sum(len(texts) for intent in intents for texts in intent.templates.values())
        yield file, len(intents), templates, sum(len(intent.examples) for intent in intents)
