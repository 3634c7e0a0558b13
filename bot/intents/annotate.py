"""From a message's tokens to annotations: each says that some tokens may fill a certain place of a template.

Keys name places: `w:` a word's stem, `r:` a rule, `s:` a slot type (with every type above it).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from bot.intents.annotation import Annotation
from bot.intents.moments import Moments
from bot.intents.naming import Naming
from bot.knowledge.model import Interval, Knowledge
from bot.language.dates import find_times, number_of, ordinal_of
from bot.language.lexicon import Found, Lexicon, Reading
from bot.language.text import shouted

COMMON_WORD = 5_000
METONYM_DOUBT = 0.1
NAMED_BY_PLACE_AND_YEAR = 0.9
NAMED_BY_PLACE = 0.8
PLACES = frozenset(("s:place", "s:country"))


class Named(NamedTuple):
    """A thing whose name stands in a message: its tokens, its id, and how surely the name was read."""

    mask: int
    id: str
    quality: float


@dataclass(frozen=True, slots=True)
class Described:
    """What an event or document can be told by: its type's nouns, and these features of it."""

    id: str
    type: str
    number: int | None
    places: frozenset[str]
    interval: Interval | None


@dataclass(frozen=True)
class Annotator:
    """Annotates messages for one pack and language. `jointly` are stems that join items of a list, `literal` those that
    templates say as they are."""

    lexicon: Lexicon
    knowledge: Knowledge
    described: Mapping[str, tuple[Described, ...]]
    jointly: frozenset[str]
    stop: frozenset[str]
    literal: frozenset[str]

    @cached_property
    def namings(self) -> tuple[Naming, ...]:
        """The types whose things are told by words of their names."""
        types = self.knowledge.types.values()
        told = [(type_.id, type_.named_by) for type_ in types if type_.named_by]
        names = self.knowledge.entities[self.knowledge.about].names
        own = {word for one in names.values() for text in one.all() for word in self.lexicon.stems_of(text)}
        return tuple(Naming.build(name, head, self.knowledge, self.lexicon, self.stop | own) for name, head in told)

    @cached_property
    def moments(self) -> Moments:
        """Times told by what happened then."""
        return Moments(self.knowledge, self.lexicon.times)

    def annotate(self, reading: Reading, today: date) -> list[Annotation]:
        """Every annotation of a message, overlapping ones included."""
        found: defaultdict[str, list[Found]] = defaultdict(list)
        for item in self.lexicon.find(reading):
            found[item.kind].append(item)
        words = reading.right
        notes = _outside_courtesy([*self._words(reading), *self._rules(found["rule"]), *self._nouns(found["noun"])])
        entities = self._entities(self._longest_names(self._names(found["entity"], reading)))
        for naming in self.namings:
            entities += list(naming.told(entities, reading, self._type_keys[naming.type]))
        times = list(self._times(words, today))
        numbers = list(self._numbers(words, _all(times), _all(note for note in entities if note.mask.bit_count() > 1)))
        entities += list(self._references(entities, times, numbers, found["noun"], words))
        notes += entities + times + numbers + self._relations(found["relation"])
        notes += self.moments.told(entities, found["rule"], words)
        notes += self._lists(entities, words)
        return notes

    def index(self) -> None:
        """Make ready what is otherwise made ready by the first messages that need it."""
        _ = self.namings, self.moments, self._type_keys, self._places, self._dated
        self._rule_keys.update((names, _rule_keys(names)) for names in self.lexicon.meanings("rule"))

    def _names(self, found: Iterable[Found], reading: Reading) -> list[Named]:
        return [
            Named(item.mask, name, item.quality)
            for item in found
            for name in item.values
            if not self._is_plain_word(item.mask, name, reading)
        ]

    def _longest_names(self, named: list[Named]) -> list[Named]:
        """Without names that share a word with a longer one (one word of an organisation's); a place may be part of an
        event's name, for the event can be told by it."""
        whole = {one.mask for one in named if self.knowledge.entities[one.id].type not in self.described}
        return [
            one
            for one in named
            if not any(one.mask & mask and one.mask.bit_count() < mask.bit_count() for mask in whole)
        ]

    def _is_plain_word(self, mask: int, name: str, reading: Reading) -> bool:
        """Whether a short name is rather the word that it looks like: AT is a code in capitals, Tom a name as it is."""
        if mask.bit_count() > 1:
            return False
        n = mask.bit_length() - 1
        token = reading.tokens[n]
        is_word = token.word.isalpha() and token.raw.isascii()
        if not is_word or len(token.word) > 3 or reading.often[n] < COMMON_WORD:
            return False
        names = self.knowledge.entities[name].names.values()
        return shouted(reading.tokens) or not (token.raw.isupper() or any(token.raw in one.all() for one in names))

    def _words(self, reading: Reading) -> Iterator[Annotation]:
        for n, options in enumerate(reading.stems):
            for option, quality in options:
                if option in self.literal:
                    yield Annotation(frozenset((f"w:{option}",)), option, 1 << n, quality)

    def _rules(self, found: Iterable[Found]) -> Iterator[Annotation]:
        for item in found:
            keys = self._rule_keys.get(item.values)
            if keys is None:
                keys = self._rule_keys[item.values] = _rule_keys(item.values)
            yield Annotation(keys, item.values[0], item.mask, item.quality)

    @cached_property
    def _rule_keys(self) -> dict[tuple[str, ...], frozenset[str]]:
        """The places that rules with a phrase in common may fill, as far as they were met."""
        return {}

    def _nouns(self, found: Iterable[Found]) -> Iterator[Annotation]:
        for item in found:
            for type_ in item.values:
                keys = frozenset(("s:noun", *(f"s:noun.{name}" for name in self.knowledge.lineage(type_))))
                yield Annotation(keys, type_, item.mask, item.quality)

    def _entities(self, named: Iterable[Named]) -> list[Annotation]:
        groups: dict[tuple[int, str], dict[str, float]] = {}
        for one in named:
            groups.setdefault((one.mask, self.knowledge.entities[one.id].type), {})[one.id] = one.quality
        notes = []
        for (mask, type_), ids in groups.items():
            # The pack's own organisation is what everything is about: no question asks for it among others of its type.
            keys = frozenset(("s:thing",)) if tuple(ids) == (self.knowledge.about,) else self._type_keys[type_]
            notes.append(Annotation(keys, tuple(ids), mask, max(ids.values()), len(ids) > 1))
            for name in dict.fromkeys(other for one in ids for other in self.knowledge.meant_by(one)):
                keys = self._type_keys[self.knowledge.entities[name].type]
                notes.append(Annotation(keys, (name,), mask, max(ids.values()), doubt=METONYM_DOUBT))
        return notes

    @cached_property
    def _type_keys(self) -> dict[str, frozenset[str]]:
        """The places that a thing of each type may fill."""
        types = self.knowledge.types
        return {type_: frozenset(f"s:{name}" for name in self.knowledge.lineage(type_)) for type_ in types}

    def _times(self, words: Sequence[str], today: date) -> Iterator[Annotation]:
        for span in find_times(words, self.lexicon.times, today):
            mask = (1 << span.end) - (1 << span.start)
            yield Annotation(frozenset(("s:when",)), span.when, mask)

    def _numbers(self, words: Sequence[str], timed: int, named: int) -> Iterator[Annotation]:
        """Ordinals and numbers; a number in a time is none, one in a name hardly ("the board of six")."""
        for n, word in enumerate(words):
            ordinal = ordinal_of(word, self.lexicon.times)
            if ordinal is not None:
                yield Annotation(frozenset(("s:ordinal",)), ordinal, 1 << n)
            number = number_of(word, self.lexicon.times)
            if number is not None and not timed >> n & 1:
                yield Annotation(frozenset(("s:number",)), number, 1 << n, 0.5 if named >> n & 1 else 1.0)

    def _relations(self, found: Iterable[Found]) -> list[Annotation]:
        groups: dict[int, dict[str, float]] = {}
        for item in found:
            groups.setdefault(item.mask, {}).update(dict.fromkeys(item.values, item.quality))
        notes = []
        for mask, ids in groups.items():
            by_value: dict[str, list[str]] = {"": list(ids)}
            for name in ids:
                value = self.knowledge.relations[name].value
                for type_ in self.knowledge.lineage(value) or [value]:
                    by_value.setdefault(f".{type_}", []).append(name)
            for suffix, names in by_value.items():
                notes.append(Annotation(frozenset((f"s:relation{suffix}",)), tuple(names), mask, max(ids.values())))
        return notes

    def _references(self, entities: list[Annotation], times: list[Annotation], numbers: list[Annotation],
                    found: Iterable[Found], words: Sequence[str]) -> Iterator[Annotation]:  # fmt: skip
        """Things told by description: a year, an ordinal, a place beside what such things are called. A plural means
        all that fit, anything else one of them."""
        nouns = [(item.mask, item.quality, type_) for item in found for type_ in item.values if type_ in self.described]
        plurals = {mask for mask, _, type_ in nouns if self._is_plural(type_, words[mask.bit_length() - 1])}
        places = [note for note in entities if not PLACES.isdisjoint(note.keys)]
        dates = [note for note in times if note.value.how in ("in", "between") and _within_a_year(note.value.interval)]
        ordinals = [note for note in numbers if "s:ordinal" in note.keys]
        yield from self._narrowed(entities, dates)
        if any("s:place" in note.keys for note in places):
            nouns += ((0, 1.0, type_) for type_ in self.described)
        seen: set[tuple[int, str]] = set()
        for mask, quality, type_ in nouns:
            for place in (None, *places):
                for when in (None, *dates):
                    for ordinal in (None, *ordinals) if mask else (None,):
                        chosen = [note for note in (place, when, ordinal) if note]
                        whole = mask
                        overlap = False
                        for note in chosen:
                            overlap |= bool(whole & note.mask)
                            whole |= note.mask
                        if not chosen or overlap or (whole, type_) in seen:
                            continue
                        if not mask and not (place and "s:place" in place.keys and (when or not dates)):
                            continue
                        seen.add((whole, type_))
                        told, ids = type_, self.told(type_, place, when, ordinal)
                        if not mask and not when and not self._is_only_one(type_, place):
                            continue  # without a noun only a city, with a year if need be, singles out an event
                        if not ids and mask:
                            told, ids = self._akin(type_, place, when, ordinal)
                        if not ids and not (mask and (place or when or ordinal)):
                            continue
                        surely = min([quality, *(note.quality for note in chosen)])
                        surely *= 1.0 if mask else NAMED_BY_PLACE_AND_YEAR if when else NAMED_BY_PLACE
                        one_of = len(ids) > 1 and mask not in plurals
                        yield Annotation(self._type_keys[told], ids, whole, surely, one_of, told=True)

    def _is_only_one(self, type_: str, place: Annotation | None) -> bool:
        """Whether of all things like those of a type just one was at a place, and it is of that type."""
        like = [one for one in self.described if self.knowledge.types[one].parent == self.knowledge.types[type_].parent]
        return (
            len(self.told(type_, place, None, None)) == sum(len(self.told(one, place, None, None)) for one in like) == 1
        )

    def _is_plural(self, type_: str, word: str) -> bool:
        return word in self.knowledge.types[type_].plurals.get(self.lexicon.speech.code, ())

    def _narrowed(self, entities: list[Annotation], dates: list[Annotation]) -> Iterator[Annotation]:
        """Of the things of one name, those of a time: "the declaration of 2004"."""
        for note in entities if dates else ():
            for when in dates if note.ambiguous or not self._dated.isdisjoint(note.keys) else ():
                ids = tuple(
                    name
                    for name in note.value
                    if (time := self.moments.time_of(name)) and when.value.interval.overlaps(time)
                )
                if ids and (len(ids) < len(note.value) or not note.ambiguous) and not note.mask & when.mask:
                    yield Annotation(note.keys, ids, note.mask | when.mask, note.quality, len(ids) > 1)

    @cached_property
    def _dated(self) -> frozenset[str]:
        return frozenset(f"s:{type_}" for type_ in self.described)

    def _akin(
        self, type_: str, place: Annotation | None, when: Annotation | None, ordinal: Annotation | None
    ) -> tuple[str, tuple[str, ...]]:
        """Things of a type beside the one named, when none of the named type fits: people mix the names of types."""
        for other in self.described:
            if (
                other != type_
                and self.knowledge.types[other].parent == self.knowledge.types[type_].parent
                and place
                and when
            ):
                ids = self.told(other, place, when, ordinal)
                if ids:
                    return other, ids
        return type_, ()

    def told(
        self, type_: str, place: Annotation | None, when: Annotation | None, ordinal: Annotation | None
    ) -> tuple[str, ...]:
        things = self._at_place(type_, place) if place else self.described.get(type_, ())
        return tuple(
            thing.id
            for thing in things
            if (not when or (thing.interval and when.value.interval.overlaps(thing.interval)))
            and (not ordinal or thing.number == ordinal.value)
        )

    def _at_place(self, type_: str, place: Annotation) -> list[Described]:
        """The things of a type at any of the places that an annotation stands for, in their order."""
        index = self._places.get(type_, {})
        return [self.described[type_][n] for n in sorted({n for name in place.value for n in index.get(name, ())})]

    @cached_property
    def _places(self) -> dict[str, dict[str, list[int]]]:
        """Which of the things of each type are at each place."""
        index: dict[str, dict[str, list[int]]] = {}
        for type_, things in self.described.items():
            for n, thing in enumerate(things):
                for place in thing.places:
                    index.setdefault(type_, {}).setdefault(place, []).append(n)
        return index

    def _lists(self, entities: list[Annotation], words: Sequence[str]) -> Iterator[Annotation]:
        """Several things of one type: "Ann and Ben", "Ann, Ben or Cleo"."""
        plain = [note for note in entities if not note.ambiguous and len(note.value) == 1]
        by_type: dict[frozenset[str], list[Annotation]] = {}
        for note in plain:
            by_type.setdefault(note.keys, []).append(note)
        for keys, found in by_type.items():
            notes = _leftmost_longest(found)
            values = tuple(dict.fromkeys(value for note in notes for value in note.value))
            if len(values) < 2:
                continue
            mask = 0
            for note in notes:
                mask |= note.mask
            quality = min(note.quality for note in notes)
            first, last = notes[0].start, notes[-1].mask.bit_length()
            joined = mask
            for n in range(first, last):
                if not mask >> n & 1 and words[n] in self.jointly:
                    joined |= 1 << n
            gaps = [n for n in range(first, last) if not joined >> n & 1]
            several = frozenset(f"{key}+" for key in keys)
            yield Annotation(several if gaps else several | keys, values, joined, quality)


def _rule_keys(names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"r:{name}" for name in names)


def _all(notes: Iterable[Annotation]) -> int:
    """The tokens of several annotations."""
    mask = 0
    for note in notes:
        mask |= note.mask
    return mask


def _outside_courtesy(notes: list[Annotation]) -> list[Annotation]:
    """Without what is only part of a longer phrase of courtesy: nobody applies who says "select all that apply"."""
    courtesies = [note.mask for note in notes if "r:ignore" in note.keys]
    if not courtesies:
        return notes
    return [note for note in notes if not any(note.mask & mask == note.mask != mask for mask in courtesies)]


def _within_a_year(interval: Interval) -> bool:
    """Whether a time is short enough to single out one thing; a longer one asks for several."""
    return interval.start is not None and interval.end is not None and (interval.end - interval.start).days < 366


def _leftmost_longest(notes: list[Annotation]) -> list[Annotation]:
    chosen: list[Annotation] = []
    taken = 0
    for note in sorted(notes, key=lambda n: (n.start, -n.mask.bit_count(), -n.quality)):
        if not note.mask & taken:
            chosen.append(note)
            taken |= note.mask
    return chosen
