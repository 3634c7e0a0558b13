"""The temporal knowledge graph as values: entities, and facts about them that hold over time and name their sources."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal

from bot.knowledge.problems import Problem
from bot.reply import Source

ENGLISH = "en"
"""What is not there in a language is said in English, where it is there."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date as precise as it is known: a year, a month (`month` > 0) or a day (`day` > 0)."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read YYYY, YYYY-MM or YYYY-MM-DD. Raises ValueError for anything else and for days that do not exist."""
        found = _DATE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no date; write 2005, 2005-07 or 2005-07-05")
        year, month, day = (int(part or 0) for part in found.groups())
        try:
            date(year, month or 1, day or 1)
        except ValueError:
            raise ValueError(f"{text} does not exist in the calendar") from None
        if (found[2] and not month) or (found[3] and not day):
            raise ValueError(f"{text} does not exist in the calendar")
        return cls(year, month, day)

    @property
    def first(self) -> date:
        """The earliest day that it may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day that it may mean."""
        if self.day:
            return date(self.year, self.month, self.day)
        month = self.month or 12
        return date(self.year, month, calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        return "-".join(f"{part:02}" for part in (self.year, self.month, self.day) if part)


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `start` to `end`, both inclusive; None is open."""

    start: date | None = None
    end: date | None = None

    def overlaps(self, other: Interval) -> bool:
        """Whether they share a day."""
        return not (
            (self.end is not None and other.start is not None and self.end < other.start)
            or (other.end is not None and self.start is not None and other.end < self.start)
        )

    def holds(self, day: date | None) -> bool:
        """Whether a day lies inside; an unknown day (None) does not."""
        return day is not None and self.overlaps(Interval(day, day))

    def covers(self, other: Interval) -> bool:
        """Whether all of the other lies inside."""
        starts = self.start is None or (other.start is not None and self.start <= other.start)
        ends = self.end is None or (other.end is not None and other.end <= self.end)
        return starts and ends


ALWAYS = Interval()


@lru_cache(maxsize=20_000)
def _days_of(start: PartialDate | None, end: PartialDate | None) -> Interval:
    return Interval(start.first if start else None, end.last if end else None) if start or end else ALWAYS


Text = Mapping[str, str]
Value = str | Text | float | PartialDate


