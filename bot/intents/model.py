"""What an intents folder says, as values: intents and their examples, a language's words, how facts are told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from bot.intents.grammar import Pattern
from bot.knowledge.problems import Problem
from bot.picture import Sketch

Phrases = Mapping[str, Collection[str]]
"""The fixed phrases that somebody needs, each with the names of the values that it may have in braces."""

SLOTS = ("when", "ordinal", "number", "relation", "noun", "topic")
"""The slots that are not things of a type."""

Given = Literal["subject", "value", "of", "year", "during", "period"]
"""What a question names: parts of the fact, the year in which it began (an event without a date of its own: in which
the event was), a year that it covers whole, or all its time."""

Asked = Literal["subject", "value", "year", "day"]
"""What a question asks for: a thing, or the year or day on which the fact began."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A relation's fact as a sentence (a template a language), with one of the values `only` if there are any.

    `anniversary` says whether its day is worth remembering.
    """

    relation: str
    says: Mapping[str, str]
    only: frozenset[str]
    anniversary: bool
    where: str


@dataclass(frozen=True, slots=True)
class QuizTemplate:
    """A kind of question: of which facts it is made, what it names, and what it asks for.

    With `among` the question is which of the options is right, and others that are not shown may be right too.
    """

    id: str
    relation: str
    about: str | None
    only: frozenset[str]
    given: tuple[Given, ...]
    asks: Asked
    among: bool
    question: Mapping[str, str]
    where: str


@dataclass(frozen=True, slots=True)
class Telling:
    """All of a pack."""

    statements: Mapping[str, Statement]
    quiz: Mapping[str, QuizTemplate]


@dataclass(frozen=True, slots=True)
class Example:
    """A question beside the intent that has to answer it."""

    ask: str
    says: tuple[str, ...]
    never: tuple[str, ...]
    kind: str
    where: str
    after: tuple[str, ...] = ()
    lang: str = "en"


@dataclass(frozen=True)
class Intent:
    """What people ask for: how they say it, what to query, how to say the result, and what they may ask next."""

    id: str
    templates: Mapping[str, tuple[tuple[str, tuple[Pattern, ...]], ...]]
    queries: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, str]
    answer: Mapping[str, str]
    empty: Mapping[str, str]
    related: Mapping[str, list[str]]
    kind: str
    even: frozenset[str]
    favour: float
    sure: float
    follows: bool
    anchored: bool
    polar: bool
    others: bool
    picture: str
    examples: tuple[Example, ...]
    where: str
    inherited: bool
    """It stands in the base, and the pack says nothing of it."""
    unfilled: frozenset[str]
    """Slots that it knows and that are always empty, for the pack has no such things."""
    places: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)
    """Where the texts of a key (answer, empty, related) stand in a language."""

    def roles(self, language: str) -> dict[str, set[str]]:
        """The slots that its templates know, each with the types that may fill it."""
        if language not in self._roles:
            found: dict[str, set[str]] = {role: set() for role in self.unfilled}
            for _, flat in self.templates.get(language, ()):
                for pattern in flat:
                    for item in pattern:
                        if item.kind == "slot":
                            found.setdefault(item.role, set()).add(item.name)
            self._roles[language] = found
        return self._roles[language]

    @cached_property
    def _roles(self) -> dict[str, dict[str, set[str]]]:
        return {}


@dataclass(frozen=True, slots=True)
class Topic:
    """Things that one can look through: what they are called, and the query that finds them."""

    id: str
    label: Mapping[str, str]
    query: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WordLists:
    """A language's words; `bot.intents.loader.WordsShape` says what each part is."""

    ignore: Sequence[str]
    stop: Sequence[str]
    turning: Sequence[str]
    jointly: Sequence[str]
    pronouns: Sequence[str]
    several: Sequence[str]
    back_then: Sequence[str]
    questions: Sequence[str]
    interrogatives: Sequence[str]
    asking: Sequence[str]
    contractions: Mapping[str, str]
    time: Mapping[str, Sequence[str]]
    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    decades: Mapping[str, int]
    months: Mapping[str, int]
    ordinal_endings: Sequence[str]
    decade_endings: Sequence[str]
    picturing: Sequence[str]
    phrases: Mapping[str, str]
    script: str
    keyboard: Sequence[str]
    latin: Mapping[str, str]
    clauses: Sequence[str]


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language that a pack does not speak: how it is told, and how it is said in it which languages are spoken."""

    code: str
    scripts: Sequence[str]
    words: frozenset[str]
    letters: frozenset[str]
    says: str

    def evidence(self, text: str) -> int:
        """How many of a text's words are small ones of this language, or have letters of its own."""
        words = re.findall(r"[^\W\d_]+", text.casefold())
        return sum(word in self.words or not self.letters.isdisjoint(word) for word in words)


@dataclass(frozen=True)
class Language:
    """What a pack knows of one language beside its templates: plain rules as phrases, and words by their part."""

    code: str
    rules: Mapping[str, tuple[str, ...]]
    words: WordLists
    places: Mapping[str, str] = field(default_factory=dict)
    """Where its phrases stand."""


@dataclass(frozen=True)
class Intents:
    """All intents of a pack. Built by the loader, never changed."""

    intents: Mapping[str, Intent]
    languages: Mapping[str, Language]
    telling: Telling
    negatives: tuple[str, ...] = field(default=())
    pictures: Mapping[str, Sketch] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    others: Sequence[OtherLanguage] = ()
    left_over: tuple[Problem, ...] = ()
    """Translations of what stands in no file (any more): they harm no answer."""
