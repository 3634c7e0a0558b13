"""Which template a message means, and how surely: coverage of its words, their weight, the order, what is left over.

The evidence is the share of the message's weight that the template explains. Words that turn a meaning (not, before,
first, how many) weigh more than others, courtesy weighs nothing, a name that the template has no place for weighs most:
that is what tells "the members of theirs" from "the members of ours".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any, NamedTuple

from rapidfuzz.distance import Indel

from bot.intents.annotation import Annotation
from bot.intents.grammar import Item, Pattern
from bot.intents.model import Intent
from bot.intents.ranking import Candidates, Ranking
from bot.language.lexicon import Lexicon, Reading

MISSING_PENALTY = 0.3
LITTLE = 0.5
LITTLE_SAID = 0.3
LONGEST_YEAR = 4
WORTH_A_LOOK = 0.3
ORDER_BONUS = 0.06
SPECIFIC_BONUS = 0.012
MOST_PLACES = 8
FLOOR = 0.08
DIGITS = 9  # of a score: what differs by less is alike
BEST = 1.0 + SPECIFIC_BONUS * MOST_PLACES - FLOOR + 10**-DIGITS


@dataclass(frozen=True, slots=True)
class Rule:
    """A flat pattern of an intent's template, ready to be matched.

    `needed` are the keys of all that is not optional: `required`, without which it is ruled out, and `soft`.
    """

    intent: str
    template: str
    items: Pattern
    keys: tuple[str, ...]
    required: frozenset[str]
    soft: frozenset[str]
    needed: frozenset[str]
    favour: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """A template that a message may mean: its slots, and its score from 0 to 1."""

    intent: str
    template: str
    score: float
    slots: Mapping[str, Any]
    mask: int
    missing: tuple[str, ...]
    unexplained: tuple[str, ...]
    quality: float
    ambiguous: tuple[str, ...] = ()
    unknown_name: bool = False
    favour: float = 0.0

    @property
    def favoured(self) -> float:
        """The score as it counts beside other intents'."""
        return self.score + self.favour


@dataclass(frozen=True, slots=True)
class Weights:
    """What a token weighs when it is not explained, by what it is."""

    stop: float = 0.08
    ignored: float = 0.0
    known: float = 1.0
    common: float = 0.75
    turning: float = 1.6
    asking: float = 0.8
    number: float = 1.0
    named: float = 1.8
    foreign: float = 2.0


@dataclass(frozen=True)
class Weighed:
    """A message's tokens with the weight of each, and which stand for the pack's own organisation."""

    reading: Reading
    weights: tuple[float, ...]
    own: int
    free: int
    names: int
    foreign: int
    turning: int
    named: tuple[tuple[int, frozenset[str]], ...] = ()
    _sums: dict[int, float] = field(default_factory=dict, compare=False, repr=False)

    def of(self, mask: int) -> float:
        """The weight of some tokens."""
        if mask not in self._sums:
            last = mask.bit_length() - 1
            self._sums[mask] = self.of(mask ^ 1 << last) + self.weights[last] if mask else 0.0
        return self._sums[mask]

    @cached_property
    def total(self) -> float:
        """The weight of all."""
        return sum(self.weights)

    @cached_property
    def telling(self) -> int:
        """The tokens that say something."""
        return sum(1 << n for n, weight in enumerate(self.weights) if weight > LITTLE_SAID)

    def words(self, mask: int) -> tuple[str, ...]:
        """The words of some tokens that weigh anything much."""
        return tuple(
            t.word for n, t in enumerate(self.reading.tokens) if mask >> n & 1 and self.weights[n] > LITTLE_SAID
        )


def rule_of(intent: Intent, template: str, items: Pattern, stem: Callable[[str], str]) -> Rule:
    """A pattern as a rule. A missing plain word or rule costs; a missing slot rules the template out."""
    names = (stem(item.name) if item.kind == "word" else item.name for item in items)
    keys = tuple(intern(f"{item.kind[0]}:{name}") for item, name in zip(items, names, strict=True))
    needed = [key for key, item in zip(keys, items, strict=True) if not item.optional]
    hard = frozenset(key for key in needed if key.startswith("s:"))
    soft = frozenset(needed) - hard
    return Rule(intent.id, template, items, keys, hard, soft, hard | soft, intent.favour)


