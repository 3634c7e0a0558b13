"""Messages that lean on the one before: "and in 2012?", "what about Ann?", "and when?", a choice that we asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.dialogue import Frame
from bot.intents.annotation import Annotation
from bot.intents.matcher import Match
from bot.intents.model import Intent
from bot.knowledge.model import Entity, PartialDate
from bot.language.dates import When, ordinal_of, year_interval
from bot.turn import Said, Turn, Understood, without

MOST_LEFT_OUT = 6
FIRST_YEAR, LAST_YEAR = 1000, 9998
STEPS = ("r:year_later", "r:year_before", "r:next_one", "r:last_one")
LEANING = frozenset(("r:leaning", "r:last", "r:first", *STEPS))
GOING_ON = frozenset(("r:goes_on", *STEPS))


class FollowUps:
    """Reads a message as a follow-up of the last one."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def follow_up(self, text: str, understood: Understood) -> Said | None:
        """What a message says that leans on the one before: a choice, a changed slot, a question about the answer."""
        said = self.chosen(text, understood) if self.turn.context.pending else self.at_that_time(text, understood)
        leans = any("r:pronoun" in note.keys for note in understood.notes)
        if said or leans:
            return said
        anew = self.turn.best(text, understood) if self.asks_anew(understood) else None
        return anew or self.changed(text, understood)

    def asks_anew(self, understood: Understood) -> bool:
        """Whether a message is a question of its own: it asks with a question word, and nothing says "and"."""
        going_on = any(not GOING_ON.isdisjoint(note.keys) for note in understood.notes)
        return not going_on and self.turn.asks(understood.weighed.reading)

    def filled_in(self, text: str, understood: Understood) -> Said | None:
        """The message with what it leaves out: who "it" is where only words can tell, or an "it" that was not said."""
        leaning = next((note for note in understood.notes if "r:pronoun" in note.keys), None)
        if leaning:
            return self.by_name(understood, leaning)
        named = any("s:thing" in note.keys and note.quality == 1.0 for note in understood.notes)
        pronouns = self.turn.words.pronouns
        if named or not pronouns or not self.turn.context.focus or len(understood.weighed.weights) > MOST_LEFT_OUT:
            return None
        whole = f"{text} {pronouns[0]}"
        return self.turn.best(whole, self.turn.understand(whole))

    def at_that_time(self, text: str, understood: Understood) -> Said | None:
        """A question that "then" is said in, with the time of the last answer in its place."""
        plain = without(self.turn.words.back_then, text) if self.turn.context.frame else text
        day = self.time_before() if plain != text else None
        if day is None or any("s:when" in note.keys and not note.told for note in understood.notes):
            return None
        whole = f"{plain} {self.turn.renderer().day(day)}"
        return self.turn.best(whole, self.turn.understand(whole))

    def time_before(self) -> PartialDate | date | None:
        """The time of what was last spoken of: the year asked about, else the day of the first fact."""
        when = self.turn.context.frame.slots.get("when") if self.turn.context.frame else None
        if isinstance(when, When) and when.how == "in" and when.interval.end:
            return PartialDate(when.interval.end.year)
        return next((fact.start for fact in self.turn.facts_before() if fact.start), None)

    def by_name(self, understood: Understood, pronoun: Annotation) -> Said | None:
        """What the facts' own words say of the thing that a pronoun stands for."""
        words = understood.weighed.reading.words
        things = (name for name in self.turn.context.focus if name in self.turn.knowledge.entities)
        thing = next((self.turn.knowledge.entities[name] for name in things), None)
        if thing is None:
            return None
        after = words[pronoun.mask.bit_length() :]
        whole = " ".join([*words[: pronoun.start], thing.name(self.turn.language), *after])
        again = self.turn.understand(whole)
        return self.turn.from_search(whole, again)

    def again(self, understood: Understood) -> Said | None:
        """The last question once more, for a message that names nothing of its own."""
        frame = self.turn.context.frame
        if frame is None or frame.intent not in self.turn.pack.intents.intents:
            return None
        pronouns = {note.mask for note in understood.notes if "r:pronoun" in note.keys}
        named = any(key.startswith("s:") for note in understood.notes if note.mask not in pronouns for key in note.keys)
        if named or self.left_over(understood) > 0.01:
            return None
        intent = self.turn.pack.intents.intents[frame.intent]
        match = Match(intent.id, "", 1.0, frame.slots, 0, (), (), 1.0)
        return self.turn.run(frame.said, intent, match, understood, frame.slots)

    def chosen(self, text: str, understood: Understood) -> Said | None:
        """The answer to our question: one of the things that we named."""
        frame, role, ids = self.turn.context.pending, self.turn.context.pending_role, self.turn.context.pending_ids
        if frame is None or frame.intent not in self.turn.pack.intents.intents:
            return None
        left = self.left_over(understood)
        if left > 0.35 * max(understood.weighed.total, 1.0):
            return None
        chosen = self.pick(ids, understood)
        if chosen is None:
            return None
        intent = self.turn.pack.intents.intents[frame.intent]
        match = Match(intent.id, "", 1.0, frame.slots, 0, (), (), 1.0)
        return self.turn.run(text, intent, match, understood, {**frame.slots, role: (chosen,)})

    def pick(self, ids: tuple[str, ...], understood: Understood) -> str | None:
        for note in understood.notes:
            if "s:thing" in note.keys and len(set(note.value) & set(ids)) == 1:
                return next(name for name in ids if name in note.value)
        for note in understood.notes:
            if "s:when" in note.keys:
                fitting = [
                    name
                    for name in ids
                    if (time := self.turn.u.annotator.moments.time_of(name)) and note.value.anchor.overlaps(time)
                ]
                if len(fitting) == 1:
                    return fitting[0]
        if self.names_another(ids, understood):
            return None
        for note in understood.notes:
            if "s:ordinal" in note.keys and 1 <= note.value <= len(ids):
                return ids[int(note.value) - 1]
            if "r:last" in note.keys:
                return ids[-1]
            if "r:first" in note.keys:
                return ids[0]
            if "s:number" in note.keys and 1 <= note.value <= len(ids):
                return ids[int(note.value) - 1]
        return None

    def names_another(self, ids: tuple[str, ...], understood: Understood) -> bool:
        """Whether a message names a thing that was not offered, so that a number in it is no choice."""
        named = [note for note in understood.notes if "s:thing" in note.keys and note.quality == 1.0 and note.value]
        return any(understood.weighed.words(note.mask) and not {*note.value} & {*ids} for note in named)

    def changed(self, text: str, understood: Understood) -> Said | None:
        """The last question again with what this message changes in it: "and in 2012?", "what about Ann?"."""
        frame = self.turn.context.frame
        if frame is None or frame.intent not in self.turn.pack.intents.intents or self.left_over(understood) > 0.01:
            return None
        swapped = self.swapped_question(text, understood, frame) or self.swapped_ordinal(understood, frame)
        if swapped:
            return swapped
        intent = self.turn.pack.intents.intents[frame.intent]
        changes = self.changes(intent, frame, understood)
        if not changes:
            return None
        match = Match(intent.id, "", 1.0, {**frame.slots, **changes}, 0, (), (), 1.0)
        return self.turn.run(
            frame.said, intent, match, understood, {**self.turn.defaults(intent), **frame.slots, **changes}
        )

    def swapped_question(self, text: str, understood: Understood, frame: Frame) -> Said | None:
        """A question word alone ("and when?") asks the last question with that word."""
        if not self.same_language:
            return None
        questions = {self.turn.u.speech.stem(word) for word in self.turn.words.questions}
        words = [
            t
            for n, t in enumerate(understood.weighed.reading.tokens)
            if understood.weighed.weights[n] > 0.1 or t.stem in questions
        ]
        if not words or any(token.stem not in questions for token in words) or not frame.said:
            return None
        before = self.turn.u.lexicon.read(frame.said).tokens
        interrogatives = {self.turn.u.speech.stem(word) for word in self.turn.words.interrogatives}
        rest = [token.word for token in before if token.stem not in interrogatives]
        again = " ".join([*(token.word for token in words), *rest])
        return self.turn.best(again, self.turn.understand(again))

    def swapped_ordinal(self, understood: Understood, frame: Frame) -> Said | None:
        """ "And the third?" after a question about the first: the last question with that ordinal."""
        if not self.same_language:
            return None
        place = next((note for note in understood.notes if "s:ordinal" in note.keys), None)
        others = [note for note in understood.notes if "s:thing" in note.keys or "s:when" in note.keys]
        if place is None or others or not frame.said:
            return None
        before = self.turn.u.lexicon.read(frame.said).words
        said = [n for n, word in enumerate(before) if ordinal_of(word, self.turn.u.lexicon.times) is not None]
        if len(said) != 1:
            return None
        before[said[0]] = understood.weighed.reading.words[place.start]
        again = " ".join(before)
        return self.turn.best(again, self.turn.understand(again))

    @property
    def same_language(self) -> bool:
        """Whether this message is in the language of the last one, so that their words go together."""
        return self.turn.context.language in ("", self.turn.language)

    def changes(self, intent: Intent, frame: Frame, understood: Understood) -> dict[str, Any]:
        roles = intent.roles(self.turn.language)
        found, taken = self.moved_in_place(frame, understood)
        notes = sorted(understood.notes, key=lambda note: (-understood.weighed.of(note.mask), note.ambiguous))
        for note in notes:
            if (
                note.mask & taken
                or not note.value
                or "r:pronoun" in note.keys
                or not any(key.startswith("s:") for key in note.keys)
            ):
                continue
            for role, types in roles.items():
                if role not in found and any(f"s:{type_}" in note.keys for type_ in types):
                    found[role] = note.value
                    taken |= note.mask
                    break
        moved, moment = self.moved_in_time(frame, understood, taken, found)
        found, taken = {**found, **moved}, taken | moment
        return found if found and self.unsaid(understood, taken) < 0.2 * max(understood.weighed.total, 1.0) else {}

    def moved_in_place(self, frame: Frame, understood: Understood) -> tuple[dict[str, Any], int]:
        """The events of the place that a message names in place of those last spoken of; and its tokens."""
        place = next((note for note in understood.notes if "s:place" in note.keys), None)
        when = next((note for note in understood.notes if "s:when" in note.keys), None)
        for role, value in frame.slots.items() if place else ():
            entity = self.turn.knowledge.entities.get(value[0]) if isinstance(value, tuple) and value else None
            if entity and place and (ids := self.turn.u.annotator.told(entity.type, place, when, None)):
                return {role: ids}, place.mask | (when.mask if when else 0)
        return {}, 0

    def moved_in_time(
        self, frame: Frame, understood: Understood, taken: int, found: Mapping[str, Any]
    ) -> tuple[dict[str, Any], int]:
        """The event of the new time in place of the last one, the next one, or some years later; and its tokens."""
        when = next((note for note in understood.notes if "s:when" in note.keys and not note.mask & taken), None)
        step, stepped = self.step(understood)
        for role, value in frame.slots.items():
            if role not in found and isinstance(value, tuple) and len(value) == 1:
                entity = self.turn.knowledge.entities.get(value[0])
                ids = self.turn.u.annotator.told(entity.type, None, when, None) if entity and when else ()
                if not when and step and entity:
                    ids = self.neighbour(entity, step)
                if ids:
                    return {role: ids}, when.mask if when else stepped
            if isinstance(value, When) and value.anchor.start and step and not when:
                year = value.anchor.start.year + step
                if FIRST_YEAR <= year <= LAST_YEAR:
                    whole = year_interval(year)
                    return {role: When(whole, "in", whole)}, stepped
        return {}, 0

    def step(self, understood: Understood) -> tuple[int, int]:
        """How many years or things further a message goes ("a year later", "four years before that"); its tokens."""
        for note in understood.notes:
            step = bool(note.keys & {"r:year_later", "r:next_one"}) - bool(note.keys & {"r:year_before", "r:last_one"})
            if step:
                many = next((n for n in understood.notes if "s:number" in n.keys and not n.mask & note.mask), None)
                return (step * int(many.value), note.mask | many.mask) if many else (step, note.mask)
        return 0, 0

    def neighbour(self, entity: Entity, step: int) -> tuple[str, ...]:
        """The thing of the same type that comes so many later in time."""
        things = [one for one in self.turn.u.annotator.described.get(entity.type, ()) if one.interval]
        things.sort(key=lambda one: str(one.interval.start if one.interval else ""))
        at = next((n for n, one in enumerate(things) if one.id == entity.id), len(things)) + step
        return (things[at].id,) if 0 <= at < len(things) else ()

    def left_over(self, understood: Understood) -> float:
        """The weight of the words that no slot could take, question words and courtesy apart."""
        slots = 0
        for note in understood.notes:
            if any(key.startswith("s:") for key in note.keys):
                slots |= note.mask
        return self.unsaid(understood, slots)

    def unsaid(self, understood: Understood, mask: int) -> float:
        """The weight of the words outside a mask that neither ask nor lean on what was said."""
        questions = {self.turn.u.speech.stem(word) for word in self.turn.words.questions}
        for note in understood.notes:
            if note.keys & LEANING:
                mask |= note.mask
        weighed = understood.weighed
        return sum(
            weight
            for n, weight in enumerate(weighed.weights)
            if not mask >> n & 1 and weight > 0.2 and weighed.reading.tokens[n].stem not in questions
        )
