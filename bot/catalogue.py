"""Looking through what a pack knows without asking: its topics (`browse` in the intents), their things, a card each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.answers.render import Thing
from bot.dialogue import Context
from bot.knowledge.query import run
from bot.reply import Reply
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Entry:
    """A topic or a thing: its id, and what it is called."""

    id: str
    label: str


def topics(turn: Turn) -> list[Entry]:
    """The topics of a pack, in its order."""
    return [Entry(topic.id, _said(topic.label, turn.language)) for topic in turn.pack.intents.topics.values()]


def things(turn: Turn, topic: str) -> list[Entry]:
    """The things of a topic, in the order of its query; none for a topic that there is not."""
    found = turn.pack.intents.topics.get(topic)
    if found is None:
        return []
    result = run(found.query, {"now": turn.time_named("now")}, turn.knowledge)
    return [Entry(name, _label(turn.renderer().thing(name), turn.knowledge.day_of(name))) for name in result.ids]


def card(turn: Turn, thing: str) -> tuple[Reply, Context] | None:
    """The answer to "tell me about" a thing, which is never taken for another of that name; None when there is none."""
    if thing not in turn.knowledge.entities:
        return None
    text = turn.phrases["tell_about"].format(thing=turn.renderer().thing(thing).asked)
    understood = turn.understand(text)
    for match in understood.matches.favoured():
        for role, value in match.slots.items():
            if isinstance(value, tuple) and thing in value:
                only = replace(match, slots={**match.slots, role: (thing,)}, ambiguous=())
                if (said := turn.say_match(text, only, understood)) and said.reply.kind == "answer":
                    return turn.close(said)
    return None


def _label(thing: Thing, day: date | None) -> str:
    return f"{thing.label} ({day.year})" if day else thing.label


def _said(label: Mapping[str, str], language: str) -> str:
    return label.get(language) or next(iter(label.values()))
