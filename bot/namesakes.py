"""Which things may be meant by the same words, and what tells them apart."""

from __future__ import annotations

from functools import cached_property

from bot.answers.render import Renderer
from bot.knowledge.model import Knowledge


class Namesakes:
    """The names of a pack's things, as one view shows them."""

    def __init__(self, knowledge: Knowledge, view: Renderer) -> None:
        self._knowledge, self._view = knowledge, view

    def clash(self, one: str, other: str) -> bool:
        """Whether the words for one thing may mean the other, or one is a part of the other."""
        same = one == other or bool(self._meant(one) & self._meant(other))
        return same or self._within(one, other) or self._within(other, one)

    def _meant(self, entity: str) -> set[str]:
        """All that a thing is called, in any language; of things with one name, by date."""
        entity_names = self._knowledge.entities[entity].names.values()
        names = {name.casefold() for names in entity_names for name in names.all()}
        shared = {name for name in names if len(self._called.get(name, ())) > 1}
        return names - shared | {self.label(entity).casefold()}

    @cached_property
    def _called(self) -> dict[str, set[str]]:
        """Which things each name may mean."""
        found: dict[str, set[str]] = {}
        for entity in self._knowledge.entities.values():
            for names in entity.names.values():
                for name in names.all():
                    found.setdefault(name.casefold(), set()).add(entity.id)
        return found

    def _within(self, one: str, other: str) -> bool:
        """Whether one thing is a part of another, at any remove."""
        seen: set[str] = set()
        below = [one]
        while below:
            thing = below.pop()
            if thing not in seen:
                seen.add(thing)
                below += [
                    fact.value for fact in self._knowledge.facts_of(thing, "part_of") if isinstance(fact.value, str)
                ]
        return other in seen

    def label(self, entity: str) -> str:
        """The name of a thing, with its date where others have that name."""
        thing = self._view.thing(entity)
        return thing.name if len(self._called.get(thing.name.casefold(), ())) < 2 else thing.dated

    def is_clear(self, entity: str) -> bool:
        """Whether the label of a thing is no other's: its name, or its name with a date that no namesake has."""
        name = self._view.thing(entity).name.casefold()
        others = self._called.get(name, set()) - {entity}
        return not others or self.label(entity) not in {self.label(other) for other in others}
