"""The quiz asks nothing that has two right answers: every question that the facts can make is worked out again here.

The truth comes from the YAML itself, read as plain text, and not by way of the code that made the questions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge.model import Interval, PartialDate
from bot.pack import Pack, PackError, load_pack
from bot.quiz import Key, Question, Quiz
from bot.settings import ROOT
from tests import shipped

TODAY = date(2026, 11, 24)
ALWAYS = ("0001-01-01", "9999-12-31")


@dataclass(frozen=True)
class Claim:
    """What the files say, or what they say that others say. Days are "YYYY-MM-DD", the first and last possible."""

    subject: str
    value: str
    of: str | None
    begins: tuple[str, str] | None
    ends: str
    preferred: bool


@cache
def files(folder: str) -> tuple[dict[str, Any], ...]:
    paths = sorted((ROOT / folder).rglob("*.yaml"))
    return tuple(yaml.load(path.read_text("utf-8"), yaml.BaseLoader) or {} for path in paths)


def merged(folder: str, top: str) -> dict[str, dict[str, Any]]:
    """The entries below a top key; what another file says of one is added to it."""
    found: dict[str, dict[str, Any]] = {}
    for file in files(folder):
        for key, value in (file.get(top) or {}).items():
            found[key] = joined(value or {}, found.get(key, {}))
    return found


def joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two parts of an entry as one; what both have by language has the languages of both."""
    both = dict[str, Any]()
    for field in one.keys() & other.keys():
        pair = one[field], other[field]
        if any(isinstance(part, dict) for part in pair) and not any(isinstance(part, list) for part in pair):
            texts = (part if isinstance(part, dict) else {"en": part} for part in pair)
            both[field] = {code: text for part in texts for code, text in part.items()}
    return {**one, **other, **both}


@cache
def entities() -> dict[str, dict[str, Any]]:
    return merged("knowledge", "entities")


@cache
def parents() -> dict[str, str]:
    return {key: value.get("is", "") for key, value in merged("knowledge", "types").items()}


@cache
def templates() -> dict[str, dict[str, Any]]:
    return merged("intents", "quiz")


def is_a(entity: str, type_: str) -> bool:
    there: str = entities()[entity]["type"]
    while there and there != type_:
        there = parents().get(there, "")
    return there == type_


@cache
def claims(relation: str) -> tuple[Claim, ...]:
    found: list[Claim] = []
    for file in files("knowledge"):
        for key, entity in (file.get("entities") or {}).items():
            found += [one for fact in entity.get("facts") or [] for one in claims_of(key, fact, relation)]
        for fact in file.get("facts") or []:
            abouts = fact["about"] if isinstance(fact["about"], list) else [fact["about"]]
            found += [one for about in abouts for one in claims_of(about, fact, relation)]
    return tuple(found)


def claims_of(subject: str, fact: Mapping[str, Any], relation: str) -> Iterator[Claim]:
    values = fact.get(relation, [])
    start, end = fact.get("on", fact.get("from")), fact.get("on", fact.get("to"))
    for value in values if isinstance(values, list) else [values]:
        yield claim(subject, value, fact.get("of"), start, end, True)
        for other in fact.get("disputed") or []:
            said = {key: other[key] for key in ("value", "on", "from", "to") if key in other}
            if said:
                begins = said.get("on", said.get("from", start))
                yield claim(
                    subject, said.get("value", value), fact.get("of"), begins, said.get("on", said.get("to")), False
                )


def claim(subject: str, value: Any, of: str | None, start: str | None, end: str | None, preferred: bool) -> Claim:
    begins = start or (value if value[:4].isdigit() else None)
    last = bounds(end)[1] if end else ALWAYS[1]
    return Claim(subject, value, of, bounds(begins) if begins else None, last, preferred)


def bounds(day: str) -> tuple[str, str]:
    """The first and the last day that a date may mean; the 31st stands for the end of any month."""
    return (day + "-01-01"[len(day) - 4 :], (day if len(day) > 7 else day + ("-12-31" if len(day) == 4 else "-31")))


