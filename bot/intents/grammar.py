"""Home Assistant's template syntax: `[optional]`, `(this|that)`, `{slot}`, `<rule>`, as a tree and as flat patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from sys import intern

MOST_PATTERNS = 256
MOST_PHRASES = 5000
DEEPEST = 12
CIRCLE = "its rules go round in a circle, or are nested too deeply"

_LEX = re.compile(r"\s*(?:(?P<mark>[()\[\]|])|\{(?P<slot>[^{}]*)\}|<(?P<rule>[^<>]*)>|(?P<word>[^\s()\[\]|{}<>]+))")
_SLOT = re.compile(r"[a-z_]+(?:\.[a-z_]+)?\+?(?::[a-z_]+)?")


class TemplateError(ValueError):
    """A template that cannot be read; the message says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a pattern: a `word`, a `rule`, or a `slot` (then `name` is the type and `role` the slot's name)."""

    kind: str
    name: str
    role: str = ""
    optional: bool = False


Pattern = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a template: a leaf (`item`), or `seq`, `alt`, `opt` of pieces."""

    kind: str
    parts: tuple[Node, ...] = ()
    item: Item | None = None


def parse(template: str) -> Node:
    """A template as a tree. Raises TemplateError."""
    tokens: list[tuple[str, str]] = []
    at = 0
    text = template.strip()
    while at < len(text):
        found = _LEX.match(text, at)
        if not found or found.end() == at:
            raise TemplateError(
                f"{text[at : at + 12]!r} cannot be read; brackets come in pairs: (..|..), [..], {{slot}}, <rule>"
            )
        kind = found.lastgroup or ""
        tokens.append((kind, found.group(kind)))
        at = found.end()
    node, rest = _alternatives(tokens, 0, 0)
    if rest < len(tokens):
        raise TemplateError(f"{tokens[rest][1]!r} closes nothing; remove it or open it before")
    return node


def _alternatives(tokens: list[tuple[str, str]], at: int, depth: int) -> tuple[Node, int]:
    if depth > DEEPEST:
        raise TemplateError(f"its brackets are nested too deeply, more than {DEEPEST} levels; make rules of them")
    options: list[Node] = []
    parts: list[Node] = []
    while at < len(tokens):
        kind, text = tokens[at]
        if kind == "mark" and text in ")]":
            break
        at += 1
        if kind == "mark" and text == "|":
            options.append(Node("seq", tuple(parts)))
            parts = []
        elif kind == "mark":
            close = ")" if text == "(" else "]"
            inner, at = _alternatives(tokens, at, depth + 1)
            if at >= len(tokens) or tokens[at][1] != close:
                raise TemplateError(f"{text!r} is never closed; add {close!r}")
            at += 1
            parts.append(inner if text == "(" else Node("opt", (inner,)))
        else:
            parts.append(Node("leaf", item=_item(kind, text)))
    options.append(Node("seq", tuple(parts)))
    return (options[0] if len(options) == 1 else Node("alt", tuple(options))), at


def _item(kind: str, text: str) -> Item:
    if kind == "slot":
        if not _SLOT.fullmatch(text):
            raise TemplateError(f"{{{text}}} is no slot; write {{type}} or {{type:role}}")
        type_, _, role = text.partition(":")
        return Item("slot", type_, role or type_.rstrip("+").split(".")[0])
    return Item(kind, text)


def phrases(node: Node, rules: Mapping[str, Node], depth: int = 0) -> list[str] | None:
    """Every phrase that a tree stands for, or None when a slot is in it.

    Raises TemplateError for unknown rules and for too many phrases.
    """
    if depth > DEEPEST:
        raise TemplateError(CIRCLE)
    if node.item:
        if node.item.kind == "slot":
            return None
        if node.item.kind == "word":
            return [node.item.name]
        return phrases(_rule(node.item.name, rules), rules, depth + 1)
    lists: list[list[str]] = []
    size = int(node.kind == "seq")
    for part in node.parts:
        texts = phrases(part, rules, depth + 1)
        if texts is None:
            return None
        lists.append(texts or [""])
        size = size * len(lists[-1]) if node.kind == "seq" else size + len(lists[-1])
        if size > MOST_PHRASES:
            raise TemplateError(f"it stands for {size} phrases or more (at most {MOST_PHRASES}); make smaller rules")
    if node.kind == "alt":
        return [text for texts in lists for text in texts]
    if node.kind == "opt":
        return ["", *lists[0]]
    return [" ".join(filter(None, choice)) for choice in product(*lists)]


def patterns(node: Node, rules: Mapping[str, Node], plain: set[str]) -> list[Pattern]:
    """The flat patterns of a template: alternatives written out, optional parts marked.

    A rule in `plain` (one without slots) stays one item; the others are put in place. Raises TemplateError.
    """
    return _patterns(node, rules, plain, False, 0)


def _patterns(node: Node, rules: Mapping[str, Node], plain: set[str], optional: bool, depth: int) -> list[Pattern]:
    if depth > 2 * DEEPEST:
        raise TemplateError(CIRCLE)
    if node.item:
        item = node.item
        if item.kind == "rule" and item.name not in plain:
            return _patterns(_rule(item.name, rules), rules, plain, optional, depth + 1)
        return [(_placed(item, optional),)]
    optional = optional or node.kind == "opt"
    lists: list[list[Pattern]] = []
    size = int(node.kind != "alt")
    for part in node.parts:
        lists.append(_patterns(part, rules, plain, optional, depth + 1))
        size = size + len(lists[-1]) if node.kind == "alt" else size * len(lists[-1])
        if size > MOST_PATTERNS:
            raise TemplateError(
                f"it stands for {size} patterns or more (at most {MOST_PATTERNS}); make a rule of its alternatives"
            )
    if node.kind == "alt":
        return [pattern for patterns in lists for pattern in patterns]
    return [tuple(item for pattern in choice for item in pattern) for choice in product(*lists)]


@lru_cache(maxsize=100_000)
def _placed(item: Item, optional: bool) -> Item:
    """An item in a pattern. The same ones come again and again, and are held once."""
    return Item(item.kind, intern(item.name), item.role, optional)


def _rule(name: str, rules: Mapping[str, Node]) -> Node:
    if name not in rules:
        from bot.knowledge.files import nearest

        raise TemplateError(f"there is no rule <{name}>{nearest(name, rules)}")
    return rules[name]
