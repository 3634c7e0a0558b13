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


def _gathered(value: Any) -> tuple[list[Any], list[Any], list[list[Any]]]:
    """The small containers in a value, the outermost last, the large ones, and what those hold: while that is kept, one
    container goes without another.
    """
    with no_collection():
        small: list[Any] = []
        large: list[Any] = []
        for one in _parts(value):
            (large if len(one) > LARGE else small).append(one)
        contents = [list(one) for one in large]  # one after the other, so that others have a turn in between
        contents += [list(one.values()) for one in large if isinstance(one, dict)]
    return small[::-1], large, contents


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
    small, large, contents = _gathered(held[0])
    while getrefcount(held[0]) > OURS:
        time.sleep(PAUSE_SECONDS)
    held.clear()
    _let_go(small)
    _let_go(large, 1)
    for items in contents:
        _let_go(items)


def _let_go(items: list[Any], at_once: int = LARGE) -> None:
    while items:
        del items[-at_once:]
