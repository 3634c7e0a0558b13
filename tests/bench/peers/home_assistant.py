"""A pack as hassil's YAML knows intents: our templates as they stand, slot lists of names, times and numbers.

What hassil gets: every template and every rule, word by word; for each slot all the names that the pack knows for what
may fill it, events also as people tell them ("2016 Tashkent summit", "Astana summit"); times as phrases (years, months,
the days of the facts, now; with in, since, until, before, after, between); numbers and ordinals as words and digits. A
slot for several things is two or three slots in a row. Words of courtesy and grammar, and the organisation's own names,
are skipped. What it finds goes through the bot's own query and answer steps, defaults and questions back included, and
whether a message names the organisation is told by the bot's own reading.

What it does not get, because it has no such thing: correction of typing errors, any order but the template's, words
left over, the facts' own words, things told by part of their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date, get_month_names

from bot.dialogue import Context
from bot.intents.matcher import Match
from bot.intents.model import Language
from bot.knowledge import folders
from bot.knowledge.model import Knowledge
from bot.language.dates import find_times, number_of, ordinal_of
from bot.pack import BASE, Pack
from bot.reply import Reply
from bot.turn import Turn

LANGUAGE = "en"
UNKNOWN = Reply("unknown", "")
YEARS = range(1990, 2031)
SPANS = range(1996, 2028)
LEADS = ("", "in ", "during ", "since ", "until ", "before ", "after ", "by ", "as of ")
NUMBERS = range(1, 31)

_SLOT = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)(\+?)(?::([a-z_]+))?\}")
_TEMPLATE_SIGNS = re.compile(r"[\[\](){}<>|]")


def intents_of(pack: Pack, folder: Path) -> dict[str, Any]:
    """All of a pack in the shape of hassil's YAML; `folder` is where its intents were read."""
    language = pack.intents.languages[LANGUAGE]
    sentences = {
        intent.id: [_sentence(text) for text, _ in intent.templates[LANGUAGE]]
        for intent in pack.intents.intents.values()
        if intent.templates.get(LANGUAGE)
    }
    rules = {name: _sentence(text) for name, text in _rules(folder)}
    texts = [*rules.values(), *(text for many in sentences.values() for text in many)]
    used = {name for text in texts for name in re.findall(r"\{([a-z_]+):", text)}
    return {
        "language": LANGUAGE,
        "intents": {name: {"data": [{"sentences": many}]} for name, many in sentences.items()},
        "expansion_rules": rules,
        "lists": {name: {"values": list(_values(name, pack, language))} for name in sorted(used)},
        "skip_words": sorted({*language.words.ignore, *language.words.stop}, key=len, reverse=True),
    }


def own_names(pack: Pack) -> list[str]:
    """What the pack's own organisation is called, the longest first."""
    return sorted(_names(pack.knowledge.about, pack.knowledge), key=len, reverse=True)


def answered(pack: Pack, text: str, found: Mapping[str, Any] | None, today: date) -> Reply:
    """The reply to what hassil found in a message: the query and the words of the intent that it names."""
    if found is None:
        return UNKNOWN
    turn = Turn(pack, pack.languages[LANGUAGE], LANGUAGE, Context(), today)
    slots, ambiguous = _slots(found["slots"], pack, today)
    match = Match(found["intent"], "hassil", 1.0, slots, 0, (), (), 1.0, ambiguous)
    said = turn.say_match(text, match, turn.understand(text))
    return turn.close(said)[0] if said else UNKNOWN


def _rules(folder: Path) -> Iterator[tuple[str, str]]:
    """All shared rules by name: those that every pack inherits, then the pack's own, which are heard instead."""
    for content in (*folders.read(BASE).files.values(), *folders.read(folder).files.values()):
        file = yaml.safe_load(content)
        yield from ((file.get("rules") or {}).get(LANGUAGE) or {}).items()


def _sentence(template: str) -> str:
    """A template with its slots as hassil writes them: `{list:slot}`."""
    return _SLOT.sub(_slot, template)


def _slot(found: re.Match[str]) -> str:
    name, several = found[1].replace(".", "__"), bool(found[2])
    role = found[3] or found[1].split(".")[0]
    one = f"{{{name}:{role}}}"
    return f"{one} [and|or|versus|vs|to|with] {one} [[and|or] {one}]" if several else one


