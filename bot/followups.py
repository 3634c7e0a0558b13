"""Messages that lean on the one before: "and in 2012?", "what about Iran?", "and when?", a choice that we asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialogue import Frame
from bot.intents.annotation import Annotation
from bot.intents.loader import Intent
from bot.intents.matcher import Match
from bot.language.dates import When, year_interval
from bot.language.text import stem
from bot.turn import Said, Turn, Understood

MOST_LEFT_OUT = 6
LEANING = frozenset(("r:leaning", "r:last", "r:first", "r:year_later", "r:year_before"))


class FollowUps:
    """Reads a message as a follow-up of the last one."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def follow_up(self, text: str, understood: Understood) -> Said | None:
        """What a message says that leans on the one before: a choice, a changed slot, a question about the answer."""
        said = self.chosen(text, understood) if self.turn.context.pending else None
        leans = any("r:pronoun" in note.keys for note in understood.notes)
        return said or (None if leans else self.changed(text, understood))

    def filled_in(self, text: str, understood: Understood) -> Said | None:
        """The message with what it leaves out: who "it" is where only words can tell, or an "it" that was not said."""
        leaning = next((note for note in understood.notes if "r:pronoun" in note.keys), None)
        if leaning:
            return self.by_name(understood, leaning)
        named = any("s:thing" in note.keys and note.quality == 1.0 for note in understood.notes)
        if named or not self.turn.context.focus or len(understood.weighed.weights) > MOST_LEFT_OUT:
            return None
        whole = f"{text} {self.turn.words.pronouns[0]}"
        return self.turn.best(whole, self.turn.understand(whole))

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
        hits = self.turn.u.search.search(again.weighed, self.turn.asked_time(again), self.turn.is_yes_no(whole))
        return self.turn.from_search(whole, again, hits)

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
            if "s:when" in note.keys and note.value.how in ("in", "between"):
                fitting = [
                    name
                    for name in ids
                    if (time := self.turn.u.annotator.moments.time_of(name)) and note.value.interval.overlaps(time)
                ]
                if len(fitting) == 1:
                    return fitting[0]
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

    def changed(self, text: str, understood: Understood) -> Said | None:
        """The last question again with what this message changes in it: "and in 2012?", "what about Iran?"."""
        frame = self.turn.context.frame
        if frame is None or frame.intent not in self.turn.pack.intents.intents or self.left_over(understood) > 0.01:
            return None
        swapped = self.swapped_question(text, understood, frame)
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
        questions = {stem(word) for word in self.turn.words.questions}
        words = [
            t
            for n, t in enumerate(understood.weighed.reading.tokens)
            if understood.weighed.weights[n] > 0.1 or t.stem in questions
        ]
        if not words or any(token.stem not in questions for token in words) or not frame.said:
            return None
        before = self.turn.u.lexicon.read(frame.said).tokens
        interrogatives = {stem(word) for word in self.turn.words.interrogatives}
        rest = [token.word for token in before if token.stem not in interrogatives]
        again = " ".join([*(token.word for token in words), *rest])
        return self.turn.best(again, self.turn.understand(again))

    def changes(self, intent: Intent, frame: Frame, understood: Understood) -> dict[str, Any]:
        roles = intent.roles(self.turn.language)
        found: dict[str, Any] = {}
        taken = 0
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

    def moved_in_time(
        self, frame: Frame, understood: Understood, taken: int, found: Mapping[str, Any]
    ) -> tuple[dict[str, Any], int]:
        """The event of the new time in place of the last one, or the year after or before it; and its tokens."""
        when = next((note for note in understood.notes if "s:when" in note.keys and not note.mask & taken), None)
        for role, value in frame.slots.items():
            if when and role not in found and isinstance(value, tuple) and len(value) == 1:
                type_ = self.turn.knowledge.entities[value[0]].type if value[0] in self.turn.knowledge.entities else ""
                ids = self.turn.u.annotator.told(type_, None, when, None)
                if ids:
                    return {role: ids}, when.mask
            if isinstance(value, When) and value.anchor.start:
                for note in understood.notes:
                    step = ("r:year_later" in note.keys) - ("r:year_before" in note.keys)
                    if step:
                        whole = year_interval(value.anchor.start.year + step)
                        return {role: When(whole, "in", whole)}, note.mask
        return {}, 0

    def left_over(self, understood: Understood) -> float:
        """The weight of the words that no slot could take, question words and courtesy apart."""
        slots = 0
        for note in understood.notes:
            if any(key.startswith("s:") for key in note.keys):
                slots |= note.mask
        return self.unsaid(understood, slots)

    def unsaid(self, understood: Understood, mask: int) -> float:
        """The weight of the words outside a mask that neither ask nor lean on what was said."""
        questions = {stem(word) for word in self.turn.words.questions}
        for note in understood.notes:
            if note.keys & LEANING:
                mask |= note.mask
        weighed = understood.weighed
        return sum(
            weight
            for n, weight in enumerate(weighed.weights)
            if not mask >> n & 1 and weight > 0.2 and weighed.reading.tokens[n].stem not in questions
        )
