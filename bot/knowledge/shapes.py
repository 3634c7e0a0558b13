"""What may stand in a knowledge file: the shapes that YAML is checked against, and what each key means."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from babel import localedata
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from bot.knowledge.model import ENGLISH, PartialDate

LANGUAGE = r"^[a-z]{2}$"


def _text(value: Any, info: ValidationInfo) -> Any:
    """A plain text is in the language that the file is written in."""
    return {_written_in(info): value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    """One item is a list of one."""
    return [value] if isinstance(value, str) else value


def _by_language(value: Any, info: ValidationInfo) -> Any:
    return {_written_in(info): value} if isinstance(value, list) else value


def _written_in(info: ValidationInfo) -> str:
    return info.context["language"] if info.context else ENGLISH


_parsed = lru_cache(maxsize=20_000)(PartialDate.parse)


def _date(value: Any) -> Any:
    return _parsed(value) if isinstance(value, str) else value


def _language(code: str) -> str:
    if not localedata.exists(code):
        raise ValueError(f"{code!r} is no language; write the two letters of one, such as en")
    return code


def _truth(value: Any) -> Any:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError(f"{value!r} should be yes or no")


# The second argument of each is what may be written, where that is more than what it is read as.
LanguageCode = Annotated[str, Field(pattern=LANGUAGE), AfterValidator(_language)]
WrittenDate = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")] | Annotated[int, Field(ge=1000, le=9999)]
WrittenTexts = str | dict[LanguageCode, str]
WrittenTruth = bool | Literal["yes", "no"]
Texts = Annotated[dict[LanguageCode, str], BeforeValidator(_text, WrittenTexts)]
Words = Annotated[list[str], BeforeValidator(_listed, str | list[str])]
Codes = Annotated[list[LanguageCode], BeforeValidator(_listed, LanguageCode | list[LanguageCode])]
WordsByLanguage = Annotated[
    dict[LanguageCode, Words], BeforeValidator(_by_language, list[str] | dict[LanguageCode, str | list[str]])
]
Date = Annotated[PartialDate, BeforeValidator(_date, WrittenDate)]
Truth = Annotated[bool, BeforeValidator(_truth, WrittenTruth)]


class Shape(BaseModel):
    """A mapping in a file. The text below each key is what an editor's plug-in shows for it."""

    model_config = ConfigDict(
        extra="forbid", arbitrary_types_allowed=True, populate_by_name=True, use_attribute_docstrings=True
    )


def by_language(model: type[Shape]) -> tuple[str, ...]:
    """The keys of a shape that hold texts by language."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(one, BeforeValidator) and one.func in (_text, _by_language) for one in field.metadata)
    )


class TranslationShape(Shape):
    """The text of a fact in other languages."""

    texts: dict[LanguageCode, str]
    """The text in the pack's first language, word for word as the fact has it, and its translations."""
    words: Words = []
    """Words by which people may ask for it in the other language, beside those in it."""


class PackShape(Shape):
    """The pack itself."""

    title: str
    """What the pack is called."""
    about: str
    """The organisation (id) that all of it is about."""
    reviewed: Date
    """The day on which all of it was last looked through; answers about the present say it."""
    languages: Codes = Field([ENGLISH], min_length=1)
    """The languages in which it can be asked; what is written without a language is in the first."""


class TypeShape(Shape):
    """A kind of thing."""

    is_: str | None = Field(None, alias="is")
    """The type that this one is a kind of; a slot for that one takes these too."""
    name: Texts = {}
    """What one such thing is called."""
    own: Truth = False
    """Naming one shows that this pack's organisation is meant."""
    territories: Truth = False
    """All the world's countries are of this type, also those of which the pack says nothing."""
    foreign: Truth = False
    """Naming one of which nothing is said shows that something else than this pack is meant."""
    label: Truth = False
    """Such things are said of others (a status, an office); no pronoun stands for one."""
    named_by: str = ""
    """The relation whose value such a thing may be called by."""
    nouns: WordsByLanguage = {}
    """What people call such things."""
    plurals: WordsByLanguage = {}
    """What people call several of them."""
    pronouns: WordsByLanguage = {}
    """The words that stand for one of them."""
    described_by: dict[str, str] = {}
    """The relations that tell one from another: place, country, number, when."""
    required: Words = []
    """The relations of which each such thing must have a fact; `sco-bot check` says which have none."""


class SuccessionShape(Shape):
    """That one fact follows another; `sco-bot check` says where two hold at a time, or none does."""

    per: Literal["subject", "value"]
    """`subject`: each thing has one value at a time. `value`: each value is said of one thing at a time."""
    among: Words = []
    """The values that follow one another, when not all do."""
    gaps: Truth = False
    """There may be time between two, of which nothing is known."""


