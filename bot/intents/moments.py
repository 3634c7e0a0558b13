"""Times told by what happened then: "at the spring meeting", "when Ann joined", "five years after the rules".

A relation says in the schema by which rule people tell its time (`told_by: join`), and which of its values they mean
when they name none (`told_as`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.intents.annotation import Annotation
from bot.knowledge.model import Interval, Knowledge, Relation
from bot.language.dates import TimeWords, When, number_of, shift, year_interval
from bot.language.lexicon import Found

WIDEST_GAP = 2
OF_A_TIME = frozenset(("s:event", "s:era"))
SHIFTED = ("before", "after", "since", "until")
HOWS = ("then", *SHIFTED, "in")
SAID_AFTER = {"before_it": "before", "after_it": "after", "since_it": "since", "then_it": "in"}
"""Roles of words that follow what a time is told by, and how the time stands to it."""


@dataclass(frozen=True)
class Moments:
    """Finds them for one pack and language."""

    knowledge: Knowledge
    times: TimeWords

    def told(
        self, entities: Sequence[Annotation], rules: Sequence[Found], words: Sequence[str]
    ) -> Iterator[Annotation]:
        """Every time that the things in a message tell, alone or with one of the rules found in it."""
        single = [note for note in entities if not note.ambiguous and len(note.value) == 1]
        for note in single:
            interval = self.time_of(note.value[0]) if self._tells_time(note, words) else None
            if interval:
                yield self._annotation(note.mask, interval, note, words)
        for relation in self._tellers if single else ():
            verbs = [item.mask for item in rules if relation.told_by in item.values]
            for note in single if verbs else ():
                yield from self._clauses(note, relation, verbs, single, words)

    @cached_property
    def _tellers(self) -> tuple[Relation, ...]:
        """The relations by which people tell a time."""
        return tuple(relation for relation in self.knowledge.relations.values() if relation.told_by)

    @cached_property
    def _dated(self) -> frozenset[str]:
        """The types whose things a dated fact describes."""
        types = self.knowledge.types
        return frozenset(
            name for name in types if any("when" in types[one].described_by for one in self.knowledge.lineage(name))
        )

    def _tells_time(self, note: Annotation, words: Sequence[str]) -> bool:
        """Whether a thing may stand for its time: an event always, a document after "before" and the like."""
        if not OF_A_TIME.isdisjoint(note.keys):
            return True
        if self.knowledge.entities[note.value[0]].type not in self._dated:
            return False
        hows = {self._leading(words, note.start)[1], self._following(words, note.mask.bit_length())[1]}
        return bool(hows & {"before", "after"})

    def time_of(self, entity: str) -> Interval | None:
        """When a thing was: by the dated fact that its type is told by, else by any dated fact of its own."""
        type_ = self.knowledge.entities[entity].type
        relation = next((self.knowledge.types[name].described_by.get("when") for name in self.knowledge.lineage(type_)
                         if "when" in self.knowledge.types[name].described_by), None)  # fmt: skip
        facts = (
            self.knowledge.facts_of(entity, relation)
            if relation
            else [fact for fact in self.knowledge.facts_about(entity) if fact.subject == entity and fact.start]
        )
        return next((fact.interval for fact in facts if fact.interval.start), None)

    def _clauses(self, note: Annotation, relation: Relation, verbs: Sequence[int], single: Sequence[Annotation],
                 words: Sequence[str]) -> Iterator[Annotation]:  # fmt: skip
        """ "when Ann joined", "Ann's accession", "five years after the rules were signed"."""
        for verb in verbs:
            if note.mask & verb or _gap(note.mask, verb) > WIDEST_GAP:
                continue
            mask = note.mask | verb
            led = self._leading(words, (mask & -mask).bit_length() - 1)[1] not in ("", "in")
            if not led and not self._following(words, mask.bit_length())[1]:
                continue  # a sentence of its own: "Ann joined in 2023"
            values = [other for other in single if relation.is_link and f"s:{relation.value}" in other.keys]
            named = next((other for other in values if 0 <= other.start - mask.bit_length() <= 1), None)
            wanted = named.value[0] if named else relation.told_as
            facts = self.knowledge.facts_of(note.value[0], relation.id)
            began = [fact.began for fact in facts if fact.began.start and wanted in ("", fact.value)]
            if began:
                mask |= named.mask if named else 0
                first = min(began, key=lambda interval: str(interval.start))
                yield self._annotation(mask, first, note, words)

    def _annotation(self, mask: int, moment: Interval, note: Annotation, words: Sequence[str]) -> Annotation:
        """The time with what leads it: "when", "before", "five years after"."""
        at = (mask & -mask).bit_length() - 1
        start, how = self._leading(words, at)
        start, later = self._years_between(words, start, how)
        covered = mask | ((1 << at) - (1 << start))
        if how in ("", "in"):
            end = mask.bit_length()
            after, following, later = self._following(words, end)
            how, covered = following or how, covered | ((1 << after) - (1 << end))
        if later and moment.start and 1 <= moment.start.year + later <= 9998:
            year = year_interval(moment.start.year + later)
            return Annotation(frozenset(("s:when",)), When(year, "in", year), covered, note.quality)
        when = shift(how if how in SHIFTED else "in", moment, note.value[0])  # type: ignore[arg-type]
        return Annotation(frozenset(("s:when",)), when, covered, note.quality)

    def _leading(self, words: Sequence[str], at: int) -> tuple[int, str]:
        """Where the words before a place begin that say how a time stands to it, and how; "" when none do."""
        for length in range(min(self.times.most + 2, at), 0, -1):
            if words[at - length] not in self.times.longest:
                continue
            phrase = tuple(words[at - length : at])
            roles = set(self.times.roles.get(phrase, ()))
            while phrase and phrase[-1] in self._fillers and not roles & {*HOWS}:
                phrase = phrase[:-1]
                roles = set(self.times.roles.get(phrase, ()))
            how = next((how for how in HOWS if how in roles), "")
            if how:
                return at - length, how
        return at, ""

    def _following(self, words: Sequence[str], at: int) -> tuple[int, str, int]:
        """Where the words after a place end that say how a time stands to it, how, and how many years from it."""
        years = number_of(words[at], self.times) if at + 2 < len(words) else None
        counted = years is not None and "year" in self.times.roles.get((words[at + 1],), ())
        start = at + 2 if counted else at
        for length in range(min(self.times.most, len(words) - start), 0, -1):
            roles = self.times.roles.get(tuple(words[start : start + length]), ())
            how = next((how for role, how in SAID_AFTER.items() if role in roles), "")
            if how:
                signs = {"after": 1, "before": -1}
                return start + length, how, (years or 0) * signs.get(how, 0) if counted else 0
        return at, "", 0

    @cached_property
    def _fillers(self) -> set[str]:
        return {phrase[0] for phrase, roles in self.times.roles.items() if "filler" in roles and len(phrase) == 1}

    def _years_between(self, words: Sequence[str], start: int, how: str) -> tuple[int, int]:
        """ "five years" before "after" or "before": where they begin, and how many."""
        if how not in ("after", "before") or start < 2 or "year" not in self.times.roles.get((words[start - 1],), ()):
            return start, 0
        number = number_of(words[start - 2], self.times)
        if number is None:
            return start, 0
        return start - 2, int(number) if how == "after" else -int(number)


def _gap(one: int, other: int) -> int:
    """How many tokens lie between two masks; 0 when they touch or cross."""
    low, high = sorted((one, other), key=lambda mask: mask & -mask)
    return max(0, (high & -high).bit_length() - 1 - low.bit_length())
