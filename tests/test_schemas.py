"""The JSON Schemas that editors' YAML plug-ins check with: up to date, and of one mind with the loader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.cli import main

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "docs" / "schema"
FILES = sorted(path for folder in ("knowledge", "intents") for path in (ROOT / folder).rglob("*.yaml"))


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, which the plug-ins read: `yes` and dates are text, numbers and true are not."""

    yaml_implicit_resolvers: dict[str, Any] = {}


Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(true|false)$"), list("tf"))
Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
Core.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))
Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(null|~|)$"), ["n", "~", ""])


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


VALIDATORS = {name: Draft7Validator(schema(name)) for name in ("knowledge", "intents")}


def faults(name: str, text: str) -> list[str]:
    """What a plug-in underlines in a file's text."""
    found = VALIDATORS[name].iter_errors(yaml.load(text, Core))
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def test_the_schemas_are_up_to_date(tmp_path: Path) -> None:
    """`sco-bot schema docs/schema` writes them anew, after a change of schema.yaml or of what a file may hold."""
    assert main(["schema", str(tmp_path)]) == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()}


@pytest.mark.parametrize("name", VALIDATORS)
def test_a_schema_is_one(name: str) -> None:
    Draft7Validator.check_schema(schema(name))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_shipped_file_is_right_and_names_its_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    assert named, "its first line has to say: # yaml-language-server: $schema=(the way to docs/schema/...)"
    name = path.relative_to(ROOT).parts[0]
    assert (path.parent / named[1]).resolve() == SCHEMAS / f"{name}.schema.json"
    assert faults(name, text) == []


def keys(part: Any) -> Iterator[tuple[str, Any]]:
    """Every key that a schema lets one write, with what it says of it."""
    if isinstance(part, dict):
        properties = part.get("properties")
        if isinstance(properties, dict):
            yield from properties.items()
        for below in part.values():
            yield from keys(below)


@pytest.mark.parametrize("name", VALIDATORS)
def test_every_key_is_explained(name: str) -> None:
    explained = list(keys(schema(name)))
    assert len(explained) > 40
    assert [key for key, said in explained if not said.get("description")] == []


MISTAKES = {
    "a type that there is not": "entities: {x: {type: contry, name: X}}",
    "a thing without a name": "entities: {x: {type: country}}",
    "an id with a capital": "entities: {Xy: {type: country, name: X}}",
    "a misspelt key": "entities: {x: {type: country, name: X, alias: [Y]}}",
    "a language that is none": "entities: {x: {type: country, name: {english: X}}}",
    "a status that there is not": "facts: [{about: x, status: membre, sources: [a]}]",
    "a fact about nothing": "facts: [{status: member, sources: [a]}]",
    "a fact without a source": "facts: [{about: x, status: member}]",
    "two relations": "facts: [{about: x, status: member, seat: y, sources: [a]}]",
    "no relation": "facts: [{about: x, from: 2005, sources: [a]}]",
    "a date the other way round": "facts: [{about: x, status: member, from: 5.7.2005, sources: [a]}]",
    "a number with a comma": "facts: [{about: x, population: '4,000', sources: [a]}]",
    "neither yes nor no": "facts: [{about: x, population: 4000, approx: maybe, sources: [a]}]",
    "a source without a title": "sources: {a: {publisher: P}}",
    "a key of no file": "entites: {}",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_facts_is_underlined(name: str) -> None:
    assert faults("knowledge", MISTAKES[name])


FINE = """
sources:
  a: {title: 1984, date: 2005}
entities:
  x:
    type: country
    name: {en: X, ru: Х}
    aliases: [Y, 2001]
    facts:
      - {status: [member, guest], from: 2005, to: 2005-07, sources: a}
      - {population: 4.5, on: 2005-07-05, approx: yes, unsourced: true}
"""
MORE_TEXTS = """
entities: {x: {name: {zh: 某国}, aliases: {zh: [某]}}}
relations: {status: {label: {zh: 地位}}}
translations: [{en: X, zh: 某, words: [某某]}]
"""


@pytest.mark.parametrize("text", [FINE, MORE_TEXTS])
def test_what_the_loader_takes_is_not_underlined(text: str) -> None:
    assert faults("knowledge", text) == []


INTENT_MISTAKES = {
    "a misspelt key": "intents: {x: {template: {en: [hello]}}}",
    "a query of nothing": "intents: {x: {query: {order: name}}}",
    "a misspelt key of a query": "intents: {x: {query: {find: country, orders: name}}}",
    "a relation that there is not": "intents: {x: {query: {facts: statuses}}}",
    "a condition that there is not": "intents: {x: {query: {find: country, has: {statuses: any}}}}",
    "an example without a question": "intents: {x: {examples: [{says: [y]}]}}",
    "a statement of no relation": "intents: {}\nstatements: {statuses: {says: x}}",
    "a question of no relation": "quiz: {x: {facts: statuses, given: [year], asks: value, question: x}}",
    "a weight that is no number": "intents: {x: {favour: much}}",
}


@pytest.mark.parametrize("name", INTENT_MISTAKES)
def test_a_mistake_in_the_intents_is_underlined(name: str) -> None:
    assert faults("intents", INTENT_MISTAKES[name])
