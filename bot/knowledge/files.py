"""YAML files as plain values whose every place is known, so that a mistake is reported as `file:line: message`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeAlias

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import process
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from bot.knowledge.folders import Folder, shown
from bot.knowledge.model import ENGLISH
from bot.knowledge.problems import Problem

DEEPEST = 24
TOO_DEEP = f"this is nested too deeply, more than {DEEPEST} levels"
WRITE_OUT = "anchors and aliases (& and *) are not used here; write it out"
MOST_NODES = 1_000_000
"""How many places one file may have."""

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EMPTY = frozenset(("", "~", "null", "Null", "NULL"))
_STRANGE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not have."""


Lines: TypeAlias = "int | tuple[int, Mapping[str, Lines] | Sequence[Lines]]"
"""The line of a value, and those of its parts where they are on other lines."""


@dataclass
class Document:
    """One file: its plain value, and the lines on which it stands."""

    name: str
    value: Any
    lines: Lines = 1
    language: str = ENGLISH
    """The language of its plain texts."""

    def line(self, *path: str | int) -> int:
        """The line of a path, or of the nearest place above it that exists."""
        lines = self.lines
        for part in path:
            if isinstance(lines, int):
                return lines
            try:
                lines = lines[1][part]  # type: ignore[index]
            except (LookupError, TypeError):
                break
        return _first(lines)

    def has(self, *path: str) -> bool:
        """Whether something stands at a path of keys."""
        value = self.value
        for key in path:
            if not isinstance(value, dict) or key not in value:
                return False
            value = value[key]
        return True


def read_folder(folder: Folder, problems: list[Problem]) -> list[Document]:
    """Every YAML file of a folder; what cannot be read is added to the problems."""
    found = [read_file(shown(path), content, problems) for path, content in folder.files.items()]
    return [document for document in found if document is not None]


