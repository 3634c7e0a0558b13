"""YAML files as plain values whose every place is known, so that a mistake is reported as `file:line: message`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from bot.knowledge.problems import Problem

LARGEST_FILE = 8 * 1024 * 1024
DEEPEST = 24

_NULL, _STRING = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc]
    """Tells what is empty from what is a text, and nothing else: what a text means is for the schema to say."""

    def descend_resolver(self, current: Any, index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return _NULL if kind is yaml.ScalarNode and implicit[0] and value in _EMPTY else _STRING


_EMPTY = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass
class Document:
    """One file: its plain value, and the line of each path into it."""

    name: str
    value: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of a path, or of the nearest place above it that exists."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files of a folder, then those of the folders in it, and so on, each in the order of their names."""
    found = (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    return sorted(found, key=lambda path: (len(path.parts), path))


def read_folder(folder: Path, problems: list[Problem]) -> list[Document]:
    """Every YAML file of a folder; what cannot be read is added to the problems."""
    if not folder.is_dir():
        problems.append(Problem(str(folder), 1, "there is no such folder; it should hold YAML files"))
        return []
    found = [read_file(path, problems) for path in yaml_files(folder)]
    return [document for document in found if document is not None]


def read_file(path: Path, problems: list[Problem]) -> Document | None:
    """One YAML file, or None with its problems added."""
    name = _shown(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError(f"the file is larger than {LARGEST_FILE // 1024 // 1024} MB; split it into several")
        text = path.read_bytes().decode("utf-8")
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "the file is not UTF-8; save it as UTF-8"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(Problem(name, mark.line + 1 if mark else 1, f"this is not valid YAML: {_syntax(error)}"))
        return None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        problems.append(Problem(name, 1, f"the file cannot be read: {str(error).splitlines()[0]}"))
        return None
    document = Document(name, None)
    document.value = _plain(node, (), document, problems, set()) if node is not None else {}
    return document


def check_shape(
    model: type[BaseModel], value: Any, document: Document, path: tuple[str | int, ...], problems: list[Problem]
) -> Any:
    """The value as an instance of the model, or None with every mistake added at its line."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for item in error.errors():
            place = tuple(part for part in item["loc"] if part != "__root__")
            line = document.line(*path, *_walkable(value, place))
            problems.append(Problem(document.name, line, _shape_message(model, item, place)))
        return None


def nearest(word: str, known: Iterator[str] | list[str] | Mapping[str, Any]) -> str:
    """A hint naming the known word that is nearest to a mistaken one; empty when none is near."""
    match = process.extractOne(str(word), list(known), score_cutoff=60)
    return f"; did you mean {match[0]!r}?" if match else ""


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _syntax(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or error.context or "cannot be parsed"
    hint = {
        "mapping values are not allowed": "a text that holds ': ' needs quotation marks around it",
        "found character '\\t'": "indent with spaces, not with tabs",
        "could not find expected ':'": "a key needs a colon and a space behind it",
        "did not find expected": "check the indentation, brackets and quotation marks above",
    }
    return said + next((f"; {advice}" for start, advice in hint.items() if said.startswith(start)), "")


def _plain(node: Any, path: tuple[str | int, ...], document: Document, problems: list[Problem], seen: set[int]) -> Any:
    """A YAML node as dict, list or the scalar's own text, with the line of each place noted.

    Scalars stay text (True, False and None apart): what `2005-07` or `no` means is for the schema to say, not for YAML.
    """
    document.lines[path] = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        if id(node) in seen:
            problems.append(
                Problem(
                    document.name,
                    node.start_mark.line + 1,
                    "anchors and aliases (& and *) are not used here; write it out",
                )
            )
            return None
        if len(path) > DEEPEST:
            problems.append(Problem(document.name, node.start_mark.line + 1, "this is nested too deeply"))
            return None
        seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, document, problems, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, n), document, problems, seen) for n, item in enumerate(node.value)]
    return None if node.tag == _NULL else node.value


def _plain_mapping(
    node: Any, path: tuple[str | int, ...], document: Document, problems: list[Problem], seen: set[int]
) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key_node, item in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(document.name, line, "a key has to be a plain word"))
            continue
        key = key_node.value
        if key in value:
            first = document.line(*path, key)
            problems.append(
                Problem(document.name, line, f"the key {key!r} stands here twice (first on line {first}); keep one")
            )
            continue
        value[key] = _plain(item, (*path, key), document, problems, seen)
        document.lines[(*path, key)] = line
    return value


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
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if item["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        return f"unknown key {key!r}{nearest(key, known)}; known keys are {', '.join(known)}"
    if item["type"] == "missing":
        return f"the key {key!r} is missing"
    said = item["msg"].removeprefix("Value error, ")
    return f"{key}: {said[:1].lower()}{said[1:]}" if key else said
