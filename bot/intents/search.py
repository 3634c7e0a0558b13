"""Facts that are sentences, found by their words: what no template asks for, but somebody wrote down."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter

from bot.intents.matcher import DIGITS, LITTLE_SAID, Weighed
from bot.knowledge.model import Fact, Interval, Knowledge
from bot.language.lexicon import Lexicon

WHOLE_PHRASE = 1.3
"""How much more telling a phrase of several words is than its words."""

OTHER_NAME = 0.8
"""How surely a sentence speaks of a thing that a message calls otherwise."""

CONTEXT = 0.8
"""How telling a word is that stands in no sentence of a fact, only in the names and years around it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A fact that holds a message's words: the share of their weight that it holds, and how telling those words are."""

    fact: Fact
    coverage: float
    rarity: float
    mask: int


class FactSearch:
    """An index from stems to the text facts that hold them, in one language."""

    def __init__(
        self, knowledge: Knowledge, lexicon: Lexicon, language: str, questions: Iterable[str], stop: Set[str]
    ) -> None:
        self.facts = tuple(
            fact
            for fact in knowledge.facts
            if isinstance(fact.value, Mapping) and knowledge.relations[fact.relation].searched
        )
        self._knowledge, self._lexicon, self._language = knowledge, lexicon, language
        self._questions, self._stop = frozenset(questions), stop
        self._subjects = tuple(fact.subject for fact in self.facts)
        self._own: dict[str, dict[int, int]] = {}  # where in its sentence each fact says a stem first
        self._context: dict[str, set[int]] = {}
        self._phrases: dict[tuple[str, ...], set[int]] = {}  # which facts an editor wrote a phrase of several words to
        for n, fact in enumerate(self.facts):
            for place, stem in self._said(fact):
                self._own.setdefault(stem, {}).setdefault(n, place)
            for stem in set(self._around(fact)):
                self._context.setdefault(stem, set()).add(n)
            for text in fact.words:
                phrase = tuple(token.stem for token in lexicon.speech.tokens_of(text) if token.stem not in stop)
                if len(phrase) > 1:
                    self._phrases.setdefault(phrase, set()).add(n)
        self._longest = max(map(len, self._phrases), default=0)
        self._called = dict(self._other_names())

    def _other_names(self) -> Iterator[tuple[str, str]]:
        """The stem of each alias of one word that a thing has, with that of the name that sentences call it by."""
        for names in (one.names.get(self._language) for one in self._knowledge.entities.values()):
            name = self._lexicon.stems_of(names.short) if names else ()
            if names and len(name) == 1:
                others = map(self._lexicon.stems_of, names.aliases)
                yield from ((other[0], name[0]) for other in others if len(other) == 1 and other != name)

    def _said(self, fact: Fact) -> Iterator[tuple[int, str]]:
        """The stems of its sentence with their places, and those of its words, which have none: they come last."""
        said = fact.value.get(self._language, "") if isinstance(fact.value, Mapping) else ""
        yield from ((n, token.stem) for n, token in enumerate(self._lexicon.speech.tokens_of(said)))
        for text in fact.words:
            yield from ((len(said), token.stem) for token in self._lexicon.speech.tokens_of(text))

    def _around(self, fact: Fact) -> Iterator[str]:
        """The names of what the fact is about, and its years."""
        for name in fact.mentions():
            names = self._knowledge.entities[name].names
            for text in (
                text for code in dict.fromkeys((self._language, "en")) if code in names for text in names[code].all()
            ):
                yield from self._lexicon.stems_of(text)
        relation = self._knowledge.relations[fact.relation]
        for text in (*relation.asked.get(self._language, ()), relation.label.get(self._language, "")):
            yield from self._lexicon.stems_of(text)
        for moment in (fact.start, fact.end):
            if moment:
                yield str(moment.year)

    def stems(self) -> set[str]:
        """Every stem that some fact holds: words of the pack, and so no typing errors."""
        return set(self._own)

    def things_saying(self, words: Iterable[Sequence[tuple[str, float]]]) -> Iterator[tuple[str, ...]]:
        """The things that have a sentence with the first of some words, with the first two and so on, until there are
        none; each word is given as the stems that it may be."""
        holding: Set[int] | None = None
        for options in words:
            known = [self._own[stem].keys() for stem, _ in options if stem in self._own]
            one: Set[int] = known[0] if len(known) == 1 else set().union(*known)
            holding = one if holding is None else holding & one
            if not holding:
                return
            yield tuple(dict.fromkeys(map(self._subjects.__getitem__, sorted(holding))))

    def search(
        self,
        weighed: Weighed,
        interval: Interval | None = None,
        yes_no: bool | None = None,
        most: int = 3,
        told: int = 0,
    ) -> list[Hit]:
        """The facts that hold most of a message's weight, the best first; those with a yes or no for such questions.
        The words `told` say the interval: a fact of that time says them by its dates, and not by its words."""
        said, found = self._said_whole(weighed), []
        asking = weighed.own | self._asking(weighed)
        told &= ~asking
        total, scores = self._scored(weighed, asking, interval, told)
        for doc, (explained, rarity, mask, own) in sorted(scores.items()):
            if own:
                fact = self.facts[doc]
                other_time = interval and fact.start and not fact.interval.overlaps(interval)
                polar = 1.0 if yes_no is None or fact.holds is None else 1.2 if yes_no else 0.7
                about = 1.05 if weighed.own and fact.subject == self._knowledge.about else 1.0
                time = told & ~mask if self._is_of(doc, interval) else 0
                share = (explained + weighed.of(time)) / total * (0.8 if other_time else 1.0)
                telling = rarity + (self._rarity_of_time(weighed, time) if time else 0.0)
                hit = Hit(fact, share, telling * polar * about * (0.5 if other_time else 1.0), mask | time)
                whole = WHOLE_PHRASE if doc in said else 1.0
                found.append((round(-hit.rarity * whole * (0.3 + hit.coverage), DIGITS), doc, hit))
        found.sort(key=itemgetter(0))
        best = [one for one in found if one[0] <= found[min(most, len(found)) - 1][0]]
        stems = zip(weighed.reading.stems, weighed.weights, strict=True)
        asked = {stem for options, weight in stems if weight > LITTLE_SAID for stem, _ in options}
        best.sort(key=lambda one: (one[0], self._begins(one[1], asked)))
        return [hit for _, _, hit in best[:most]]

    def _scored(
        self, weighed: Weighed, asking: int, interval: Interval | None, told: int
    ) -> tuple[float, dict[int, tuple[float, float, int, int]]]:
        """The weight of a message but for the words `asking`. And by fact how much of it that holds, how telling
        what it holds is, which words that are, and how many of them are its own.
        """
        words = [(n, weight) for n, weight in enumerate(weighed.weights) if not asking >> n & 1]
        heavy = {n for n, weight in words if weight > 0.2 and not weighed.turning >> n & 1}
        saying = self._saying(weighed, heavy)
        scores: dict[int, tuple[float, float, int, int]] = {}
        for n, weight in words:
            seen: set[int] = set()
            for stem, quality in self._read_as(weighed, n):
                for index, share in ((self._own, 1.0), (self._context, CONTEXT)):
                    holders = index.get(stem, ())
                    rarity = math.log(1 + len(self.facts) / (1 + len(holders))) if holders else 0.0
                    for doc in saying.intersection(holders) - seen:
                        if share == 1.0 or not (told >> n & 1 and self._is_of(doc, interval)):
                            seen.add(doc)
                            had = scores.get(doc, (0.0, 0.0, 0, 0))
                            scores[doc] = (
                                had[0] + weight * quality * (0.9 + 0.1 * share),
                                had[1] + rarity * share * quality * min(1.0, weight + 0.3),
                                had[2] | 1 << n,
                                had[3] + (share == 1.0 and n in heavy),
                            )
        return sum(weight for _, weight in words), scores

    def _asking(self, weighed: Weighed) -> int:
        """The words of a message that only ask."""
        return sum(1 << n for n, token in enumerate(weighed.reading.tokens) if token.stem in self._questions)

    def _read_as(self, weighed: Weighed, n: int) -> Sequence[tuple[str, float]]:
        """The stems that a word of a message may be, and how surely."""
        read = weighed.reading.stems[n] or ((weighed.reading.tokens[n].stem, 1.0),)
        if weighed.names >> n & 1 and read[0][0] in self._called:
            return (*read, (self._called[read[0][0]], OTHER_NAME * read[0][1]))
        return read

    def _saying(self, weighed: Weighed, words: Iterable[int]) -> set[int]:
        """The facts that say one of some words of a message."""
        return {doc for n in words for stem, _ in self._read_as(weighed, n) for doc in self._own.get(stem, ())}

    def _is_of(self, doc: int, interval: Interval | None) -> bool:
        """Whether a fact begins or ends in a time."""
        fact = self.facts[doc]
        moments = (Interval(moment.first, moment.last) for moment in (fact.start, fact.end) if moment)
        return interval is not None and any(interval.overlaps(one) for one in moments)

    def _rarity_of_time(self, weighed: Weighed, told: int) -> float:
        """How telling the words of a time are: as much as its years are where they stand around facts."""
        words = (token.word for n, token in enumerate(weighed.reading.tokens) if told >> n & 1)
        holders = (len(self._context[word]) for word in words if word in self._context)
        return sum(CONTEXT * math.log(1 + len(self.facts) / (1 + many)) for many in holders)

    def _said_whole(self, weighed: Weighed) -> set[int]:
        """The facts with a phrase of several words, and more than names, that a message says, little words apart."""
        reading = weighed.reading
        read = zip(reading.stems, reading.tokens, strict=True)
        stems = [options[0][0] if options else token.stem for options, token in read]
        said = [n for n, stem in enumerate(stems) if stem not in self._stop and not weighed.own >> n & 1]
        parts = (said[n : n + many] for many in range(2, self._longest + 1) for n in range(len(said) - many + 1))
        telling = (part for part in parts if any(not weighed.names >> n & 1 for n in part))
        return set().union(*(self._phrases.get(tuple(stems[n] for n in part), ()) for part in telling))

    def _begins(self, doc: int, asked: Set[str]) -> int:
        """At which word of its sentence a fact says what is asked: it is about what it begins with."""
        return min((self._own[stem].get(doc, sys.maxsize) for stem in asked & self._own.keys()), default=sys.maxsize)
