"""What a language that a pack declares still lacks: an error, not an English sentence in somebody's Russian chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.knowledge.problems import Problem
from bot.pack import Pack

Texts = Mapping[str, Any]


def untranslated(pack: Pack) -> Iterator[Problem]:
    """Every text of the pack's first language that one of the others that it declares has not."""
    first, *others = pack.knowledge.languages
    for what, where, texts in (*_intents(pack), *_schema(pack), *_names(pack), *_facts(pack)):
        for code in others:
            if texts.get(first) and not texts.get(code):
                yield _problem(where, f"{what} is missing in {code!r}, which the pack says that it speaks")


def _intents(pack: Pack) -> Iterator[tuple[str, str, Texts]]:
    for intent in (one for one in pack.intents.intents.values() if not one.inherited):
        kinds = {"template": intent.templates, "answer": intent.answer, "'empty'": intent.empty}
        yield from ((f"the {kind} of the intent {intent.id!r}", intent.where, texts) for kind, texts in kinds.items())
    for sketch in pack.intents.pictures.values():
        for kind, texts in (("title", sketch.title), ("text for those who cannot see it", sketch.alt)):
            yield f"the {kind} of the picture {sketch.id!r}", sketch.where, texts
    telling = pack.intents.telling
    yield from ((f"the statement {one.relation!r}", one.where, one.says) for one in telling.statements.values())
    yield from ((f"the quiz question {one.id!r}", one.where, one.question) for one in telling.quiz.values())
    yield from ((f"the topic {one.id!r}", "", one.label) for one in pack.intents.topics.values())


def _schema(pack: Pack) -> Iterator[tuple[str, str, Texts]]:
    yield from ((f"the name of the type {one.id!r}", "", one.name) for one in pack.knowledge.types.values())
    yield from ((f"the label of {one.id!r}", one.where, one.label) for one in pack.knowledge.relations.values())


def _names(pack: Pack) -> Iterator[tuple[str, str, Texts]]:
    for entity in pack.knowledge.entities.values():
        if entity.where:  # the world's countries, which no file names, are called as CLDR has them
            yield f"the name of {entity.id!r}", entity.where, {code: one.short for code, one in entity.names.items()}


def _facts(pack: Pack) -> Iterator[tuple[str, str, Texts]]:
    for fact in pack.knowledge.facts:
        texts = [fact.value, fact.note, fact.because, *(claim.note for claim in fact.disputed)]
        for text in texts:
            if isinstance(text, Mapping):
                yield f"the translation of {next(iter(text.values()), '')!r}", fact.where, text


def _problem(where: str, message: str) -> Problem:
    file, _, line = where.rpartition(":")
    return Problem(file or "intents", int(line or 1), message)