class Matcher:
    """Ranks the templates of one language for a message."""

    def __init__(
        self,
        rules: Sequence[Rule],
        lexicon: Lexicon,
        turning: Iterable[str],
        stop: Iterable[str],
        own: Iterable[str],
        asking: Iterable[str],
        weights: Weights | None = None,
    ) -> None:
        self.rules, self.lexicon = tuple(rules), lexicon
        self.turning, self.stop = frozenset(turning), frozenset(stop)
        self.own, self.asking = frozenset(own), frozenset(asking)
        self.weights = weights or Weights()
        self._favour = max((rule.favour for rule in self.rules), default=0.0)
        self._complete = _grouped(self.rules, lambda rule: ("",))
        self._lacking = _grouped(self.rules, lambda rule: sorted(rule.soft))

    def weigh(self, reading: Reading, notes: Sequence[Annotation]) -> Weighed:
        """What each token weighs."""
        free = own = names = times = shouted = 0
        named: list[tuple[int, frozenset[str]]] = []
        for note in notes:
            if "r:ignore" in note.keys:
                free |= note.mask
            elif "s:when" in note.keys and note.value.how != "now":
                times |= note.mask
            elif "s:thing" in note.keys:
                names |= note.mask
                if len(note.value) == 1 and note.value[0] in self.own:
                    own |= note.mask
                if note.mask.bit_count() == 1 and reading.tokens[note.start].raw.isupper():
                    shouted |= note.mask  # "US" in capitals is a name, though "us" is a little word
                named.append((note.mask, frozenset(note.value)))
        foreign = turning = 0
        weights = []
        for n in range(len(reading.tokens)):
            weight = self.weights.named if shouted >> n & 1 else self._weight(n, reading, free, names)
            if weight >= self.weights.foreign:
                foreign |= 1 << n
            if weight == self.weights.turning:
                turning |= 1 << n
            weights.append(weight)
        foreign |= self._proper(reading, weights) & ~(names | times)
        others = sum(weight for n, weight in enumerate(weights) if not own >> n & 1)
        if others >= LITTLE:  # the organisation's own name says nothing, unless it is all that was said
            weights = [0.0 if own >> n & 1 else weight for n, weight in enumerate(weights)]
        return Weighed(reading, tuple(weights), own, free, names | times, foreign, turning, tuple(named))

    def _proper(self, reading: Reading, weights: Sequence[float]) -> int:
        """The words with a capital letter inside a sentence that has telling words without one: names, known or not."""
        telling = [n for n, weight in enumerate(weights) if weight > LITTLE_SAID and reading.tokens[n].word.isalpha()]
        proper = [n for n in telling if n and reading.tokens[n].raw.istitle()]
        return sum(1 << n for n in proper) if len(proper) < len(telling) - (0 in telling) else 0

    def _weight(self, n: int, reading: Reading, free: int, names: int) -> float:
        token, weights = reading.tokens[n], self.weights
        best = reading.stems[n][0][0] if reading.stems[n] else token.stem
        if free >> n & 1:
            return weights.ignored
        if best in self.turning:
            return weights.turning
        if best in self.asking:
            return weights.asking
        if token.word in self.stop or not self.stop.isdisjoint(option for option, _ in reading.stems[n]):
            return weights.stop
        if names >> n & 1:
            return weights.named
        if not token.word.isalpha():
            return weights.foreign if len(token.word) > LONGEST_YEAR and token.word.isdigit() else weights.number
        if not reading.stems[n] and not reading.real[n]:
            return weights.foreign if len(token.word) > self.lexicon.speech.little else weights.known
        return weights.common if reading.often[n] > 60_000 else weights.known

    def matches(self, reading: Reading, notes: Sequence[Annotation], weighed: Weighed | None = None) -> Ranking[Match]:
        """Every template that the message may mean, the best first."""
        places = _Places(notes, weighed or self.weigh(reading, notes))

        def listed(groups: Mapping[str, Sequence[_Group]], missing: int) -> list[Candidates]:
            keys = set(places.by_key)
            fit = [one for key in keys for one in groups.get(key, ()) if one.needed <= keys]
            found = ((places.most(one.keys, missing), one) for one in fit)
            return [Candidates(most, one.favour, one.numbers) for most, one in found if most is not None]

        return Ranking(
            [
                (BEST + self._favour, lambda: listed(self._complete, 0)),
                (BEST + self._favour - MISSING_PENALTY, lambda: listed(self._lacking, 1)),
            ],
            lambda n: self._align(self.rules[n], places),
        )

    def _align(self, rule: Rule, places: _Places) -> Match | None:
        order = self._order(rule, places)
        filled = self._fill(rule, order, places)
        if isinstance(filled, int):  # what it needs is part of what a weightier place took
            filled = self._fill(rule, [filled, *(n for n in order if n != filled)], places)
        return None if isinstance(filled, int) else self._match(rule, *filled, places.weighed)

    def _fill(self, rule: Rule, order: Sequence[int], places: _Places) -> _Filled | int:
        """A pattern's places filled one after the other, or the first that had to be and could not."""
        taken = 0
        chosen: list[tuple[int, Item, Annotation]] = []
        missing: list[str] = []
        for n in order:
            item, key = rule.items[n], rule.keys[n]
            note = self._best(places.by_key.get(key, ()), taken, places.weighed, rule.keys.count(key) > 1)
            if note is None:
                if item.optional:
                    continue
                if item.kind == "slot" or missing:
                    return n
                missing.append(item.name)
                continue
            taken |= note.mask
            chosen.append((n, item, note))
        return _Filled(chosen, missing, taken)

    def _order(self, rule: Rule, places: _Places) -> list[int]:
        """In which order a pattern's places are filled: those that must be, then slots, the weightiest first."""

        met = [
            # a topic takes whatever the others leave
            (item.name == "topic", item.optional, item.kind != "slot", -places.heaviest(key), n)
            for n, (item, key) in enumerate(zip(rule.items, rule.keys, strict=True))
            if key in places.by_key or not item.optional
        ]
        return [n for *_, n in sorted(met)]

    def _best(self, notes: Sequence[Annotation], taken: int, weighed: Weighed, in_order: bool) -> Annotation | None:
        """The weightiest annotation that is free; where a pattern has several places of a kind, the leftmost single."""
        best, best_worth = None, -1e9
        for note in notes:
            if note.mask & taken:
                continue
            worth = -100.0 * note.start - 50.0 * note.several if in_order else 0.0
            worth += (weighed.of(note.mask) + 0.01 * note.mask.bit_count() + 0.001) * note.quality - 0.0001 * note.start
            if not note.value:
                worth *= 0.5
            if worth > best_worth:
                best, best_worth = note, worth
        return best

    def _match(self, rule: Rule, chosen: list[tuple[int, Item, Annotation]], missing: list[str], taken: int,
               weighed: Weighed) -> Match | None:  # fmt: skip
        explained = sum(weighed.of(note.mask) * note.quality for _, _, note in chosen)
        total = weighed.total
        used = {
            name
            for _, item, note in chosen
            if item.kind == "slot" and isinstance(note.value, tuple)
            for name in note.value
        }
        again: list[frozenset[str]] = []
        for mask, ids in weighed.named:
            if ids <= used and not mask & taken:
                taken |= mask
                explained += weighed.of(mask)
                again.append(ids)
        if again:
            chosen = [(n, item, _narrowed(note, again)) for n, item, note in chosen]
        coverage = explained / total if total > 0 else taken.bit_count() / max(1, len(weighed.weights))
        places = [n for n, _, _ in sorted(chosen, key=lambda entry: entry[2].start)]
        in_order = sorted(places)
        order = 1.0 if places == in_order else Indel.normalized_similarity(places, in_order)
        score = (
            coverage
            - MISSING_PENALTY * len(missing)
            - ORDER_BONUS * (1 - order)
            + SPECIFIC_BONUS * min(len(chosen), MOST_PLACES)
            - sum(note.doubt for _, _, note in chosen)
            - FLOOR
        )
        slots = {item.role: note.value for _, item, note in chosen if item.kind == "slot"}
        ambiguous = tuple(item.role for _, item, note in chosen if item.kind == "slot" and note.ambiguous)
        left = ((1 << len(weighed.weights)) - 1) & ~taken
        quality = min((note.quality for _, _, note in chosen), default=1.0)
        unknown = bool(left & weighed.telling & (weighed.foreign | (weighed.names & ~weighed.own)))
        return Match(
            rule.intent, rule.template, round(score, DIGITS), slots, taken, tuple(missing), weighed.words(left),
            quality, ambiguous, unknown, rule.favour,
        )  # fmt: skip