def _values(name: str, pack: Pack, language: Language) -> Iterator[dict[str, str]]:
    """The values of a slot list: what is written, and `kind|values` as `_slots` reads it."""
    kind, _, of = name.partition("__")
    grouped: dict[str, list[str]] = {}
    for written, value in _pairs(kind, of, pack, language):
        text = written.casefold().strip()
        if text and not _TEMPLATE_SIGNS.search(text) and value not in grouped.setdefault(text, []):
            grouped[text].append(value)
    label = kind if kind in ("when", "number", "ordinal", "relation", "noun") else "thing"
    for text, values in grouped.items():
        yield {"in": text, "out": "|".join([label, *values])}


def _pairs(kind: str, of: str, pack: Pack, language: Language) -> Iterable[tuple[str, str]]:
    knowledge, words = pack.knowledge, language.words
    match kind:
        case "when":
            return ((text, text) for text in _times(knowledge, words.time["now"]))
        case "number":
            return [*((str(n), str(n)) for n in NUMBERS), *((word, word) for word in words.numbers)]
        case "ordinal":
            return [*((f"{n}th", f"{n}th") for n in NUMBERS), *((word, word) for word in words.ordinals)]
        case "relation":
            fitting = [
                one
                for one in knowledge.relations.values()
                if not of or of in (knowledge.lineage(one.value) or [one.value])
            ]
            return [(text, one.id) for one in fitting for text in one.asked.get(LANGUAGE, ())]
        case "noun":
            types = [one for one in knowledge.types.values() if not of or of in knowledge.lineage(one.id)]
            return [(text, one.id) for one in types for text in one.nouns.get(LANGUAGE, ())]
    type_ = "thing" if kind == "topic" else kind
    return ((text, one) for one in knowledge.of_type(type_) for text in _names(one, knowledge))


def _names(entity: str, knowledge: Knowledge) -> Iterator[str]:
    found = knowledge.entities[entity]
    for text in found.names[LANGUAGE].all() if LANGUAGE in found.names else ():
        yield text
        if knowledge.is_a(entity, "status") and not text.endswith("s"):
            yield f"{text}s"
    yield from _told(entity, knowledge)


def _told(entity: str, knowledge: Knowledge) -> Iterator[str]:
    """An event by its nouns with its place, year, number."""
    type_ = knowledge.types[knowledge.entities[entity].type]
    when = next((fact for fact in knowledge.facts_of(entity, type_.described_by.get("when", "")) if fact.start), None)
    if when is None or when.start is None or not isinstance(when.value, str):
        return
    place, year = knowledge.entities[when.value].name(LANGUAGE), when.start.year
    for noun in type_.nouns.get(LANGUAGE, ()):
        yield from (f"{place} {noun}", f"{year} {noun}", f"{noun} {year}", f"{noun} of {year}", f"{noun} in {year}")
        yield from (
            f"{year} {place} {noun}",
            f"{place} {noun} {year}",
            f"{place} {noun} of {year}",
            f"{noun} in {place}",
        )


def _times(knowledge: Knowledge, now: Sequence[str]) -> Iterator[str]:
    yield from now
    months = [(month, year) for month in get_month_names("wide", locale=LANGUAGE).values() for year in YEARS]
    days = {fact.start.first for fact in knowledge.facts if fact.start and fact.start.day}
    for lead in LEADS:
        yield from (f"{lead}{year}" for year in YEARS)
        yield from (f"{lead}{month} {year}" for month, year in months)
    for day in sorted(days):
        for form in ("d MMMM y", "MMMM d y", "MMMM d, y"):
            said = format_date(day, form, locale=LANGUAGE)
            yield from (said, f"on {said}", f"since {said}", f"before {said}", f"after {said}")
    for first in SPANS:
        for last in range(first + 1, SPANS.stop):
            yield from (f"between {first} and {last}", f"from {first} to {last}")


def _slots(found: Sequence[tuple[str, str]], pack: Pack, today: date) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Slots as the bot's queries take them, and which of them hold several things of which one is meant."""
    times = pack.languages[LANGUAGE].lexicon.times
    slots: dict[str, Any] = {}
    ambiguous = []
    for role, value in found:
        kind, *values = value.split("|")
        match kind:
            case "when":
                spans = find_times(values[0].replace(",", "").split(), times, today)
                if spans:
                    slots[role] = spans[0].when
            case "number":
                slots[role] = number_of(values[0], times)
            case "ordinal":
                slots[role] = ordinal_of(values[0], times)
            case "noun":
                slots[role] = values[0]
            case _:
                if kind == "thing" and role not in slots and len(values) > 1:
                    ambiguous.append(role)
                slots[role] = tuple(dict.fromkeys((*slots.get(role, ()), *values)))
    return slots, tuple(ambiguous)
