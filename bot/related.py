"""Questions that follow from an answer: templates filled from its slots, the things it spoke of, and the facts."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from bot.answers.render import RenderError
from bot.dialogue import Frame
from bot.knowledge.query import run
from bot.turn import Turn

MOST_THINGS = 2


def related(turn: Turn, frame: Frame) -> Iterator[str]:
    """What may be asked after the question of a frame, as plain text, each once. Whether it has an answer is open.

    The intent's own templates (`related`) come first and see what its answer sees; then comes the language's phrase
    `related`, once for each thing that was `spoken_of`. Each line of a template is a question.
    """
    seen = {frame.said.casefold()}
    for text in _rendered(turn, frame):
        for line in html.unescape(text).splitlines():
            question = " ".join(line.split())
            if question and question.casefold() not in seen:
                seen.add(question.casefold())
                yield question


def _rendered(turn: Turn, frame: Frame) -> Iterator[str]:
    intent = turn.pack.intents.intents[frame.intent]
    own = intent.related.get(turn.language, ())
    if own:
        results = {name: run(spec, frame.slots, turn.knowledge) for name, spec in intent.queries.items()}
        slots = {**dict.fromkeys(intent.roles(turn.language)), **frame.slots}
        yield from (_filled(turn, template, results, slots) for template in own)
    if "related" in turn.phrases:
        for name in turn.context.focus[:MOST_THINGS]:
            yield _filled(turn, turn.phrases["related"], {}, {"spoken_of": (name,)})


def _filled(turn: Turn, template: str, results: dict[str, Any], slots: dict[str, Any]) -> str:
    try:
        return turn.renderer().render(template, results, slots)
    except RenderError:  # it speaks of what this answer has not, as the first of no rows
        return ""