def _narrowed(note: Annotation, again: Sequence[frozenset[str]]) -> Annotation:
    """What one part of a message may stand for, without what another part that names some of it leaves out."""
    if not note.ambiguous:
        return note
    narrower = min((ids for ids in again if ids < {*note.value}), key=len, default=None)
    if narrower is None:
        return note
    return note._replace(value=tuple(one for one in note.value if one in narrower), ambiguous=len(narrower) > 1)


class _Filled(NamedTuple):
    """What stands in which place of a pattern, the places left empty that should not be, and the tokens taken."""

    chosen: list[tuple[int, Item, Annotation]]
    missing: list[str]
    taken: int


class _Group(NamedTuple):
    """Rules that a message fits alike: they need the same keys, and may take the same."""

    needed: frozenset[str]
    keys: tuple[str, ...]
    favour: float
    numbers: list[int]


def _grouped(rules: Sequence[Rule], lost: Callable[[Rule], Iterable[str]]) -> dict[str, list[_Group]]:
    """Groups of rules that do without one of the keys `lost`, each by the needed key that the fewest groups have."""
    groups: dict[tuple[frozenset[str], tuple[str, ...], float], list[int]] = {}
    for n, rule in enumerate(rules):
        for key in lost(rule):
            if needed := rule.needed - {key}:
                keys = tuple(sorted(other for other in rule.keys if other != key))
                groups.setdefault((needed, keys, rule.favour), []).append(n)
    common = Counter(key for needed, _, _ in groups for key in needed)
    found: dict[str, list[_Group]] = {}
    for (needed, keys, favour), numbers in groups.items():
        rarest = min(sorted(needed), key=common.__getitem__)
        found.setdefault(rarest, []).append(_Group(needed, keys, favour, numbers))
    return found


