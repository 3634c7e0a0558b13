"""What there is to say to a question, worked out once: many ask the same, and an answer has no effects."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from bot.dialogue import Context
from bot.engine import Engine
from bot.picture import Picture
from bot.reply import Reply
from bot.telegram.calls import Buttons
from bot.telegram.keyboards import FIRST_PAGE, Turn, judging, keyboard
from bot.telegram.live import Live
from bot.telegram.pages import cut, page_of
from bot.telegram.pictures import Pictures
from bot.telegram.why import why

KEPT = 1024
"""Thoughts that are kept, each of some kilobytes."""

KEPT_CHARACTERS = 200
"""What is longer nobody asks in the same words."""

Choices = tuple[tuple[str, str], ...]
"""Pairs of a label and what it asks."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A reply as it is kept, and (its first `page`) sent.

    `after` is the context that it leaves, `why` what it rests on, as HTML.
    """

    kind: str
    intent: str
    html: str
    page: str
    choices: Choices
    why: str
    after: str
    buttons: Buttons | None
    picture: Picture | None
    pictured: bool


class Thoughts:
    """Those of the engine that answers now."""

    def __init__(self, live: Live, pictures: Pictures) -> None:
        self._live = live
        self._pictures = pictures
        self._engine = live.engine
        self._kept = self._keeping(live.engine)

    def of(
        self, question: str, before: str, speaks: str | None, today: datetime.date, *, chosen: bool = False
    ) -> Thought:
        """What there is to say to a question in a context, to who speaks a language.

        Where the question does not tell its own, one that was `chosen` counts before that of the conversation.
        """
        engine = self._live.engine
        if engine is not self._engine:  # what the old pack said is no longer so
            self._engine, self._kept = engine, self._keeping(engine)
        language = engine.pack.language(speaks)
        if len(question) > KEPT_CHARACTERS:
            return self._work_out(engine, question, before, language, today, chosen)
        return self._kept(question, before, language, today, chosen)

    def _keeping(self, engine: Engine) -> Callable[[str, str, str, datetime.date, bool], Thought]:
        return lru_cache(maxsize=KEPT)(partial(self._work_out, engine))

    def _work_out(
        self, engine: Engine, question: str, before: str, speaks: str, today: datetime.date, chosen: bool
    ) -> Thought:
        context = Context.from_json(before)
        lang = speaks if chosen else context.language or speaks
        reply, after = engine.answer(question, context, today=today, lang=lang)
        language = reply.language or speaks
        choices = self._choices(engine, reply, after, language, today)
        rests = ""
        if reply.kind == "answer" and (grounds := reply.grounds):
            rests = why(grounds, engine.pack, self._live.words(language))
        return Thought(
            reply.kind, reply.intent or "", reply.html, page_of(reply.html, 0), choices, rests, after.to_json(),
            buttons(reply.html, choices, rests), reply.picture, reply.pictured,
        )  # fmt: skip

    def _choices(self, engine: Engine, reply: Reply, after: Context, language: str, today: datetime.date) -> Choices:
        """What can be asked next, and the picture."""
        related = engine.related(reply, after, today=today)
        offered = self._pictures.offered(reply, self._live.words(language))
        return tuple((choice.label, choice.ask) for choice in (*reply.choices, *related, *offered))


def buttons(html: str, choices: Choices, rests: str, turn: Turn = FIRST_PAGE) -> Buttons | None:
    """The buttons under a page of an answer, or (`turn.why`) of it with what it `rests` on."""
    pages = len(cut(html))
    shown = len(cut(f"{html}\n\n{rests}")) if turn.why else pages
    markup = keyboard(choices, turn, shown, judging(pages, turn) if rests else ())
    return markup.to_dict() if markup else None
