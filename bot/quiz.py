"""Questions with four options, made from the facts as the pack's quiz templates say. Pure: the seed decides.

Whatever may be true counts as true here: what a disputed claim says, what an unknown date allows, what is part of a
right answer or shares a name with it. A question that has not exactly one right answer that way is not asked, and
nothing that may be right is ever a wrong option.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from bot.answers.render import RenderError
from bot.intents.model import Given, QuizTemplate
from bot.knowledge.model import Fact, Interval, PartialDate
from bot.namesakes import Namesakes
from bot.pack import Pack
from bot.statements import Teller, cited, plain

OPTIONS = 4
MOST_QUESTION, MOST_OPTION, MOST_EXPLANATION = 300, 100, 200
"""UTF-16 units: what Telegram allows a poll."""

NEAREST = 8
"""Wrong years and days are taken from so many that are nearest to the right one."""

Key = str | int | PartialDate
"""What an option stands for: an entity, a year, or a day."""

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is asked. `right` is an index of `options`, `keys` say what these stand for.

    `given` is what the question names, beside its template's names for it.
    """

    template: str
    fact: Fact
    given: tuple[tuple[Given, str | int | Interval], ...]
    text: str
    options: tuple[str, ...]
    keys: tuple[Key, ...]
    right: int
    explanation: str


@dataclass(frozen=True, slots=True)
class _Alternative:
    """What a fact, or a claim that disputes it, may mean: `times` are when it may have begun, none if at any time."""

    fact: Fact
    times: tuple[Interval, ...]


