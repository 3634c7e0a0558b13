"""Questions put to the facts: one small, pure evaluator for the queries that intents declare in YAML.

A query finds things (`find`) that have, or lack, facts in a time; or takes facts themselves (`facts`). Then it orders,
takes and shows. Values that begin with `$` are the slots of the message; a slot that the message does not fill drops
its condition.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot.knowledge.model import Fact, Interval, Knowledge, PartialDate
from bot.language.dates import When

TIMES = ("during", "began", "ended")

_BESIDE = frozenset((*TIMES, "of", "timeless", "at", "every"))
"""What stands in a condition beside relations."""

Test = Callable[[Fact], bool]

_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "above": operator.gt,
    "below": operator.lt,
    "at_least": operator.ge,
    "at_most": operator.le,
    "equals": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A thing found, with the facts for which it was found."""

    entity: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found, in its order; `of` counts what it had before `take` cut it down."""

    rows: tuple[Row, ...] = ()
    of: int = 0

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts of all rows, each once."""
        return tuple({id(fact): fact for row in self.rows for fact in row.facts}.values())

    @property
    def ids(self) -> tuple[str, ...]:
        """The things found."""
        return tuple(dict.fromkeys(row.entity for row in self.rows))


Slots = Mapping[str, Any]
Spec = Mapping[str, Any]


def run(spec: Spec, slots: Slots, knowledge: Knowledge) -> Result:
    """The result of one query. The spec has been checked when its intent was loaded."""
    rows = _facts_rows(spec, slots, knowledge) if "facts" in spec else _find_rows(spec, slots, knowledge)
    for other in _list(spec.get("except")):
        banned = set(run(other, slots, knowledge).ids)
        rows = [row for row in rows if row.entity not in banned]
    for other in _list(spec.get("and")):
        wanted = {row.entity: row for row in run(other, slots, knowledge).rows}
        rows = [Row(row.entity, (*row.facts, *wanted[row.entity].facts)) for row in rows if row.entity in wanted]
    if spec.get("turn"):
        rows = [Row(fact.value, (fact,)) for row in rows for fact in row.facts if isinstance(fact.value, str)]
    if spec.get("gather"):
        rows = _gathered(rows)
    rows = _only(rows, spec, slots)
    rows = _ordered(rows, spec.get("order"), knowledge)
    total = len(rows)
    rows = _taken(rows, spec.get("take"), slots, _often if spec.get("order") == "often" else _tie)
    if shown := spec.get("show"):
        rows = [Row(row.entity, (*row.facts, *_shown(row, shown, knowledge))) for row in rows]
    return Result(tuple(rows), total)


def _gathered(rows: Iterable[Row]) -> list[Row]:
    """One row a thing, with the facts of all its rows."""
    facts: dict[str, tuple[Fact, ...]] = {}
    for row in rows:
        facts[row.entity] = (*facts.get(row.entity, ()), *row.facts)
    return [Row(entity, found) for entity, found in facts.items()]


def _find_rows(spec: Spec, slots: Slots, knowledge: Knowledge) -> list[Row]:
    names = _list(value_of(spec["find"], slots))
    times = _times(spec, slots)
    asked = list(_conditions(spec.get("has"), times, slots))
    if not asked:
        found: dict[str, list[Fact]] = {entity: [] for entity in _things(names, knowledge)}
    else:
        of_one = len(names) == 1 and names[0] in knowledge.types  # of a type there are many, and they are not copied
        met = asked[0].met(knowledge, knowledge.of_type(names[0]) if of_one else {*_things(names, knowledge)})
        found = {entity: met[entity] for entity in _things(names, knowledge, met.keys())}
    for condition in asked[1:]:
        met = condition.met(knowledge, found.keys())
        found = {entity: facts + met[entity] for entity, facts in found.items() if entity in met}
    for condition in _conditions(spec.get("lacks"), times, slots):
        met = condition.met(knowledge, found.keys())
        found = {entity: facts for entity, facts in found.items() if entity not in met}
    type_ = value_of(spec.get("type"), slots)
    return [Row(entity, tuple(facts)) for entity, facts in found.items() if not type_ or knowledge.is_a(entity, type_)]


def _things(names: Sequence[str], knowledge: Knowledge, among: Set[str] | None = None) -> list[str]:
    """Those that are called so or are of a type that is called so (among some)."""
    things = [name for name in names if name in knowledge.entities and name not in knowledge.types]
    named = [name for name in things if among is None or name in among]
    return named + [entity for name in names for entity in knowledge.of_type(name, among)]


@dataclass(frozen=True, slots=True)
class _Condition:
    """What is asked of things, with the slots in place.

    `wanted` are relations, each with the values that will do (None for any). The facts have to pass the `tests`, and
    to have `every` one of some values among them.
    """

    wanted: Sequence[tuple[str, frozenset[Any] | None]]
    tests: Sequence[Test]
    every: frozenset[Any]

    def met(self, knowledge: Knowledge, among: Collection[str]) -> dict[str, list[Fact]]:
        """Those of the things that meet it, each with the facts by which it does."""
        met: dict[str, list[Fact]] = {}
        for relation, values in self.wanted:
            for fact in _passing(knowledge.facts_with(relation, values, among), self.tests):
                met.setdefault(fact.subject, []).append(fact)
        if not self.every:
            return met
        return {entity: facts for entity, facts in met.items() if self.every <= {fact.value for fact in facts}}