def begins(one: Claim, relation: str) -> list[tuple[str, str]]:
    """When something may have begun: of an event without a date of its own, when the event was."""
    if one.begins:
        return [one.begins]
    if one.ends == ALWAYS[1] and any(is_a(one.subject, kind) for kind in ("event", "document")):
        dated = "signed" if is_a(one.subject, "document") else "held"
        if dated != relation:
            found = [other.begins for other in claims(dated) if other.subject == one.subject and other.begins]
            return found or [ALWAYS]
    return [ALWAYS]


def overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def fits(one: Claim, relation: str, name: str, value: Any) -> bool:
    """Whether a claim may be about what the question names."""
    held = (one.begins[0] if one.begins else ALWAYS[0], one.ends)
    if isinstance(value, Interval):
        first, last = str(value.start), str(value.end or ALWAYS[1])
        return held[0] < last and first < held[1] if first < last else overlap(held, (first, last))
    if name in ("subject", "value", "of"):
        return bool(value == getattr(one, name)) or (name == "of" and one.of is None)
    year = (f"{value}-01-01", f"{value}-12-31")
    return any(overlap(time, year) for time in ([held] if name == "during" else begins(one, relation)))


def answers(one: Claim, relation: str, asks: str, key: Key) -> bool:
    """Whether a claim may have this for its answer."""
    if isinstance(key, PartialDate):
        return any(overlap(time, bounds(str(key))) for time in begins(one, relation))
    if isinstance(key, int):
        return any(overlap(time, (f"{key}-01-01", f"{key}-12-31")) for time in begins(one, relation))
    return key == (one.subject if asks == "subject" else one.value)


def right_claims(question: Question) -> list[Claim]:
    """All claims that the question may be about."""
    template = templates()[question.template]
    relation = template["facts"]
    return [
        one
        for one in claims(relation)
        if ("about" not in template or is_a(one.subject, template["about"]))
        and all(fits(one, relation, name, value) for name, value in question.given)
    ]


def names(entity: str) -> set[str]:
    """All that a thing is called."""
    written = entities()[entity]
    found: set[str] = set()
    for key in ("name", "official", "aliases", "adjective"):
        said = written.get(key, [])
        for texts in said.values() if isinstance(said, dict) else [said]:
            found |= {text.casefold() for text in (texts if isinstance(texts, list) else [texts])}
    return found


def parts(entity: str) -> set[str]:
    """The things that something is a part of, at any remove."""
    above: set[str] = set()
    below = {entity}
    while below:
        below = {one.value for one in claims("part_of") if one.subject in below} - above
        above |= below
    return above


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped.pack()


@pytest.fixture(scope="module")
def questions(pack: Pack) -> list[Question]:
    return [question for seed in range(3) for question in Quiz(pack, "en", TODAY).series(seed)]


def test_every_kind_of_question_is_asked(questions: list[Question]) -> None:
    kinds = Counter(question.template for question in questions)
    assert set(kinds) == set(templates())
    assert sum(kinds.values()) > 1500


def test_one_option_is_right(questions: list[Question]) -> None:
    for question in questions:
        template = templates()[question.template]
        relation, asks = template["facts"], template["asks"]
        matching = right_claims(question)
        right = [key for key in question.keys if any(answers(one, relation, asks, key) for one in matching)]
        assert right == [question.keys[question.right]], question
        assert any(one.preferred and answers(one, relation, asks, right[0]) for one in matching), question


def test_a_question_that_asks_for_one_thing_has_one_answer_in_all_the_facts(questions: list[Question]) -> None:
    """Apart from those that ask which of the options it is."""
    for question in questions:
        template = templates()[question.template]
        matching = right_claims(question)
        if "among" not in template:
            right = question.keys[question.right]
            assert all(answers(one, template["facts"], template["asks"], right) for one in matching), question
        else:
            assert question.text.startswith("Which of these"), question


