"""A pack: knowledge and intents, loaded, checked and indexed as one immutable value."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from babel import Locale
from jinja2 import TemplateSyntaxError

from bot.answers.render import MACROS, Environment, Renderer, Told
from bot.intents.annotate import Annotator, Described
from bot.intents.grammar import Pattern
from bot.intents.matcher import Matcher, rule_of
from bot.intents.model import SLOTS, Example, Intents, Language, Phrases
from bot.intents.search import FactSearch
from bot.knowledge import folders
from bot.knowledge.folders import Folder
from bot.knowledge.model import Entity, Fact, Knowledge, Names, PartialDate
from bot.knowledge.problems import PackError, Problem
from bot.language.dates import TimeWords, month_names
from bot.language.languages import Known, speech_of
from bot.language.lexicon import Lexicon, Meaning, phrases_of
from bot.language.remembering import remembered
from bot.language.speech import Speech
from bot.picture import Picture, Sketch
from bot.reply import Source

__all__ = ["Pack", "PackError", "Problem", "Understanding", "difference", "load_pack", "pack_of"]

BASE = Path(__file__).parent / "base"
"""Words, rules and phrases that any pack needs: a pack inherits them, and what it says itself comes before them."""

SHARED = frozenset((MACROS, "related"))
"""The phrases that are templates."""

GIVEN = frozenset((
    "rows", "given", "own", "yes_no", "listed_before", "sources_before", "facts_before", "more_facts",
    "slots_before", "spoken_of", "chart", "fact", "subjects", "subject", "values", "value", "of", "year", "during",
    "period",
))  # fmt: skip
"""The values that templates of one kind or another are given, beside an intent's slots and results."""


@dataclass(frozen=True)
class Understanding:
    """All that is needed to understand one language: its lexicon, templates and facts in words."""

    language: Language
    speech: Speech
    lexicon: Lexicon
    annotator: Annotator
    matcher: Matcher
    search: FactSearch

    @cached_property
    def _spoken(self) -> dict[str, frozenset[str]]:
        return {}

    def speaks_of(self, text: str) -> frozenset[str]:
        """What the text of a fact may stand for, as the keys of its annotations. Each text is read once."""
        if text not in self._spoken:
            notes = self.annotator.annotate(self.lexicon.read(text), self.annotator.knowledge.reviewed.first)
            self._spoken[text] = frozenset(key for note in notes for key in note.keys)
        return self._spoken[text]


