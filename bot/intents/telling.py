"""How single facts are told and asked: a statement a relation, and questions of a quiz, both written in YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from bot.intents.model import Asked, Given, QuizTemplate, Statement, Telling
from bot.knowledge.entries import Files, Path_, entries
from bot.knowledge.files import Document, nearest
from bot.knowledge.model import Knowledge
from bot.knowledge.problems import Problem
from bot.knowledge.shapes import Shape, Texts, Truth, Words


class StatementShape(Shape):
    """A relation's facts in one sentence each."""

    says: Texts
    """The sentence, a Jinja template."""
    only: Words = []
    """Only facts with these values."""
    anniversary: Truth = False
    """The day is worth remembering each year."""


class QuizShape(Shape):
    """A kind of question of the quiz."""

    facts: str
    """The relation of whose facts it is made."""
    about: str | None = None
    """Only facts about things of this type."""
    only: Words = []
    """Only facts with these values."""
    given: Words
    """What the question names: subject, value, of, year, during, period."""
    asks: Asked
    """What it asks for."""
    among: Truth = False
    """Others that are no option may be right too: "which of these"."""
    question: Texts
    """The question, a Jinja template."""


def read_telling(files: Files, knowledge: Knowledge) -> Telling:
    """The statements and quiz questions of a folder's files."""
    reader = _Reader(files, knowledge)
    statements = {one.relation: one for one in reader.statements()}
    return Telling(statements, {one.id: one for one in reader.quiz()})


class _Reader:
    def __init__(self, files: Files, knowledge: Knowledge) -> None:
        self.files, self.knowledge = files, knowledge

    def statements(self) -> Iterator[Statement]:
        for entry in entries(self.files, "statements", StatementShape):
            key, shape, (document, path) = entry.key, entry.shape, entry.place
            self._known("relation", key, self.knowledge.relations, document, path)
            self._known_values(shape.only, document, path)
            where = f"{document.name}:{document.line(*path)}"
            yield Statement(key, shape.says, frozenset(shape.only), shape.anniversary, where)

    def quiz(self) -> Iterator[QuizTemplate]:
        for entry in entries(self.files, "quiz", QuizShape):
            key, shape, (document, path) = entry.key, entry.shape, entry.place
            self._known("relation", shape.facts, self.knowledge.relations, document, (*path, "facts"))
            if shape.about is not None:
                self._known("type", shape.about, self.knowledge.types, document, (*path, "about"))
            self._known_values(shape.only, document, path)
            for name in shape.given:
                self._known("part of a fact", name, list(get_args(Given)), document, (*path, "given"))
            where = f"{document.name}:{document.line(*path)}"
            given: Any = tuple(shape.given)
            yield QuizTemplate(
                key, shape.facts, shape.about, frozenset(shape.only), given, shape.asks, shape.among, shape.question,
                where,
            )  # fmt: skip

    def _known_values(self, names: list[str], document: Document, path: Path_) -> None:
        for name in names:
            self._known("entity", name, self.knowledge.entities, document, (*path, "only"))

    def _known(
        self, what: str, name: str, known: Mapping[str, Any] | list[str], document: Document, path: Path_
    ) -> None:
        if name not in known:
            self._problem(document, path, f"there is no {what} {name!r}{nearest(name, known)}")

    def _problem(self, document: Document, path: Path_, message: str) -> None:
        self.files.problems.append(Problem(document.name, document.line(*path), message))
