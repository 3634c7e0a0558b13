"""What is large is let go a little at a time: freed all at once, it would keep everybody else waiting for seconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from sys import getrefcount
from threading import Thread
from typing import Any

LARGE = 1000
"""So many items are freed before others have a turn."""

OURS = 2
"""How often what only the list of one holds is counted: there, and as it is handed over to be counted."""

PAUSE_SECONDS = 0.1

_KINDS = (dict, list, tuple, set, frozenset)


@contextmanager
def no_collection() -> Iterator[None]:
    """Without looking for garbage while something large is made that has none, nor ever again in what is there then."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


def piecemeal(value: Any) -> Thread:
    """Have a value and its contents freed in pieces, as soon as nobody else holds it any more.

    The thread that is returned does it, and ends then.
    """
    thread = Thread(target=_free, args=([value],), daemon=True)
    thread.start()
    return thread


def _gathered(value: Any) -> list[list[Any]]:
    """The containers in a value, and what each large one holds."""
    with no_collection():
        parts = list(_parts(value))
        large = [one for one in parts if len(one) > LARGE]
        contents = [list(one) for one in large]  # one after the other, so that others have a turn in between
        contents += [list(one.values()) for one in large if isinstance(one, dict)]
    return [parts, *contents]


def _parts(value: Any) -> Iterator[Any]:
    """All containers in a value, but for those in a large one."""
    seen: set[int] = set()
    left = [value]
    while left:
        one = left.pop()
        if id(one) not in seen:
            seen.add(id(one))
            if isinstance(one, _KINDS):
                yield one
            if not isinstance(one, _KINDS) or len(one) <= LARGE:
                left += (part for part in gc.get_referents(one) if _is_ours(part))


def _is_ours(part: Any) -> bool:
    return isinstance(part, _KINDS) or type(part).__module__.startswith(f"{__package__}.")


def _free(held: list[Any]) -> None:
    contents = _gathered(held[0])
    while getrefcount(held[0]) > OURS:
        time.sleep(PAUSE_SECONDS)
    held.clear()
    for items in contents:
        while items:
            del items[-LARGE:]
