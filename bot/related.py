"""Questions that follow from an answer: templates filled from its slots, the things it spoke of, and the facts."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from bot.answers.render import RenderError
from bot.dialogue import Frame
from bot.knowledge.query import Result, run
from bot.turn import Turn

MOST_THINGS = 2


def related(turn: Turn, frame: Frame, about: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """What may be asked after the question of a frame, as plain text, each once. Whether it has an answer is open.

    The intent's own templates (`related`) come first and see what its answer sees; then comes what may be asked
    `about` each thing that was spoken of.
    """
    seen = {frame.said.casefold()}
    things = turn.context.focus[:MOST_THINGS]
    for question in chain(_own(turn, frame), chain.from_iterable(map(about, things))):
        if question.casefold() not in seen:
            seen.add(question.casefold())
            yield question


def questions_about(turn: Turn, thing: str) -> tuple[str, ...]:
    """What the language's phrase `related` asks about a thing."""
    template = turn.phrases.get("related", "")
    return tuple(_questions(turn, template, {}, {"spoken_of": (thing,)}))


def _own(turn: Turn, frame: Frame) -> Iterator[str]:
    intent = turn.pack.intents.intents[frame.intent]
    own = intent.related.get(turn.language, ())
    if own:
        results = {name: run(spec, frame.slots, turn.knowledge) for name, spec in intent.queries.items()}
        slots = {**dict.fromkeys(intent.roles(turn.language)), **frame.slots}
        yield from chain.from_iterable(_questions(turn, template, results, slots) for template in own)


def _questions(turn: Turn, template: str, results: Mapping[str, Result], slots: Mapping[str, Any]) -> Iterator[str]:
    """Each line of a template is a question."""
    try:
        text = turn.renderer().render(template, results, slots)
    except RenderError:  # it speaks of what this answer has not, as the first of no rows
        return
    yield from filter(None, (" ".join(line.split()) for line in html.unescape(text).splitlines()))
