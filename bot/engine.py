"""From a message and its context to a reply and the next context: pure, with the day handed in.

message -> readings (language) -> matches (intents) -> results (knowledge) -> words (answers) -> reply
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import escape

from bot.answers.render import MOST_SOURCES, Renderer, RenderError
from bot.dialogue import Context, Frame
from bot.intents.annotate import Annotation
from bot.intents.loader import Intent
from bot.intents.matcher import Match, Weighed
from bot.intents.search import Hit
from bot.knowledge.model import Fact, Interval
from bot.knowledge.query import Result, run
from bot.language.dates import When, year_interval
from bot.language.exam import Paper, read_paper, same_choice, which_hold
from bot.language.text import clean, stem
from bot.pack import Pack, Understanding
from bot.reply import Choice, Explanation, Kind, Reply

# Least score of an answer, measured with `make eval`: a message that names the organisation, or something that only it
# has, may leave more unsaid than one that does not.
SURE = 0.80
SURE_ANCHORED = 0.56
SEARCH_SURE = 0.78
SEARCH_SURE_ANCHORED = 0.58
SEARCH_RARITY = 7.0
SEARCH_PENALTY = 0.2
LONE_WORDS = 5
NEARLY = 0.8
CLAIM_SURE = 0.45
MOST_TRIED = 12
LEANING = frozenset(("r:leaning", "r:last", "r:first", "r:year_later", "r:year_before"))
MOST_PARTS = 4
MOST_CHOICES = 8
MOST_MORE = 4

_SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9]\.)\s+(?=[A-Z])|\n+")


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as read: its tokens weighed, what they may stand for, and what the templates make of them."""

    weighed: Weighed
    notes: Sequence[Annotation]
    matches: Sequence[Match]
    anchored: bool


@dataclass(frozen=True, slots=True)
class Said:
    """An answer found: the words, and what they were made of."""

    reply: Reply
    frame: Frame
    listed: tuple[str, ...]
    facts: tuple[Fact, ...]
    score: float


