"""Questions that a person may be about to write: the intents' own examples, nearest to what is there so far."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from bot.intents.model import Example, Intent

LEAST = 75.0
"""Per cent of likeness below which a question is no suggestion."""

LEAST_CHARACTERS = 3
"""What is shorter is like everything."""


class Suggestions:
    """The starters of a pack and the examples of its intents, made ready to be searched. Nothing in it changes."""

    def __init__(self, starters: Iterable[str], intents: Iterable[Intent]) -> None:
        pairs = [
            *((ask, ask) for ask in starters),
            *((example.ask, intent.id) for intent in intents for example in intent.examples if _serves(example)),
        ]
        self._asks = [ask for ask, _ in pairs]
        self._topics = [topic for _, topic in pairs]
        self._folded = [ask.casefold() for ask in self._asks]

    def like(self, text: str, most: int) -> list[str]:
        """At most so many questions, one a topic: first those that begin with the text, then by likeness."""
        folded = " ".join(text.casefold().split())
        if len(folded) < LEAST_CHARACTERS:
            return []
        begin = sorted((len(ask), index) for index, ask in enumerate(self._folded) if ask.startswith(folded))
        near = process.extract(folded, self._folded, scorer=fuzz.partial_ratio, score_cutoff=LEAST, limit=4 * most)
        found: dict[str, str] = {}
        for index in (*(index for _, index in begin), *(index for _, _, index in near)):
            found.setdefault(self._topics[index], self._asks[index])
        return list(found.values())[:most]


def _serves(example: Example) -> bool:
    return example.kind == "answer" and not example.ask.isupper()
