"""From a folder of YAML to intents, rules and words, or every mistake in it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.intents.grammar import Item, Node, Pattern, TemplateError, parse, patterns, phrases
from bot.knowledge.files import Document, PackError, Problem, check_shape, nearest, read_folder
from bot.knowledge.model import Knowledge
from bot.knowledge.shapes import Shape, Texts, Truth, Words, WordsByLanguage
from bot.picture import Kind, Sketch

SLOTS = ("when", "ordinal", "number", "relation", "noun", "topic")
QUERY_KEYS = {
    "find", "has", "lacks", "during", "began", "ended", "facts", "about", "value", "of", "at", "in", "by", "with",
    "type", "order", "take", "show", "except", "and", "turn", "gather", "above", "below", "equals",
}  # fmt: skip


COLOUR = re.compile(r"#[0-9a-f]{6}")


class ExampleShape(Shape):
    """A question that the intent has to answer, and what the answer has to say."""

    ask: str
    after: Words = []
    says: Words = []
    not_: Words = Field([], alias="not")
    kind: str = "answer"


class IntentShape(Shape):
    templates: WordsByLanguage = {}
    query: dict[str, Any] | None = None
    queries: dict[str, dict[str, Any]] = {}
    defaults: dict[str, str] = {}
    answer: Texts = {}
    empty: Texts = {}
    kind: str = "answer"
    even: Words = []
    favour: float = 0.0
    sure: float = 0.0
    follows: Truth = False
    anchored: Truth = False
    others: Truth = False
    picture: str = ""
    examples: list[ExampleShape] = []


class PictureShape(Shape):
    """What a picture of an answer shows; `bot.picture.Sketch` says what the keys mean."""

    kind: Kind
    query: dict[str, Any] | None = None
    groups: dict[str, str] = {}
    title: Texts
    alt: Texts
    dated: str = ""
    mark: str = ""
    least: int = 2


class WordsShape(Shape):
    """A language's words that all packs share."""

    ignore: Words = []
    stop: Words = []
    turning: Words = []
    jointly: Words = []
    pronouns: Words = []
    several: Words = []
    questions: Words = []
    interrogatives: Words = []
    asking: Words = []
    contractions: dict[str, str] = {}
    time: dict[str, Words] = {}
    numbers: dict[str, str] = {}
    ordinals: dict[str, str] = {}
    decades: dict[str, str] = {}
    picturing: Words = []
    phrases: dict[str, str] = {}