def test_options_cannot_be_taken_for_each_other(questions: list[Question]) -> None:
    for question in questions:
        assert len({option.casefold() for option in question.options}) == len(question.keys) == 4
        things = [key for key in question.keys if isinstance(key, str)]
        assert len({entities()[thing]["type"] for thing in things}) <= 1, question
        for label, thing in zip(question.options, things, strict=False):
            others = [other for other in things if other != thing]
            assert not any(label.casefold() in names(other) for other in others), question
            assert not any(other in parts(thing) for other in others), question
        kinds = {type(key) for key in question.keys}
        assert len(kinds) == 1
        assert all(key.day for key in question.keys if isinstance(key, PartialDate))


def test_the_words_single_out_what_is_asked_and_do_not_say_the_answer(questions: list[Question]) -> None:
    shared = Counter(name for entity in entities() for name in names(entity))
    for question in questions:
        for name, value in question.given:
            if name in ("subject", "of") or (name == "value" and isinstance(value, str)):
                said = entities()[str(value)]["name"]
                label = said["en"] if isinstance(said, dict) else said
                assert label in question.text, question
                assert shared[label.casefold()] == 1 or f"{label} (" in question.text, question
            elif name in ("year", "during"):
                assert str(value) in question.text
        right = question.options[question.right]
        assert right.casefold() not in question.text.casefold(), question


def test_questions_fit_a_poll_and_explain_themselves_with_a_source(questions: list[Question], pack: Pack) -> None:
    def units(text: str) -> int:
        return len(text.encode("utf-16-le")) // 2

    for question in questions:
        assert 0 < units(question.text) <= 300
        assert all(0 < units(option) <= 100 for option in question.options)
        assert 0 < units(question.explanation) <= 200
        assert "\n" not in question.explanation
        source = pack.knowledge.sources[question.fact.sources[0]]
        assert (source.publisher or source.title)[:60] in question.explanation, question


def test_nothing_that_lies_ahead_is_asked(pack: Pack) -> None:
    for question in Quiz(pack, "en", date(2010, 1, 1)).series(0):
        assert question.fact.interval.start is None or question.fact.interval.start < date(2010, 1, 1)
        assert not any(isinstance(key, int) and key > 2010 for key in question.keys)


def test_the_seed_decides(pack: Pack) -> None:
    def first(seed: int) -> list[Question]:
        series = Quiz(pack, "en", TODAY).series(seed)
        return [next(series) for _ in range(12)]

    assert first(7) == first(7)
    assert first(7) != first(8)
    assert len({question.template for question in first(7)}) > 4
    assert len({question.right for seed in range(5) for question in first(seed)}) == 4


def test_mistakes_in_questions_and_statements_are_told_with_their_line(tmp_path: Path) -> None:
    for folder in ("knowledge", "intents"):
        for path in (ROOT / folder).rglob("*.yaml"):
            there = tmp_path / folder / path.relative_to(ROOT / folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "intents" / "zz.yaml").write_text(
        "quiz:\n"
        "  one: {facts: helt, given: [subject], asks: value, question: {en: 'Where?'}}\n"
        "  two: {facts: held, about: sumit, given: [subjekt], asks: value, question: {en: 'Where?'}}\n"
        "  three: {facts: held, given: [subject], asks: everything, question: {en: 'Where?'}}\n"
        "statements:\n"
        "  helt: {says: {en: 'It was.'}}\n"
        "  chair: {says: {en: 'It was.'}}\n"
    )
    with pytest.raises(PackError) as caught:
        load_pack(tmp_path / "knowledge", tmp_path / "intents")
    told = [re.sub(r"^\S*/", "", str(problem)) for problem in caught.value.problems]
    for line, words in (
        (2, "'helt'; did you mean 'held'?"),
        (3, "'sumit'; did you mean 'summit'?"),
        (3, "'subjekt'; did you mean 'subject'?"),
        (4, "asks"),
        (6, "'helt'; did you mean 'held'?"),
        (7, "'chair' has 'says' in 'en' already"),
    ):
        assert any(one.startswith(f"zz.yaml:{line}: ") and words in one for one in told), (line, words, told)
