"""From a folder of YAML to intents, rules and words, or every mistake in it at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, replace
from string import Formatter
from typing import Annotated, Any

from pydantic import Field

from bot.intents.grammar import Item, Node, Pattern, TemplateError, parse, patterns, phrases
from bot.intents.model import SLOTS, Example, Intent, Intents, Language, OtherLanguage, Phrases, Topic, WordLists
from bot.intents.telling import read_telling
from bot.knowledge.entries import EXAMPLES, Entry, Files, Path_, Place, entries, over
from bot.knowledge.files import Document, check_shape, nearest, read_folder
from bot.knowledge.folders import Folder
from bot.knowledge.model import ENGLISH, Knowledge
from bot.knowledge.problems import PackError, Problem
from bot.knowledge.shapes import LanguageCode, Shape, Texts, Truth, Words, WordsByLanguage
from bot.language.dates import FIRST_YEAR, LAST_YEAR
from bot.picture import Kind, Sketch

MACROS = "macros"
"""The phrase that holds what answers share; a pack's own are added to those of the base."""

US, USUAL = "$us", "$usual"

Template = tuple[str, tuple[Pattern, ...]]
"""A template as it is written, and its patterns."""

SHOWN = 80
"""How much of a template a problem repeats."""

PHRASE_VALUES = ("title",)
"""The values that any phrase may have."""

_TOPIC = re.compile(r"[a-z0-9-]{1,20}")


QUERY_KEYS = {
    "find": "The things to look for: a type, a thing (id), or $slot.",
    "has": "Conditions, a relation and its value each, of which such a thing needs a fact.",
    "lacks": "Conditions of which such a thing must have no fact.",
    "facts": "The relations whose facts are wanted.",
    "about": "Whose facts: a thing (id) or $slot.",
    "value": "Only facts with this value.",
    "during": "Only facts that hold at some time of it, such as $when.",
    "began": "Only facts that began in this time.",
    "ended": "Only facts that ended in this time.",
    "of": "Only facts with this `of`.",
    "at": "Only facts with this `at`.",
    "in": "Only facts with this `in`.",
    "by": "Only facts with this `by`.",
    "with": "Only facts with this `with`.",
    "type": "Only things of this type.",
    "above": "Only facts whose number is larger.",
    "below": "Only facts whose number is smaller.",
    "at_least": "Only facts whose number is this or larger.",
    "at_most": "Only facts whose number is this or smaller.",
    "equals": "Only facts whose number is this.",
    "except": "A query whose things are left out.",
    "and": "A query that must find the thing too; its facts are added.",
    "turn": "Rows by the facts' values instead of their subjects.",
    "gather": "One row a thing, with all of its facts.",
    "order": "By what the rows are ordered: began, latest, largest, smallest, name, often.",
    "take": "Which of the ordered rows: first, last, a number, or $ordinal.",
    "show": "Relations whose facts are added for the answer.",
}
CONDITION_KEYS = {
    "during": "The fact holds at some time of it.",
    "began": "The fact began in this time.",
    "ended": "The fact ended in this time.",
    "of": "The fact's `of`.",
    "at": "The fact's `at`.",
    "timeless": "The query's time does not count for this condition.",
    "every": "The facts have all of these values.",
}


COLOUR = re.compile(r"#[0-9a-f]{6}")

