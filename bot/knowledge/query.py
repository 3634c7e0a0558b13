"""Questions put to the facts: one small, pure evaluator for the queries that intents declare in YAML.

A query finds things (`find`) that have, or lack, facts in a time; or takes facts themselves (`facts`). Then it orders,
takes and shows. Values that begin with `$` are the slots of the message; a slot that the message does not fill drops
its condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.knowledge.model import Fact, Interval, Knowledge, PartialDate
from bot.language.dates import When

ALWAYS = Interval()


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
        rows = [replace(row, facts=(*row.facts, *wanted[row.entity].facts)) for row in rows if row.entity in wanted]
    if spec.get("turn"):
        rows = [Row(fact.value, (fact,)) for row in rows for fact in row.facts if isinstance(fact.value, str)]
    if spec.get("gather"):
        rows = _gathered(rows)
    rows = _only(rows, spec, slots)
    rows = _ordered(rows, spec.get("order"), knowledge)
    total = len(rows)
    rows = _taken(rows, spec.get("take"), slots, _often if spec.get("order") == "often" else _tie)
    if shown := spec.get("show"):
        rows = [replace(row, facts=(*row.facts, *_shown(row, shown, knowledge))) for row in rows]
    return Result(tuple(rows), total)


def _gathered(rows: Iterable[Row]) -> list[Row]:
    """One row a thing, with the facts of all its rows."""
    facts: dict[str, tuple[Fact, ...]] = {}
    for row in rows:
        facts[row.entity] = (*facts.get(row.entity, ()), *row.facts)
    return [Row(entity, found) for entity, found in facts.items()]


def _find_rows(spec: Spec, slots: Slots, knowledge: Knowledge) -> list[Row]:
    wanted = value_of(spec["find"], slots)
    names = _list(wanted)
    ids = [name for name in names if name in knowledge.entities and name not in knowledge.types]
    ids += [entity for name in names if name in knowledge.types for entity in knowledge.of_type(name)]
    if type_ := value_of(spec.get("type"), slots):
        ids = [entity for entity in ids if knowledge.is_a(entity, type_)]
    conditions = [item for item in _list(spec.get("has")) if item]
    lacking = [item for item in _list(spec.get("lacks")) if item]
    times = _times(spec, slots)
    if not conditions and not lacking:
        return [Row(entity) for entity in ids]
    timed = [(condition, _condition_times(condition, times, slots)) for condition in conditions]
    untimed = [(condition, _condition_times(condition, times, slots)) for condition in lacking]
    ids = _with_facts(ids, conditions, slots, knowledge)
    rows = []
    for entity in ids:
        facts: list[Fact] = []
        for condition, asked in timed:
            found = _condition_facts(entity, condition, asked, slots, knowledge)
            if found is None:
                break
            facts += found
        else:
            if not any(_condition_facts(entity, condition, asked, slots, knowledge) for condition, asked in untimed):
                rows.append(Row(entity, tuple(facts)))
    return rows


def _condition_facts(
    entity: str, condition: Spec, times: Mapping[str, When], slots: Slots, knowledge: Knowledge
) -> list[Fact] | None:
    """The facts of a thing that meet one condition, None when none does; one on an unfilled slot asks for nothing."""
    needed, facts = False, []
    for relation, wanted in condition.items():
        if relation in ("during", "began", "ended", "of", "timeless", "at", "every"):
            continue
        value = value_of(wanted, slots)
        if value is None and not condition.keys() & {"during", "began", "ended"}:
            continue
        needed = True
        value = "any" if value is None else value
        names = value_of(relation, slots) if relation.startswith("$") else relation
        candidates = [fact for name in _list(names) for fact in knowledge.facts_of(entity, name)]
        if value != "any":
            values = set(_list(value))
            candidates = [fact for fact in candidates if _matches(fact, values, knowledge)]
        facts += candidates
    if not needed:
        return []
    for key in ("of", "at"):
        wanted = value_of(condition.get(key), slots)
        if wanted is not None:
            facts = [fact for fact in facts if getattr(fact, key) in _list(wanted)]
    facts = [fact for fact in facts if in_time(fact, times)]
    if condition.get("every") and not {*_list(value_of(condition["every"], slots))} <= {fact.value for fact in facts}:
        return None
    return facts or None


def _condition_times(condition: Spec, times: Mapping[str, When], slots: Slots) -> dict[str, When]:
    return {} if condition.get("timeless") else {**times, **_times(condition, slots)}


def _with_facts(ids: list[str], conditions: Sequence[Spec], slots: Slots, knowledge: Knowledge) -> list[str]:
    """Those of the things that can meet the first condition that binds at all, found by its relation's facts."""
    for condition in conditions:
        for relation, wanted in condition.items():
            if relation in knowledge.relations and value_of(wanted, slots) is not None:
                having = knowledge.subjects_of(relation)
                return [entity for entity in ids if entity in having] if len(having) * 4 < len(ids) * 3 else ids
    return ids