class Quiz:
    """All questions of a pack in one language, as of a day: nothing that lies ahead is asked."""

    def __init__(self, pack: Pack, language: str, today: date) -> None:
        self.language = pack.language(language)
        self._pack, self._knowledge, self._today = pack, pack.knowledge, today
        self._teller = Teller(pack, self.language, today)
        self._names = Namesakes(pack.knowledge, self._teller.view)
        self._pools: dict[tuple[str, str | None], list[_Alternative]] = {}

    def series(self, seed: int) -> Iterator[Question]:
        """All questions, each kind as often as the others while it lasts, in an order that the seed decides."""
        rng = random.Random(seed)  # noqa: S311 - a game
        kinds = {template.id: self._candidates(template) for template in self._templates}
        for facts in kinds.values():
            rng.shuffle(facts)
        while kinds := {name: facts for name, facts in kinds.items() if facts}:
            name = rng.choice(list(kinds))
            question = self._question(self._pack.intents.telling.quiz[name], kinds[name].pop(), rng)
            if question:
                yield question

    @cached_property
    def _templates(self) -> list[QuizTemplate]:
        return [one for one in self._pack.intents.telling.quiz.values() if self.language in one.question]

    def _candidates(self, template: QuizTemplate) -> list[Fact]:
        """Facts that may be asked for: sourced, past, without a dispute that leaves open what it is about."""
        return [
            fact
            for fact in self._knowledge.facts_with(template.relation)
            if fact.sources
            and (template.about is None or self._knowledge.is_a(fact.subject, template.about))
            and (not template.only or fact.value in template.only)
            and not any(claim.value is None and claim.start is None for claim in fact.disputed)
        ]

    def _question(self, template: QuizTemplate, fact: Fact, rng: random.Random) -> Question | None:
        own = self._alternatives(fact)
        given = self._given(template, own[0], rng)
        right = self._keys(own[0], template.asks)
        if given is None or right is None or len(right) != 1:
            return None
        pool = self._pool(template)
        matching = [one for one in pool if all(self._meets(one, name, value) for name, value in given)]
        answers = _joined(self._keys(one, template.asks) for one in matching)
        if answers is None or not self._is_sure(template, own, matching, right, answers):
            return None
        likely = {key for one in pool if one.fact.value == fact.value for key in self._keys(one, template.asks) or ()}
        keys = self._options(right[0], answers, pool, likely, template, rng)
        return self._worded(template, fact, given, keys, right[0]) if len(keys) == OPTIONS else None

    def _is_sure(
        self,
        template: QuizTemplate,
        own: Sequence[_Alternative],
        matching: Sequence[_Alternative],
        right: list[Key],
        answers: list[Key],
    ) -> bool:
        """Whether nothing says otherwise of the fact itself, and no other answer is right where one is asked for."""
        undisputed = all(one in matching and self._keys(one, template.asks) == right for one in own)
        return undisputed and (template.among or set(answers) == set(right))

    # What a fact may mean

    def _pool(self, template: QuizTemplate) -> list[_Alternative]:
        """Everything that may be true of the relation, of things of the type that the question is about."""
        place = (template.relation, template.about)
        if place not in self._pools:
            self._pools[place] = [
                one
                for fact in self._knowledge.facts_with(template.relation)
                if template.about is None or self._knowledge.is_a(fact.subject, template.about)
                for one in self._alternatives(fact)
            ]
        return self._pools[place]

    def _alternatives(self, fact: Fact) -> list[_Alternative]:
        facts = [
            fact,
            *(
                replace(
                    fact, value=claim.value or fact.value, start=claim.start or fact.start, end=claim.end, disputed=()
                )
                for claim in fact.disputed
            ),
        ]
        return [_Alternative(one, self._times(one)) for one in facts]

    def _times(self, fact: Fact) -> tuple[Interval, ...]:
        """When a fact may have begun; one without a date, when the event that it speaks of may have."""
        if fact.began != Interval():
            return (fact.began,)
        if fact.end is not None:
            return ()
        types = [
            self._knowledge.types[name] for name in self._knowledge.lineage(self._knowledge.entities[fact.subject].type)
        ]
        dated = next((type_.described_by["when"] for type_ in types if "when" in type_.described_by), fact.relation)
        if dated == fact.relation:
            return ()
        return tuple(
            time
            for one in self._knowledge.facts_of(fact.subject, dated)
            for alt in self._alternatives(one)
            for time in alt.times
        )

    def _given(
        self, template: QuizTemplate, one: _Alternative, rng: random.Random
    ) -> tuple[tuple[Given, str | int | Interval], ...] | None:
        """What the question names of a fact; None when the fact has no such thing, or it lies ahead."""
        found = tuple((name, self._part(one, name, rng)) for name in template.given)
        begun = all(time.end is not None and time.end <= self._today for time in one.times)
        return found if begun and all(value is not None for _, value in found) else None  # type: ignore[return-value]

    def _part(self, one: _Alternative, name: Given, rng: random.Random) -> str | int | Interval | None:
        fact = one.fact
        if name == "subject":
            return fact.subject
        if name == "value":
            return fact.value if isinstance(fact.value, str) else None
        if name == "of":
            return fact.of
        if name == "year":
            years = _years(one.times)
            return years[0] if years is not None and len(years) == 1 else None
        span = fact.interval
        if span.start is None:
            return None
        if name == "period":
            return span
        last = min(span.end or self._today, self._today)
        whole = [
            year
            for year in range(span.start.year, last.year + 1)
            if span.covers(_year(year)) and year < self._today.year
        ]
        return rng.choice(whole) if whole else None

    def _meets(self, one: _Alternative, name: Given, value: str | int | Interval) -> bool:
        """Whether a statement may be about what the question names."""
        fact = one.fact
        if name == "subject":
            return fact.subject == value
        if name == "value":
            return fact.value == value
        if name == "of":
            return fact.of in (value, None)
        if isinstance(value, Interval):
            return fact.interval.overlaps(_inside(value))
        if name == "during":
            return fact.interval.overlaps(_year(int(value)))
        return not one.times or any(time.overlaps(_year(int(value))) for time in one.times)

    def _keys(self, one: _Alternative, asked: str) -> list[Key] | None:
        """What a statement answers; None when it may be anything."""
        if asked == "subject":
            return [one.fact.subject]
        if asked == "value":
            return [one.fact.value] if isinstance(one.fact.value, str) else None
        if asked == "year":
            years = _years(one.times)
            return None if years is None else list(years)
        day = one.fact.value if isinstance(one.fact.value, PartialDate) else one.fact.start
        return [day] if day else None

    # The options

    def _options(
        self,
        right: Key,
        answers: list[Key],
        pool: Sequence[_Alternative],
        likely: set[Key],
        template: QuizTemplate,
        rng: random.Random,
    ) -> list[Key]:
        """The right option and wrong ones like it, of the likely ones first, in the order in which they are shown."""
        others = dict.fromkeys(key for one in pool for key in self._keys(one, template.asks) or ())
        wrong = [
            key for key in others if self._is_like(key, right) and not any(self._clash(key, one) for one in answers)
        ]
        if not isinstance(right, str):
            wrong = sorted(wrong, key=lambda key: (_distance(key, right), str(key)))[:NEAREST]
        rng.shuffle(wrong)
        wrong.sort(key=lambda key: key not in likely)
        chosen: list[Key] = [right]
        for key in wrong:
            if len(chosen) < OPTIONS and not any(self._clash(key, one) for one in chosen):
                chosen.append(key)
        if isinstance(right, str):
            rng.shuffle(chosen)
            return chosen
        return sorted(chosen, key=str)

    def _is_like(self, key: Key, right: Key) -> bool:
        """Whether something is of the right option's kind: a day as precisely known, a thing of its type, both past."""
        if isinstance(key, str) and isinstance(right, str):
            entities = self._knowledge.entities
            return entities[key].type == entities[right].type
        if isinstance(key, PartialDate) and isinstance(right, PartialDate):
            return bool(key.day) and bool(right.day) and key.first <= self._today
        return isinstance(key, int) and isinstance(right, int) and key <= self._today.year

    def _clash(self, one: Key, other: Key) -> bool:
        """Whether both may be meant by the same words, or one is a part of the other."""
        if isinstance(one, str) and isinstance(other, str):
            return self._names.clash(one, other)
        if isinstance(one, PartialDate) and isinstance(other, PartialDate):
            return Interval(one.first, one.last).overlaps(Interval(other.first, other.last))
        return one == other

    # The words

    def _worded(
        self,
        template: QuizTemplate,
        fact: Fact,
        given: tuple[tuple[Given, str | int | Interval], ...],
        keys: list[Key],
        right: Key,
    ) -> Question | None:
        """The question in words; None when they are too long, say the answer, or may mean something else."""
        options = tuple(self._shown(key) for key in keys)
        place = keys.index(right)
        slots: dict[str, str] = {name: self._shown(value) for name, value in given if not isinstance(value, Interval)}
        slots["year"] = slots.get("during", slots.get("year", ""))
        slots["period"] = self._teller.view.period(fact)
        try:
            text = plain(self._teller.view.render(template.question[self.language], {}, slots))
            explanation = self._explanation(fact)
        except RenderError:
            return None
        named = [str(value) for name, value in given if name in ("subject", "value", "of")]
        if not all(self._names.is_clear(name) for name in (*named, *(key for key in keys if isinstance(key, str)))):
            return None
        if len(set(map(str.casefold, options))) < OPTIONS or _gives_away(text, options, place):
            return None
        if _units(text) > MOST_QUESTION or any(_units(option) > MOST_OPTION for option in options):
            return None
        return Question(template.id, fact, given, text, options, tuple(keys), place, explanation)

    def _shown(self, key: Key) -> str:
        if isinstance(key, PartialDate):
            return self._teller.day(key)
        return self._names.label(key) if isinstance(key, str) else str(key)

    def _explanation(self, fact: Fact) -> str:
        """The fact in a sentence, with its source: as much of both as there is room for."""
        phrase = self._teller.view.phrases["quiz_source"]
        source = phrase.format(cited(self._teller.view.source(fact.sources[0])))
        said = plain(self._teller.tell([fact], dated=True)) if self._teller.tells(fact) else ""
        both = f"{said} {source}".strip()
        return both if _units(both) <= MOST_EXPLANATION else _cut(source, MOST_EXPLANATION)


