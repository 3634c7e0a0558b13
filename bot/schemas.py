"""JSON Schemas of a pack's files, so that an editor's YAML plug-in completes, explains and checks while one types.

They are made from the shapes that the loaders check against and from the pack's own schema: its types, its relations,
and the things that are labels (statuses, offices). Draft 7 is what the plug-ins read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from bot.intents.loader import (
    CONDITION_KEYS,
    QUERY_KEYS,
    IntentsFileShape,
    IntentShape,
    PictureShape,
    WordsShape,
)
from bot.intents.telling import QuizShape, StatementShape
from bot.knowledge.entries import addition
from bot.knowledge.model import Knowledge, Relation
from bot.knowledge.shapes import (
    EntityShape,
    FactShape,
    FileShape,
    PackShape,
    RelationShape,
    Shape,
    SourceShape,
    TypeShape,
    WrittenDate,
    WrittenTexts,
)

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
ID: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
ABOUT: Schema = {**ID, "description": "What the fact is about (id)."}
TEXT: Schema = {"type": ["string", "number", "boolean"]}
NUMBER: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]}


class _Written(GenerateJsonSchema):
    """What may be written in a file, where a plain word is text whatever YAML takes it for: 2005, true."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return super().str_schema(schema) if schema.get("pattern") else dict(TEXT)

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        return dict(NUMBER)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found


def schemas(knowledge: Knowledge) -> Mapping[str, Schema]:
    """The schemas of the knowledge and of the intents files of a pack, by the names of the files to write them to."""
    return {
        "knowledge.schema.json": _knowledge(knowledge),
        "intents.schema.json": _intents(knowledge),
    }


def write(knowledge: Knowledge, folder: Path) -> None:
    """Write the schemas of a pack to a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas(knowledge).items():
        text = json.dumps(schema, ensure_ascii=False, indent=1)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


def _knowledge(knowledge: Knowledge) -> Schema:
    parts: dict[str, type[Shape]] = {
        "types": TypeShape,
        "relations": RelationShape,
        "sources": SourceShape,
        "entities": EntityShape,
    }
    found = _definitions([FileShape, PackShape, FactShape, *parts.values()])
    file, fact = found["FileShape"], found.pop("FactShape")
    file["properties"]["pack"] = _described({"$ref": "#/definitions/PackShape"}, file["properties"]["pack"])
    for key, shape in parts.items():
        found[shape.__name__] = _or_texts(shape, found[shape.__name__])
        names = {} if key == "relations" else ID
        file["properties"][key] = _each(shape, file["properties"][key], names)
    entity = found["EntityShape"]
    found["Fact"] = _fact(fact, knowledge)
    found["LooseFact"] = _fact(fact, knowledge, {"about": ABOUT})
    file["properties"]["facts"] = _described(_list_of("LooseFact", "null"), file["properties"]["facts"])
    entity["properties"]["facts"] = _described(_list_of("Fact"), entity["properties"]["facts"])
    types = list(knowledge.types)
    relation = found["RelationShape"]["properties"]
    for properties, key, values in (
        (entity["properties"], "type", types),
        (found["TypeShape"]["properties"], "is", types),
        (relation, "of", types),
        (relation, "value", ["text", "number", "date", *types]),
    ):
        properties[key] = _described({"enum": values}, properties[key])
    return _file("A file of facts", "FileShape", found)


def _fact(shape: Schema, knowledge: Knowledge, more: Schema | None = None) -> Schema:
    """A fact: what any fact may say, and exactly one of the pack's relations."""
    relations = {relation.id: _relation(relation, knowledge) for relation in knowledge.relations.values()}
    return {
        **shape,
        "description": "What is known of something: one relation, when it held, and who says so.",
        "properties": {**(more or {}), **relations, **shape["properties"]},
        "required": list(more or {}),
        "oneOf": [{"required": [name]} for name in relations],
        "anyOf": [{"required": ["sources"]}, {"required": ["unsourced"]}],
    }


def _relation(relation: Relation, knowledge: Knowledge) -> Schema:
    value = _value(relation, knowledge)
    label = relation.label.get("en", relation.id)
    return {
        "description": f"{label[:1].upper()}{label[1:]} of a {relation.of}: a {relation.value}, or a list of them.",
        "anyOf": [value, {"type": "array", "items": value, "minItems": 1}],
    }


def _value(relation: Relation, knowledge: Knowledge) -> Schema:
    if relation.value in ("text", "number", "date"):
        return {"text": _ref("Text"), "number": NUMBER, "date": _ref("Date")}[relation.value]
    things = [knowledge.entities[name] for name in knowledge.of_type(relation.value)]
    labels = bool(things) and all(knowledge.types[thing.type].label for thing in things)
    return {"enum": sorted(thing.id for thing in things)} if labels else ID