def _matches(fact: Fact, values: set[Any], knowledge: Knowledge) -> bool:
    if isinstance(fact.value, str):
        if fact.value in values:
            return True
        return any(part.value in values for part in knowledge.facts_of(fact.value, "part_of"))
    return fact.value in values if not isinstance(fact.value, Mapping) else False


def in_time(fact: Fact, times: Mapping[str, When]) -> bool:
    """Whether a fact meets the times asked for: `during` overlaps, `began` and `ended` lie inside."""
    for key, when in times.items():
        if key == "during" and not fact.interval.overlaps(when.interval):
            return False
        if key == "began" and (
            (fact.start is None and not isinstance(fact.value, PartialDate)) or not fact.began.overlaps(when.interval)
        ):
            return False
        if key == "ended" and (fact.end is None or not when.interval.holds(fact.end.first)):
            return False
    return True


def _times(spec: Spec, slots: Slots) -> dict[str, When]:
    found = {key: value_of(spec.get(key), slots) for key in ("during", "began", "ended")}
    return {key: when for key, when in found.items() if isinstance(when, When)}


def _facts_rows(spec: Spec, slots: Slots, knowledge: Knowledge) -> list[Row]:
    relations = _list(value_of(spec["facts"], slots))
    subjects = value_of(spec.get("about"), slots)
    values = value_of(spec.get("value"), slots)
    times = _times(spec, slots)
    rows = []
    for relation in relations:
        if relation not in knowledge.relations:
            continue
        pool: Iterable[Fact]
        if subjects is None:
            pool = knowledge.facts_with(relation)
        else:
            pool = (fact for subject in _list(subjects) for fact in knowledge.facts_of(subject, relation))
        for fact in pool:
            if values is not None and not _matches(fact, set(_list(values)), knowledge):
                continue
            if all(
                _qualifier(fact, key, value_of(spec.get(key), slots)) for key in ("of", "at", "by", "with", "in")
            ) and in_time(fact, times):
                rows.append(Row(fact.subject, (fact,)))
    if type_ := value_of(spec.get("type"), slots):
        rows = [row for row in rows if knowledge.is_a(row.entity, type_)]
    return rows


def _qualifier(fact: Fact, key: str, wanted: Any) -> bool:
    if wanted is None:
        return True
    has = {"of": (fact.of,), "at": (fact.at,), "by": fact.by, "with": fact.with_, "in": (fact.place,)}[key]
    return bool(set(has) & set(_list(wanted)))


def _only(rows: list[Row], spec: Spec, slots: Slots) -> list[Row]:
    """Rows whose number lies above, below or at a bound."""
    tests: dict[str, Callable[[float, float], bool]] = {
        "above": lambda value, bound: value > bound,
        "below": lambda value, bound: value < bound,
        "equals": lambda value, bound: value == bound,
    }
    for key, test in tests.items():
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
        return sorted(
            rows, key=lambda row: min((_start(fact) for fact in row.facts), default=date.max), reverse=order == "latest"
        )
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
    return max(numbers) if numbers else min((_start(fact) for fact in row.facts), default=row.entity)


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