def _joined(found: Iterator[list[Key] | None] | Sequence[list[Key] | None]) -> list[Key] | None:
    keys: list[Key] = []
    for some in found:
        if some is None:
            return None
        keys += some
    return keys


def _years(times: Sequence[Interval]) -> list[int] | None:
    """The years that any of the times touches; None when there is none, or one without bounds."""
    if not times:
        return None
    years: set[int] = set()
    for time in times:
        if time.start is None or time.end is None:
            return None
        years |= set(range(time.start.year, time.end.year + 1))
    return sorted(years)


def _year(year: int) -> Interval:
    return Interval(date(year, 1, 1), date(year, 12, 31))


def _inside(span: Interval) -> Interval:
    """A stretch without its first and last day, on which others may end and begin."""
    if span.start is None or span.end is None or (span.end - span.start).days < 2:
        return span
    return Interval(span.start + timedelta(days=1), span.end - timedelta(days=1))


def _distance(one: Key, other: Key) -> int:
    if isinstance(one, PartialDate) and isinstance(other, PartialDate):
        return abs((one.first - other.first).days)
    return abs(one - other) if isinstance(one, int) and isinstance(other, int) else 0


def _gives_away(text: str, options: Sequence[str], right: int) -> bool:
    """Whether a word of the question stands in the right option, and not in each of the others too."""
    asked = set(_WORD.findall(text.casefold()))
    common = set.intersection(*(set(_WORD.findall(option.casefold())) for option in options))
    return bool(asked & set(_WORD.findall(options[right].casefold())) - common)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int) -> str:
    return text if _units(text) <= most else text[: most // 2 - 1] + "…"
