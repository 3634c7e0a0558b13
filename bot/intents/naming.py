"""Things told by some words of their names: "the agreement on information security" for one with a longer title.

A type says in the schema that its things are named so (`named_by: kind`): a word for its kind, and words of its title
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.intents.annotation import Annotation
from bot.knowledge.model import Knowledge
from bot.language.lexicon import Lexicon, Reading

MOST_MEANT = 6
QUALITY = 0.97


@dataclass(frozen=True)
class Naming:
    """The words in the names of each thing of one type: `titles` from a stem to the ids of the things it occurs in."""

    type: str
    head: str
    titles: Mapping[str, frozenset[str]]
    stop: frozenset[str]

    @classmethod
    def build(cls, type_: str, head: str, knowledge: Knowledge, lexicon: Lexicon, stop: frozenset[str]) -> Naming:
        """The index for a type, whose things are told by a thing of the type `head`."""
        titles: dict[str, set[str]] = {}
        for entity in (knowledge.entities[name] for name in knowledge.of_type(type_)):
            for names in (entity.names[code] for code in (lexicon.speech.code, "en") if code in entity.names):
                for text in names.all():
                    for word in set(lexicon.stems_of(text)) - stop:
                        titles.setdefault(word, set()).add(entity.id)
        return cls(type_, head, {word: frozenset(ids) for word, ids in titles.items()}, stop)

    def told(self, entities: Sequence[Annotation], reading: Reading, keys: frozenset[str]) -> Iterator[Annotation]:
        """Every thing that a kind and the words beside it tell."""
        for note in entities:
            if f"s:{self.head}" in note.keys and not note.told:
                for step in (1, -1):
                    mask, ids = self._beside(note, reading, step)
                    if ids and len(ids) <= MOST_MEANT:
                        surely = min(note.quality, QUALITY)
                        yield Annotation(keys, tuple(sorted(ids)), mask, surely, len(ids) > 1, told=True)

    def _beside(self, kind: Annotation, reading: Reading, step: int) -> tuple[int, frozenset[str]]:
        """The tokens of a kind and of the title's words after (1) or before it (-1), and the things they leave."""
        ids = self._holding(reading, kind.start)
        mask, taken, at = kind.mask, 0, (kind.mask.bit_length() if step > 0 else kind.start - 1)
        pending = 0
        while 0 <= at < len(reading.tokens):
            if reading.tokens[at].stem in self.stop:
                pending |= 1 << at
            else:
                left = ids & self._holding(reading, at)
                if not left:
                    break
                ids, mask, taken, pending = left, mask | pending | 1 << at, taken + 1, 0
            at += step
        return mask, ids if taken else frozenset()

    def _holding(self, reading: Reading, at: int) -> frozenset[str]:
        options = reading.stems[at] or ((reading.tokens[at].stem, 1.0),)
        return frozenset().union(*(self.titles.get(stem, frozenset()) for stem, _ in options))