def text_in(text: Text, language: str) -> str:
    """A text in a language, else in English, else as it is written."""
    return text.get(language) or text.get(ENGLISH) or next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Claim:
    """What another source says instead."""

    value: Value | None
    start: PartialDate | None
    end: PartialDate | None
    sources: tuple[str, ...]
    note: Text


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: `relation` of `subject` is `value`, over [start, end], as its sources say.

    `value` is an entity id, a text a language, a number (in `unit`) or a date, as the relation's schema declares.
    """

    subject: str
    relation: str
    value: Value
    start: PartialDate | None = None
    end: PartialDate | None = None
    at: str | None = None
    place: str | None = None
    of: str | None = None
    by: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    unit: str = ""
    approx: bool = False
    note: Text = field(default_factory=dict)
    words: tuple[str, ...] = ()
    holds: bool | None = None
    sources: tuple[str, ...] = ()
    disputed: tuple[Claim, ...] = ()
    because: Text = field(default_factory=dict)
    where: str = field(default="", compare=False)

    interval: Interval = field(init=False, repr=False, compare=False)
    """When it holds; without dates, always. A date that is its value counts as its time."""

    def __post_init__(self) -> None:
        start, end = self.start, self.end
        if isinstance(self.value, PartialDate) and start is None:
            start = end = self.value
        object.__setattr__(self, "interval", _days_of(start, end))

    @property
    def began(self) -> Interval:
        """The days on which it may have begun; open on both sides when that is unknown."""
        start = self.value if isinstance(self.value, PartialDate) else self.start
        return Interval(start.first, start.last) if start else Interval()

    @property
    def is_point(self) -> bool:
        """Whether it is a point in time and not a stretch."""
        return self.start is not None and self.start == self.end

    def mentions(self) -> Iterator[str]:
        """The ids of all entities that it names."""
        value = self.value if isinstance(self.value, str) else None
        return filter(None, (self.subject, value, self.at, self.place, self.of, *self.by, *self.with_))


@dataclass(frozen=True, slots=True)
class Names:
    """What a thing is called in one language."""

    short: str
    official: str = ""
    aliases: tuple[str, ...] = ()
    adjective: tuple[str, ...] = ()
    plural: str = ""

    def all(self) -> Iterator[str]:
        """Every form by which it may be called."""
        yield from filter(None, (self.short, self.official, *self.aliases, *self.adjective, self.plural))


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing with a stable id, a type of the schema, and names a language."""

    id: str
    type: str
    names: Mapping[str, Names]
    flag: str = ""
    where: str = field(default="", compare=False)
    own: bool = False
    namesakes: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """Its short name in a language, else in English, else as it is written, else its id."""
        for spoken in (language, ENGLISH, *self.names):
            if spoken in self.names and self.names[spoken].short:
                return self.names[spoken].short
        return self.id


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of thing. `own` says that naming one is evidence that the pack's organisation is meant.

    `required` are the relations of which each such thing has a fact.
    """

    id: str
    parent: str | None
    name: Text
    own: bool = False
    territories: bool = False
    foreign: bool = False
    label: bool = False
    named_by: str = ""
    described_by: Mapping[str, str] = field(default_factory=dict)
    nouns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plurals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pronouns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Succession:
    """That one fact of a relation follows another: each subject has one value at a time, or each value one subject.

    `among` are the values that it is about, all of them when empty; `gaps` says that there may be time between two.
    """

    per: Literal["subject", "value"]
    among: frozenset[str] = frozenset()
    gaps: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """What a fact can say: of which type, with a value of which type (or text, number, date), asked for by which words.

    `searched` says whether its texts are found by their words; `told_by` by which rule people tell a time by it ("when
    Ann joined"), `told_as` which value they mean then; `metonym` whether its value may stand for its subject ("the
    capital paid"); after `fresh_for` months what still holds has aged.
    """

    id: str
    of: str
    value: str
    label: Text
    asked: Mapping[str, tuple[str, ...]]
    searched: bool = True
    told_by: str = ""
    told_as: str = ""
    metonym: bool = False
    succession: Succession | None = None
    fresh_for: int = 0
    where: str = ""

    @property
    def is_link(self) -> bool:
        """Whether its values are entities."""
        return self.value not in ("text", "number", "date")


@dataclass(frozen=True)
class Knowledge:
    """All that a pack knows. Built by the loader, never changed."""

    title: str
    about: str
    reviewed: PartialDate
    types: Mapping[str, Type]
    relations: Mapping[str, Relation]
    sources: Mapping[str, Source]
    entities: Mapping[str, Entity]
    facts: Sequence[Fact]
    languages: tuple[str, ...] = (ENGLISH,)
    left_over: tuple[Problem, ...] = ()
    """Translations of what stands in no file (any more): they harm no answer."""

    def index(self) -> None:
        """Make ready what is otherwise made ready by the first question that needs it."""
        _ = self._of, self._by_relation, self._about, self.subjects, self._metonyms, self._typed
        _ = self._days, self._called, self._in_order

    @cached_property
    def _of(self) -> dict[str, dict[str, list[Fact]]]:
        """The facts of each relation by their subjects: one table of both would grow for too long at a time."""
        index: dict[str, dict[str, list[Fact]]] = {}
        for fact in self.facts:
            index.setdefault(fact.relation, {}).setdefault(fact.subject, []).append(fact)
        return index

    @cached_property
    def _by_relation(self) -> dict[str, list[Fact]]:
        index: dict[str, list[Fact]] = {}
        for fact in self.facts:
            index.setdefault(fact.relation, []).append(fact)
        return index

    @cached_property
    def _about(self) -> dict[str, list[Fact]]:
        index: dict[str, list[Fact]] = {}
        for fact in self.facts:
            for name in dict.fromkeys(fact.mentions()):
                index.setdefault(name, []).append(fact)
        return index

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The ids of all things of which something is said, labels apart."""
        said = {fact.subject for fact in self.facts}
        return frozenset(name for name in said if not self.types[self.entities[name].type].label)

    @cached_property
    def _metonyms(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for relation in self.relations.values():
            for fact in self.facts_with(relation.id) if relation.metonym else ():
                index.setdefault(str(fact.value), []).append(fact.subject)
        return index

    def meant_by(self, entity: str) -> list[str]:
        """The ids of the things for which a thing may stand, as a capital for its country."""
        return self._metonyms.get(entity, [])

    @cached_property
    def _typed(self) -> dict[str, dict[str, int]]:
        """The things of each type, each with its place among all."""
        index: dict[str, dict[str, int]] = {}
        for place, entity in enumerate(self.entities.values()):
            for name in self.lineage(entity.type):
                index.setdefault(name, {})[entity.id] = place
        return index

    def lineage(self, type_: str) -> list[str]:
        """A type and its parents, nearest first."""
        line: list[str] = []
        name: str | None = type_
        while name and name in self.types and name not in line:
            line.append(name)
            name = self.types[name].parent
        return line

    def is_a(self, entity: str, type_: str) -> bool:
        """Whether an entity is of a type or of one below it."""
        return entity in self._typed.get(type_, ())

    def of_type(self, type_: str, among: Set[str] | None = None) -> Collection[str]:
        """The ids of all entities of a type (among some), in the order of the files."""
        places = self._typed.get(type_, {})
        return places.keys() if among is None else sorted(places.keys() & among, key=places.__getitem__)

    @cached_property
    def _days(self) -> dict[str, date]:
        """When each thing was, for the types that are told apart by a date."""
        days: dict[str, date] = {}
        for entity in self.entities.values():
            told = (self.types[name].described_by.get("when") for name in self.lineage(entity.type))
            if relation := next(filter(None, told), None):
                began = [fact.interval.start for fact in self.facts_of(entity.id, relation) if fact.interval.start]
                if began:
                    days[entity.id] = min(began)
        return days

    def day_of(self, entity: str) -> date | None:
        """The day by which a thing is told apart from others of its type, as when a meeting began; None without one."""
        return self._days.get(entity)

    @cached_property
    def _called(self) -> Counter[tuple[str, str, str]]:
        """How many things of a type have a name in a language."""
        languages = {language for entity in self.entities.values() for language in entity.names}
        return Counter((code, one.type, one.name(code)) for code in languages for one in self.entities.values())

    def has_namesake(self, entity: str, language: str) -> bool:
        """Whether another thing of its type has the same name."""
        found = self.entities[entity]
        return self._called[language, found.type, found.name(language)] > 1

    @cached_property
    def _in_order(self) -> dict[str, list[str]]:
        return {
            type_: sorted(filter(self._days.get, self.of_type(type_)), key=self._days.__getitem__)
            for type_ in self.types
        }

    def in_order(self, type_: str) -> list[str]:
        """The ids of a type's things, by their days; those that have none are left out."""
        return self._in_order.get(type_, [])

    def facts_of(self, subject: str, relation: str) -> list[Fact]:
        """The facts of one relation of one thing."""
        return self._of.get(relation, {}).get(subject, [])

    def facts_with(
        self, relation: str, values: frozenset[Value] | None = None, among: Collection[str] | None = None
    ) -> list[Fact]:
        """All facts of one relation: with one of some values (or one that is a part of it), of some things.

        It looks at whichever are fewer, the facts with such a value or the things.
        """
        facts = self._by_relation.get(relation, [])
        places = range(len(facts)) if values is None else self._places_of(relation, values)
        if among is None:
            return facts if values is None else [facts[place] for place in places]
        if len(places) <= len(among):
            return [fact for place in places if (fact := facts[place]).subject in among]
        own = [fact for subject in among for fact in self.facts_of(subject, relation)]
        return own if values is None else [fact for fact in own if not values.isdisjoint(self.values_of(fact))]

    @cached_property
    def _valued(self) -> dict[str, dict[Value, list[int]]]:
        """Of relations for whose values somebody has asked, the places of the facts that have each value."""
        return {}

    def _places_of(self, relation: str, values: frozenset[Value]) -> Sequence[int]:
        if relation not in self._valued:
            index: dict[Value, list[int]] = {}
            for place, fact in enumerate(self._by_relation.get(relation, ())):
                for value in dict.fromkeys(self.values_of(fact)):
                    index.setdefault(value, []).append(place)
            self._valued[relation] = index
        found = [self._valued[relation].get(value, []) for value in values]
        return found[0] if len(found) == 1 else sorted({*chain(*found)})

    def values_of(self, fact: Fact) -> tuple[Value, ...]:
        """What may be asked for as the value of a fact: that and what it is a part of, if it is no text."""
        if isinstance(fact.value, str):
            return (fact.value, *(part.value for part in self.facts_of(fact.value, "part_of")))
        return () if isinstance(fact.value, Mapping) else (fact.value,)

    @cached_property
    def _sourced(self) -> dict[str, Mapping[str, Source]]:
        """The sources in each language in which somebody has asked for them."""
        return {}

    def sources_in(self, language: str) -> Mapping[str, Source]:
        """The sources, as a language has them."""
        if language not in self._sourced:
            self._sourced[language] = {name: one.in_language(language) for name, one in self.sources.items()}
        return self._sourced[language]

    def facts_about(self, entity: str) -> list[Fact]:
        """All facts that name a thing, as subject or otherwise."""
        return self._about.get(entity, [])
