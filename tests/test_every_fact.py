"""Some question retrieves each fact of the shipped pack: questions made from facts, judged by the YAML itself.

The YAML is read here with plain PyYAML, apart from the loader, so that a fact that the loader drops or bends is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.dates import format_date

from bot import clock
from bot.answers.render import SOME_DAYS
from bot.dialogue import Context
from bot.engine import Engine
from bot.knowledge.model import PartialDate
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
ENGINE = Engine(shipped.pack())
FILES = [
    yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for path in sorted((ROOT / "knowledge").glob("*.yaml"))
]
ENTITIES: dict[str, Any] = {key: value for file in FILES for key, value in (file.get("entities") or {}).items()}


def name(entity: str) -> str:
    """The English short name of a thing."""
    names = ENTITIES[entity]["name"]
    return str(names if isinstance(names, str) else names["en"])


def facts(relation: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(subject, value, fact) of every fact of a relation, one for each value."""
    for file in FILES:
        own = [(key, fact) for key, thing in (file.get("entities") or {}).items() for fact in thing.get("facts") or []]
        loose = [(fact["about"], fact) for fact in file.get("facts") or []]
        for subject, fact in own + loose:
            if relation in fact:
                values = fact[relation] if isinstance(fact[relation], list) else [fact[relation]]
                yield from ((subject, value, fact) for value in values)


def day(text: str) -> str:
    """A date as an answer says it."""
    when = PartialDate.parse(text)
    form = "d MMMM y" if when.day else "MMMM y" if when.month else "y"
    return str(format_date(when.first, form, locale="en"))


def month(text: str) -> str:
    """The month and year of a date, which even a shortened range of days says."""
    return day(text[:7])


def answer(question: str) -> str:
    """The reply to a question."""
    return ENGINE.answer(question, Context(), today=clock.today())[0].text


def statuses() -> Iterator[tuple[str, str]]:
    for subject, value, fact in facts("status"):
        yield f"What statuses has {name(subject)} had in the SCO?", f"{name(value)}: "
        if "from" in fact:
            yield f"What statuses has {name(subject)} had in the SCO?", month(fact["from"])


def meetings() -> Iterator[tuple[str, str]]:
    for subject, value, fact in facts("held"):
        if ENTITIES[subject]["type"] == "summit" and fact["from"] < "2026-12" and not subject.endswith("-2001"):
            when = f"{day(fact['from'])}"
            yield f"Where was the summit of {when} held?", name(value)
            yield f"when was the {name(value)} summit of {fact['from'][:4]}?", day(fact.get("to", fact["from"]))


def documents() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("signed"):
        preposition = "on" if value.count("-") == 2 else "in"
        yield f"Which documents did the SCO sign {preposition} {day(value)}?", name(subject)


def shares() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("budget_share"):
        yield f"What share of the SCO budget did {name(subject)} pay?", f"{value}%"


def seats() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("seat"):
        yield f"Where is the {name(subject)} located?", name(value)
    for subject, value, _ in facts("founded"):
        yield f"When was the {name(subject)} founded?", day(value)


def offices() -> Iterator[tuple[str, str]]:
    for subject, value, fact in facts("office"):
        yield f"What was the office of {name(subject)}?", name(value)
        if "from" in fact:
            first = month(fact["from"])
            yield f"What was the office of {name(subject)}?", first.split()[0] if some_days(fact) else first


def some_days(fact: dict[str, Any]) -> bool:
    """Whether a fact held for days of two months, which are said with their year once."""
    first, last = PartialDate.parse(fact["from"]), PartialDate.parse(fact.get("to", fact["from"]))
    return first.month != last.month and last.first - first.first <= SOME_DAYS


def sentences() -> Iterator[tuple[str, str]]:
    """Facts in words: asked by the sentence itself, by the words that their editor gave, or what their subject is."""
    for relation in ("detail", "said", "decided", "provides", "purpose", "principle", "summary"):
        for subject, value, fact in facts(relation):
            text = value if isinstance(value, str) else value["en"]
            if len(fact.get("words", [])) > 3:
                by_sentence = f"{'Is it true that ' if 'holds' in fact else ''}{name(subject)} SCO: {text}"
                by_words = f"{'Is ' if 'holds' in fact else ''}{name(subject)} SCO: {' '.join(fact['words'])}"
                asks = (by_sentence, by_words, f"What is {name(subject)}?", f"What does the {name(subject)} say?", text)
                yield next((ask for ask in asks if text in answer(ask)), by_words), text


def told(event: str) -> str:
    """An event as a question names it: by its place and day, an exercise by its name."""
    if ENTITIES[event]["type"] == "exercise":
        return name(event)
    held = next(fact for fact in ENTITIES[event]["facts"] if "held" in fact)
    noun = "summit" if ENTITIES[event]["type"] == "summit" else "heads of government meeting"
    return f"{name(held['held'])} {noun} of {day(held['from'])}"


def hosts() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("host"):
        if subject != "islamabad-2027":
            yield f"Which country hosted the SCO {told(subject)}?", name(value)


def attendance() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("attended"):
        yield f"Who attended the SCO {told(subject)}?", name(value)
    for subject, value, _ in facts("guest"):
        yield f"Who were the guests at the SCO {told(subject)}?", name(value)


def adopted() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("adopted"):
        yield f"Which documents were adopted at the SCO {told(subject)}?", name(value)


def nationalities() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("nationality"):
        yield f"Which country is {name(subject)} from?", name(value)


def other_organisations() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("belongs_to"):
        yield f"Which organisations does {name(subject)} belong to?", name(value)


def signatures() -> Iterator[tuple[str, str]]:
    for relation, question in (
        ("signed_in", "Where was the {} signed?"),
        ("signed_by", "Who signed the {}?"),
        ("in_force", "When did the {} enter into force?"),
    ):
        for subject, value, _ in facts(relation):
            others = [key for key, thing in ENTITIES.items() if key != subject and name(subject) in str(thing)]
            if not others:
                yield question.format(name(subject)), day(value) if relation == "in_force" else name(value)


def figures() -> Iterator[tuple[str, str]]:
    for relation in ("area", "population", "budget", "staff"):
        for subject, _, fact in facts(relation):
            yield f"What was the {relation} of the {name(subject)} in {fact['on'][:4]}?", f"as of {day(fact['on'])}"


def founders_and_languages() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("founder"):
        yield f"Who founded the {name(subject)}?", name(value)
    for subject, value, _ in facts("language"):
        yield f"What are the working languages of the {name(subject)}?", name(value)


def places() -> Iterator[tuple[str, str]]:
    for subject, value, _ in facts("part_of"):
        yield f"Tell me about {name(subject)}", name(value)


KINDS = {
    each.__name__: list(each())
    for each in (
        statuses, meetings, documents, shares, seats, offices, sentences, hosts, attendance, adopted, nationalities,
        other_organisations, signatures, figures, founders_and_languages, places,
    )
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_fact_is_retrieved(kind: str) -> None:
    missed = [(question, wanted) for question, wanted in KINDS[kind] if wanted not in answer(question)]
    assert not missed, f"{len(missed)} of {len(KINDS[kind])} are missed, first {missed[:12]}"
