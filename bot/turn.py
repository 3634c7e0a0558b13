"""One message on its way through the house: what it may mean, what the facts say to that, and in which words."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import islice, takewhile, tee
from typing import Any

from markupsafe import escape

from bot.answers.pictures import leaves_out, paint
from bot.answers.render import MOST_SOURCES, Renderer, RenderError, Told
from bot.dialogue import Context, Frame
from bot.intents.annotation import Annotation
from bot.intents.matcher import LITTLE_SAID, Match, Weighed
from bot.intents.model import Intent
from bot.intents.ranking import Ranking
from bot.intents.search import Hit
from bot.knowledge.model import Fact, Interval
from bot.knowledge.query import Result, Row, run
from bot.language.dates import When
from bot.language.lexicon import Reading
from bot.language.remembering import remembered
from bot.language.text import shouted
from bot.pack import Pack, Understanding
from bot.picture import Picture, Sketch
from bot.reply import Choice, Explanation, Grounds, Kind, Reply, Source

# Least score of an answer, measured with `make eval`: a message that names the organisation, or something that only it
# has, may leave more unsaid than one that does not.
SURE = 0.80
SURE_ANCHORED = 0.56
UNEXPLAINED_NAME = 0.3
SEARCH_SURE = 0.8
SEARCH_SURE_ANCHORED = 0.62
SEARCH_RARITY = 11.0
SEARCH_RARITY_ANCHORED = 7.0
SEARCH_RARITY_WHOLE = (
    4.5  # where all that is asked stands in the fact, or most of it and a thing that facts are about is named
)
SEARCH_SURE_TELLING = 0.5
SEARCH_RARITY_TELLING = 15.0  # words so telling that half of a message is enough
SEARCH_PENALTY = 0.2
ALL_SAID = 0.92
WIDEST_GAP = 1
NEAR = 0.3
LONGEST_DATE = timedelta(days=366)
LEAST_WORDS = 3  # so many words must a fact share with a message that does not show that ours is meant
NEARLY_READ = 0.85  # how surely a name of several words must have been read to count as named
FADING = 0.02  # how much less likely each thing in focus is meant than the one before it
ONE_OF_MANY = 0.2
NEARLY = 0.8
MOST_TRIED = 12
MOST_HITS = 8
MOST_SAID = 3
MOST_CHOICES = 8
MOST_MORE = 4
MOST_FACTS = 40
MOST_PAINTED = 512
MOST_TOLD = 2048

TOPIC = frozenset(("s:topic",))

_LETTER = r"[^\W\u3400-\u9fff]"  # Chinese words stand side by side
_YEAR = re.compile(r"\b[12]\d{3}\b")


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as read: its tokens weighed, what they may stand for, and what the templates make of them."""

    weighed: Weighed
    notes: Sequence[Annotation]
    matches: Ranking[Match]
    anchored: bool


@dataclass(frozen=True, slots=True)
class Said:
    """An answer found: the words, and what they were made of."""

    reply: Reply
    frame: Frame
    listed: tuple[str, ...]
    facts: tuple[Fact, ...]
    score: float