class _Places:
    """What a message has for the places of rules, by key; more is worked out only for the keys that are looked at."""

    def __init__(self, notes: Sequence[Annotation], weighed: Weighed) -> None:
        self.weighed = weighed
        self.by_key: dict[str, list[Annotation]] = {}
        for note in notes:
            for key in note.keys:
                self.by_key.setdefault(key, []).append(note)
        self._reaches = _Reaches(self.by_key, weighed)

    def heaviest(self, key: str) -> float:
        """The weight of the weightiest annotation for a place; 0 for none."""
        return max([self.weighed.of(note.mask) for note in self.by_key.get(key, ())], default=0.0)

    def most(self, keys: Sequence[str], missing: int) -> float | None:
        """What the score of a rule with such places can be at most; None for what is not worth a look."""
        reach = wide = places = 0
        for key in keys:
            if key in self.by_key:
                tokens, explained = self._reaches[key]
                reach |= tokens
                wide |= explained
                places += 1
        weighed, total = self.weighed, self.weighed.total
        if weighed.of(reach) < WORTH_A_LOOK * total:
            return None
        coverage = weighed.of(wide) / total if total > 0 else 1.0
        most = coverage - MISSING_PENALTY * missing + SPECIFIC_BONUS * min(places, MOST_PLACES) - FLOOR
        return round(most, DIGITS)


class _Reaches(dict[str, tuple[int, int]]):
    """The tokens that a place may take, alone and with those that name the same things once more, which are explained
    with them; each worked out when it is first asked for."""

    def __init__(self, by_key: Mapping[str, Sequence[Annotation]], weighed: Weighed) -> None:
        self._by_key, self._named = by_key, weighed.named

    def __missing__(self, key: str) -> tuple[int, int]:
        tokens = 0
        ids: set[str] = set()
        for note in self._by_key[key]:
            tokens |= note.mask
            if isinstance(note.value, tuple):
                ids.update(note.value)
        explained = tokens
        for mask, named in self._named:
            if not (named and named.isdisjoint(ids)):
                explained |= mask
        self[key] = tokens, explained
        return tokens, explained