def _intents(knowledge: Knowledge) -> Schema:
    parts: dict[str, type[Shape]] = {
        "intents": IntentShape,
        "pictures": PictureShape,
        "words": WordsShape,
        "statements": StatementShape,
        "quiz": QuizShape,
    }
    relations = {"enum": list(knowledge.relations)}
    found = _definitions([IntentsFileShape, *parts.values()])
    file = found["IntentsFileShape"]
    for key, shape in parts.items():
        found[shape.__name__] = _or_texts(shape, found[shape.__name__])
        file["properties"][key] = _each(shape, file["properties"][key], relations if key == "statements" else {})
    for shape_name in ("IntentShape", "PictureShape"):
        query = found[shape_name]["properties"]["query"]
        found[shape_name]["properties"]["query"] = _described(_ref("Query"), query)
    queries = found["IntentShape"]["properties"]["queries"]
    queries["additionalProperties"] = _ref("Query")
    quiz = found["QuizShape"]["properties"]
    quiz["facts"] = _described(relations, quiz["facts"])
    quiz["about"] = _described({"enum": list(knowledge.types)}, quiz["about"])
    found["Query"] = _query(knowledge)
    found["Condition"] = _condition(knowledge)
    return _file("A file of intents", "IntentsFileShape", found)


def _query(knowledge: Knowledge) -> Schema:
    relations = {"anyOf": [{"enum": [*knowledge.relations]}, {"type": "string", "pattern": r"^\$"}]}
    types = {"anyOf": [{"enum": [*knowledge.types]}, {"type": "string", "pattern": r"^\$"}, ID]}
    special = {
        "find": types,
        "facts": _one_or_more(relations),
        "show": _one_or_more(relations),
        "has": _one_or_more(_ref("Condition")),
        "lacks": _one_or_more(_ref("Condition")),
        "except": _one_or_more(_ref("Query")),
        "and": _one_or_more(_ref("Query")),
    }
    return {
        "type": "object",
        "description": "What to look up: things (`find`) or facts (`facts`).",
        "properties": {key: {**special.get(key, {}), "description": text} for key, text in QUERY_KEYS.items()},
        "additionalProperties": False,
        "oneOf": [{"required": ["find"]}, {"required": ["facts"]}],
    }


def _condition(knowledge: Knowledge) -> Schema:
    values = {relation.id: _relation(relation, knowledge)["description"] for relation in knowledge.relations.values()}
    return {
        "type": "object",
        "description": "Facts that a thing has to have: a relation and its value, a $slot or any.",
        "properties": {key: {"description": text} for key, text in {**values, **CONDITION_KEYS}.items()},
        "patternProperties": {r"^\$": {}},
        "additionalProperties": False,
    }


def _definitions(models: Iterable[type[BaseModel]]) -> Schema:
    """The schemas of some shapes and of all that they hold, by name."""
    pairs: list[tuple[type[BaseModel], Literal["validation"]]] = [(model, "validation") for model in models]
    _, found = models_json_schema(pairs, ref_template="#/definitions/{model}", schema_generator=_Written)
    definitions: Schema = _bare(found["$defs"])
    for name, written in (("Text", WrittenTexts), ("Date", WrittenDate)):
        definitions[name] = _bare(TypeAdapter(written).json_schema(schema_generator=_Written))
    return definitions


def _bare(schema: Any) -> Any:
    """Without the titles and defaults of Python's own names."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    noise = {"default"} | ({"title"} if isinstance(schema.get("title"), str) else set())
    return {key: _bare(item) for key, item in schema.items() if key not in noise}


def _file(title: str, name: str, definitions: Schema) -> Schema:
    file = definitions.pop(name)
    whole = str((file, definitions))
    used = {key: part for key, part in sorted(definitions.items()) if repr(_ref(key)["$ref"]) in whole}
    return {"$schema": DRAFT, "title": title, **file, "definitions": used}


def _each(shape: type[BaseModel], described: Schema, names: Schema) -> Schema:
    """A mapping from names to shapes, which may be left empty."""
    inner = {"type": ["object", "null"], "propertyNames": names, "additionalProperties": _ref(shape.__name__)}
    return _described(inner, described)


def _or_texts(shape: type[Shape], schema: Schema) -> Schema:
    """An entry that says all it has to, or one that only adds texts in another language."""
    if "required" not in schema:
        return schema
    whole = {key: part for key, part in schema.items() if key != "required"}
    texts = {"propertyNames": {"enum": list(addition(shape).model_fields)}}
    return {**whole, "anyOf": [{"required": schema["required"]}, texts]}


def _described(schema: Schema, described: Schema) -> Schema:
    return {**schema, "description": described["description"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _list_of(name: str, *types: str) -> Schema:
    return {"type": ["array", *types], "items": _ref(name)}


def _one_or_more(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema}]}
