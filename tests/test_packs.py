"""The engine knows no organisation: another, of another shape, is served by YAML alone, and none is named in bot/."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from bot.audit import audit
from bot.dialogue import Context
from bot.engine import Engine
from bot.examples import run_examples
from bot.knowledge import folders
from bot.knowledge.loader import load_knowledge
from bot.knowledge.model import Knowledge, Names
from bot.pack import Pack, load_pack
from bot.telegram.phrases import PHRASES
from tests import shipped
from tests.eval import suite

ROOT = Path(__file__).resolve().parent.parent
PACKS = ROOT / "tests" / "packs"
ORRERY = PACKS / "orrery"
NAMED = {
    *("country", "organisation", "forerunner", "body", "status", "document", "summit", "meeting", "person"),
    *("society", "scholar", "chapter", "paper", "instrument", "medal", "assembly"),
    *("club", "tournament"),
}
"""The types whose things nothing under bot/ may name."""

NAMES_NOTHING = {
    "member": "whoever belongs to anything is called so, in every language",
    "guest": "whoever is invited to anything is called so",
}
"""Labels that are common words; the base has to know those of its language."""

NO_NAMES = {
    "candidate": "a reading that may win",
    "candidates": "readings that may win",
    "charter": "to charter is to found",
    "the organisation": "whichever it is",
    "本组织": "this organisation, whichever it is",
    "该组织": "that organisation",
    "这个组织": "this organisation",
    "член": "whoever belongs to anything",
    "новичок": "whoever is new to anything",
    "США": "of a currency, whose name this is",
    "ARE": "a form of to be",
    "Armenian": "a script",
    "Khmer": "a script",
    "Myanmar": "a script",
    "SAU": "a word of another language",
    "Какар": "какая, in the search for all forms",
    "Найду": "найдено",
    "Ким": "a word of another language",
    "новички": "of an example to write over",
    "MM": "of a date: YYYY-MM-DD",
    "US": "a constant, for what is ours",
    "EU": "a territory code of CLDR that is no country's",
    "UN": "a territory code of CLDR that is no country's",
}
"""Names that are words of their own where they stand in bot/, and what they mean there."""

BY_CHANCE = "发展中国家"
"""Developing countries, in whose name another name stands by chance."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_RUSSIAN = re.compile(r"[А-Яа-яЁё]{5,}")


@cache
def loaded(folder: Path) -> Pack:
    return load_pack(folder / "knowledge", folder / "intents", PHRASES)


@pytest.mark.parametrize(("name", "facts"), [("orrery", 200), ("ladya", 100)])
def test_another_organisation_is_yaml_alone(name: str, facts: int) -> None:
    """A learned society, in English and some Chinese, and a Russian chess club."""
    pack = loaded(PACKS / name)
    assert {path.suffix for path in (PACKS / name).rglob("*") if path.is_file()} == {".yaml"}
    assert len(pack.knowledge.facts) >= facts
    errors, _ = audit(pack)
    assert (errors, run_examples(pack)[1]) == ((), [])


def test_it_has_a_shape_of_its_own_and_inherits_what_is_common() -> None:
    ours, theirs = shipped.pack(), loaded(ORRERY)
    assert {"assembly", "scholar", "instrument"} <= theirs.knowledge.types.keys() - ours.knowledge.types.keys()
    assert (
        not {name for name, entity in theirs.knowledge.entities.items() if entity.where}
        & ours.knowledge.entities.keys()
    )
    own = {intent.id for intent in theirs.intents.intents.values() if "orrery" in intent.where}
    assert len(own) < len(theirs.intents.intents) / 2