Count = Annotated[int, Field(ge=0, lt=10**9)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Month = Annotated[int, Field(ge=1, le=12)]


class ExampleShape(Shape):
    """A question that the intent has to answer, and what the answer has to say."""

    ask: str
    """The question."""
    after: Words = []
    """What was asked before it, when it leans on that."""
    lang: LanguageCode | None = None
    """The language that it is asked in; the pack's first, if it does not say."""
    says: Words = []
    """What the answer has to say, in these words."""
    not_: Words = Field([], alias="not")
    """What the answer must not say."""
    kind: str = "answer"
    """The kind of the reply: answer, clarify, unknown or chat."""


class IntentShape(Shape):
    """What people ask for: how they say it, what to look up, how to say the result."""

    templates: WordsByLanguage = {}
    """How people ask: words, [optional], (this|that), {slot}, {type:slot}, <rule>."""
    query: dict[str, Any] | None = None
    """What to look up; the answer calls its result `rows`."""
    queries: dict[str, dict[str, Any]] = {}
    """Several queries; the answer calls each result by its name."""
    defaults: dict[str, str] = {}
    """What a slot is that the question leaves out."""
    answer: Texts = {}
    """How the result is said, a Jinja template."""
    empty: Texts = {}
    """What is said when nothing was found, a Jinja template."""
    related: WordsByLanguage = {}
    """What may be asked after its answer, Jinja templates whose lines are questions."""
    kind: str = "answer"
    """The kind of the reply: answer, or chat for what people say about the conversation itself."""
    even: Words = []
    """Slots that may mean several things of one name, without asking back which."""
    favour: float = 0.0
    """What is added to its score, where another intent would be as good; below 0 it stands back."""
    sure: float = 0.0
    """The score from which it answers, where that is higher than for others."""
    follows: Truth = False
    """It makes sense only after another question."""
    anchored: Truth = False
    """It answers only what names this pack's organisation or something of it."""
    polar: Truth = False
    """It says yes or no, so it does not answer who, which, when or where."""
    others: Truth = False
    """It is about other organisations: it answers though one of theirs is named."""
    picture: str = ""
    """The picture (id) that is drawn of its answer."""
    examples: list[ExampleShape] = []
    """Questions that it has to answer; they are tests."""


class PictureShape(Shape):
    """What a picture of an answer shows; `bot.picture.Sketch` says what the keys mean."""

    kind: Kind
    """What is drawn: timeline, growth, shares or events."""
    query: dict[str, Any] | None = None
    """What to draw; without one, what the answer found."""
    groups: dict[str, str] = {}
    """The values that are drawn, in order, each with its colour (#rrggbb); without any, all."""
    title: Texts
    """What stands above it."""
    alt: Texts
    """What it shows, for those who cannot see it, a Jinja template."""
    dated: str = ""
    """The relation that dates what is drawn."""
    mark: str = ""
    """The slot with the time that was asked about, shown on the axis."""
    least: int = 2
    """How many things it takes to be worth a picture."""


class WordsShape(Shape):
    """A language's words that all packs share."""

    ignore: Words = []
    """Courtesy and the like, said around a question and no part of it."""
    stop: Words = []
    """Small words that weigh little."""
    turning: Words = []
    """Words that turn what is asked; unexplained they rule a reading out."""
    jointly: Words = []
    """Words that join the items of a list."""
    pronouns: Words = []
    """Words that stand for what was spoken of before."""
    several: Words = []
    """Those pronouns that stand for several things."""
    back_then: Words = []
    """Words that stand for the time that was spoken of before."""
    questions: Words = []
    """Words of questions that say nothing of what is asked about."""
    interrogatives: Words = []
    """Words that ask: who, what, when."""
    asking: Words = []
    """Words that ask for one kind of answer: where, when, who."""
    contractions: dict[str, str] = {}
    """Words that stand for others: isn't: is not."""
    time: dict[str, Words] = {}
    """Words of time, by what they mean."""
    numbers: dict[str, Count] = {}
    """Numbers in words."""
    ordinals: dict[str, Count] = {}
    """Ordinals in words."""
    decades: dict[str, Year] = {}
    """Decades in words, by their first year."""
    months: dict[str, Month] = {}
    """Names of months beside those that everybody gives them: sept: 9."""
    ordinal_endings: Words = []
    """What stands right after the digits of an ordinal: th, as in 5th; common typing errors too."""
    decade_endings: Words = []
    """What stands right after the digits of a decade: s, as in 1990s."""
    picturing: Words = []
    """Words that ask for a picture."""
    phrases: dict[str, str] = {}
    """The fixed phrases of answers; {} stands for what is put in."""
    script: str = "latin"
    """Its script, as Unicode calls it: latin, cyrillic, cjk."""
    keyboard: Words = []
    """What its keyboard writes, key by key: without the shift key, and with it."""
    latin: dict[str, str] = {}
    """Its letters by how people write them in Latin ones: sh: ш."""
    clauses: Words = []
    """Words before which something else begins to be said: but, because."""


class OtherShape(Shape):
    """A language that is not spoken."""

    scripts: Words = ["latin"]
    """Its scripts, as Unicode calls them."""
    words: Words = []
    """Its most common small words."""
    letters: str = ""
    """Letters that it has, and languages around it have not."""
    says: str
    """What somebody is told who writes it; {} stands for the languages that are spoken."""


class TopicShape(Shape):
    """Things that one can look through."""

    label: Texts
    """What they are called, on a button."""
    query: dict[str, Any]
    """What finds them, in the order in which they are shown."""


class IntentsFileShape(Shape):
    """The top keys of an intents file."""

    rules: dict[LanguageCode, dict[str, str]] | None = None
    """Ways of saying that many templates share, by language and name."""
    browse: dict[str, Any] | None = None
    """Things that one can look through, by id."""
    words: dict[LanguageCode, Any] | None = None
    """A language's words, by language."""
    others: dict[LanguageCode, OtherShape] | None = None
    """Languages that are not spoken, and how that is said in them."""
    intents: dict[str, Any] | None = None
    """What people ask for, by id."""
    pictures: dict[str, Any] | None = None
    """Pictures of answers, by id."""
    negatives: list[str] | None = None
    """Questions that must not be answered; they are tests."""
    statements: dict[str, Any] | None = None
    """Facts as sentences for a quiz and for the day's anniversaries, by relation."""
    quiz: dict[str, Any] | None = None
    """Quiz questions, by id."""


def load_intents(inherited: Folder, folder: Folder, knowledge: Knowledge, needed: Phrases) -> Intents:
    """What an intents folder says of the knowledge that it queries, with what it inherits.

    Each of its languages has to have the `needed`.

    Raises PackError with every problem found in it.
    """
    problems: list[Problem] = []
    base = read_folder(inherited, problems)
    loaded = _Reader(base, read_folder(folder, problems), knowledge, problems).intents(needed)
    if problems:
        raise PackError(problems)
    return loaded


def _joined(words: WordsShape | None, more: WordsShape) -> WordsShape:
    """Words and more of them; where both have a key, the latter's is meant."""
    if words is None:
        return more
    joined = dict[str, Any]()
    for part in more.model_fields_set:
        old, new = getattr(words, part), getattr(more, part)
        joined[part] = {**old, **new} if isinstance(new, dict) else new if isinstance(new, str) else [*old, *new]
    macros = [shape.phrases[MACROS] for shape in (words, more) if MACROS in shape.phrases]
    if len(macros) > 1:  # of two macros of one name the latter is meant
        joined["phrases"][MACROS] = "".join(macros)
    return words.model_copy(update=joined)


def _over(inherited: Entry, own: Entry) -> Entry:
    """An inherited intent with what the pack says of it; what it looks up, it says whole."""
    if own.shape.model_fields_set & {"query", "queries"}:
        alone: dict[str, Any] = {"query": None, "queries": {}}
        inherited = replace(inherited, shape=inherited.shape.model_copy(update=alone))
    return over(inherited, own)


def _in_languages(texts: Mapping[str, Any], spoken: Collection[str]) -> dict[str, Any]:
    return {code: text for code, text in texts.items() if code in spoken}


def _queries(shape: IntentShape) -> dict[str, Any]:
    """All queries of an intent; the one without a name is the result."""
    return {**shape.queries, **({"result": shape.query} if shape.query is not None else {})}


def _roles(templates: Mapping[str, Collection[Template]]) -> frozenset[str]:
    """The slots that templates name."""
    flat = (pattern for found in templates.values() for _, patterns in found for pattern in patterns)
    return frozenset(item.role for pattern in flat for item in pattern if item.kind == "slot")


def _type_of(slot: Item) -> str:
    return slot.name.rstrip("+").split(".")[0]


def _values(shape: WordsShape) -> WordLists:
    return WordLists(**{part.name: getattr(shape, part.name) for part in fields(WordLists)})


class _Reader:
    def __init__(
        self, base: list[Document], own: list[Document], knowledge: Knowledge, problems: list[Problem]
    ) -> None:
        self.knowledge, self.problems = knowledge, problems
        self.base = [d for d in base if check_shape(IntentsFileShape, d.value, d, (), problems)]
        for document in own:
            document.language = knowledge.languages[0]
        self.own = [d for d in own if check_shape(IntentsFileShape, d.value, d, (), problems)]
        self.documents = [*self.base, *self.own]
        self.inherited = {document.name for document in base}
        self.files = Files(self.documents, knowledge.languages[0], problems)
        self.base_files = Files(self.base, ENGLISH, problems)
        self.own_files = replace(self.files, documents=self.own)
        self.nodes: dict[str, dict[str, Node]] = {}
        self.plain: dict[str, dict[str, tuple[str, ...]]] = {}

    def intents(self, needed: Phrases) -> Intents:
        words = self._words()
        self._check_phrases(words, needed)
        self._rules()
        pictures = {sketch.id: sketch for sketch in self._pictures(words)}
        intents = {intent.id: intent for intent in self._all(pictures, words)}
        languages = {code: self._language(code, words) for code in words}
        negatives = tuple(text for d in self.documents for text in d.value.get("negatives") or [])
        telling = read_telling(self.files, self.knowledge)
        topics = {topic.id: topic for topic in self._topics()}
        others = tuple(self._others(languages))
        return Intents(intents, languages, telling, negatives, pictures, topics, others, tuple(self.files.left_over))

    def _language(self, code: str, words: Mapping[str, WordsShape]) -> Language:
        """A language; a phrase that it lacks, which `check` tells, is said in the pack's first."""
        first = next(iter(words.values()))
        values = _values(words[code].model_copy(update={"phrases": {**first.phrases, **words[code].phrases}}))
        path = ("words", code, "phrases")
        files = [d for d in self.documents if d.has(*path)]
        places = {key: f"{d.name}:{d.line(*path, key)}" for d in files for key in values.phrases if d.has(*path, key)}
        return Language(code, self.plain.get(code, {}), values, places)

    def _words(self) -> dict[str, WordsShape]:
        """The words of each language that the pack speaks, those that it inherits among them."""
        inherited: dict[str, WordsShape] = {}
        own: dict[str, WordsShape] = {}
        for document in self.documents:
            found = inherited if document.name in self.inherited else own
            for code, value in (document.value.get("words") or {}).items():
                shape = check_shape(WordsShape, value, document, ("words", code), self.problems)
                if shape is not None:
                    self._check_said_once(found.get(code), shape, document, code)
                    found[code] = _joined(found.get(code), shape)
        declared = self.knowledge.languages
        spoken = {*own, *self._templates_speak(), *declared}
        ordered = (*(code for code in declared if code in spoken), *sorted(spoken))
        return {code: _joined(inherited.get(code), own.get(code, WordsShape())) for code in dict.fromkeys(ordered)}

    def _templates_speak(self) -> Iterator[str]:
        for document in self.own:
            for value in (document.value.get("intents") or {}).values():
                templates = value.get("templates") if isinstance(value, dict) else None
                yield from templates if isinstance(templates, dict) else ()

    def _others(self, spoken: Collection[str]) -> Iterator[OtherLanguage]:
        """The languages that are not spoken."""
        for document in self.documents:
            for code in document.value.get("others") or {}:
                path = ("others", code)
                shape = check_shape(OtherShape, document.value["others"][code], document, path, self.problems)
                if shape is not None and code not in spoken:
                    words, letters = frozenset(shape.words), frozenset(shape.letters)
                    yield OtherLanguage(code, tuple(shape.scripts), words, letters, shape.says)

    def _check_said_once(self, words: WordsShape | None, more: WordsShape, document: Document, code: str) -> None:
        for part in more.model_fields_set:
            old, new = getattr(words, part, None), getattr(more, part)
            for key in old.keys() & new.keys() if isinstance(old, dict) else ():
                line = document.line("words", code, part, key)
                self._problem(document, line, f"the words {part!r} have {key!r} already, in another file")

    def _check_phrases(self, words: Mapping[str, WordsShape], needed: Phrases) -> None:
        """The phrases that a face needs are there in every language, and name only values that they are given."""
        for code in words.keys() & {*self.knowledge.languages}:
            shape, path = words[code], ("words", code, "phrases")
            files = [d for d in self.documents if code in (d.value.get("words") or {})]
            own = [d for d in files if d.name not in self.inherited]
            at = own or files or self.documents
            beside = max(at, key=lambda document: sum(document.has(*path, key) for key in needed))
            for key in needed:
                document = next((d for d in reversed(files) if d.has(*path, key)), beside)
                line = document.line(*path, key)
                if key not in shape.phrases:
                    self._problem(document, line, f"the phrase {key!r} of {code!r} is missing")
                elif fault := _phrase_fault(shape.phrases[key], (*PHRASE_VALUES, *needed[key])):
                    self._problem(document, line, f"the phrase {key!r}: {fault}")

    def _rules(self) -> None:
        places: dict[tuple[str, str], tuple[Document, int]] = {}
        for document in self.documents:
            for code, rules in (document.value.get("rules") or {}).items():
                for name, text in rules.items():
                    line = document.line("rules", code, name)
                    if (code, name) in places and places[code, name][0].name not in self.inherited:
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

    def _topics(self) -> Iterator[Topic]:
        for entry in entries(self.files, "browse", TopicShape):
            if not _TOPIC.fullmatch(entry.key):
                message = (
                    f"{entry.key!r} is no name of a topic: 1 to 20 of a-z, 0-9 and -, as in the link that opens it"
                )
                self.problems.append(entry.place.problem(message))
            document, path = entry.place
            self._check_query(entry.shape.query, document, (*path, "query"))
            yield Topic(entry.key, entry.shape.label, entry.shape.query)

    def _pictures(self, spoken: Collection[str]) -> Iterator[Sketch]:
        """The pack's own pictures, and those of the base that it says nothing of and that fit its schema."""
        own = {entry.key: entry for entry in entries(self.own_files, "pictures", PictureShape)}
        for entry in own.values():
            self._check_picture(entry.shape, *entry.place)
        base = entries(self.base_files, "pictures", PictureShape)
        fit = [
            entry
            for entry in base
            if entry.key not in own and not self._faults(self._check_picture, entry.shape, entry.place)
        ]
        for entry in (*own.values(), *fit):
            shape = entry.shape
            title, alt = (_in_languages(texts, spoken) for texts in (shape.title, shape.alt))
            yield Sketch(
                entry.key, shape.kind, shape.query, shape.groups, title, alt, shape.dated, shape.mark, shape.least,
                str(entry.place),
            )  # fmt: skip

    def _check_picture(self, shape: PictureShape, document: Document, path: Path_) -> None:
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

    def _all(self, pictures: Mapping[str, Sketch], spoken: Collection[str]) -> Iterator[Intent]:
        """The pack's own intents, those of the base that it says something of, and those that fit its schema."""
        base_entries = entries(self.base_files, "intents", IntentShape)
        inherited = {entry.key: self._fitted(entry, spoken) for entry in base_entries}
        for entry in entries(self.own_files, "intents", IntentShape, frozenset(inherited)):
            picture = entry.shape.picture
            if picture and picture not in pictures:
                message = f"there is no picture {picture!r}{nearest(picture, pictures)}"
                self.problems.append(entry.place.problem(message, "picture"))
            base = inherited.pop(entry.key, None)
            yield self._intent(_over(base, entry) if base else entry, pictures, spoken)
        for entry in inherited.values():
            intent = self._intent(entry, pictures, spoken) if self._fits(entry) else None
            if intent and (any(intent.templates.values()) or not entry.shape.templates):
                yield intent

    def _fitted(self, entry: Entry, spoken: Collection[str]) -> Entry:
        """An inherited intent as the pack's languages say it, without looking up what its schema has not."""
        queries = {name: self._trimmed(query) for name, query in _queries(entry.shape).items()}
        said = {name: _in_languages(getattr(entry.shape, name), spoken) for name in ("answer", "empty", "related")}
        update = {"query": queries.pop("result", None), "queries": queries, **said}
        return replace(entry, shape=entry.shape.model_copy(update=update))

    def _trimmed(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """A query without relations that the schema has not: one of several, to show, to hold against a slot."""
        trimmed = dict(query)
        for key in query.keys() & {"facts", "show"}:
            if isinstance(query[key], list) or key == "show":
                kept = [name for name in _names(query[key]) if self._has_relation(name)]
                trimmed[key] = kept if kept or key == "show" else query[key]
        for key in query.keys() & {"has", "lacks"}:
            conditions = query[key] if isinstance(query[key], list) else [query[key]]
            trimmed[key] = [kept for kept in map(self._trimmed_condition, conditions) if kept.keys() - CONDITION_KEYS]
        return trimmed

    def _trimmed_condition(self, condition: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in condition.items()
            if name in CONDITION_KEYS or self._has_relation(name) or not value.startswith("$")
        }

    def _has_relation(self, name: str) -> bool:
        return name.startswith("$") or name in self.knowledge.relations

    def _fits(self, entry: Entry) -> bool:
        """Whether the pack's schema has all that an inherited intent looks up."""
        queries = _queries(entry.shape).values()
        return not any(self._faults(self._check_query, query, entry.place) for query in queries)

    def _faults(self, check: Callable[[Any, Document, Path_], None], checked: Any, place: Place) -> list[Problem]:
        """What a check finds in what is inherited, which is no problem of the pack's."""
        found: list[Problem] = []
        known, self.problems = self.problems, found
        check(checked, *place)
        self.problems = known
        return found

    def _intent(self, entry: Entry, pictures: Collection[str], spoken: Collection[str]) -> Intent:
        shape, (document, path) = entry.shape, entry.place
        queries = {name: self._ours(query) for name, query in _queries(shape).items()}
        for name, query in queries.items():
            self._check_query(query, document, (*path, "query") if name == "result" else (*path, "queries", name))
        written = {
            code: [self._template(code, text, entry.at("templates", code).below(n)) for n, text in enumerate(texts)]
            for code, texts in shape.templates.items()
            if code in spoken
        }
        templates = {code: tuple(self._fitting(found)) for code, found in written.items()}
        examples = tuple(
            Example(
                item.ask, tuple(item.says), tuple(item.not_), item.kind, str(place), tuple(item.after), lang,
            )
            for n, item in enumerate(shape.examples)
            for place in (entry.at(EXAMPLES, n),)
            for lang in (item.lang or place.document.language,)
            if place.document.name not in self.inherited or lang in spoken
        )  # fmt: skip
        said = {"answer": shape.answer, "empty": shape.empty, "related": shape.related}
        places = {(key, code): str(entry.at(key, code)) for key, texts in said.items() for code in texts}
        return Intent(
            entry.key, templates, queries, dict(self._defaults(shape)), shape.answer, shape.empty, shape.related,
            shape.kind, frozenset(shape.even), shape.favour, shape.sure, shape.follows, shape.anchored, shape.polar,
            shape.others, shape.picture if shape.picture in pictures else "", examples, str(entry.place),
            document.name in self.inherited, _roles(written) - _roles(templates), places,
        )  # fmt: skip

    def _ours(self, query: Any) -> Any:
        """A query in which `$us` is the pack's organisation."""
        if isinstance(query, dict):
            return {key: self._ours(value) for key, value in query.items()}
        if isinstance(query, list):
            return [self._ours(value) for value in query]
        return self.knowledge.about if query == US else query

    def _defaults(self, shape: IntentShape) -> Iterator[tuple[str, str]]:
        """What its slots are by default: `$us` the pack's organisation, `$usual` what people mean who name no value."""
        relations = self.knowledge.relations.values()
        for slot, value in shape.defaults.items():
            usual = (relation.told_as for relation in relations if relation.value == slot and relation.told_as)
            meant = next(usual, "") if value == USUAL else self._ours(value)
            if meant:
                yield slot, meant

    def _fitting(self, written: Collection[Template]) -> Iterator[Template]:
        """Templates with those of their patterns that ask for what the schema has; an inherited one may have none."""
        for text, flat in written:
            fit = dict.fromkeys(tuple(filter(self._has_type, pattern)) for pattern in flat if self._can_do(pattern))
            if fit or not flat:
                yield text, tuple(fit)

    def _can_do(self, pattern: Pattern) -> bool:
        """Whether the schema has all that a pattern cannot do without."""
        return all(item.optional or self._has_type(item) for item in pattern)

    def _template(self, code: str, text: str, place: Place) -> Template:
        rules = self.nodes.get(code, {})
        try:
            node = self._named_choices(parse(text), code)
            flat = tuple(patterns(node, rules, set(self.plain.get(code, {}))))
            if place.document.name in self.inherited:
                return text, flat
            for item in {item for pattern in flat for item in pattern if item.kind == "slot"}:
                self._check_slot(item)
            if not any(not item.optional for pattern in flat for item in pattern):
                raise TemplateError("every part of it is optional, so it would match anything")
            return text, flat
        except TemplateError as error:
            self.problems.append(
                place.problem(f"template {text if len(text) <= SHOWN else f'{text[:SHOWN]}…'!r}: {error}")
            )
            return text, ()

    def _named_choices(self, node: Node, code: str) -> Node:
        """A choice between plain words becomes a rule of its own, so that it multiplies no patterns."""
        texts = phrases(node, self.nodes.get(code, {})) if node.kind == "alt" else None
        if texts is None:
            return Node(node.kind, tuple(self._named_choices(part, code) for part in node.parts), node.item)
        name = "(" + "|".join(texts) + ")"
        self.plain.setdefault(code, {})[name] = tuple(filter(None, texts))
        leaf = Node("leaf", item=Item("rule", name))
        return Node("opt", (leaf,)) if "" in texts else leaf

    def _has_type(self, item: Item) -> bool:
        return item.kind != "slot" or _type_of(item) in (*SLOTS, *self.knowledge.types)

    def _check_slot(self, item: Item) -> None:
        if not self._has_type(item):
            type_ = _type_of(item)
            raise TemplateError(f"there is no type {type_!r}{nearest(type_, [*SLOTS, *self.knowledge.types])}")

    def _check_query(self, query: Any, document: Document, path: Path_) -> None:
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

    def _check_condition(self, condition: Any, document: Document, path: Path_) -> None:
        known = [*self.knowledge.relations, *CONDITION_KEYS]
        for name in condition if isinstance(condition, dict) else []:
            if name not in known and not name.startswith("$"):
                self._problem(
                    document, document.line(*path, name), f"there is no relation {name!r}{nearest(name, known)}"
                )
        if not isinstance(condition, dict):
            self._problem(document, document.line(*path), "a condition is a mapping such as {status: $status}")

    def _problem(self, document: Document, line: int, message: str) -> None:
        self.problems.append(Problem(document.name, line, message))


def _phrase_fault(text: str, values: Collection[str]) -> str:
    """What is wrong with a phrase that will be given these values; empty when nothing is."""
    try:
        places = [(name, how or change) for _, name, how, change in Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"{error}; a brace that stands for itself is written twice"
    if told := next((f"{{{name}}}" for name, how in places if how), ""):
        return f"in {told} nothing stands behind the name: how wide or in which form is not for a phrase to say"
    shown = ", ".join(f"{{{value}}}" for value in values)
    strange = next((f"{{{name}}}" for name, _ in places if name not in values), "")
    return f"there is no value {strange} here; there are {shown}" if strange else ""


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [item for item in value or [] if isinstance(item, str)]