class RelationShape(Shape):
    """What can be said of a kind of thing."""

    of: str
    """The type of which it is said."""
    value: str
    """What is said: a type (then the value is an id), or text, number or date."""
    label: Texts = {}
    """What an answer calls it."""
    asked: WordsByLanguage = {}
    """The words by which people ask for it."""
    searched: Truth = True
    """Whether its texts are found by their words."""
    told_by: str = ""
    """The rule of words by which people tell a time by it ("when X joined")."""
    told_as: str = ""
    """The value that they mean then."""
    metonym: Truth = False
    """Its value may stand for its subject ("the capital paid")."""
    succession: SuccessionShape | None = None
    """Its facts follow one another."""
    fresh_for: int = 0
    """After so many months `sco-bot check` asks to look up anew what still holds, and the newest figures."""


class SourceShape(Shape):
    """Where facts come from."""

    title: str
    """Its title."""
    publisher: str = ""
    """Who published it; answers name it."""
    date: str | None = ""
    """When it was published, as precisely as it is known."""
    url: str | None = ""
    """Where it can be read."""
    note: Texts = {}
    """A remark for editors."""


class ClaimShape(Shape):
    """What another source says instead."""

    value: Any = None
    """The other value, written as the fact's own."""
    from_: Date | None = Field(None, alias="from")
    """When it began, as the other source says."""
    to: Date | None = None
    """When it ended, as the other source says."""
    on: Date | None = None
    """On which day or in which month or year it was, as the other source says."""
    sources: Words = []
    """The sources (ids) that say so."""
    unsourced: Truth = False
    """No document was found that states this."""
    note: Texts = {}
    """One sentence for the reader."""


class FactShape(Shape):
    """Everything a fact may say beside its relation."""

    from_: Date | None = Field(None, alias="from")
    """Since when it holds: 2005, 2005-07 or 2005-07-05."""
    to: Date | None = None
    """Until when it held; left out, it still holds."""
    on: Date | None = None
    """The one day, month or year of an event, or of a figure; short for `from` and `to` the same."""
    at: str | None = None
    """The event (id) where it happened."""
    in_: str | None = Field(None, alias="in")
    """The place (id)."""
    of: str | None = None
    """Whose: an office of a country, a share of an organisation (id)."""
    by: Words = Field(default_factory=list)
    """Who did it (ids)."""
    with_: Words = Field(default_factory=list, alias="with")
    """Who else took part (ids)."""
    unit: str = ""
    """The unit of a number: USD, percent, km2, people."""
    approx: Truth = False
    """The figure is about right, not exact."""
    note: Texts = Field(default_factory=dict)
    """One sentence for the reader."""
    words: Words = Field(default_factory=list)
    """Words by which people may ask for a text, beside those in it."""
    holds: Truth | None = None
    """The answer when a text is asked as a yes-or-no question."""
    sources: Words = Field(default_factory=list)
    """The sources (ids) that say so; every fact has at least one, or `unsourced: true`."""
    unsourced: Truth = False
    """No document was found that states this; the answer says so."""
    disputed: list[ClaimShape] = Field(default_factory=list)
    """What other sources say instead."""
    because: Texts = Field(default_factory=dict)
    """Why this claim is preferred to the disputed ones."""


class EntityShape(Shape):
    """A thing: a country, a person, an event, a document."""

    type: str
    """What kind of thing it is."""
    name: Texts
    """Its short name: in the pack's first language, or a language each."""
    official: Texts = Field(default_factory=dict)
    """Its full, official name."""
    aliases: WordsByLanguage = Field(default_factory=dict)
    """Its other names: abbreviations, former names, usual misspellings."""
    adjective: WordsByLanguage = Field(default_factory=dict)
    """Its adjective and what its people are called."""
    plural: Texts = Field(default_factory=dict)
    """What several such are called, where that is not made from its name in the usual way."""
    flag: str = ""
    """Its flag, an emoji."""
    own: Truth = False
    """Naming it shows that this pack's organisation is meant."""
    namesakes: Words = Field(default_factory=list)
    """Other things (ids) that go by one of its names, and are meant to."""
    facts: list[dict[str, Any]] = Field(default_factory=list)
    """What is known of it."""


class FileShape(Shape):
    """The top keys of a knowledge file; what is below them is checked piece by piece."""

    pack: dict[str, Any] | None = None
    """What the pack is about; in one file only."""
    types: dict[str, Any] | None = None
    """Kinds of things, by id."""
    relations: dict[str, Any] | None = None
    """What can be said of things, by id."""
    sources: dict[str, Any] | None = None
    """Where facts come from, by id."""
    entities: dict[str, Any] | None = None
    """Things, by id: lower case, a-z, 0-9 and hyphens, unique over all files."""
    translations: list[Any] | None = None
    """Texts of facts in other languages, each beside its English text."""
    facts: list[Any] | None = None
    """Facts about things that another file defines: `about` says which."""
