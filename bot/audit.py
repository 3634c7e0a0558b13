"""What can be wrong with a pack that can be read: where it contradicts itself, and what in it is left undone.

Errors make an answer wrong or a matter of chance: two statuses at a time, two things of one name. Notes are what an
editor may have meant, or has still to do: a source that nothing names, a figure that has aged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from bot.intents.grammar import Item, Pattern
from bot.intents.model import Intent, Language
from bot.knowledge.model import ENGLISH, Entity, Fact, Knowledge, PartialDate, Relation, Succession, text_in
from bot.knowledge.problems import Problem
from bot.pack import Pack
from bot.translations import untranslated

MONTH = timedelta(days=30.44)
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


class Audit(NamedTuple):
    """What was found in a pack, each in the order of the files."""

    errors: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def audit(pack: Pack) -> Audit:
    """Every error and note of a pack that has been loaded."""
    errors = (overlaps, unfulfilled, shared_names, claimed_twice, untranslated)
    notes = (holes, left_over, unused_sources, aged, unreachable, without_example)
    return Audit(*(tuple(sorted({found for check in checks for found in check(pack)})) for checks in (errors, notes)))


def overlaps(pack: Pack) -> Iterator[Problem]:
    """Facts of a succession that hold at the same time. The day of the change may belong to both."""
    for chain in _chains(pack.knowledge):
        for before, after in combinations(chain, 2):
            if not _over(before, after):
                told = f"{_told(after)} begins before {_told(before)} ends ({before.where})"
                yield _problem(after.where, f"{told}; give that one a 'to', or correct the dates")


def holes(pack: Pack) -> Iterator[Problem]:
    """A day or more between two facts of a succession that leaves no gaps."""
    for chain in _chains(pack.knowledge, without_gaps=True):
        for before, after in pairwise(chain):
            if _over(before, after) and _first(after) > _last(before) + timedelta(days=1):
                told = f"nothing is said of the time from {_told(before)} ({before.where}) to {_told(after)}"
                yield _problem(after.where, f"{told}; say what was then, if it is known")


def left_over(pack: Pack) -> Iterator[Problem]:
    """Translations of what stands in no file: it has been changed or taken out, or never stood so."""
    yield from (*pack.knowledge.left_over, *pack.intents.left_over)


def unfulfilled(pack: Pack) -> Iterator[Problem]:
    """Things without a fact that their type requires."""
    knowledge = pack.knowledge
    for entity in _written(knowledge):
        required = {name for type_ in knowledge.lineage(entity.type) for name in knowledge.types[type_].required}
        missing = sorted(name for name in required if not knowledge.facts_of(entity.id, name))
        if missing:
            yield _problem(entity.where, f"{entity.id!r} is a {entity.type} and has no fact {' and no '.join(missing)}")


def shared_names(pack: Pack) -> Iterator[Problem]:
    """Names that the bot reads as two things. Labels may share one, as may things that their facts tell apart."""
    knowledge = pack.knowledge
    for code, understanding in pack.languages.items():
        named: dict[tuple[str, ...], dict[str, str]] = {}
        for entity in _written(knowledge):
            for text in entity.names[code].all() if code in entity.names else ():
                named.setdefault(understanding.lexicon.stems_of(text), {}).setdefault(entity.id, text)
        for texts in named.values():
            for one, other in combinations((knowledge.entities[name] for name in texts), 2):
                if not _may_share(one, other, knowledge):
                    said = f"{texts[other.id]!r} means {other.id!r} here and {one.id!r} there ({one.where})"
                    hint = f"rename one, or write 'namesakes: [{one.id}]' if both are meant"
                    yield _problem(other.where, f"{said}; {hint}")


def claimed_twice(pack: Pack) -> Iterator[Problem]:
    """Templates of two intents that the same words and slots fill, with nothing to say which of the two is meant."""
    for code, language in pack.intents.languages.items():
        claims: dict[tuple[str, ...], list[tuple[Intent, str, list[frozenset[str]]]]] = {}
        for intent in pack.intents.intents.values():
            for text, patterns in intent.templates.get(code, ()):
                for pattern in patterns:
                    slots, words = _needed(pattern, language)
                    claims.setdefault(slots, []).append((intent, text, words))
        for rivals in claims.values():
            for (one, text, words), (other, rival, others) in combinations(rivals, 2):
                if one.id == other.id or (one.favour, one.follows) != (other.favour, other.follows):
                    continue
                both = [mine & theirs for mine, theirs in zip(words, others, strict=True)]
                if all(both):
                    shared = " ".join(map(min, both))
                    said = f"{rival!r} claims {shared!r}, as does {text!r} of the intent {one.id!r} ({one.where})"
                    yield _problem(other.where, f"{said}; change one, or 'favour' the one that is meant")


def unused_sources(pack: Pack) -> Iterator[Problem]:
    """Sources that no fact and no disputed claim names."""
    used: set[str] = set()
    for fact in pack.knowledge.facts:
        used.update(fact.sources, *(claim.sources for claim in fact.disputed))
    for source in pack.sources.values():
        if source.id not in used:
            yield _problem(
                source.where, f"no fact names the source {source.id!r}; cite it where it belongs, or delete it"
            )


def aged(pack: Pack) -> Iterator[Problem]:
    """What is said of the present and was last heard of too long before the pack was reviewed."""
    knowledge = pack.knowledge
    for relation in knowledge.relations.values():
        if relation.fresh_for:
            oldest = knowledge.reviewed.first - relation.fresh_for * MONTH
            for fact in _present(knowledge, relation):
                heard = _heard_of(fact, knowledge)
                if heard < oldest:
                    told = f"{_told(fact)} is given as of the present, and was last heard of on {heard}"
                    yield _problem(fact.where, f"{told}; look it up, and add a newer source, a newer figure or 'to'")


def unreachable(pack: Pack) -> Iterator[Problem]:
    """Relations with facts that no query, no answer and no search for words looks at."""
    knowledge = pack.knowledge
    shared = {language.words.phrases.get("macros", "") for language in pack.intents.languages.values()}
    reached = {name for text in shared for name in pack.environment(None).asked(text)}
    reached |= {name for picture in pack.intents.pictures.values() for name in _mentioned(picture.query)}
    reached |= {name for intent in pack.intents.intents.values() for name in _reached(intent, pack)}
    for relation in knowledge.relations.values():
        facts = knowledge.facts_with(relation.id)
        if facts and relation.id not in reached and not (relation.value == "text" and relation.searched):
            told = f"no question finds the {len(facts)} facts of {relation.id!r}, first {facts[0].where}"
            yield _problem(relation.where, f"{told}; give an intent a query for them, or the relation 'asked' words")


def without_example(pack: Pack) -> Iterator[Problem]:
    """Intents that no example tests."""
    for intent in pack.intents.intents.values():
        if not (intent.examples or intent.inherited):
            yield _problem(
                intent.where, f"the intent {intent.id!r} has no example; add a question that it has to answer"
            )


def _problem(where: str, message: str) -> Problem:
    file, _, line = where.rpartition(":")
    return Problem(file, int(line), message)


def _written(knowledge: Knowledge) -> Iterator[Entity]:
    """The things that stand in a file; the world's other countries do not."""
    return (entity for entity in knowledge.entities.values() if entity.where)


