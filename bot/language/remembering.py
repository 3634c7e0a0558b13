"""What was worked out before, kept beside what it was worked out with, so that it lives no longer than that."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

MOST_REMEMBERED = 20_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def remembered(
    memory: dict[Key, Value], key: Key, work_out: Callable[[Key], Value], most: int = MOST_REMEMBERED
) -> Value:
    """What was worked out for a key before, as far as it is remembered: `most` values. None is worked out again."""
    found = memory.get(key)
    if found is None:
        if len(memory) >= most:
            memory.clear()
        found = memory[key] = work_out(key)
    return found
