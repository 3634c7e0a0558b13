"""What stands below a top key of the files, entry by entry. Another file may add an entry's texts in more languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from pydantic import create_model

from bot.knowledge.files import Document, check_shape
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

    def at(self, field: str, part: str | int) -> Place:
        """Where the text of a language stands, or the example of a number."""
        return self.added.get((field, part)) or self.place.below(field, part)


def entries(documents: list[Document], top: str, model: type[Shape], problems: list[Problem]) -> Iterator[Entry]:
    """The entries below a top key, in the order of the files; what is wrong is added to the problems."""
    places: dict[str, Place] = {}
    found: dict[str, Entry] = {}
    for document in documents:
        for key, value in (document.value.get(top) or {}).items():
            place = Place(document, (top, key))
            if key not in places:
                places[key] = place
                shape = check_shape(model, value or {}, document, place.path, problems)
                if shape is not None:
                    found[key] = Entry(key, place, shape, {})
            elif _adds_only_texts(model, value, place, places[key], problems) and key in found:
                found[key] = _with(found[key], model, value, place, problems)
    yield from found.values()


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
    for field in more.model_fields_set:
        old, new = getattr(entry.shape, field), getattr(more, field)
        if field == EXAMPLES:
            joined[field] = [*old, *new]
            added |= {(field, len(old) + n): place.below(field, n) for n in range(len(new))}
            continue
        for language in old.keys() & new.keys():
            message = f"{entry.key!r} has {field!r} in {language!r} already (at {entry.at(field, language)})"
            problems.append(place.problem(message, field, language))
        joined[field] = {**old, **new}
        added |= {(field, language): place.below(field, language) for language in new}
    return replace(entry, shape=entry.shape.model_copy(update=joined), added=added)


@cache
def addition(model: type[Shape]) -> type[Shape]:
    """What a second file may say of an entry: its texts, the language of each named, and examples."""
    texts: dict[str, Any] = {name: (model.model_fields[name].annotation, {}) for name in by_language(model)}
    if EXAMPLES in model.model_fields:
        texts[EXAMPLES] = (model.model_fields[EXAMPLES].annotation, {})
    return create_model(f"{model.__name__}Addition", __base__=Shape, **texts)