def _chains(knowledge: Knowledge, without_gaps: bool = False) -> Iterator[list[Fact]]:
    """The facts that follow one another, by when they begin."""
    for relation in knowledge.relations.values():
        succession = relation.succession
        if succession and not (without_gaps and succession.gaps):
            chains: dict[Any, list[Fact]] = {}
            for fact in knowledge.facts_with(relation.id):
                if not succession.among or fact.value in succession.among:
                    chains.setdefault(_link(fact, succession), []).append(fact)
            yield from (sorted(chain, key=_first) for chain in chains.values())


def _link(fact: Fact, succession: Succession) -> tuple[Any, ...]:
    return (fact.subject if succession.per == "subject" else fact.value, fact.of)


def _over(before: Fact, after: Fact) -> bool:
    """Whether one fact may have ended when another began, each date taken as kindly as it allows."""
    return before.end is not None and after.start is not None and before.end.first <= after.start.last


def _first(fact: Fact) -> date:
    return fact.interval.start or date.min


def _last(fact: Fact) -> date:
    return fact.interval.end or date.max


def _told(fact: Fact) -> str:
    """A fact in a few words, for the editor who looks for it."""
    value = text_in(fact.value, ENGLISH) if isinstance(fact.value, Mapping) else fact.value
    said = f"{value:.12g}" if isinstance(value, float) else str(value)
    of = f" of {fact.of}" if fact.of else ""
    when = str(fact.start) if fact.is_point else f"{fact.start or ''}..{fact.end or ''}"
    return f"{fact.subject} {fact.relation} {said}{of} ({when})"


