"""From a folder of YAML to `Knowledge`, or every mistake in it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from babel import Locale

from bot.knowledge.entries import Entry, Files, Place, entries
from bot.knowledge.files import Document, check_shape, nearest, read_folder
from bot.knowledge.folders import Folder, shown
from bot.knowledge.model import (
    ENGLISH,
    Claim,
    Entity,
    Fact,
    Knowledge,
    Names,
    PartialDate,
    Relation,
    Succession,
    Text,
    Type,
    Value,
)
from bot.knowledge.problems import PackError, Problem
from bot.knowledge.shapes import (
    ClaimShape,
    EntityShape,
    FactShape,
    FileShape,
    PackShape,
    RelationShape,
    Shape,
    SourceShape,
    SuccessionShape,
    TranslationShape,
    TypeShape,
)
from bot.reply import Source

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NO_TEXT: dict[str, str] = {}

COMMA = "a text with a comma in it needs quotation marks around it"
"""Shared by all that have none."""

_FACT_KEYS = {field.alias or name for name, field in FactShape.model_fields.items()}


class RawFact(NamedTuple):
    """A fact as written, before it is known whether what it names exists."""

    place: Place
    subject: str
    relation: str
    values: list[Any]
    shape: FactShape


def load_knowledge(folder: Folder) -> Knowledge:
    """What a knowledge folder says. Raises PackError with every problem found in it."""
    problems: list[Problem] = []
    documents = read_folder(folder, problems)
    knowledge = _Reader(documents, problems, shown(folder.path)).knowledge()
    if problems or knowledge is None:
        raise PackError(problems)
    return knowledge


class _Reader:
    """Reads one folder's documents; collects problems and goes on as far as it can."""

    def __init__(self, documents: list[Document], problems: list[Problem], folder: str) -> None:
        self.problems = problems
        self.folder = folder
        self.documents = [d for d in documents if check_shape(FileShape, d.value, d, (), problems)]
        self.types: dict[str, Type] = {}
        self.relations: dict[str, Relation] = {}
        self.sources: dict[str, Source] = {}
        self.entities: dict[str, Entity] = {}
        self.seen: dict[tuple[str, str], Place] = {}
        self.cited: dict[tuple[str, ...], tuple[str, ...]] = {}  # the same sources come again and again
        self.packs = list(self._packs())
        self.files = Files(self.documents, next((pack.languages[0] for _, pack in self.packs), ENGLISH), problems)
        for document in self.documents:
            document.language = self.files.language

    def knowledge(self) -> Knowledge | None:
        for entry in self._each("types", TypeShape):
            key, place, shape = entry.key, entry.place, entry.shape
            self.types[key] = Type(
                key,
                shape.is_,
                shape.name,
                shape.own,
                shape.territories,
                shape.foreign,
                shape.label,
                shape.named_by,
                shape.described_by,
                {k: tuple(v) for k, v in shape.nouns.items()},
                {k: tuple(v) for k, v in shape.plurals.items()},
                {k: tuple(v) for k, v in shape.pronouns.items()},
                tuple(shape.required),
            )
            self._check_parent(shape, place)
        for entry in self._each("relations", RelationShape):
            key, place, shape = entry.key, entry.place, entry.shape
            self.relations[key] = Relation(
                key,
                shape.of,
                shape.value,
                shape.label,
                {k: tuple(v) for k, v in shape.asked.items()},
                shape.searched,
                shape.told_by,
                shape.told_as,
                shape.metonym,
                _succession(shape.succession),
                shape.fresh_for,
                str(place),
            )
            self._check_relation(key, shape, place)
        for entry in self._each("sources", SourceShape):
            key, place, shape = entry.key, entry.place, entry.shape
            self.sources[key] = Source(key, shape.title, shape.publisher, shape.date or "", shape.url or "", str(place))
        written = self._entities()
        self._check_promises()
        raw = chain(self._entity_facts(written), self._loose_facts())
        facts = self._translated([fact for item in raw for fact in self._facts(item)])
        if not self.packs:
            self.problems.append(Problem(self.folder, 1, "no file has the key 'pack' with title, about and reviewed"))
            return None
        place, pack = self.packs[0]
        self._check_entity(pack.about, place, "about")
        return Knowledge(
            pack.title,
            pack.about,
            pack.reviewed,
            self.types,
            self.relations,
            self.sources,
            self.entities,
            facts,
            tuple(pack.languages),
            tuple(self.files.left_over),
        )

    def _packs(self) -> Iterator[tuple[Place, PackShape]]:
        first: Place | None = None
        for document in self.documents:
            if document.value.get("pack"):
                place = Place(document, ("pack",))
                if first is not None:
                    self.problems.append(place.problem(f"'pack' is defined twice (first at {first})"))
                    return
                first = place
                shape = check_shape(PackShape, document.value["pack"], document, place.path, self.problems)
                if shape is not None:
                    yield place, shape

    def _each(self, top: str, model: type[Shape]) -> Iterator[Entry]:
        """Every entry below a top key, in all files."""
        for entry in entries(self.files, top, model):
            self.seen[top, entry.key] = entry.place
            if top != "relations" and not _ID.fullmatch(entry.key):
                message = f"{entry.key!r} is no id; use a-z, 0-9 and hyphens, such as 'new-delhi'"
                self.problems.append(entry.place.problem(message))
            yield entry

    def _check_parent(self, shape: TypeShape, place: Place) -> None:
        known = {key for d in self.documents for key in d.value.get("types") or {}}
        if shape.is_ and shape.is_ not in known:
            self.problems.append(
                place.problem(f"there is no type {shape.is_!r}{nearest(shape.is_, list(known))}", "is")
            )

    def _check_relation(self, key: str, shape: RelationShape, place: Place) -> None:
        if key in {*_FACT_KEYS, "about"}:
            self.problems.append(
                place.problem(f"a relation cannot be called {key!r}: every fact has a key of that name")
            )
        for what, name in (("of", shape.of), ("value", shape.value)):
            if name not in self.types and not (what == "value" and name in ("text", "number", "date")):
                self.problems.append(place.problem(f"there is no type {name!r}{nearest(name, self.types)}", what))

    def _check_promises(self) -> None:
        """Whether there is what types, relations and entities name for `sco-bot check` to hold them to."""
        for type_ in self.types.values():
            for name in type_.required:
                if name not in self.relations:
                    hint = nearest(name, self.relations)
                    place = self.seen["types", type_.id]
                    self.problems.append(place.problem(f"there is no relation {name!r}{hint}", "required"))
        for relation in self.relations.values():
            for name in relation.succession.among if relation.succession else ():
                self._check_entity(name, self.seen["relations", relation.id], "succession")
        for entity in self.entities.values():
            for name in entity.namesakes:
                self._check_entity(name, self.seen["entities", entity.id], "namesakes")

    def _entities(self) -> list[tuple[Place, str, list[Any]]]:
        """Adds all entities; where each stands, and the facts that are written in it."""
        written = []
        for entry in self._each("entities", EntityShape):
            key, place, shape = entry.key, entry.place, entry.shape
            if shape.type not in self.types:
                self.problems.append(
                    place.problem(f"there is no type {shape.type!r}{nearest(shape.type, self.types)}", "type")
                )
            self.entities[key] = Entity(
                key, shape.type, _names(shape), shape.flag, str(place), shape.own, tuple(shape.namesakes)
            )
            if shape.facts:
                written.append((place, key, shape.facts))
        return written

    def _entity_facts(self, written: list[tuple[Place, str, list[Any]]]) -> Iterator[RawFact]:
        for place, key, facts in written:
            for n, value in enumerate(facts):
                fact = self._raw_fact(place.below("facts", n), key, value)
                if fact:
                    yield fact

    def _loose_facts(self) -> Iterator[RawFact]:
        for document in self.documents:
            for n, value in enumerate(document.value.get("facts") or []):
                place = Place(document, ("facts", n))
                if not isinstance(value, dict) or not isinstance(value.get("about"), str):
                    self.problems.append(place.problem("a fact here needs 'about:' with the id of what it is about"))
                    continue
                rest = {key: item for key, item in value.items() if key != "about"}
                fact = self._raw_fact(place, value["about"], rest)
                if fact:
                    yield fact

    def _raw_fact(self, place: Place, subject: str, value: dict[str, Any]) -> RawFact | None:
        said = [key for key in value if key in self.relations]
        rest = {key: item for key, item in value.items() if key not in self.relations}
        unknown = [key for key in rest if key not in _FACT_KEYS]
        for key in unknown:
            hint = nearest(key, [*self.relations, *_FACT_KEYS]) if rest.pop(key) is not None else f"; {COMMA}"
            self.problems.append(place.problem(f"unknown key {key!r}{hint}", key))
        if len(said) != 1:
            if not unknown:
                what = f"it has {', '.join(said)}" if said else "it has none"
                self.problems.append(place.problem(f"a fact has exactly one relation of the schema; {what}"))
            return None
        shape = check_shape(FactShape, rest, place.document, place.path, self.problems)
        relation = said[0]
        values = value[relation] if isinstance(value[relation], list) else [value[relation]]
        return RawFact(place, subject, relation, values, shape) if shape is not None else None

    def _facts(self, raw: RawFact) -> Iterator[Fact]:
        """The facts of one written line: one for each value."""
        shape, place = raw.shape, raw.place
        self._check_entity(raw.subject, place, "about")
        self._check_subject(raw)
        for key, names in (("at", (shape.at,)), ("in", (shape.in_,)), ("of", (shape.of,)), ("by", shape.by),
                           ("with", shape.with_)):  # fmt: skip
            for name in filter(None, names):
                self._check_entity(name, place, key)
        self._check_sources(shape, place)
        start, end = self._dates(shape, place)
        cited = tuple(shape.sources)
        cited = self.cited.setdefault(cited, cited)
        for item in raw.values:
            value = self._value(raw.relation, item, place)
            if value is None:
                continue
            yield Fact(
                subject=raw.subject,
                relation=raw.relation,
                value=value,
                start=start,
                end=end,
                at=shape.at,
                place=shape.in_,
                of=shape.of,
                by=tuple(shape.by),
                with_=tuple(shape.with_),
                unit=shape.unit,
                approx=shape.approx,
                note=shape.note or NO_TEXT,
                words=tuple(shape.words),
                holds=shape.holds,
                sources=cited,
                disputed=tuple(self._claims(raw, shape.disputed)),
                because=shape.because or NO_TEXT,
                where=str(place),
            )

    def _translations(self) -> Iterator[tuple[Place, TranslationShape]]:
        first = self.files.language
        for document in self.documents:
            for n, value in enumerate(document.value.get("translations") or []):
                place = Place(document, ("translations", n))
                if not isinstance(value, dict) or first not in value:
                    message = f"a translation has '{first}:' with the text as the fact has it, and the others"
                    self.problems.append(place.problem(message))
                    continue
                texts = {key: text for key, text in value.items() if key != "words"}
                given = {"texts": texts, "words": value.get("words", [])}
                shape = check_shape(TranslationShape, given, document, place.path, self.problems)
                if shape is not None:
                    yield place, shape

    def _translated(self, facts: list[Fact]) -> list[Fact]:
        """The facts with their texts in all languages. A translation is of every fact that has its first text."""
        first = self.files.language
        given: dict[str, TranslationShape] = {}
        for place, shape in self._translations():
            written = shape.texts[first]
            old = given.setdefault(written, shape)
            for language in (old.texts.keys() & shape.texts.keys()) - {first} if old is not shape else ():
                self.problems.append(place.problem(f"this text is translated to {language!r} already", language))
            texts, words = {**old.texts, **shape.texts}, list(dict.fromkeys([*old.words, *shape.words]))
            given[written] = TranslationShape(texts=texts, words=words)
        translator = _Translator(given, first)
        translated = [translator.fact(fact) for fact in facts] if given else facts
        self.sources = {name: translator.source(source) for name, source in self.sources.items()}
        for place, shape in self._translations() if given else ():
            written = shape.texts[first]
            if written not in translator.used:
                hint = nearest(written, list(translator.seen))
                name = Locale(first).english_name
                message = f"no fact or source has the {name} text {written!r}{hint}"
                self.files.left_over.append(place.problem(message, first))
        return translated

    def _check_entity(self, name: str, place: Place, key: str) -> None:
        if name not in self.entities:
            self.problems.append(place.problem(f"there is no entity {name!r}{nearest(name, self.entities)}", key))

    def _check_subject(self, raw: RawFact) -> None:
        wanted, subject = self.relations[raw.relation].of, self.entities.get(raw.subject)
        if subject and subject.type in self.types and not self._is_a(subject.type, wanted):
            self.problems.append(
                raw.place.problem(
                    f"{raw.relation!r} is said of a {wanted}, but {raw.subject!r} is a {subject.type}", raw.relation
                )
            )

    def _is_a(self, type_: str | None, wanted: str) -> bool:
        steps = 0
        while type_ and steps < 20:
            if type_ == wanted:
                return True
            type_, steps = self.types[type_].parent if type_ in self.types else None, steps + 1
        return False

    def _check_sources(self, shape: FactShape, place: Place) -> None:
        if not shape.sources and not shape.unsourced:
            self.problems.append(place.problem("the fact names no source; add 'sources: [...]' or 'unsourced: true'"))
        for name in [*shape.sources, *(name for claim in shape.disputed for name in claim.sources)]:
            if name not in self.sources:
                self.problems.append(
                    place.problem(f"there is no source {name!r}{nearest(name, self.sources)}", "sources")
                )

    def _dates(self, shape: FactShape | ClaimShape, place: Place) -> tuple[PartialDate | None, PartialDate | None]:
        if shape.on and (shape.from_ or shape.to):
            self.problems.append(
                place.problem("'on' stands for one day or year; use either 'on' or 'from' and 'to'", "on")
            )
        start, end = shape.on or shape.from_, shape.on or shape.to
        if start and end and start.first > end.last:
            self.problems.append(
                place.problem(f"it ends ({end}) before it begins ({start}); swap 'from' and 'to'", "from")
            )
        return start, end

    def _value(self, relation: str, item: Any, place: Place) -> Value | None:
        """The written value as the relation's schema wants it, or None with the problem added."""
        wanted = self.relations[relation].value
        try:
            return self._typed_value(wanted, item)
        except (ValueError, TypeError) as error:
            self.problems.append(place.problem(f"{relation}: {error}", relation))
            return None

    def _typed_value(self, wanted: str, item: Any) -> Value:
        if wanted == "date":
            return PartialDate.parse(str(item))
        if wanted == "text":
            return _text(item, self.files.language)
        if not isinstance(item, str):
            raise ValueError(f"{item!r} should be a {'number' if wanted == 'number' else 'single id'}")
        if wanted == "number":
            if not _NUMBER.fullmatch(item):
                raise ValueError(f"{item!r} is no number; write digits alone, such as 4000000")
            return float(item)
        found = self.entities.get(item)
        if found is None:
            raise ValueError(f"there is no entity {item!r}{nearest(item, self.entities)}")
        if not self._is_a(found.type, wanted):
            raise ValueError(f"{item!r} is a {found.type}, but a {wanted} is wanted")
        return item

    def _claims(self, raw: RawFact, shapes: list[ClaimShape]) -> Iterator[Claim]:
        for shape in shapes:
            start, end = self._dates(shape, raw.place)
            value = None if shape.value is None else self._value(raw.relation, shape.value, raw.place)
            yield Claim(value, start, end, tuple(shape.sources), shape.note)