@pytest.mark.parametrize(
    ("name", "least"), [("orrery/questions", 120), ("orrery/questions.zh", 55), ("ladya/questions", 100)]
)
def test_it_answers_its_own_questions(name: str, least: int) -> None:
    file = PACKS / f"{name}.yaml"
    questions = suite.load(file)
    refused = [question for question in questions if question.turns[0].expect == suite.NO_ANSWER]
    scored = suite.put(questions, loaded(file.parent))
    missed = [f"{one.where}: {one.message.ask!r} {one.why}" for one in scored if one.verdict != "right"]
    wrong = [one for one in scored if one.verdict == "wrong"]
    assert (len(questions) >= least, len(refused) >= least / 8) == (True, True)
    assert len(missed) <= 0.05 * len(scored), missed
    assert len(wrong) <= 0.01 * len(scored), missed


@pytest.mark.parametrize(
    ("name", "question", "shown"),
    [
        ("orrery", "a chart of the fellows", "Fellow now: Celia Thornbury"),
        ("orrery", "2012年有多少会士？", "会士：1998年4个"),
        ("ladya", "история звания Алины Ким", "Мастер: с 6 ноября 2016 года"),
        ("ladya", "какие турниры были в 2010-х?", "11–13 июл. 2015: Летний турнир"),
    ],
)
def test_its_answers_are_drawn_without_a_picture_of_its_own(name: str, question: str, shown: str) -> None:
    reply, _ = Engine(loaded(PACKS / name)).answer(question, Context(), today=suite.TODAY)
    assert reply.picture
    assert shown in reply.picture.alt


def _written(knowledge: Knowledge) -> Iterator[Names]:
    for entity in knowledge.entities.values():
        if entity.type in NAMED and entity.id not in NAMES_NOTHING:
            yield from entity.names.values()


@cache
def _texts() -> Mapping[Path, str]:
    files = (path for path in (ROOT / "bot").rglob("*") if path.suffix in (".py", ".yaml"))
    return {path: path.read_text(encoding="utf-8").replace(BY_CHANCE, "") for path in files}


def _named(name: str, text: str) -> list[int]:
    """The lines of a text that name it: a Chinese name inside words too, a Russian one in any case, one of up to two
    letters only as it is written."""
    bounds = ("", "") if _HAN.search(name) else (r"(?<![\w-])", r"(?![\w-])")
    words = (
        f"{re.escape(word[:-1])}\\w{{0,3}}" if _RUSSIAN.fullmatch(word) else re.escape(word) for word in name.split()
    )
    found = re.compile(r"\s+".join(words).join(bounds), re.IGNORECASE if len(name) > 2 else 0)
    return [text.count("\n", 0, match.start()) + 1 for match in found.finditer(text)]


@cache
def _names(folder: Path) -> frozenset[str]:
    """What a pack calls its things, but languages and single Chinese characters, which are parts of words."""
    knowledge = load_knowledge(folders.read(folder / "knowledge"))
    languages = {
        text for one in knowledge.entities.values() if one.type == "language" for text in one.names["en"].all()
    }
    names = {text for one in _written(knowledge) for text in one.all()} - languages - NO_NAMES.keys()
    return frozenset(names - {name for name in names if len(name) == 1 and _HAN.search(name)})


@pytest.mark.parametrize("text", ["join: (join|joint the sco)", "про узбекистана", "印度加入了", "в шос", "上合组织"])
def test_a_name_is_found_in_any_language(text: str) -> None:
    assert any(_named(name, text) for name in _names(ROOT))


@pytest.mark.parametrize("folder", [ROOT, ORRERY, PACKS / "ladya"], ids=["shipped", "orrery", "ladya"])
def test_nothing_in_the_engine_is_named_after_a_pack(folder: Path) -> None:
    """But the product itself, sco-bot."""
    names = _names(folder)
    small = {path: text.lower() for path, text in _texts().items()}
    found = [
        f"{path.relative_to(ROOT)}:{line} names {name!r}"
        for name in sorted(names)
        for path, text in _texts().items()
        if _start(name) in small[path]
        for line in _named(name, text)
    ]
    assert len(names) > 35
    assert found == []


def _start(name: str) -> str:
    """What stands in any text that names it, quickly looked for."""
    return name.split()[0][:-1].lower() if _RUSSIAN.fullmatch(name.split()[0]) else name.split()[0].lower()