def _may_share(one: Entity, other: Entity, knowledge: Knowledge) -> bool:
    if one.id in other.namesakes or other.id in one.namesakes:
        return True
    types = [knowledge.types[entity.type] for entity in (one, other)]
    return any(type_.label for type_ in types) or (types[0] == types[1] and bool(types[0].described_by))


def _needed(pattern: Pattern, language: Language) -> tuple[tuple[str, ...], list[frozenset[str]]]:
    """What a message needs to fill a pattern, in order: the slots (empty for words), and the phrases that will do."""
    slots, words = [], []
    for item in pattern:
        if not item.optional:
            slots.append(item.name if item.kind == "slot" else "")
            words.append(frozenset(language.rules[item.name] if item.kind == "rule" else (_spelled(item),)))
    return tuple(slots), words


def _spelled(item: Item) -> str:
    return f"{{{item.name}}}" if item.kind == "slot" else item.name


def _present(knowledge: Knowledge, relation: Relation) -> Iterator[Fact]:
    """The facts of a relation that are given for the present: those without an end, and the newest of each figure."""
    newest: dict[tuple[str, str | None], Fact] = {}
    for fact in knowledge.facts_with(relation.id):
        if isinstance(fact.value, float):
            key = (fact.subject, fact.of)
            newest[key] = max(newest.get(key, fact), fact, key=_last)
        elif fact.end is None:
            yield fact
    yield from newest.values()


def _heard_of(fact: Fact, knowledge: Knowledge) -> date:
    """The last day of which a fact, its sources or other facts about its subject speak; a figure speaks for itself."""
    days = [day.last for day in (fact.start, fact.end) if day]
    if not isinstance(fact.value, float):
        days += [day for source in fact.sources for day in _published(knowledge.sources[source].date)]
        days += [day for other in knowledge.facts_about(fact.subject) for day in _happened(other, knowledge)]
    return max(days, default=date.min)


def _published(text: str) -> Iterator[date]:
    if _DATE.fullmatch(text):
        yield PartialDate.parse(text).last


def _happened(fact: Fact, knowledge: Knowledge) -> Iterator[date]:
    """When a fact began or ended; for one of an event that has no dates of its own, when the event was."""
    dates = [day for day in (fact.start, fact.end) if day]
    if not dates:
        told = (knowledge.types[name].described_by.get("when") for name in knowledge.lineage(_type(fact, knowledge)))
        when = next(filter(None, told), None)
        held = knowledge.facts_of(fact.subject, when) if when else []
        dates = [day for other in held for day in (other.start, other.end) if day]
    yield from (day.last for day in dates)


def _type(fact: Fact, knowledge: Knowledge) -> str:
    return knowledge.entities[fact.subject].type


def _reached(intent: Intent, pack: Pack) -> Iterator[str]:
    """What an intent names in its queries and answers, and the relations that a message may name in its slots."""
    named = {name for query in intent.queries.values() for name in _mentioned(query)}
    for text in (*intent.answer.values(), *intent.empty.values()):
        named |= pack.environment(None).asked(text)
    yield from named
    for code in pack.intents.languages:
        for role, names in intent.roles(code).items():
            if f"${role}" in named:
                yield from (
                    relation.id
                    for relation in pack.knowledge.relations.values()
                    if relation.asked.get(code) and names & set(_slots_of(relation, pack.knowledge))
                )


def _slots_of(relation: Relation, knowledge: Knowledge) -> Iterator[str]:
    yield "relation"
    yield from (f"relation.{name}" for name in knowledge.lineage(relation.value) or [relation.value])


def _mentioned(query: Any) -> Iterator[str]:
    """Every word of a query, its keys among them."""
    if isinstance(query, Mapping):
        yield from query
        yield from _mentioned(list(query.values()))
    elif isinstance(query, Iterable) and not isinstance(query, str):
        for part in query:
            yield from _mentioned(part)
    elif query is not None:
        yield str(query)
