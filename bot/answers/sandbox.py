"""Jinja's sandbox, in which a template also comes to an end: what it repeats, calls and says is counted, and bounded.

Editors write templates, and mistakes: a loop over a thousand million numbers, a macro that calls itself. Such a
template fails like any other, before anybody has waited for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import unwrap
from typing import Any, ClassVar

from jinja2 import StrictUndefined, TemplateRuntimeError, TemplateSyntaxError
from jinja2.nodes import Concat, Filter, For, List, Node, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

MOST_WORK = 200_000
"""Steps of one rendering: items gone through, calls made, characters said."""

LONGEST_RANGE = 10_000

FILTERS = (
    "capitalize", "default", "dictsort", "first", "float", "groupby", "int", "join", "last", "length", "list", "lower",
    "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort",
    "string", "sum", "title", "trim", "unique", "upper",
)  # fmt: skip
"""Those that answers need, and that make nothing that is longer than what they are given."""

_METHODS = frozenset(("endswith", "lower", "split", "startswith", "strip", "title", "upper"))
"""What a text can be asked."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"*": operator.mul, "+": operator.add}

_LISTS = (list, tuple)
_UNSAYABLE = (list, tuple, dict)

_left: ContextVar[list[int]] = ContextVar("_left")


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for templates that are rendered within `bounded()`."""

    intercepted_binops: ClassVar[frozenset[str]] = frozenset(("*", "**", "%", "+"))  # type: ignore[misc]

    def __init__(self, **given: Any) -> None:
        super().__init__(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_sayable,
            **given,
        )
        self.globals = {"range": _range, "namespace": Namespace}
        self.filters = {name: _counting(unwrap(self.filters[name])) for name in FILTERS}  # not those that may be async
        self.filters |= {"_repeated": _repeated, "_joined": self.filters["join"]}
        self.concat = _said  # type: ignore[method-assign]
        self._safe: dict[tuple[type, str], bool] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> Template:
        try:
            parsed: Template = _Counted().visit(super()._parse(source, name, filename))
        except RecursionError:
            raise TemplateSyntaxError("it is nested too deeply; make macros of its parts", 1) from None
        return parsed

    def call(self, *args: Any, **kwargs: Any) -> Any:
        _spend(1)
        return super().call(*args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's, but that the type and the name tell what is safe, so that it is decided once."""
        try:
            value = getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)
        safe = self._safe.get((type(obj), attribute))
        if safe is None:
            safe = self._safe[type(obj), attribute] = self.is_safe_attribute(obj, attribute, value)
        return value if safe else self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """As Jinja's, but that what has no items is not asked for one before its attribute."""
        if isinstance(argument, str) and not hasattr(type(obj), "__getitem__"):
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)

    def wrap_str_format(self, value: Any) -> None:
        """None of a text's methods is let through but those of _METHODS."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes | int | float):
            return isinstance(obj, str) and attr in _METHODS
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(side, int | float) for side in (left, right))
        if operator not in _OPERATORS or (operator == "*" and not numbers):
            raise TemplateRuntimeError(f"'{operator}' is not used here, but with '*' for numbers")
        _spend(_size(left) + _size(right))
        return _OPERATORS[operator](left, right)


@contextmanager
def bounded() -> Iterator[None]:
    """While a template is rendered."""
    token = _left.set([MOST_WORK])
    try:
        yield
    finally:
        _left.reset(token)


class _Counted(NodeTransformer):
    """Puts the counting into a template where Jinja has no place for it."""

    def visit_For(self, node: For) -> Node:  # noqa: N802 - Jinja's name
        if node.recursive:
            raise TemplateSyntaxError("a loop that calls itself is not used here; make a macro of it", node.lineno)
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_repeated")
        return node

    def visit_Concat(self, node: Concat) -> Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(List(node.nodes, lineno=node.lineno), "_joined")


def _filtered(node: Any, name: str) -> Filter:
    return Filter(node, name, [], [], None, None, lineno=node.lineno)


def _spend(steps: int) -> None:
    left = _left.get(None)
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise TemplateRuntimeError(f"it repeats, calls or says too much, more than {MOST_WORK:,} steps")


def _size(value: Any) -> int:
    """How many items or characters there are in a value, those of texts in a list included."""
    if isinstance(value, _LISTS):
        return len(value) + sum(len(item) for item in value if isinstance(item, str))
    return len(value) if hasattr(value, "__len__") else 0


def _sayable(value: Any) -> Any:
    if isinstance(value, _UNSAYABLE):
        raise TemplateRuntimeError("a list cannot be said as it is; hand it to listing()")
    return value


def _repeated(items: Iterable[Any]) -> Iterable[Any]:
    if not hasattr(items, "__len__"):
        return _each(items)
    _spend(_size(items))
    return items


def _each(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _spend(1)
        yield item


def _counting(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that costs what it goes through, and what it makes."""

    @wraps(filter_)
    def counted(*args: Any, **kwargs: Any) -> Any:
        _spend(1 + sum(map(_size, args)))
        found = filter_(*args, **kwargs)
        _spend(_size(found))
        return found

    return counted


def _said(parts: Iterable[str]) -> str:
    said: list[str] = []
    for part in parts:
        _spend(len(part))
        said.append(part)
    return "".join(said)


def _range(*args: int) -> range:
    found = range(*args)
    if len(found) > LONGEST_RANGE:
        raise TemplateRuntimeError(f"range() is longer than {LONGEST_RANGE:,}")
    return found