class _Translator:
    """Adds translations to facts and publishers, and knows which it used and which texts it saw."""

    def __init__(self, given: Mapping[str, TranslationShape], language: str) -> None:
        self._given = given
        self._language = language
        self.used: set[str] = set()
        self.seen: set[str] = set()

    def fact(self, fact: Fact) -> Fact:
        written = fact.value.get(self._language, "") if isinstance(fact.value, Mapping) else ""
        words = self._given[written].words if written in self._given else ()
        return replace(
            fact,
            value=self._value(fact.value),
            note=self._text(fact.note),
            because=self._text(fact.because),
            words=(*fact.words, *words),
            disputed=tuple(
                replace(claim, value=self._value(claim.value), note=self._text(claim.note)) for claim in fact.disputed
            ),
        )

    def source(self, source: Source) -> Source:
        return replace(source, publishers=self._text({self._language: source.publisher}))

    def _value(self, value: Value | None) -> Any:
        return self._text(value) if isinstance(value, Mapping) else value

    def _text(self, text: Text) -> Text:
        written = text.get(self._language, "")
        self.seen.add(written)
        if written not in self._given:
            return text
        self.used.add(written)
        return {**self._given[written].texts, **text}


def _succession(shape: SuccessionShape | None) -> Succession | None:
    return Succession(shape.per, frozenset(shape.among), shape.gaps) if shape else None


def _text(item: Any, language: str) -> dict[str, str]:
    texts = {language: item} if isinstance(item, str) else item
    if not isinstance(texts, dict) or not texts or not all(isinstance(text, str) and text for text in texts.values()):
        raise ValueError(f"{item!r} should be a text, or a text for each language: {{en: ..., ru: ...}}")
    return texts


def _names(shape: EntityShape) -> dict[str, Names]:
    languages = dict.fromkeys((*shape.name, *shape.official, *shape.aliases, *shape.adjective, *shape.plural))
    return {
        language: Names(
            shape.name.get(language, ""),
            shape.official.get(language, ""),
            tuple(shape.aliases.get(language, ())),
            tuple(shape.adjective.get(language, ())),
            shape.plural.get(language, ""),
        )
        for language in languages
    }
