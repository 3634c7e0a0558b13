"""What stands below a top key of the files, entry by entry. Another file may add an entry's texts in more languages.

What is taken out of the one file leaves its texts in the others: that is noted, and harms nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from pydantic import create_model

from bot.knowledge.files import Document, check_shape, nearest
from bot.knowledge.problems import Problem
from bot.knowledge.shapes import Shape, by_language

EXAMPLES = "examples"
"""The one list that a second file may add to: what is asked in another language is an example of its own."""

Path_ = tuple[str | int, ...]


class Place(NamedTuple):
    """Where something stands, for its problems."""

    document: Document
    path: Path_

    def below(self, *path: str | int) -> Place:
        return Place(self.document, (*self.path, *path))

    def problem(self, message: str, *below: str | int) -> Problem:
        return Problem(self.document.name, self.document.line(*self.path, *below), message)

    def __str__(self) -> str:
        return f"{self.document.name}:{self.document.line(*self.path)}"


@dataclass(frozen=True)
class Entry:
    """An entry as its model has it, all files taken together; `added` says where other files' parts of it stand."""

    key: str
    place: Place
    shape: Any
    added: Mapping[tuple[str, str | int], Place]

    def at(self, name: str, part: str | int) -> Place:
        """Where the text of a language stands, or the example of a number."""
        return self.added.get((name, part)) or self.place.below(name, part)


@dataclass
class Files:
    """A folder's files and the language that they are written in; what is wrong with them, or left over in them."""

    documents: list[Document]
    language: str
    problems: list[Problem]
    left_over: list[Problem] = field(default_factory=list)


def entries(files: Files, top: str, model: type[Shape], inherited: Collection[str] = frozenset()) -> Iterator[Entry]:
    """The entries below a top key, in the order of the files; those that are inherited stand elsewhere too."""
    places: dict[str, Place] = {}
    found: dict[str, Entry] = {}
    problems = files.problems
    written = {
        key
        for document in files.documents
        for key, value in (document.value.get(top) or {}).items()
        if not _only_translates(model, value, files.language)
    }
    for document in files.documents:
        for key, value in (document.value.get(top) or {}).items():
            place = Place(document, (top, key))
            if key not in written and key not in inherited:
                hint = nearest(key, list(written))
                files.left_over.append(place.problem(f"{key!r} is translated here, but stands in no file{hint}"))
            elif key not in places:
                places[key] = place
                shape = check_shape(model, value or {}, document, place.path, problems)
                if shape is not None:
                    found[key] = Entry(key, place, shape, {})
            elif _adds_only_texts(model, value, place, places[key], problems) and key in found:
                found[key] = _with(found[key], model, value, place, problems)
    yield from found.values()


def _only_translates(model: type[Shape], value: Any, language: str) -> bool:
    """Whether what a file has of an entry is nothing but texts in other languages, and examples."""
    if not isinstance(value, dict) or not value or value.keys() - addition(model).model_fields.keys():
        return False
    texts = [text for key, text in value.items() if key != EXAMPLES]
    return all(isinstance(text, dict) and language not in text for text in texts)


def over(inherited: Entry, own: Entry) -> Entry:
    """An inherited entry with what is said in its place: texts a language each, other parts whole; examples add up."""
    texts = by_language(type(own.shape))
    joined, added = dict[str, Any](), dict[tuple[str, str | int], Place]()
    for name in texts:
        added |= {(name, language): inherited.at(name, language) for language in getattr(inherited.shape, name)}
    for name in own.shape.model_fields_set:
        old, new = getattr(inherited.shape, name), getattr(own.shape, name)
        if name == EXAMPLES:
            joined[name] = [*old, *new]
            added |= {(name, n): inherited.at(name, n) for n in range(len(old))}
            added |= {(name, len(old) + n): own.at(name, n) for n in range(len(new))}
        elif name in texts:
            joined[name] = {**old, **new}
            added |= {(name, language): own.at(name, language) for language in new}
        else:
            joined[name] = new
    return Entry(own.key, own.place, inherited.shape.model_copy(update=joined), added)


def _adds_only_texts(model: type[Shape], value: Any, place: Place, first: Place, problems: list[Problem]) -> bool:
    allowed = set(addition(model).model_fields)
    other = next((key for key in value if key not in allowed), None) if isinstance(value, dict) else ""
    if other is None:
        return True
    what = "another file may add its texts in other languages" + (f", not {other!r}" if other else "")
    message = f"{place.path[-1]!r} is defined twice (first at {first}); ids are unique, {what}"
    problems.append(place.problem(message, *([other] if other else [])))
    return False


def _with(entry: Entry, model: type[Shape], value: Any, place: Place, problems: list[Problem]) -> Entry:
    more = check_shape(addition(model), value, place.document, place.path, problems)
    if more is None:
        return entry
    joined, added = dict[str, Any](), dict(entry.added)
    for name in more.model_fields_set:
        old, new = getattr(entry.shape, name), getattr(more, name)
        if name == EXAMPLES:
            joined[name] = [*old, *new]
            added |= {(name, len(old) + n): place.below(name, n) for n in range(len(new))}
            continue
        for language in old.keys() & new.keys():
            message = f"{entry.key!r} has {name!r} in {language!r} already (at {entry.at(name, language)})"
            problems.append(place.problem(message, name, language))
        joined[name] = {**old, **new}
        added |= {(name, language): place.below(name, language) for language in new}
    return replace(entry, shape=entry.shape.model_copy(update=joined), added=added)


@cache
def addition(model: type[Shape]) -> type[Shape]:
    """What a second file may say of an entry: its texts, the language of each named, and examples."""
    texts: dict[str, Any] = {name: (model.model_fields[name].annotation, {}) for name in by_language(model)}
    if EXAMPLES in model.model_fields:
        texts[EXAMPLES] = (model.model_fields[EXAMPLES].annotation, {})
    return create_model(f"{model.__name__}Addition", __base__=Shape, **texts)