class IntentsFileShape(Shape):
    rules: dict[str, dict[str, str]] | None = None
    words: dict[str, Any] | None = None
    intents: dict[str, Any] | None = None
    pictures: dict[str, Any] | None = None
    negatives: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A question beside the intent that has to answer it."""

    ask: str
    says: tuple[str, ...]
    never: tuple[str, ...]
    kind: str
    where: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """What people ask for: how they say it, what to query, how to say the result."""

    id: str
    templates: Mapping[str, tuple[tuple[str, tuple[Pattern, ...]], ...]]
    queries: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, str]
    answer: Mapping[str, str]
    empty: Mapping[str, str]
    kind: str
    even: frozenset[str]
    favour: float
    sure: float
    follows: bool
    anchored: bool
    others: bool
    picture: str
    examples: tuple[Example, ...]
    where: str

    def roles(self, language: str) -> dict[str, set[str]]:
        """The slots that its templates know, each with the types that may fill it."""
        found: dict[str, set[str]] = {}
        for _, flat in self.templates.get(language, ()):
            for pattern in flat:
                for item in pattern:
                    if item.kind == "slot":
                        found.setdefault(item.role, set()).add(item.name)
        return found


@dataclass(frozen=True)
class Language:
    """What a pack knows of one language beside its templates: plain rules as phrases, and words by their part."""

    code: str
    rules: Mapping[str, tuple[str, ...]]
    words: WordsShape


@dataclass(frozen=True)
class Intents:
    """All intents of a pack. Built by the loader, never changed."""

    intents: Mapping[str, Intent]
    languages: Mapping[str, Language]
    negatives: tuple[str, ...] = field(default=())
    pictures: Mapping[str, Sketch] = field(default_factory=dict)


def load_intents(folder: Path, knowledge: Knowledge) -> Intents:
    """Read an intents folder against the knowledge that it queries. Raises PackError with every problem found in it."""
    problems: list[Problem] = []
    loaded = _Reader(read_folder(folder, problems), knowledge, problems).intents()
    if problems:
        raise PackError(problems)
    return loaded


class _Reader:
    def __init__(self, documents: list[Document], knowledge: Knowledge, problems: list[Problem]) -> None:
        self.knowledge, self.problems = knowledge, problems
        self.documents = [d for d in documents if check_shape(IntentsFileShape, d.value, d, (), problems)]
        self.nodes: dict[str, dict[str, Node]] = {}
        self.plain: dict[str, dict[str, tuple[str, ...]]] = {}

    def intents(self) -> Intents:
        words = self._words()
        self._rules()
        pictures = {sketch.id: sketch for sketch in self._pictures()}
        intents = {intent.id: intent for intent in self._all(pictures)}
        languages = {code: Language(code, self.plain.get(code, {}), shape) for code, shape in words.items()}
        negatives = tuple(text for d in self.documents for text in d.value.get("negatives") or [])
        return Intents(intents, languages, negatives, pictures)

    def _words(self) -> dict[str, WordsShape]:
        """The words of each language: every file may add some, and none may say again what another says."""
        found: dict[str, WordsShape] = {}
        for document in self.documents:
            for code, value in (document.value.get("words") or {}).items():
                shape = check_shape(WordsShape, value, document, ("words", code), self.problems)
                if shape is not None:
                    found[code] = self._joined(found.get(code, WordsShape()), shape, document, code)
        return found

    def _joined(self, words: WordsShape, more: WordsShape, document: Document, code: str) -> WordsShape:
        parts: dict[str, Any] = {}
        for part in more.model_fields_set:
            old, new = getattr(words, part), getattr(more, part)
            if isinstance(new, dict):
                for key in old.keys() & new.keys():
                    line = document.line("words", code, part, key)
                    self._problem(document, line, f"the words {part!r} have {key!r} already, in another file")
                parts[part] = {**old, **new}
            else:
                parts[part] = [*old, *new]
        return words.model_copy(update=parts)

    def _rules(self) -> None:
        places: dict[tuple[str, str], tuple[Document, int]] = {}
        for document in self.documents:
            for code, rules in (document.value.get("rules") or {}).items():
                for name, text in rules.items():
                    line = document.line("rules", code, name)
                    if (code, name) in places:
                        self._problem(document, line, f"the rule <{name}> is defined twice")
                    places[code, name] = (document, line)
                    try:
                        self.nodes.setdefault(code, {})[name] = parse(text)
                    except TemplateError as error:
                        self._problem(document, line, str(error))
        for (code, name), (document, line) in places.items():
            if name not in self.nodes.get(code, {}):
                continue
            try:
                texts = phrases(self.nodes[code][name], self.nodes[code])
            except TemplateError as error:
                self._problem(document, line, str(error))
                continue
            if texts is not None:
                self.plain.setdefault(code, {})[name] = tuple(filter(None, texts))

    def _pictures(self) -> Iterator[Sketch]:
        seen: set[str] = set()
        for document in self.documents:
            for key, value in (document.value.get("pictures") or {}).items():
                path = ("pictures", key)
                if key in seen:
                    self._problem(document, document.line(*path), f"the picture {key!r} is defined twice")
                seen.add(key)
                shape = check_shape(PictureShape, value, document, path, self.problems)
                if shape is not None:
                    self._check_picture(shape, document, path)
                    where = f"{document.name}:{document.line(*path)}"
                    yield Sketch(
                        key, shape.kind, shape.query, shape.groups, shape.title, shape.alt, shape.dated, shape.mark,
                        shape.least, where,
                    )  # fmt: skip

    def _check_picture(self, shape: PictureShape, document: Document, path: tuple[str, ...]) -> None:
        if shape.query is not None:
            self._check_query(shape.query, document, (*path, "query"))
        for name, colour in shape.groups.items():
            line = document.line(*path, "groups", name)
            if name not in self.knowledge.entities:
                self._problem(document, line, f"there is no {name!r}{nearest(name, self.knowledge.entities)}")
            if not COLOUR.fullmatch(colour):
                self._problem(document, line, f'{colour!r} is no colour; write one like "#2369a8"')
        if shape.kind == "events" and shape.dated not in self.knowledge.relations:
            known = nearest(shape.dated, self.knowledge.relations)
            self._problem(
                document,
                document.line(*path),
                f"'dated' is a relation that dates events, and not {shape.dated!r}{known}",
            )

    def _all(self, pictures: Mapping[str, Sketch]) -> Iterator[Intent]:
        seen: dict[str, str] = {}
        for document in self.documents:
            for key, value in (document.value.get("intents") or {}).items():
                path = ("intents", key)
                where = f"{document.name}:{document.line(*path)}"
                if key in seen:
                    self._problem(
                        document, document.line(*path), f"the intent {key!r} is defined twice (first at {seen[key]})"
                    )
                    continue
                seen[key] = where
                shape = check_shape(IntentShape, value, document, path, self.problems)
                if shape is not None:
                    if shape.picture and shape.picture not in pictures:
                        known = nearest(shape.picture, pictures)
                        line = document.line(*path, "picture")
                        self._problem(document, line, f"there is no picture {shape.picture!r}{known}")
                    yield self._intent(key, shape, document, path, where)

    def _intent(self, key: str, shape: IntentShape, document: Document, path: tuple[str, ...], where: str) -> Intent:
        queries = dict(shape.queries)
        if shape.query is not None:
            queries["result"] = shape.query
        for name, query in queries.items():
            self._check_query(query, document, (*path, "query") if name == "result" else (*path, "queries", name))
        templates = {
            code: tuple(
                self._template(code, text, document, (*path, "templates", code, n)) for n, text in enumerate(texts)
            )
            for code, texts in shape.templates.items()
        }
        examples = tuple(
            Example(
                item.ask,
                tuple(item.says),
                tuple(item.not_),
                item.kind,
                f"{document.name}:{document.line(*path, 'examples', n)}",
                tuple(item.after),
            )
            for n, item in enumerate(shape.examples)
        )
        return Intent(
            key, templates, queries, shape.defaults, shape.answer, shape.empty, shape.kind, frozenset(shape.even),
            shape.favour, shape.sure, shape.follows, shape.anchored, shape.others, shape.picture, examples, where,
        )  # fmt: skip

    def _template(
        self, code: str, text: str, document: Document, path: tuple[str | int, ...]
    ) -> tuple[str, tuple[Pattern, ...]]:
        rules = self.nodes.get(code, {})
        try:
            node = self._named_choices(parse(text), code)
            flat = tuple(patterns(node, rules, set(self.plain.get(code, {}))))
            for item in {item for pattern in flat for item in pattern if item.kind == "slot"}:
                self._check_slot(item)
            if not any(not item.optional for pattern in flat for item in pattern):
                raise TemplateError("every part of it is optional, so it would match anything")
            return text, flat
        except TemplateError as error:
            self._problem(document, document.line(*path), f"template {text!r}: {error}")
            return text, ()

    def _named_choices(self, node: Node, code: str) -> Node:
        """A choice between plain words becomes a rule of its own, so that it multiplies no patterns."""
        parts = tuple(self._named_choices(part, code) for part in node.parts)
        node = Node(node.kind, parts, node.item)
        if node.kind != "alt":
            return node
        texts = phrases(node, self.nodes.get(code, {}))
        if texts is None:
            return node
        name = "(" + "|".join(texts) + ")"
        self.plain.setdefault(code, {})[name] = tuple(filter(None, texts))
        leaf = Node("leaf", item=Item("rule", name))
        return Node("opt", (leaf,)) if "" in texts else leaf

    def _check_slot(self, item: Item) -> None:
        type_ = item.name.rstrip("+").split(".")[0]
        known = [*SLOTS, *self.knowledge.types]
        if type_ not in known:
            raise TemplateError(f"there is no type {type_!r}{nearest(type_, known)}")

    def _check_query(self, query: Any, document: Document, path: tuple[str, ...]) -> None:
        if not isinstance(query, dict):
            self._problem(document, document.line(*path), "a query is a mapping such as {find: country, has: {...}}")
            return
        for key in query:
            if key not in QUERY_KEYS:
                self._problem(
                    document,
                    document.line(*path, key),
                    f"unknown key {key!r} in a query{nearest(key, list(QUERY_KEYS))}",
                )
        if not ("find" in query) ^ ("facts" in query):
            self._problem(
                document, document.line(*path), "a query says either 'find' (things) or 'facts' (of a relation)"
            )
        for name in _names(query.get("facts")) + _names(query.get("show")):
            if not name.startswith("$") and name not in self.knowledge.relations:
                self._problem(
                    document,
                    document.line(*path, "facts"),
                    f"there is no relation {name!r}{nearest(name, self.knowledge.relations)}",
                )
        for name in _names(query.get("find")):
            if not name.startswith("$") and name not in self.knowledge.types and name not in self.knowledge.entities:
                self._problem(
                    document,
                    document.line(*path, "find"),
                    f"there is no type {name!r}{nearest(name, self.knowledge.types)}",
                )
        for key in ("has", "lacks"):
            for condition in query[key] if isinstance(query.get(key), list) else [query[key]] if key in query else []:
                self._check_condition(condition, document, (*path, key))
        for key in ("except", "and"):
            for below in query[key] if isinstance(query.get(key), list) else [query[key]] if key in query else []:
                self._check_query(below, document, (*path, key))

    def _check_condition(self, condition: Any, document: Document, path: tuple[str, ...]) -> None:
        known = [*self.knowledge.relations, "during", "began", "ended", "of", "at", "timeless", "every"]
        for name in condition if isinstance(condition, dict) else []:
            if name not in known and not name.startswith("$"):
                self._problem(
                    document, document.line(*path, name), f"there is no relation {name!r}{nearest(name, known)}"
                )
        if not isinstance(condition, dict):
            self._problem(document, document.line(*path), "a condition is a mapping such as {status: $status}")

    def _problem(self, document: Document, line: int, message: str) -> None:
        self.problems.append(Problem(document.name, line, message))


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [item for item in value or [] if isinstance(item, str)]