class Languages(Mapping[str, Understanding]):
    """The understanding of each language that has templates, made when it is first spoken."""

    def __init__(self, codes: Sequence[str], make: Callable[[str], Understanding]) -> None:
        self._codes, self._make = codes, make
        self._made: dict[str, Understanding] = {}

    def __getitem__(self, code: str) -> Understanding:
        if code not in self._made:
            self._made[code] = self._make(code)
        return self._made[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


@dataclass(frozen=True)
class Pack:
    """What a bot knows and understands. Made by `load_pack`, never changed."""

    knowledge: Knowledge
    intents: Intents
    version: str
    environments: Mapping[str, Environment]
    languages: Mapping[str, Understanding]

    @property
    def title(self) -> str:
        return self.knowledge.title

    def title_in(self, language: str | None) -> str:
        """The title in a language: in the first one as the pack has it, in others the name of what it is about."""
        code = self.language(language)
        names = self.knowledge.entities[self.knowledge.about].names.get(code)
        first = code == self.language(None)
        return (names.official or names.short) if names and not first else self.title

    @property
    def reviewed(self) -> str:
        return str(self.knowledge.reviewed)

    @property
    def sources(self) -> Mapping[str, Source]:
        return self.knowledge.sources

    def language(self, language: str | None) -> str:
        """A language, if the pack speaks it, otherwise its first one."""
        languages = self.intents.languages
        return language if language and language in languages else next(iter(languages))

    def phrases(self, language: str | None) -> Mapping[str, str]:
        """The fixed phrases of a language that the pack speaks, otherwise of its first one."""
        return self.intents.languages[self.language(language)].words.phrases

    def environment(self, language: str | None) -> Environment:
        """The answer templates of a language that the pack speaks, otherwise of its first one."""
        return self.environments[self.language(language)]

    def day(self, when: str, language: str | None) -> str:
        """A date in the words of a language that the pack speaks, otherwise of its first one; what is none stays."""
        return remembered(self._days, (when, self.language(language)), self._in_words)

    @cached_property
    def _days(self) -> dict[tuple[str, str], str]:
        """Dates in words that somebody has asked for: those of sources come again and again."""
        return {}

    def _in_words(self, day: tuple[str, str]) -> str:
        when, code = day
        view = Renderer(self.knowledge, code, self.phrases(code), self.knowledge.reviewed.first, self.environment(code))
        try:
            return view.day(PartialDate.parse(when))
        except ValueError:
            return when

    def wake(self) -> None:
        """Make ready to be spoken to in every language."""
        for _ in self.languages.values():
            pass

    def compile(self) -> None:
        """Make ready what otherwise becomes ready when it is first used."""
        for _, _, code, text in _templates(self.intents):
            if code in self.environments:
                self.environments[code].compile(text)
        for understanding in self.languages.values():
            understanding.annotator.index()

    @cached_property
    def sketches(self) -> dict[str, Sketch]:
        """What the picture of each intent shows that has one: with a query, its own or the intent's."""
        pictures = self.intents.pictures
        return {
            intent.id: sketch if sketch.query is not None else replace(sketch, query=intent.queries.get("result", {}))
            for intent in self.intents.intents.values()
            if (sketch := pictures.get(intent.picture))
        }

    @cached_property
    def painted(self) -> dict[Hashable, Picture | None]:
        """Pictures of answers that were given: a memory that spares painting them again."""
        return {}

    @cached_property
    def told(self) -> dict[Hashable, Told | None]:
        """What was said to questions: a memory that spares looking for the facts and saying them again."""
        return {}

    @cached_property
    def failed(self) -> dict[str, str]:
        """What was wrong with answers that failed when they were to be given, by the place where each stands."""
        return {}

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        return tuple(example for intent in self.intents.intents.values() for example in intent.examples)


def load_pack(knowledge: Path, intents: Path, phrases: Phrases = MappingProxyType({})) -> Pack:
    """Read, check and index two folders; `phrases` are those that a face needs. Raises PackError with every problem."""
    return pack_of(folders.read(knowledge), folders.read(intents), phrases)


def pack_of(knowledge: Folder, intents: Folder, phrases: Phrases) -> Pack:
    """The pack of two folders that have been read. Raises PackError with every problem."""
    from bot.intents.loader import load_intents  # the shapes of files take long to make, and only files need them
    from bot.knowledge.loader import load_knowledge

    base = folders.read(BASE)
    known = _with_territories(load_knowledge(knowledge))
    loaded = load_intents(base, intents, known, phrases)
    environments = {
        code: Environment(language.words.phrases.get(MACROS, ""), code) for code, language in loaded.languages.items()
    }
    problems = list(_answer_problems(known, loaded, environments))
    if problems:
        raise PackError(problems)
    known.index()
    languages = Languages(tuple(loaded.languages), lambda code: _understanding(known, loaded, loaded.languages[code]))
    return Pack(known, loaded, _version(knowledge, base, intents), environments, languages)


def difference(old: Pack, new: Pack) -> list[str]:
    """What a new pack adds, changes and removes: entities, facts, intents; a line each."""

    before_by, after_by = _by_subject(old), _by_subject(new)
    other = {name for name in before_by.keys() | after_by.keys() if before_by.get(name) != after_by.get(name)}

    def facts(by_subject: Mapping[str, list[Fact]]) -> dict[str, str]:
        return {
            repr(replace(fact, where="")): name for name in by_subject if name in other for fact in by_subject[name]
        }

    lines = list(_changes("entity", old.knowledge.entities, new.knowledge.entities))
    before, after = facts(before_by), facts(after_by)
    gone = [subject for key, subject in before.items() if key not in after]
    come = [subject for key, subject in after.items() if key not in before]
    changed = sorted({subject for subject in gone if subject in come})
    lines += [f"fact changed: {subject}" for subject in changed]
    lines += [f"fact added: {subject}" for subject in come if subject not in changed]
    lines += [f"fact removed: {subject}" for subject in gone if subject not in changed]
    lines += _changes(
        "intent",
        *({k: replace(i, where="", examples=()) for k, i in p.intents.intents.items()} for p in (old, new)),
    )
    tellings = (old.intents.telling, new.intents.telling)
    lines += _changes("statement", *({k: replace(s, where="") for k, s in t.statements.items()} for t in tellings))
    lines += _changes("quiz question", *({k: replace(q, where="") for k, q in t.quiz.items()} for t in tellings))
    lines += _changes("topic", *(p.intents.topics for p in (old, new)))
    lines += _changes(
        "picture", *({k: replace(s, where="") for k, s in p.intents.pictures.items()} for p in (old, new))
    )
    return lines


def _by_subject(pack: Pack) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in pack.knowledge.facts:
        found.setdefault(fact.subject, []).append(fact)
    return found


def _changes(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    yield from (f"{what} added: {key}" for key in new if key not in old)
    yield from (f"{what} changed: {key}" for key in new if key in old and old[key] != new[key])
    yield from (f"{what} removed: {key}" for key in old if key not in new)


def _version(*read: Folder) -> str:
    digest = hashlib.sha256()
    for folder in read:
        for path, content in folder.files.items():
            digest.update(path.name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:10]


def _templates(intents: Intents) -> Iterator[tuple[str, str, str, str]]:
    """Every Jinja template: where it stands, what it is, its language, and its text."""
    for intent in intents.intents.values():
        for key, what, says in (("answer", "answer", intent.answer), ("empty", "answer for nothing", intent.empty)):
            said = f"intent {intent.id!r}: its {what}"
            yield from ((intent.places.get((key, code), intent.where), said, code, text) for code, text in says.items())
        for code, asks in intent.related.items():
            where = intent.places.get(("related", code), intent.where)
            yield from ((where, f"intent {intent.id!r}: its related question", code, ask) for ask in asks)
    for sketch in intents.pictures.values():
        for says in (sketch.title, sketch.alt):
            yield from ((sketch.where, f"picture {sketch.id!r}: its words", *one) for one in says.items())
    for statement in intents.telling.statements.values():
        yield from ((statement.where, f"statement {statement.relation!r}", *one) for one in statement.says.items())
    for quiz in intents.telling.quiz.values():
        yield from ((quiz.where, f"quiz {quiz.id!r}", *one) for one in quiz.question.items())


def _shared(intents: Intents) -> Iterator[tuple[str, str, str, str]]:
    """The templates among the phrases."""
    for code, language in intents.languages.items():
        for name in SHARED & language.places.keys():
            yield language.places[name], f"the phrase {name!r}", code, language.words.phrases[name]


def _answer_problems(
    knowledge: Knowledge, intents: Intents, environments: Mapping[str, Environment]
) -> Iterator[Problem]:
    """Templates that cannot be read, or that name what there is not."""
    from bot.knowledge.files import nearest

    given = _given(intents)
    right: set[tuple[str, str]] = set()
    for where, what, code, text in (*_shared(intents), *_templates(intents)):
        if (code, text) in right:
            continue
        environment = environments.get(code) or Environment()
        view = Renderer(knowledge, code, {}, knowledge.reviewed.first, environment)
        offered = {*given, *view.offered()}
        file, _, at = where.rpartition(":")
        try:
            strange = [one for one in environment.strange(text) if one[2] not in offered]
            for line, kind, name, known in strange:
                public = [one for one in (*known, *(offered if kind == "value" else ())) if not one.startswith("_")]
                near = nearest(name, public)
                yield Problem(file, int(at), f"{what}, line {line}: there is no {kind} {name!r}{near}")
            if not strange:
                environment.compile(text)
                right.add((code, text))
        except TemplateSyntaxError as error:
            yield Problem(file, int(at), f"{what}, line {error.lineno}: {error.message}")
        except (SyntaxError, RecursionError, MemoryError) as error:  # Python's own bounds
            yield Problem(file, int(at), f"{what}: it is nested too deeply ({error}); make macros of its parts")


def _given(intents: Intents) -> set[str]:
    """The names of all values that a template may be given, beside those that each is."""
    found = {*GIVEN, *SLOTS}
    for intent in intents.intents.values():
        found |= {*intent.queries, *intent.defaults}
        found |= {role for code in intents.languages for role in intent.roles(code)}
    return found


def _with_territories(knowledge: Knowledge) -> Knowledge:
    """With the world's countries (CLDR's) that the pack does not name, if a type asks for them; they have no facts."""
    world = next((type_ for type_, value in knowledge.types.items() if value.territories), None)
    if world is None:
        return knowledge
    taken = {
        text.casefold()
        for entity in knowledge.entities.values()
        for names in entity.names.values()
        for text in names.all()
    }
    entities = dict(knowledge.entities)
    named = {language for entity in knowledge.entities.values() for language in entity.names}
    spoken = {language: Locale(language).territories for language in sorted({"en", *knowledge.languages, *named})}
    for code, name in spoken["en"].items():
        short = name.split(" (")[0].split(" SAR ")[0]
        if (
            len(code) == 2
            and code.isalpha()
            and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")
            and short.casefold() not in taken
        ):
            extra = tuple(part for part in (short.replace("&", "and"), short.replace("St.", "Saint")) if part != short)
            others = {one: Names(names[code].split(" (")[0]) for one, names in spoken.items() if code in names}
            key = f"territory-{code.lower()}"
            entities[key] = Entity(key, world, {**others, "en": Names(short, "", extra)})
    return replace(knowledge, entities=entities)


def _understanding(knowledge: Knowledge, intents: Intents, language: Language) -> Understanding:
    words, code = language.words, language.code
    phrases = tuple(_phrases(knowledge, language, intents.languages))
    templates = [
        (intent, text, flat)
        for intent in intents.intents.values()
        for text, patterns in intent.templates.get(code, ())
        for flat in patterns
    ]
    plain = {item.name for _, _, flat in templates for item in flat if item.kind == "word"}
    said = {*plain, *words.stop, *words.turning, *words.questions, *words.jointly}
    numbers = dict(words.numbers)
    speech = speech_of(
        code,
        words.script,
        words.contractions,
        numbers,
        (*words.ordinal_endings, *words.decade_endings),
        Known(
            (*said, *numbers, *words.ordinals, *words.contractions, *itertools.chain(*words.time.values())),
            tuple(text for text, meaning in phrases if meaning.kind != "entity"),
            tuple(tuple(entity.names[code].all()) for entity in knowledge.entities.values() if code in entity.names),
            tuple(word for fact in knowledge.facts for word in fact.words),
        ),
    )
    times = TimeWords.build(
        words.time,
        speech.words,
        numbers=numbers,
        ordinals=words.ordinals,
        decades=words.decades,
        months={**month_names(code), **words.months},
        ordinal_endings=frozenset(words.ordinal_endings),
        decade_endings=frozenset(words.decade_endings),
        read_year=speech.read_year,
        years=speech.years,
    )
    vocabulary = {*said, *times.vocabulary()}
    vocabulary |= {word for fact in knowledge.facts for word in fact.words}
    vocabulary = {token.word for word in vocabulary for token in speech.tokens_of(word)}
    vocabulary |= _text_words(knowledge, speech)
    lexicon = Lexicon(phrases, vocabulary, times, speech)
    stop = frozenset(map(speech.stem, words.stop))
    search = FactSearch(knowledge, lexicon, code, map(speech.stem, words.questions), stop)
    rules = [rule_of(intent, text, _cut(flat, speech), speech.stem) for intent, text, flat in templates]
    matcher = Matcher(
        rules,
        lexicon,
        map(speech.stem, words.turning),
        map(speech.stem, words.stop),
        (knowledge.about,),
        map(speech.stem, words.asking),
    )
    literal = frozenset(key.removeprefix("w:") for rule in rules for key in rule.keys if key.startswith("w:"))
    annotator = Annotator(
        lexicon, knowledge, _described(knowledge), frozenset(words.jointly), matcher.stop | matcher.turning, literal
    )
    speech.forget()
    return Understanding(language, speech, lexicon, annotator, matcher, search)


def _cut(flat: Pattern, speech: Speech) -> Pattern:
    """A pattern in whose words the language has no more to cut: what is written in one there may be several."""
    return tuple(
        replace(item, name=part)
        for item in flat
        for part in (speech.split(item.name) if item.kind == "word" else (item.name,))
    )


def _text_words(knowledge: Knowledge, speech: Speech) -> set[str]:
    """The longer words of the facts' own sentences."""
    texts = (fact.value.get(speech.code, "") for fact in knowledge.facts if isinstance(fact.value, Mapping))
    words = (token.word for text in texts for token in speech.tokens_of(text))
    return {word for word in words if len(word) > 3 or not speech.is_spelt(word)}


def _phrases(knowledge: Knowledge, language: Language, spoken: Iterable[str]) -> Iterator[tuple[str, Meaning]]:
    code = language.code
    for entity in knowledge.entities.values():
        for names in (entity.names[name] for name in dict.fromkeys((code, *spoken, "en")) if name in entity.names):
            yield from phrases_of(tuple(names.all()), "entity", entity.id)
        if entity.flag:
            yield entity.flag, Meaning("entity", entity.id)
    for relation in knowledge.relations.values():
        yield from phrases_of(relation.asked.get(code, ()), "relation", relation.id)
    for type_ in knowledge.types.values():
        yield from phrases_of(type_.nouns.get(code, ()), "noun", type_.id)
    for name, texts in language.rules.items():
        yield from phrases_of(texts, "rule", name)
    yield from phrases_of(tuple(language.words.ignore), "rule", "ignore")
    yield from phrases_of(tuple(language.words.pronouns), "rule", "pronoun")


def _described(knowledge: Knowledge) -> dict[str, tuple[Described, ...]]:
    """What each event or document can be told by, for the types that say so."""
    found: dict[str, tuple[Described, ...]] = {}
    for type_ in knowledge.types.values():
        told = type_.described_by
        if told and any(knowledge.entities[name].type == type_.id for name in knowledge.of_type(type_.id)):
            found[type_.id] = tuple(_description(knowledge, name, told) for name in knowledge.of_type(type_.id))
    return found


def _description(knowledge: Knowledge, entity: str, told: Mapping[str, str]) -> Described:
    def values(key: str) -> list[object]:
        return [fact.value for fact in knowledge.facts_of(entity, told[key])] if key in told else []

    places = {value for key in ("place", "country") for value in values(key) if isinstance(value, str)}
    places |= {
        fact.value
        for place in list(places)
        for fact in knowledge.facts_of(place, "part_of")
        if isinstance(fact.value, str)
    }
    dated = knowledge.facts_of(entity, told["when"]) if "when" in told else []
    owner = (
        [
            fact
            for fact in knowledge.facts_of(entity, told["number"])
            if fact.of in (None, told.get("number_of", knowledge.about))
        ]
        if "number" in told
        else []
    )
    number = next((int(fact.value) for fact in owner if isinstance(fact.value, float)), None)
    return Described(
        entity, knowledge.entities[entity].type, number, frozenset(places), dated[0].interval if dated else None
    )