class Turn:
    """One message, read in its language and context."""

    def __init__(self, pack: Pack, understanding: Understanding, language: str, context: Context, today: date) -> None:
        self.pack, self.knowledge = pack, pack.knowledge
        self.u, self.language, self.context, self.today = understanding, language, context, today
        self.words = understanding.language.words
        self.phrases = self.words.phrases
        self._readings: dict[str, Reading] = {}

    def without_picturing(self, text: str) -> str:
        """A message without the words that ask for a picture."""
        return without(self.words.picturing, text)

    def read(self, text: str) -> Reading:
        """A text as tokens; each is read once."""
        if text not in self._readings:
            self._readings[text] = self.u.lexicon.read(text)
        return self._readings[text]

    def understand(self, text: str) -> Understood:
        reading = self.read(text)
        notes = self.u.annotator.annotate(reading, self.today)
        weighed = self.u.matcher.weigh(reading, notes)
        notes += self.pronouns(reading, notes)
        notes += self.topics(weighed)
        matches = self.u.matcher.matches(reading, notes, weighed)
        return Understood(weighed, notes, matches, self.anchored(weighed, notes))

    def anchored(self, weighed: Weighed, notes: Sequence[Annotation]) -> bool:
        """Whether something in the message shows that the pack's organisation is meant."""
        entities = self.knowledge.entities
        if weighed.own or any(entities[name].own for note in notes if "s:thing" in note.keys for name in note.value):
            return True
        types = self.knowledge.types
        named = [note for note in notes if "s:thing" in note.keys and note.value and note.quality >= NEARLY_READ]
        return any(
            types[entities[value].type].own
            for note in named
            if not self.is_only_told(note, named)
            for value in note.value[:1]
            if len(weighed.words(note.mask)) > 1 or not (note.quality < 1.0 or self.may_be_a_word(weighed, note.start))
        )

    def may_be_a_word(self, weighed: Weighed, n: int) -> bool:
        """Whether a name may be meant as the word that is spelled like it: not in capitals among words that are not."""
        tokens = weighed.reading.tokens
        return weighed.reading.real[n] and (shouted(tokens) or not tokens[n].raw.isupper())

    def is_only_told(self, note: Annotation, named: Sequence[Annotation]) -> bool:
        """Whether an event is told by words that lie apart, or beside a foreign name: rather another's event."""
        apart = note.mask.bit_length() - note.start - note.mask.bit_count() > WIDEST_GAP
        return note.told and (apart or any(self.is_foreign_name(other) for other in named))

    def is_foreign_name(self, note: Annotation) -> bool:
        """Whether a thing named is of a kind that other organisations are."""
        types, entities = self.knowledge.types, self.knowledge.entities
        return not note.told and any(types[entities[name].type].foreign for name in note.value)

    def stands_for(self, pronoun: set[str], type_: str) -> bool:
        """Whether the words of a pronoun may stand for a thing of a type: "he" for a person, and "it" never."""
        own = self.knowledge.types[type_].pronouns.get(self.language)
        return not own or bool(pronoun & set(own))

    def pronouns(self, reading: Reading, notes: Sequence[Annotation]) -> list[Annotation]:
        """ "it", "they", "that": the things in focus, each as what it is."""
        found = []
        for note in notes:
            if "r:pronoun" not in note.keys:
                continue
            seen: set[str] = set()
            words = set(reading.words[note.start : note.mask.bit_length()])
            many = len(self.context.listed) > 1 and bool(words & set(self.words.several))
            for n, entity in enumerate(self.context.focus):
                type_ = self.knowledge.entities[entity].type if entity in self.knowledge.entities else ""
                if type_ and type_ not in seen and self.stands_for(words, type_):
                    seen.add(type_)
                    own = entity == self.knowledge.about
                    keys = frozenset(("s:thing",) if own else (f"s:{name}" for name in self.knowledge.lineage(type_)))
                    doubt = FADING * n + (ONE_OF_MANY if many else 0.0)
                    found.append(Annotation(keys, (entity,), note.mask, 0.99, doubt=doubt))
            types = {
                self.knowledge.entities[name].type for name in self.context.listed if name in self.knowledge.entities
            }
            if len(self.context.listed) > 1 and len(types) == 1:
                several = frozenset(f"s:{name}+" for name in self.knowledge.lineage(types.pop()))
                found.append(Annotation(several, self.context.listed, note.mask, 0.99))
        return found

    def topics(self, weighed: Weighed) -> list[Annotation]:
        """Each end of a message as what something may be about: the things whose own sentences hold all its words."""
        weights = weighed.weights
        said = [n for n in reversed(range(len(weights))) if weights[n] > LITTLE_SAID and not weighed.own >> n & 1]
        things = self.u.search.things_saying(weighed.reading.stems[n] for n in said)
        return [Annotation(TOPIC, ids, (1 << len(weights)) - (1 << n)) for n, ids in zip(said, things, strict=False)]

    def best(self, text: str, understood: Understood) -> Said | None:
        """The first reading that is sure enough and has an answer: a template's, or the facts' own words."""
        foreign = self.is_foreign(understood)
        surest, again = tee(self.surest(understood, foreign))
        # What the search may score at most decides which templates go before it, and so whether it is needed at all.
        most = 1 - SEARCH_PENALTY
        before = (match for match in takewhile(lambda match: match.favoured > most, surest) if not match.unexplained)
        said = self.first_said(text, islice(before, MOST_TRIED), understood)
        if said:
            return said
        search = self.from_search(text, understood)
        if foreign and search and not self.is_about_named(search, understood):
            search = None
        least = search.score if search else 0.0
        after = (match for match in islice(again, MOST_TRIED) if match.unexplained or match.favoured <= most)
        return self.first_said(text, takewhile(lambda match: match.favoured >= least, after), understood) or search

    def first_said(self, text: str, matches: Iterable[Match], understood: Understood) -> Said | None:
        """What the first match says that has an answer."""
        answers = (self.say_match(text, match, understood) for match in matches)
        return next((said for said in answers if said), None)

    def surest(self, understood: Understood, foreign: bool) -> Iterator[Match]:
        """The matches that are sure enough, the best first; if it names a foreign thing, those that ask for ours."""
        intents = self.pack.intents.intents
        for match in understood.matches.favoured():
            if match.favoured < (SURE_ANCHORED if understood.anchored else SURE):
                break
            asks_for_ours = intents[match.intent].others and not match.unexplained
            if self.is_sure(match, understood) and (asks_for_ours or not foreign):
                yield match

    def is_sure(self, match: Match, understood: Understood) -> bool:
        """Whether a match is sure enough; one that leaves a name or a time unexplained has to be surer."""
        least = SURE_ANCHORED if understood.anchored else SURE
        if match.unknown_name and match.score < least + UNEXPLAINED_NAME:
            return False
        return match.score >= self.pack.intents.intents[match.intent].sure and match.favoured >= least

    def is_foreign(self, understood: Understood) -> bool:
        """Whether a message names something foreign, and nothing that shows that the organisation is meant."""
        if understood.anchored or self.leans(understood):
            return False
        return any(
            self.is_foreign_name(note)
            for note in understood.notes
            if "s:thing" in note.keys and note.quality == 1.0 and note.value != (self.knowledge.about,)
        )

    def leans(self, understood: Understood) -> bool:
        """Whether a message says that it goes on from the one before ("and ...", "it")."""
        return self.context.frame is not None and any(
            note.keys & {"r:pronoun", "r:goes_on"} for note in understood.notes
        )

    def is_ours(self, intent: Intent, match: Match, understood: Understood) -> bool:
        """Whether ours is asked of: it is named or leaned on, or there is a place for all that is said and none is left
        that we are put into."""
        said = not match.unexplained and match.quality == 1.0 and self.knowledge.about not in intent.defaults.values()
        plain = said and all(map(self.is_known, understood.notes))
        return plain or understood.anchored or self.leans(understood)

    def is_known(self, note: Annotation) -> bool:
        """Whether something is said of what a part of a message names, if it names a thing."""
        types, entities = self.knowledge.types, self.knowledge.entities
        return "s:thing" not in note.keys or all(
            name in self.knowledge.subjects or types[entities[name].type].label for name in note.value
        )

    def asked_time(self, understood: Understood) -> Annotation | None:
        """The time that a message asks about, if it names one and no other."""
        times = [note for note in understood.notes if "s:when" in note.keys]
        return times[0] if len(times) == 1 else None

    def from_search(self, text: str, understood: Understood) -> Said | None:
        """What the facts' own words say, if they hold enough of a message."""
        time = self.asked_time(understood)
        if time and self.is_future(time.value):
            return None  # nothing is known of what is to come but what facts are asked for by name
        asked = time.value.interval if time else None
        date_words = time.mask if time and self.is_date(time.value) else 0
        hits = self.u.search.search(understood.weighed, asked, self.is_yes_no(text), MOST_HITS, date_words)
        if not hits:
            return None
        hit = self.fitting([hit for hit in hits if hit.coverage >= NEARLY * hits[0].coverage], understood)
        least = SEARCH_SURE_ANCHORED if understood.anchored else SEARCH_SURE
        if understood.anchored and hit.rarity > SEARCH_RARITY_TELLING:
            least = SEARCH_SURE_TELLING
        left = ((1 << len(understood.weighed.weights)) - 1) & ~hit.mask
        whole = hit.coverage > ALL_SAID and self.speaks_of_named(hit.fact, understood)
        if not (understood.anchored or whole) and hit.mask.bit_count() < LEAST_WORDS:
            return None
        if hit.coverage < least or hit.rarity < self.least_rarity(hit, understood) or left & understood.weighed.foreign:
            return None
        score = hit.coverage - self.standing_back(hit)
        match = Match("search", "", score, {}, hit.mask, (), understood.weighed.words(left), 1.0)
        intent = self.pack.intents.intents.get("search")
        if intent is None:
            return None
        near = [other for other in hits if self.is_beside(other, hit)] if hit.fact.holds is None else [hit]
        near = near[: max(MOST_SAID, near.index(hit) + 1)]
        result = Result(tuple(Row(other.fact.subject, (other.fact,)) for other in near), len(near))
        told = self.tell(intent, {}, {"result": result}, tuple(intent.defaults), self.is_yes_no(text))
        return self.say(told, text, intent, match, understood, {}) if told else None

    def standing_back(self, hit: Hit) -> float:
        """By how much a fact stands back behind templates: the less, the more telling the words are that it shares."""
        if hit.coverage > ALL_SAID and hit.rarity > NEARLY * SEARCH_RARITY:
            return 0.0
        return SEARCH_PENALTY * min(1.0, max(0.0, 2 - hit.rarity / SEARCH_RARITY))

    def fitting(self, hits: Sequence[Hit], understood: Understood) -> Hit:
        """The first that answers the question word, be it with a time that only its subject has; else the first. That
        there is no such thing answers every question word."""
        if hits[0].fact.holds is False:
            return hits[0]
        asked, hits = self.asked_kinds(understood), self.of_named_events(hits, understood) or hits
        fit = (hit for loosely in (False, True) for hit in hits if self.is_of_kind(hit.fact, asked, loosely))
        return next(fit, hits[0])

    def of_named_events(self, hits: Sequence[Hit], understood: Understood) -> list[Hit]:
        """Those that speak of an event that a message names."""
        surely = (note for note in understood.notes if "s:event" in note.keys and note.quality == 1.0 and not note.told)
        named = {name for note in surely for name in note.value}
        return [hit for hit in hits if named & {*hit.fact.mentions()}]

    def asked_kinds(self, understood: Understood) -> set[str]:
        """Which of the question words are there that want a time, a place or a number."""
        return {key for note in understood.notes for key in note.keys} & {"r:when", "r:where", "r:count"}

    def is_of_kind(self, fact: Fact, asked: set[str], loosely: bool) -> bool:
        """Whether a fact has what question words ask for: "when" a time, "where" a place, "how many" a number."""
        text = fact.value.get(self.language, "") if isinstance(fact.value, Mapping) else ""
        dated = fact.start or fact.end or _YEAR.search(text)
        if "r:when" in asked and not dated and not (loosely and self.u.annotator.moments.time_of(fact.subject)):
            return False
        wanted = {key for rule, key in (("r:where", "s:place"), ("r:count", "s:number")) if rule in asked}
        return not wanted or wanted <= self.u.speaks_of(text)

    def least_rarity(self, hit: Hit, understood: Understood) -> float:
        """How telling the words must be that a fact shares with a message."""
        if not understood.anchored:
            return SEARCH_RARITY_WHOLE if self.speaks_of_named(hit.fact, understood) else SEARCH_RARITY
        return SEARCH_RARITY_WHOLE if hit.coverage > ALL_SAID else SEARCH_RARITY_ANCHORED

    def is_beside(self, other: Hit, best: Hit) -> bool:
        """Whether a fact answers nearly as well as the best, and speaks of the same."""
        near = (
            other.rarity * other.coverage >= NEARLY * best.rarity * best.coverage
            and other.coverage >= NEARLY * best.coverage
        )
        return other is best or (
            near and other.fact.holds is None and bool({*other.fact.mentions()} & {*best.fact.mentions()})
        )

    def is_about_named(self, said: Said, understood: Understood) -> bool:
        """Whether an answer says nearly all that is asked of something foreign, of which something is on record."""
        things = (note for note in understood.notes if "s:thing" in note.keys)
        named = {name for note in things if self.is_foreign_name(note) for name in note.value}
        asked = self.asked_kinds(understood)
        return said.score > ALL_SAID - SEARCH_PENALTY and all(
            fact.subject in named and self.is_of_kind(fact, asked, False) for fact in said.facts
        )

    def speaks_of_named(self, fact: Fact, understood: Understood) -> bool:
        """Whether a fact is about a thing that a message names."""
        about = {*fact.mentions()} & self.knowledge.subjects
        return any(
            "s:thing" in note.keys and note.quality == 1.0 and bool(about & {*note.value}) for note in understood.notes
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
            found[name] = (
                self.time_named(value)
                if value in ("now", "past", "future")
                else (value,)
                if value in self.knowledge.entities
                else value
            )
        return found

    def time_named(self, name: str) -> When:
        """Today ("now"), all time up to it ("past"), or from it on ("future")."""
        day = Interval(self.today, self.today)
        if name == "now":
            return When(day, "now", day)
        if name == "past":
            return When(Interval(None, self.today), "until", day)
        return When(Interval(self.today), "since", day)

    def run(
        self, text: str, intent: Intent, match: Match, understood: Understood, slots: Mapping[str, Any]
    ) -> Said | None:
        if intent.anchored and match.template and not self.is_ours(intent, match, understood):
            return None
        if intent.polar and match.template and self.is_open(understood.weighed):
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
        told = self.told(intent, match, slots, self.is_yes_no(text))
        return self.say(told, text, intent, match, understood, slots) if told else None

    def is_future(self, when: When) -> bool:
        """Whether a time lies wholly ahead; nothing is known of it."""
        return when.interval.start is not None and when.interval.start > self.today

    def is_date(self, when: When) -> bool:
        """Whether it is a day, a month or a year, and not before, after or between."""
        start, end = when.interval.start, when.interval.end
        return when.interval == when.anchor and start is not None and end is not None and end - start <= LONGEST_DATE

    def told(self, intent: Intent, match: Match, slots: Mapping[str, Any], yes_no: bool) -> Told | None:
        """What the facts say to a question, kept for who asks the same in other words or goes on to it."""
        assumed = tuple(name for name in intent.defaults if name not in match.slots)
        key = (intent.id, self.language, self.today, repr(slots), assumed, yes_no)

        def tell(_: Hashable) -> Told | None:
            results = {name: run(spec, slots, self.knowledge) for name, spec in intent.queries.items()}
            return self.tell(intent, slots, results, assumed, yes_no)

        # what follows on an answer speaks of what was said before
        return tell(key) if intent.follows else remembered(self.pack.told, key, tell, MOST_TOLD)

    def tell(
        self,
        intent: Intent,
        slots: Mapping[str, Any],
        results: Mapping[str, Result],
        assumed: Sequence[str],
        yes_no: bool,
    ) -> Told | None:
        nothing = intent.queries and not any(result.rows for result in results.values())
        template = (intent.empty if nothing else intent.answer).get(self.language)
        if template is None:
            return None
        renderer = self.renderer()
        given = {"own": None, **dict.fromkeys(intent.roles(self.language)), **slots, "yes_no": yes_no}
        try:
            html = renderer.render(template, results, {**given, **self.before(intent, renderer)}, assumed)
        except RenderError as error:
            where = intent.places.get(("empty" if nothing else "answer", self.language), intent.where)
            self.pack.failed[where] = f"intent {intent.id!r}: its answer fails, {error}"
            return None
        listed = tuple(name for result in results.values() for name in result.ids)
        return Told(html, tuple(renderer.used.values()), listed) if html else None

    def say(self, told: Told, text: str, intent: Intent, match: Match, understood: Understood,
            slots: Mapping[str, Any]) -> Said:  # fmt: skip
        kind: Kind = intent.kind  # type: ignore[assignment]
        explain = partial(self.explain, understood, match, intent, slots, told.facts)
        ground = partial(self.grounds, slots, told.facts)
        reply = Reply(kind, told.html, (), (), intent.id, self.shown(slots), explain, ground)
        return Said(reply, Frame(intent.id, dict(slots), text), told.listed, told.facts, match.score)

    def renderer(self) -> Renderer:
        """What says a reply of this turn."""
        return Renderer(self.knowledge, self.language, self.phrases, self.today, self.pack.environment(self.language))

    def before(self, intent: Intent, renderer: Renderer) -> dict[str, Any]:
        """What an intent about the conversation may speak of: the last answer's sources, things, what is near."""
        if not intent.follows:
            return {}
        listed = [renderer.thing(name) for name in self.context.listed if name in self.knowledge.entities]
        sources = list(self.sources(self.context.sources))
        more = self.more_facts() if intent.id == "more" else []
        return {
            "listed_before": listed,
            "sources_before": sources,
            "facts_before": renderer.said(self.facts_before()),
            "more_facts": renderer.said(more),
            "slots_before": self.frame_things(renderer),
        }

    def more_facts(self) -> list[Fact]:
        """Sentences near the last question, about what it spoke of; else any about that."""
        said = self.context.frame.said if self.context.frame else ""
        about = {*self.context.focus, self.knowledge.about}
        hits = self.u.search.search(self.understand(said).weighed, most=12) if said else []
        near = [hit.fact for hit in hits if hit.coverage > NEAR and about & set(hit.fact.mentions())]
        first = self.context.focus[:1]
        rest = (fact for name in first for fact in self.knowledge.facts_about(name) if isinstance(fact.value, Mapping))
        return list({id(fact): fact for fact in (*near, *rest)}.values())[:MOST_MORE]

    def facts_before(self) -> list[Fact]:
        """What the last question's queries find."""
        frame = self.context.frame
        intent = self.pack.intents.intents.get(frame.intent) if frame else None
        if frame is None or intent is None:
            return []
        return [fact for spec in intent.queries.values() for fact in run(spec, frame.slots, self.knowledge).facts]

    def frame_things(self, renderer: Renderer) -> dict[str, Any]:
        slots = self.context.frame.slots if self.context.frame else {}
        return {name: renderer.slot(value) for name, value in slots.items()}

    def is_yes_no(self, text: str) -> bool:
        """Whether a message is a question to be answered with yes or no: how it begins, or a particle in it, tells."""
        words = self.read(text).words
        begins, has = self.yes_no_words()
        return bool(words) and (words[0] in begins or any(word in has for word in words))

    def yes_no_words(self) -> tuple[frozenset[str], frozenset[str]]:
        """The words with which yes/no questions begin, and those that make one anywhere."""
        return _words(self.phrases.get("yes_no_words", "")), _words(self.phrases.get("yes_no_particles", ""))

    def asks(self, reading: Reading) -> bool:
        """Whether a text has a question word."""
        return not set(self.words.interrogatives).isdisjoint(reading.words)

    def is_open(self, weighed: Weighed) -> bool:
        """Whether a message asks who, which or when: such a word comes before any with which yes/no questions begin."""
        begins, has = self.yes_no_words()
        words = [word for n, word in enumerate(weighed.reading.words) if not weighed.free >> n & 1]
        before = takewhile(lambda word: word not in begins, words)
        return has.isdisjoint(words) and any(word in self.words.interrogatives for word in before)

    def ambiguous_role(self, intent: Intent, match: Match, slots: Mapping[str, Any]) -> str:
        return next(
            (role for role in match.ambiguous if role not in intent.even and len(slots.get(role) or ()) > 1), ""
        )

    def ask_back(
        self, text: str, intent: Intent, match: Match, understood: Understood, slots: Mapping[str, Any], role: str
    ) -> Said:
        renderer = self.renderer()
        things = [renderer.thing(name) for name in slots[role]][:MOST_CHOICES]
        lines = [f"• {escape(thing.dated)}" for thing in things]
        alike = len({thing.name for thing in things}) == 1
        kind = things[0].name if alike else things[0].type_name
        html = "\n".join([str(escape(self.phrases["which_one"].format(kind))), *lines])
        choices = tuple(Choice(thing.dated, thing.dated) for thing in things)
        reply = Reply(
            "clarify",
            html,
            choices,
            (),
            intent.id,
            self.shown(slots),
            partial(self.explain, understood, match, intent, slots, ()),
        )
        frame = Frame(intent.id, dict(slots), f"?{role}")
        return Said(reply, frame, (), (), match.score)

    def close(self, said: Said) -> tuple[Reply, Context]:
        """The reply with its sources, and the context that remembers it."""
        reply, frame = said.reply, said.frame
        if reply.kind == "clarify":
            role = frame.said.removeprefix("?")
            return reply, self.context.asking(replace(frame, said=""), role, tuple(frame.slots[role]))
        if reply.kind != "answer":
            return reply, self.context
        ids = tuple(dict.fromkeys(name for fact in said.facts for name in fact.sources)) or self.context.sources
        sources = self.sources(ids)
        tail = "" if self.pack.intents.intents[frame.intent].follows else self.source_line(ids, said.facts)
        html = reply.html + (f"\n\n{tail}" if tail else "")
        reply = replace(reply, html=html, sources=sources, draw=partial(self.picture, frame))
        if self.pack.intents.intents[frame.intent].follows:
            return reply, self.context
        named = [
            name
            for value in frame.slots.values()
            if isinstance(value, tuple)
            for name in value
            if name in self.knowledge.entities
        ]
        focus = (
            *named,
            *said.listed[:3],
            *(fact.subject for fact in said.facts[:3]),
            *(str(f.value) for f in said.facts[:2] if isinstance(f.value, str)),
        )
        focus = tuple(name for name in focus if name in self.knowledge.subjects)
        return reply, self.context.remember(frame, focus, said.listed, ids, self.language)

    def sources(self, ids: Iterable[str]) -> tuple[Source, ...]:
        """Sources by their ids, each as this language has it."""
        known = self.knowledge.sources_in(self.language)
        return tuple(known[name] for name in ids if name in known)

    def picture(self, frame: Frame) -> Picture | None:
        """The picture of an answer, if its intent has one and the facts are enough for it."""
        sketch = self.pack.sketches.get(frame.intent)
        if sketch is None or leaves_out(sketch, frame.slots, self.knowledge):
            return None
        told = repr([frame.slots.get(name) for name in sketch.uses])
        key = (sketch.id, repr(sketch.query), self.language, self.today, told)
        painted = self.pack.painted
        if key not in painted:
            if len(painted) >= MOST_PAINTED:
                painted.clear()
            roles = self.pack.intents.intents[frame.intent].roles(self.language)
            painted[key] = self.painted(sketch, {**dict.fromkeys(roles), **frame.slots})
        return painted[key]

    def painted(self, sketch: Sketch, slots: Mapping[str, Any]) -> Picture | None:
        done = paint(sketch, slots, self.renderer())
        if done is None:
            return None
        picture, facts = done
        ids = tuple(dict.fromkeys(name for fact in facts for name in fact.sources))
        return replace(picture, credit=self.source_line(ids, facts))

    def source_line(self, ids: tuple[str, ...], facts: tuple[Fact, ...]) -> str:
        """Where the answer comes from, as links where a source has an address."""
        shown = list(dict.fromkeys(map(_link, self.sources(ids[:MOST_SOURCES]))))
        if len(ids) > MOST_SOURCES:
            shown.append(self.phrases["more_sources"].format(len(ids) - MOST_SOURCES))
        if shown:
            return f"<i>{self.phrases['sources']}{'; '.join(shown)}</i>"
        return f"<i>{self.phrases['unsourced']}</i>" if facts else ""

    def shown(self, slots: Mapping[str, Any]) -> dict[str, str]:
        return {name: self.shown_slot(value) for name, value in slots.items() if value is not None}

    def shown_slot(self, value: Any) -> str:
        if isinstance(value, When):
            return f"{value.how} {value.interval.start or '...'} to {value.interval.end or '...'}"
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def explain(
        self, understood: Understood, match: Match, intent: Intent, slots: Mapping[str, Any], facts: tuple[Fact, ...]
    ) -> Explanation:
        best = islice(understood.matches, 4)
        others = [(m.intent, round(m.score, 2), m.template) for m in best if m.template != match.template]
        return Explanation(
            self.language, " ".join(understood.weighed.reading.words), tuple(self.shown(slots).items()),
            ((intent.id, round(match.score, 2), match.template), *others[:3]),
            "; ".join(f"{name}: {dict(spec)}" for name, spec in intent.queries.items()),
            tuple(self.fact_line(fact) for fact in facts[:MOST_FACTS]), match.unexplained,
        )  # fmt: skip

    def grounds(self, slots: Mapping[str, Any], facts: tuple[Fact, ...]) -> Grounds:
        renderer = self.renderer()
        about = filter(None, (self.said_slot(renderer, value) for value in slots.values()))
        return Grounds(tuple(about), renderer.evidence(facts[:MOST_FACTS]))

    def said_slot(self, renderer: Renderer, value: Any) -> str:
        """What a slot stands for, in words; empty for what has no name."""
        if isinstance(value, When):
            return renderer.when(value)
        if isinstance(value, tuple):
            return str(
                renderer.listing([renderer.thing(name).name for name in value if name in self.knowledge.entities])
            )
        return ""

    def fact_line(self, fact: Fact) -> str:
        value = (
            fact.value
            if not isinstance(fact.value, Mapping)
            else fact.value.get(self.language, next(iter(fact.value.values())))
        )
        span = " ".join(
            filter(None, (f"from {fact.start}" if fact.start else "", f"to {fact.end}" if fact.end else ""))
        )
        sources = f"[{', '.join(fact.sources) or 'unsourced'}]"
        return " ".join(map(str, filter(None, (fact.subject, fact.relation, value, span, sources, fact.where))))


def without(words: Sequence[str], text: str) -> str:
    """A message without any of some words."""
    return _any_of(tuple(words)).sub(" ", text) if words else text


@lru_cache(maxsize=16)
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """What finds these phrases as whole words, the longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!{_LETTER})(?:{'|'.join(map(re.escape, ordered))})(?!{_LETTER})", re.IGNORECASE)


@lru_cache(maxsize=16)
def _words(phrase: str) -> frozenset[str]:
    return frozenset(phrase.split())


@lru_cache(maxsize=4096)
def _link(source: Source) -> str:
    """A source in few words, as a link if it has an address."""
    label = escape(f"{source.publisher or source.title}{f', {source.date[:4]}' if source.date else ''}")
    return f'<a href="{escape(source.url)}">{label}</a>' if source.url.startswith("http") else str(label)