def _conditions(written: Any, times: Mapping[str, When], slots: Slots) -> Iterator[_Condition]:
    """Those that ask for something: one on an unfilled slot alone does not."""
    for spec in _list(written):
        values = {name: value_of(value, slots) for name, value in spec.items() if name not in _BESIDE}
        if spec.keys().isdisjoint(TIMES):
            values = {name: value for name, value in values.items() if value is not None}
        if values:
            wanted = [
                (relation, None if value in (None, "any") else frozenset(_list(value)))
                for name, value in values.items()
                for relation in _list(value_of(name, slots))
            ]
            asked = {} if spec.get("timeless") else {**times, **_times(spec, slots)}
            every = frozenset(_list(value_of(spec.get("every"), slots)))
            yield _Condition(wanted, _tests(spec, ("of", "at"), asked, slots), every)


def _tests(spec: Spec, keys: Iterable[str], times: Mapping[str, When], slots: Slots) -> Sequence[Test]:
    """What is asked of each fact beside its relation and value: things that it names, and its time."""
    named = ((_NAMED[key], value_of(spec.get(key), slots)) for key in keys)
    tests = [partial(_names, has, frozenset(_list(wanted))) for has, wanted in named if wanted is not None]
    return tests + [partial(_TIMED[key], when.interval) for key, when in times.items()]


def _passing(facts: Iterable[Fact], tests: Sequence[Test]) -> Iterable[Fact]:
    for test in tests:
        facts = filter(test, facts)
    return facts


def _names(has: Callable[[Fact], Sequence[str | None]], wanted: frozenset[str], fact: Fact) -> bool:
    return not wanted.isdisjoint(has(fact))


def _during(asked: Interval, fact: Fact) -> bool:
    return fact.interval.overlaps(asked)


def _began(asked: Interval, fact: Fact) -> bool:
    return (fact.start is not None or isinstance(fact.value, PartialDate)) and fact.began.overlaps(asked)


def _ended(asked: Interval, fact: Fact) -> bool:
    return fact.end is not None and asked.holds(fact.end.first)


_NAMED: Mapping[str, Callable[[Fact], Sequence[str | None]]] = {
    "of": lambda fact: (fact.of,),
    "at": lambda fact: (fact.at,),
    "by": lambda fact: fact.by,
    "with": lambda fact: fact.with_,
    "in": lambda fact: (fact.place,),
}

_TIMED = {"during": _during, "began": _began, "ended": _ended}
"""`during` overlaps the time asked for, `began` and `ended` lie inside."""


def _times(spec: Spec, slots: Slots) -> dict[str, When]:
    found = {key: value_of(spec.get(key), slots) for key in TIMES}
    return {key: when for key, when in found.items() if isinstance(when, When)}


def _facts_rows(spec: Spec, slots: Slots, knowledge: Knowledge) -> list[Row]:
    subjects = value_of(spec.get("about"), slots)
    wanted = value_of(spec.get("value"), slots)
    values = None if wanted is None else frozenset(_list(wanted))
    tests = _tests(spec, _NAMED, _times(spec, slots), slots)
    facts = (
        fact
        for relation in _list(value_of(spec["facts"], slots))
        for among in ([None] if subjects is None else [(subject,) for subject in _list(subjects)])
        for fact in knowledge.facts_with(relation, values, among)
    )
    rows = [Row(fact.subject, (fact,)) for fact in _passing(facts, tests)]
    if type_ := value_of(spec.get("type"), slots):
        rows = [row for row in rows if knowledge.is_a(row.entity, type_)]
    return rows


def _only(rows: list[Row], spec: Spec, slots: Slots) -> list[Row]:
    """Rows whose number lies above, below or at a bound."""
    for key, test in _BOUNDS.items():
        bound = value_of(spec.get(key), slots)
        if bound is not None:
            rows = [
                row
                for row in rows
                if any(isinstance(fact.value, float) and test(fact.value, float(bound)) for fact in row.facts)
            ]
    return rows


def _ordered(rows: list[Row], order: Any, knowledge: Knowledge) -> list[Row]:
    if order in ("began", "latest"):
        return sorted(rows, key=_first_day, reverse=order == "latest")
    if order in ("largest", "smallest"):
        return sorted(rows, key=_amount, reverse=order == "largest")
    if order == "often":
        return sorted(rows, key=_often, reverse=True)
    if order == "name":
        return sorted(rows, key=lambda row: knowledge.entities[row.entity].name("en"))
    return rows


def _amount(row: Row) -> float:
    return max((fact.value for fact in row.facts if isinstance(fact.value, float)), default=0.0)


def _start(fact: Fact) -> date:
    return fact.interval.start or date.max


def _first_day(row: Row) -> date:
    return min(map(_start, row.facts), default=date.max)


def _often(row: Row) -> int:
    return len(row.facts)


def _taken(rows: list[Row], take: Any, slots: Slots, rank: Callable[[Row], Any]) -> list[Row]:
    """The first, the last, the nth row; the first and last with all of the same rank: day, number or count."""
    take = value_of(take, slots)
    if take is None or not rows:
        return rows
    if take == "first":
        return [row for row in rows if rank(row) == rank(rows[0])]
    if take == "last":
        return [row for row in rows if rank(row) == rank(rows[-1])]
    return rows[int(take) - 1 : int(take)] if int(take) >= 1 else []


def _tie(row: Row) -> Any:
    numbers = [fact.value for fact in row.facts if isinstance(fact.value, float)]
    return max(numbers) if numbers else _first_day(row) if row.facts else row.entity


def _shown(row: Row, shown: Any, knowledge: Knowledge) -> Sequence[Fact]:
    return [fact for relation in _list(shown) for fact in knowledge.facts_of(row.entity, relation)]


def value_of(written: Any, slots: Slots) -> Any:
    """What a written value means: `$name` is that slot (None when unfilled), anything else itself."""
    if isinstance(written, str) and written.startswith("$"):
        return slots.get(written[1:])
    return written


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]
