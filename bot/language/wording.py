"""How a language says names and numbers: what the words of an answer are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """One language, as most have it; a subclass says what a language has of its own.

    A case is named as pymorphy names it: nomn, gent, datv, accs, ablt, loct; with "plur" after it for several.
    """

    code: str

    def form(self, name: object, case: str) -> str:
        """A name in a grammatical case."""
        return str(name)

    def counted(self, number: int, name: object, plural: object = "") -> str:
        """So many of what is called so."""
        return f"{number} {name if number == 1 or not plural else plural}"

    def agreeing(self, word: str, name: object) -> str:
        """What is said of somebody in the past, as their name has it."""
        return word

    def located(self, time: str) -> str:
        """A month or years as what something happened in."""
        return time

    def standing(self, time: str) -> str:
        """A month or years as they stand by themselves, such as on an axis."""
        return time
