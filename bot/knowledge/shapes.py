"""What may stand in a knowledge file: the shapes that YAML is checked against."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.knowledge.model import PartialDate

LANGUAGE = r"^[a-z]{2}$"


def _text(value: Any) -> Any:
    """A plain text is English."""
    return {"en": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    """One item is a list of one."""
    return [value] if isinstance(value, str) else value


def _by_language(value: Any) -> Any:
    return {"en": value} if isinstance(value, list) else value


def _date(value: Any) -> Any:
    return PartialDate.parse(value) if isinstance(value, str) else value


def _truth(value: Any) -> Any:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError(f"{value!r} should be yes or no")


Texts = Annotated[dict[Annotated[str, Field(pattern=LANGUAGE)], str], BeforeValidator(_text)]
Words = Annotated[list[str], BeforeValidator(_listed)]
WordsByLanguage = Annotated[dict[Annotated[str, Field(pattern=LANGUAGE)], Words], BeforeValidator(_by_language)]
Date = Annotated[PartialDate, BeforeValidator(_date)]
Truth = Annotated[bool, BeforeValidator(_truth)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


class PackShape(Shape):
    title: str
    about: str
    reviewed: Date
    languages: Words = ["en"]


class TypeShape(Shape):
    is_: str | None = Field(None, alias="is")
    name: Texts = {}
    own: Truth = False
    territories: Truth = False
    foreign: Truth = False
    label: Truth = False
    named_by: str = ""
    nouns: WordsByLanguage = {}
    plurals: WordsByLanguage = {}
    pronouns: WordsByLanguage = {}
    described_by: dict[str, str] = {}


class RelationShape(Shape):
    of: str
    value: str
    label: Texts = {}
    asked: WordsByLanguage = {}
    searched: Truth = True
    told_by: str = ""
    told_as: str = ""
    metonym: Truth = False


class SourceShape(Shape):
    title: str
    publisher: str = ""
    date: str | None = ""
    url: str | None = ""
    note: Texts = {}


class ClaimShape(Shape):
    value: Any = None
    from_: Date | None = Field(None, alias="from")
    to: Date | None = None
    on: Date | None = None
    sources: Words = []
    unsourced: Truth = False
    note: Texts = {}


class FactShape(Shape):
    """Everything a fact may say beside its relation."""

    from_: Date | None = Field(None, alias="from")
    to: Date | None = None
    on: Date | None = None
    at: str | None = None
    in_: str | None = Field(None, alias="in")
    of: str | None = None
    by: Words = []
    with_: Words = Field([], alias="with")
    unit: str = ""
    approx: Truth = False
    note: Texts = {}
    words: Words = []
    holds: Truth | None = None
    sources: Words = []
    unsourced: Truth = False
    disputed: list[ClaimShape] = []
    because: Texts = {}


class EntityShape(Shape):
    type: str
    name: Texts
    official: Texts = {}
    aliases: WordsByLanguage = {}
    adjective: WordsByLanguage = {}
    flag: str = ""
    own: Truth = False
    facts: list[dict[str, Any]] = []


class FileShape(Shape):
    """The top keys of a knowledge file; what is below them is checked piece by piece."""

    pack: dict[str, Any] | None = None
    types: dict[str, Any] | None = None
    relations: dict[str, Any] | None = None
    sources: dict[str, Any] | None = None
    entities: dict[str, Any] | None = None
    facts: list[Any] | None = None