def read_file(name: str, content: bytes, problems: list[Problem]) -> Document | None:
    """What one YAML file holds, or None with its problems added."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "the file is not UTF-8; save it as UTF-8"))
        return None
    strange = _STRANGE.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        problems.append(Problem(name, line, f"the character {ord(strange[0]):#06x} cannot stand here; remove it"))
        return None
    reader = _Reader(name, text)
    try:
        document = reader.document()
    except _UnreadableError as error:
        problems.append(error.problem)
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(Problem(name, mark.line + 1 if mark else 1, f"this is not valid YAML: {_syntax(error)}"))
        return None
    except (ValueError, yaml.YAMLError) as error:
        problems.append(Problem(name, 1, f"the file cannot be read: {str(error).splitlines()[0]}"))
        return None
    problems += reader.problems
    return document


def check_shape(
    model: type[BaseModel], value: Any, document: Document, path: tuple[str | int, ...], problems: list[Problem]
) -> Any:
    """The value as an instance of the model, or None with every mistake added at its line."""
    try:
        return model.model_validate(value, context={"language": document.language})
    except ValidationError as error:
        for item in error.errors():
            place = tuple(part for part in item["loc"] if part != "__root__")
            line = document.line(*path, *_walkable(value, place))
            problems.append(Problem(document.name, line, _shape_message(model, item, place)))
        return None


def _first(lines: Lines) -> int:
    return lines if isinstance(lines, int) else lines[0]


def _lines(line: int, parts: Mapping[str, Lines] | Sequence[Lines], end: Any) -> Lines:
    """Those of a value that is called for on a line and has come to its end."""
    return line if end.end_mark.line < line else (line, parts)


def nearest(word: str, known: Iterator[str] | list[str] | Mapping[str, Any]) -> str:
    """A hint naming the known word that is nearest to a mistaken one; empty when none is near."""
    match = process.extractOne(str(word), list(known), score_cutoff=60)
    return f"; did you mean {match[0]!r}?" if match else ""


def _syntax(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or error.context or "cannot be parsed"
    hint = {
        "mapping values are not allowed": "a text that holds ': ' needs quotation marks around it",
        "found character": "indent with spaces, not with tabs; a text that begins with @ or ` needs quotation marks",
        "could not find expected ':'": "a key needs a colon and a space behind it",
        "did not find expected": "check the indentation, brackets and quotation marks above",
    }
    return said + next((f"; {advice}" for start, advice in hint.items() if said.startswith(start)), "")


class _UnreadableError(Exception):
    """What stands in a file is not to be read any further."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class _Reader:
    """Makes a file's plain value out of YAML's events as they come, so that no more of it is held than is allowed.

    Scalars stay text (None apart): what `2005-07` or `no` means is for the schema to say, not for YAML.
    """

    def __init__(self, name: str, text: str) -> None:
        self.found = Document(name, {})
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Parser)
        self._nodes = 0

    def document(self) -> Document:
        """Raises _UnreadableError and what PyYAML raises."""
        next(self._events)
        for event in self._events:
            if isinstance(event, yaml.StreamEndEvent):
                break
            if self._nodes:
                raise self._unreadable(event, "another document begins here; a file has one, remove the '---'")
            first = next(self._events)
            self.found.value, self.found.lines = self._value(first, first.start_mark.line + 1, 0)
            next(self._events)
        return self.found

    def _value(self, event: Any, line: int, depth: int) -> tuple[Any, Lines]:
        """What begins with an event and is called for on a line, with its lines."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._unreadable(event, f"the file says more than {MOST_NODES:,} things; split it into several")
        if type(event) is yaml.AliasEvent:
            self._wrong(event, WRITE_OUT)
            return None, line
        if event.anchor is not None:
            self._wrong(event, WRITE_OUT)
        if event.tag is not None and event.tag != "!":
            self._passed_over(event, f"the tag {event.tag!r} is not used here; remove it")
            return None, line
        if type(event) is ScalarEvent:
            plain = event.implicit[0]  # the same words come again and again, and are held once
            return (None if event.value in _EMPTY else intern(event.value)) if plain else event.value, line
        if depth > DEEPEST:
            raise self._unreadable(event, TOO_DEEP)
        return self._mapping(line, depth + 1) if type(event) is MappingStartEvent else self._sequence(line, depth + 1)

    def _sequence(self, line: int, depth: int) -> tuple[list[Any], Lines]:
        found: list[Any] = []
        lines: list[Lines] = []
        for event in self._events:
            if type(event) is SequenceEndEvent:
                break
            value, where = self._value(event, event.start_mark.line + 1, depth)
            found.append(value)
            lines.append(where)
        return found, _lines(line, lines, event)

    def _mapping(self, line: int, depth: int) -> tuple[dict[str, Any], Lines]:
        found: dict[str, Any] = {}
        lines: dict[str, Lines] = {}
        for event in self._events:
            if type(event) is MappingEndEvent:
                break
            at = event.start_mark.line + 1
            key = intern(event.value) if type(event) is ScalarEvent else ""
            if type(event) is not ScalarEvent:
                self._passed_over(event, "a key has to be a plain word")
            elif key == "<<":
                self._wrong(event, "merge keys (<<) are not used here; write it out")
            elif key in found:
                first = _first(lines[key])
                self._wrong(event, f"the key {key!r} stands here twice (first on line {first}); keep one")
            else:
                found[key], lines[key] = self._value(next(self._events), at, depth)
                continue
            self._pass_over(next(self._events))
        return found, _lines(line, lines, event)

    def _passed_over(self, event: Any, message: str) -> None:
        self._wrong(event, message)
        self._pass_over(event)

    def _pass_over(self, event: Any) -> None:
        """Leave out a value, whatever there is in it."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return
            if depth > DEEPEST:
                raise self._unreadable(event, TOO_DEEP)
            event = next(self._events)

    def _wrong(self, event: Any, message: str) -> None:
        self.problems.append(self._problem(event, message))

    def _unreadable(self, event: Any, message: str) -> _UnreadableError:
        return _UnreadableError(self._problem(event, message))

    def _problem(self, event: Any, message: str) -> Problem:
        return Problem(self.found.name, event.start_mark.line + 1, message)


def _walkable(value: Any, place: tuple[Any, ...]) -> tuple[str | int, ...]:
    """The part of a validation error's place that leads through the value itself (unions add names of their own)."""
    walked: list[str | int] = []
    for part in place:
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if in_list or (isinstance(value, dict) and part in value):
            value = value[part]
        else:
            continue
        walked.append(part)
    return tuple(walked)


def _shape_message(model: type[BaseModel], item: Any, place: tuple[Any, ...]) -> str:
    key = next((part for part in reversed(place) if isinstance(part, str) and part != "[key]"), "")
    if item["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        return f"unknown key {key!r}{nearest(key, known)}; known keys are {', '.join(known)}"
    if item["type"] == "missing":
        return f"the key {key!r} is missing"
    said = item["msg"].removeprefix("Value error, ")
    return f"{key}: {said[:1].lower()}{said[1:]}" if key else said
