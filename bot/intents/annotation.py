"""What some tokens of a message may stand for: a value."""

from __future__ import annotations

from typing import Any, NamedTuple


class Annotation(NamedTuple):
    """Tokens (`mask`) that may stand for `value` in a place named by any of `keys`.

    For an entity the value is a tuple of ids; `ambiguous` says that one of them is meant and not all. `doubt` is taken
    off the score of a template that uses it. `told` says that a thing is told by its features and not by its name.
    """

    keys: frozenset[str]
    value: Any
    mask: int
    quality: float = 1.0
    ambiguous: bool = False
    doubt: float = 0.0
    told: bool = False

    @property
    def start(self) -> int:
        """The first token."""
        return (self.mask & -self.mask).bit_length() - 1

    @property
    def several(self) -> bool:
        """Whether more than one thing is meant."""
        return isinstance(self.value, tuple) and len(self.value) > 1 and not self.ambiguous