class Engine:
    """Answers messages from one pack. Thread-safe: nothing in it changes."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def answer(self, message: str, context: Context, *, today: date, lang: str | None = None) -> tuple[Reply, Context]:
        """The reply to a message, and the context for the next one. Never raises on any text."""
        language = self._language(lang)
        return _Turn(self.pack, self.pack.languages[language], language, context, today).answer(message)

    def _language(self, lang: str | None) -> str:
        return lang if lang and lang in self.pack.languages else next(iter(self.pack.languages))

    def greeting(self, lang: str | None = None) -> Reply:
        """What /start says: what can be asked, with buttons that ask it."""
        return self._fixed("welcome", lang)

    def help(self, lang: str | None = None) -> Reply:
        """What /help says."""
        return self._fixed("help", lang)

    def _fixed(self, name: str, lang: str | None) -> Reply:
        language = self._language(lang)
        phrases = self.pack.intents.languages[language].words.phrases
        asks = [ask for ask in phrases.get("starters", "").splitlines() if ask]
        return Reply("chat", phrases.get(name, ""), tuple(Choice(ask, ask) for ask in asks), intent=name)


class _Turn:
    """One message on its way through the house."""

    def __init__(self, pack: Pack, understanding: Understanding, language: str, context: Context, today: date) -> None:
        self.pack, self.knowledge = pack, pack.knowledge
        self.u, self.language, self.context, self.today = understanding, language, context, today
        self.words = understanding.language.words
        self.phrases = self.words.phrases

    def answer(self, message: str) -> tuple[Reply, Context]:
        paper = read_paper(message)
        if paper and (replied := self.exam(paper)):
            return replied
        text = clean(message)
        whole = self.understand(text)
        said = self.follow_up(text, whole) or self.best(text, whole)
        if said is None:
            parts = self.parts(text)
            if parts:
                return self.together(parts)
        if said is None:
            return self.unknown(whole), self.context
        return self.close(said)

    def understand(self, text: str) -> Understood:
        reading = self.u.lexicon.read(text)
        notes = self.u.annotator.annotate(reading, self.today)
        notes += self.pronouns(notes)
        weighed = self.u.matcher.weigh(reading, notes)
        matches = self.u.matcher.matches(reading, notes, weighed)
        return Understood(weighed, notes, matches, self.anchored(weighed, notes))

    def anchored(self, weighed: Weighed, notes: Sequence[Annotation]) -> bool:
        """Whether something in the message shows that the pack's organisation is meant."""
        entities = self.knowledge.entities
        if weighed.own or any(entities[name].own for note in notes if "s:thing" in note.keys for name in note.value):
            return True
        types = self.knowledge.types
        named = [note for note in notes if "s:thing" in note.keys and note.value and note.quality == 1.0]
        return any(
            types[self.knowledge.entities[value].type].own
            for note in named
            for value in note.value[:1]
            if note.mask.bit_count() > 1 or not weighed.reading.real[note.start]
        )

    def pronouns(self, notes: Sequence[Annotation]) -> list[Annotation]:
        """ "it", "they", "that": the things in focus, each as what it is."""
        found = []
        for note in notes:
            if "r:pronoun" not in note.keys:
                continue
            seen: set[str] = set()
            for entity in self.context.focus:
                type_ = self.knowledge.entities[entity].type if entity in self.knowledge.entities else ""
                if type_ and type_ not in seen:
                    seen.add(type_)
                    own = entity == self.knowledge.about
                    keys = frozenset(("s:thing",) if own else (f"s:{name}" for name in self.knowledge.lineage(type_)))
                    found.append(Annotation(keys, (entity,), note.mask, 0.99))
            types = {
                self.knowledge.entities[name].type for name in self.context.listed if name in self.knowledge.entities
            }
            if len(self.context.listed) > 1 and len(types) == 1:
                several = frozenset(f"s:{name}+" for name in self.knowledge.lineage(types.pop()))
                found.append(Annotation(several, self.context.listed, note.mask, 0.99))
        return found

    # which of the readings

    def best(self, text: str, understood: Understood) -> Said | None:
        """The first reading that is sure enough and has an answer."""
        if self.is_foreign(understood):
            return None
        hits = self.u.search.search(understood.weighed, self.asked_time(understood), self.is_yes_no(text))
        search = self.from_search(text, understood, hits)
        least = SURE_ANCHORED if understood.anchored else SURE
        tried = 0
        for match in sorted(understood.matches, key=lambda match: -self.favoured(match)):
            intent = self.pack.intents.intents[match.intent]
            if match.score < intent.sure:
                continue
            if match.score + intent.favour < least - (0.0 if not match.unknown_name else -0.3) or tried >= MOST_TRIED:
                break
            if search and search.score > match.score + intent.favour:
                break
            tried += 1
            said = self.say_match(text, match, understood)
            if said:
                return said
        return search

    def is_foreign(self, understood: Understood) -> bool:
        """Whether a message names something foreign, and nothing that shows that the organisation is meant."""
        if understood.anchored or self.context.frame:
            return False
        types, entities = self.knowledge.types, self.knowledge.entities
        return any(
            types[entities[name].type].foreign
            for note in understood.notes
            if "s:thing" in note.keys and note.quality == 1.0
            for name in note.value
        )

    def favoured(self, match: Match) -> float:
        return match.score + self.pack.intents.intents[match.intent].favour

    def asked_time(self, understood: Understood) -> Interval | None:
        times = [note.value for note in understood.notes if "s:when" in note.keys]
        return times[0].interval if len(times) == 1 else None

    def from_search(self, text: str, understood: Understood, hits: Sequence[Hit]) -> Said | None:
        if not hits:
            return None
        hit = hits[0]
        least = SEARCH_SURE_ANCHORED if understood.anchored else SEARCH_SURE
        left = ((1 << len(understood.weighed.weights)) - 1) & ~hit.mask
        if hit.coverage < least or hit.rarity < SEARCH_RARITY or left & understood.weighed.foreign:
            return None
        if not understood.anchored and not self.names_something(understood) and hit.mask.bit_count() < LONE_WORDS:
            return None
        score = hit.coverage - SEARCH_PENALTY
        match = Match("search", "", score, {}, hit.mask, (), understood.weighed.words(left), 1.0)
        intent = self.pack.intents.intents.get("search")
        if intent is None:
            return None
        near = [other for other in hits if self.is_beside(other, hit)] if hit.fact.holds is None else [hit]
        result = Result(tuple(_row(other.fact) for other in near), len(near))
        return self.say(text, intent, match, understood, {}, {"result": result})

    def is_beside(self, other: Hit, best: Hit) -> bool:
        """Whether a fact answers nearly as well as the best, and speaks of the same."""
        near = (
            other.rarity * other.coverage >= NEARLY * best.rarity * best.coverage
            and other.coverage >= NEARLY * best.coverage
        )
        return other is best or (
            near and other.fact.holds is None and bool({*other.fact.mentions()} & {*best.fact.mentions()})
        )

    def names_something(self, understood: Understood) -> bool:
        """Whether a message names a thing that the facts are about."""
        return any(
            "s:thing" in note.keys and note.quality == 1.0 and set(note.value) & self.knowledge.subjects
            for note in understood.notes
        )

    def say_match(self, text: str, match: Match, understood: Understood) -> Said | None:
        intent = self.pack.intents.intents[match.intent]
        slots = {**self.defaults(intent), **match.slots}
        if understood.weighed.own:
            slots["own"] = (self.knowledge.about,)
        return self.run(text, intent, match, understood, slots)

    def defaults(self, intent: Intent) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in intent.defaults.items():
            found[name] = self.now() if value == "now" else (value,) if value in self.knowledge.entities else value
        return found

    def now(self) -> When:
        day = Interval(self.today, self.today)
        return When(day, "now", day)

    def run(
        self, text: str, intent: Intent, match: Match, understood: Understood, slots: Mapping[str, Any]
    ) -> Said | None:
        if (
            intent.anchored
            and not understood.weighed.own
            and not (self.context.frame and self.context.frame.intent == intent.id)
        ):
            return None
        if any(isinstance(value, When) and self.is_future(value) for value in slots.values()):
            return None
        role = self.ambiguous_role(intent, match, slots)
        if role:
            sure = replace(match, ambiguous=())
            answered = tuple(
                name
                for name in slots[role][:MOST_CHOICES]
                if self.run(text, intent, sure, understood, {**slots, role: (name,)}) is not None
            )
            if not answered:
                return None
            slots = {**slots, role: answered}
            if len(answered) > 1:
                return self.ask_back(text, intent, match, understood, slots, role)
        results = {name: run(spec, slots, self.knowledge) for name, spec in intent.queries.items()}
        return self.say(text, intent, match, understood, slots, results)

    def is_future(self, when: When) -> bool:
        """Whether a time lies wholly ahead; nothing is known of it."""
        return when.interval.start is not None and when.interval.start > self.today

    def say(self, text: str, intent: Intent, match: Match, understood: Understood, slots: Mapping[str, Any],
            results: Mapping[str, Result]) -> Said | None:  # fmt: skip
        nothing = intent.queries and not any(result.rows for result in results.values())
        template = (intent.empty if nothing else intent.answer).get(self.language)
        if template is None:
            return None
        renderer = Renderer(self.knowledge, self.language, self.phrases, self.today, self.pack.environment)
        assumed = [name for name in intent.defaults if name not in match.slots]
        extra = {"yes_no": self.is_yes_no(text), "text": text, **self.before(intent, renderer)}
        try:
            html = renderer.render(
                template, results, {**dict.fromkeys(intent.roles(self.language)), **slots, **extra}, assumed
            )
        except RenderError:
            return None
        if not html:
            return None
        facts = tuple(renderer.used.values())
        listed = tuple(name for result in results.values() for name in result.ids)
        frame = Frame(intent.id, dict(slots), text)
        kind: Kind = intent.kind  # type: ignore[assignment]
        reply = Reply(
            kind, html, (), (), intent.id, self.shown(slots), self.explain(understood, match, intent, slots, facts)
        )
        return Said(reply, frame, listed, facts, match.score)

    def before(self, intent: Intent, renderer: Renderer) -> dict[str, Any]:
        """What an intent about the conversation itself may speak of: the last answer's sources, things, and what else is near it."""
        if not intent.follows:
            return {}
        listed = [renderer.thing(name) for name in self.context.listed if name in self.knowledge.entities]
        sources = [self.pack.sources[name] for name in self.context.sources if name in self.pack.sources]
        said = self.context.frame.said if self.context.frame else ""
        hits = self.u.search.search(self.understand(said).weighed, most=12) if said else []
        more = [
            hit.fact
            for hit in hits
            if hit.coverage > 0.3 and set(hit.fact.mentions()) & {*self.context.focus, self.knowledge.about}
        ]
        shown = renderer.said(more[:MOST_MORE]) if intent.id == "more" else []
        return {
            "listed_before": listed,
            "sources_before": sources,
            "more_facts": shown,
            "slots_before": self.frame_things(renderer),
        }

    def frame_things(self, renderer: Renderer) -> dict[str, Any]:
        slots = self.context.frame.slots if self.context.frame else {}
        return {name: renderer.slot(value) for name, value in slots.items()}

    def is_yes_no(self, text: str) -> bool:
        """Whether a message begins as a question to be answered with yes or no."""
        first = next(iter(self.u.lexicon.read(text).words), "")
        return first in self.phrases.get("yes_no_words", "").split()

    # one question back

    def ambiguous_role(self, intent: Intent, match: Match, slots: Mapping[str, Any]) -> str:
        return next(
            (role for role in match.ambiguous if role not in intent.even and len(slots.get(role) or ()) > 1), ""
        )

    def ask_back(
        self, text: str, intent: Intent, match: Match, understood: Understood, slots: Mapping[str, Any], role: str
    ) -> Said:
        renderer = Renderer(self.knowledge, self.language, self.phrases, self.today, self.pack.environment)
        things = [renderer.thing(name) for name in slots[role]][:MOST_CHOICES]
        lines = [f"• {escape(thing.dated)}" for thing in things]
        html = "\n".join([str(escape(self.phrases["which_one"].format(things[0].name))), *lines])
        choices = tuple(Choice(thing.dated, thing.dated) for thing in things)
        reply = Reply(
            "clarify",
            html,
            choices,
            (),
            intent.id,
            self.shown(slots),
            self.explain(understood, match, intent, slots, ()),
        )
        frame = Frame(intent.id, dict(slots), f"?{role}")
        return Said(reply, frame, (), (), match.score)

    # follow-ups

    def follow_up(self, text: str, understood: Understood) -> Said | None:
        """What a message says that leans on the one before: a choice, a changed slot, a question about the answer."""
        said = self.chosen(text, understood) if self.context.pending else None
        leans = any("r:pronoun" in note.keys for note in understood.notes)
        return said or (None if leans else self.changed(text, understood))

    def chosen(self, text: str, understood: Understood) -> Said | None:
        """The answer to our question: one of the things that we named."""
        frame, role, ids = self.context.pending, self.context.pending_role, self.context.pending_ids
        if frame is None or frame.intent not in self.pack.intents.intents:
            return None
        left = self.left_over(understood)
        if left > 0.35 * max(understood.weighed.total, 1.0):
            return None
        chosen = self.pick(ids, understood)
        if chosen is None:
            return None
        intent = self.pack.intents.intents[frame.intent]
        match = Match(intent.id, "(choice)", 1.0, frame.slots, 0, (), (), 1.0)
        return self.run(text, intent, match, understood, {**frame.slots, role: (chosen,)})

    def pick(self, ids: tuple[str, ...], understood: Understood) -> str | None:
        for note in understood.notes:
            if "s:thing" in note.keys and len(set(note.value) & set(ids)) == 1:
                return next(name for name in ids if name in note.value)
        for note in understood.notes:
            if "s:when" in note.keys and note.value.how in ("in", "between"):
                fitting = [
                    name
                    for name in ids
                    if (time := self.u.annotator.time_of(name)) and note.value.interval.overlaps(time)
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
        frame = self.context.frame
        if frame is None or frame.intent not in self.pack.intents.intents or self.left_over(understood) > 0.01:
            return None
        swapped = self.swapped_question(text, understood, frame)
        if swapped:
            return swapped
        intent = self.pack.intents.intents[frame.intent]
        changes = self.changes(intent, frame, understood)
        if not changes:
            return None
        match = Match(intent.id, "(the same again)", 1.0, {**frame.slots, **changes}, 0, (), (), 1.0)
        return self.run(frame.said, intent, match, understood, {**self.defaults(intent), **frame.slots, **changes})

    def swapped_question(self, text: str, understood: Understood, frame: Frame) -> Said | None:
        """A question word alone ("and when?") asks the last question with that word."""
        questions = {stem(word) for word in self.words.questions}
        words = [
            t
            for n, t in enumerate(understood.weighed.reading.tokens)
            if understood.weighed.weights[n] > 0.1 or t.stem in questions
        ]
        if not words or any(token.stem not in questions for token in words) or not frame.said:
            return None
        before = self.u.lexicon.read(frame.said).tokens
        interrogatives = {stem(word) for word in self.words.interrogatives}
        rest = [token.word for token in before if token.stem not in interrogatives]
        again = " ".join([*(token.word for token in words), *rest])
        return self.best(again, self.understand(again))

    def changes(self, intent: Intent, frame: Frame, understood: Understood) -> dict[str, Any]:
        roles = intent.roles(self.language)
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
        """The event of the new time in place of the last one, or the year after or before the last time; and its tokens."""
        when = next((note for note in understood.notes if "s:when" in note.keys and not note.mask & taken), None)
        for role, value in frame.slots.items():
            if when and role not in found and isinstance(value, tuple) and len(value) == 1:
                type_ = self.knowledge.entities[value[0]].type if value[0] in self.knowledge.entities else ""
                ids = self.u.annotator.told(type_, None, when, None)
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
        questions = {stem(word) for word in self.words.questions}
        for note in understood.notes:
            if note.keys & LEANING:
                mask |= note.mask
        weighed = understood.weighed
        return sum(
            weight
            for n, weight in enumerate(weighed.weights)
            if not mask >> n & 1 and weight > 0.2 and weighed.reading.tokens[n].stem not in questions
        )

    # exam papers

    def exam(self, paper: Paper) -> tuple[Reply, Context] | None:
        """The answer to a question with options, or to statements that are to be judged; None when it has none."""
        if paper.statements:
            return self.judged(paper)
        asked = clean(paper.question)
        negated = {"not"} & set(self.u.lexicon.read(asked).words)
        positive = " ".join(word for word in self.u.lexicon.read(asked).words if word != "not") if negated else asked
        said = self.best(positive, self.understand(positive))
        if said is None or said.reply.kind != "answer":
            return None
        chosen = [(letter, text) for letter, text in paper.options if self.stands_in(text, said) != bool(negated)]
        reply, context = self.close(said)
        if not chosen or len(chosen) == len(paper.options):
            return reply, context
        lines = [f"<b>{letter}) {escape(text)}</b>" for letter, text in chosen]
        return replace(reply, html="\n".join([*lines, "", reply.html])), context

    def stands_in(self, option: str, said: Said) -> bool:
        """Whether all that an option names stands in an answer."""
        answer = self.u.lexicon.read(said.reply.text)
        known = {token.stem for token in answer.tokens}
        named = {
            note.value[0]
            for note in self.u.annotator.annotate(answer, self.today)
            if "s:thing" in note.keys and note.value
        }
        reading = self.u.lexicon.read(clean(option))
        notes = [
            note for note in self.u.annotator.annotate(reading, self.today) if "s:thing" in note.keys and note.value
        ]
        found = 0
        for note in notes:
            if set(note.value) & named:
                found |= note.mask
        skip = {stem(word) for word in (*self.words.stop, *self.words.jointly)}
        for n, token in enumerate(reading.tokens):
            if token.stem in known or token.stem in skip:
                found |= 1 << n
        whole = (1 << len(reading.tokens)) - 1
        return bool(reading.tokens) and (found & whole) == whole

    def judged(self, paper: Paper) -> tuple[Reply, Context] | None:
        verdicts = [self.holds(statement) for statement in paper.statements]
        if any(verdict is None for verdict in verdicts):
            return None
        held = [bool(verdict and verdict[0]) for verdict in verdicts]
        chosen = next((f"{letter}) {text}" for letter, text in paper.options if same_choice(text, held)), "")
        count = self.phrases["statements_hold"].format(
            which_hold(held), self.phrases.get(f"all_{len(held)}", "all") if all(held) else sum(held)
        )
        lines = [f"<b>{escape(chosen)}</b>"] if chosen else []
        lines.append(f"<b>{escape(count)}</b>")
        said = [verdict[1] for verdict in verdicts if verdict]
        for n, (statement, holds) in enumerate(zip(said, held, strict=True), 1):
            lines.append(f"{n}. {'✓' if holds else '✗'} {statement.reply.html}")
        reply, context = self.close(said[-1])
        ids = tuple(dict.fromkeys(name for one in said for fact in one.facts for name in fact.sources))
        tail = self.source_line(ids, said[-1].facts)
        sources = tuple(self.pack.sources[name] for name in ids if name in self.pack.sources)
        return replace(reply, html="\n".join([*lines, "", tail]), sources=sources), context

    def holds(self, statement: str) -> tuple[bool, Said] | None:
        """Whether a statement is what the facts say, with the answer that shows it; None when nothing is known of it."""
        text = clean(statement)
        if not self.context.focus:
            self.context = replace(self.context, focus=(self.knowledge.about,))
        understood = self.understand(text)
        for match in understood.matches[:MOST_TRIED]:
            if match.score < CLAIM_SURE:
                break
            said = self.say_match(text, match, understood)
            if said is None or said.reply.kind != "answer":
                continue
            words = said.reply.text.split()
            first = words[0].strip(",.;:").casefold() if words else ""
            if first in self.phrases.get("verdicts", "").split():
                return first == self.phrases["verdicts"].split()[0], said
            return self.stands_in(text, said) or self.names_stand_in(understood, said), said
        return None

    def names_stand_in(self, understood: Understood, said: Said) -> bool:
        """Whether every name, number and time of a claim stands in an answer."""
        answer = self.u.lexicon.read(said.reply.text)
        notes = self.u.annotator.annotate(answer, self.today)
        named = {name for note in notes if "s:thing" in note.keys for name in note.value} | {
            fact.subject for fact in said.facts
        }
        named |= {str(fact.value) for fact in said.facts if isinstance(fact.value, str)} | {
            fact.at or "" for fact in said.facts
        }
        spans = [note.value.anchor for note in notes if "s:when" in note.keys]
        for note in understood.notes:
            if "s:thing" in note.keys and note.value and not set(note.value) & {*named, self.knowledge.about}:
                if note.mask & ~self.covered(understood, named):
                    return False
            if "s:when" in note.keys and not any(note.value.anchor.overlaps(span) for span in spans):
                return False
        return True

    def covered(self, understood: Understood, named: set[str]) -> int:
        mask = 0
        for note in understood.notes:
            if "s:thing" in note.keys and set(note.value) & {*named, self.knowledge.about}:
                mask |= note.mask
        return mask

    # several questions, none, and the end

    def parts(self, text: str) -> list[Said]:
        """The answers to the sentences of a message that asks more than one thing."""
        sentences = list(dict.fromkeys(part.strip() for part in _SENTENCE.split(text) if part.strip()))
        if len(sentences) < 2:
            return []
        found = []
        for sentence in sentences[:30]:
            said = self.best(sentence, self.understand(sentence))
            if said and said.reply.kind != "chat":
                found.append(said)
        return found[:MOST_PARTS]

    def together(self, parts: list[Said]) -> tuple[Reply, Context]:
        closed = [self.close(said) for said in parts]
        if len(closed) == 1:
            return closed[0]
        replies = [reply for reply, _ in closed]
        sources = tuple(dict.fromkeys(source for reply in replies for source in reply.sources))
        html = "\n\n".join(dict.fromkeys(reply.html for reply in replies))
        kind: Kind = "answer" if any(reply.kind == "answer" for reply in replies) else replies[0].kind
        return replace(replies[-1], kind=kind, html=html, sources=sources), closed[-1][1]

    def close(self, said: Said) -> tuple[Reply, Context]:
        """The reply with its sources, and the context that remembers it."""
        reply, frame = said.reply, said.frame
        if reply.kind == "clarify":
            role = frame.said.removeprefix("?")
            return reply, self.context.asking(replace(frame, said=""), role, tuple(frame.slots[role]))
        if reply.kind != "answer":
            return reply, self.context
        ids = tuple(dict.fromkeys(name for fact in said.facts for name in fact.sources)) or self.context.sources
        sources = tuple(self.pack.sources[name] for name in ids if name in self.pack.sources)
        tail = self.source_line(ids, said.facts)
        reply = replace(reply, html=reply.html + (f"\n\n{tail}" if tail else ""), sources=sources)
        if self.pack.intents.intents[frame.intent].follows:
            return reply, self.context
        named = [
            name
            for value in frame.slots.values()
            if isinstance(value, tuple)
            for name in value
            if name in self.knowledge.entities
        ]
        subjects = [fact.subject for fact in said.facts]
        focus = (
            *named,
            *said.listed[:3],
            *subjects[:3],
            *(str(f.value) for f in said.facts[:2] if isinstance(f.value, str)),
        )
        focus = tuple(name for name in focus if name in self.knowledge.subjects)
        lines = tuple(reply.explanation.facts) if reply.explanation else ()
        return reply, self.context.remember(frame, focus, said.listed, ids, lines)

    def source_line(self, ids: tuple[str, ...], facts: tuple[Fact, ...]) -> str:
        """Where the answer comes from, as links where a source has an address."""
        shown = []
        for name in ids[:MOST_SOURCES]:
            source = self.pack.sources[name]
            label = escape(f"{source.publisher or source.title}{f', {source.date[:4]}' if source.date else ''}")
            shown.append(f'<a href="{escape(source.url)}">{label}</a>' if source.url.startswith("http") else str(label))
        shown = list(dict.fromkeys(shown))
        if len(ids) > MOST_SOURCES:
            shown.append(self.phrases["more_sources"].format(len(ids) - MOST_SOURCES))
        if shown:
            return f"<i>{self.phrases['sources']}: {'; '.join(shown)}</i>"
        return f"<i>{self.phrases['unsourced']}</i>" if facts else ""

    def unknown(self, understood: Understood) -> Reply:
        """ "I don't know", with what was not understood and the nearest questions that have answers."""
        best = understood.matches[0] if understood.matches else None
        foreign = best.unexplained if best else understood.weighed.words((1 << len(understood.weighed.weights)) - 1)
        lines = [self.phrases["unknown"].format(self.knowledge.title)]
        choices = tuple(Choice(ask, ask) for ask in self.near(understood))
        if choices:
            lines += [self.phrases["you_can_ask"], *(f"• {escape(choice.label)}" for choice in choices)]
        explanation = Explanation(self.language, " ".join(understood.weighed.reading.words), (),
                                  tuple((m.intent, round(m.score, 2), m.template) for m in understood.matches[:3]), "", (), foreign)  # fmt: skip
        return Reply("unknown", "\n".join(lines), choices, explanation=explanation)

    def near(self, understood: Understood) -> Iterator[str]:
        seen: set[str] = set()
        for match in understood.matches[:20]:
            intent = self.pack.intents.intents[match.intent]
            if match.score > 0.15 and intent.id not in seen and intent.examples and intent.kind == "answer":
                seen.add(intent.id)
                if len(seen) <= 3:
                    yield intent.examples[0].ask

    # words about it

    def shown(self, slots: Mapping[str, Any]) -> dict[str, str]:
        return {name: self.shown_slot(value) for name, value in slots.items() if value is not None}

    def shown_slot(self, value: Any) -> str:
        if isinstance(value, When):
            return f"{value.how} {value.interval.start or '...'} to {value.interval.end or '...'}"
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def explain(
        self, understood: Understood, match: Match, intent: Intent, slots: Mapping[str, Any], facts: tuple[Fact, ...]
    ) -> Explanation:
        others = [
            (m.intent, round(m.score, 2), m.template) for m in understood.matches[:4] if m.template != match.template
        ]
        return Explanation(
            self.language, " ".join(understood.weighed.reading.words), tuple(self.shown(slots).items()),
            ((intent.id, round(match.score, 2), match.template), *others[:3]),
            "; ".join(f"{name}: {dict(spec)}" for name, spec in intent.queries.items()),
            tuple(self.fact_line(fact) for fact in facts[:40]), match.unexplained,
        )  # fmt: skip

    def fact_line(self, fact: Fact) -> str:
        value = (
            fact.value
            if not isinstance(fact.value, Mapping)
            else fact.value.get(self.language, next(iter(fact.value.values())))
        )
        span = " ".join(
            filter(None, (f"from {fact.start}" if fact.start else "", f"to {fact.end}" if fact.end else ""))
        )
        return f"{fact.subject} {fact.relation} {value} {span} [{', '.join(fact.sources) or 'unsourced'}] {fact.where}".replace(
            "  ", " "
        )


def _row(fact: Fact) -> Any:
    from bot.knowledge.query import Row

    return Row(fact.subject, (fact,))
