"""Inline mode: `@bot QUESTION` in any chat offers the answer, and others while one is typing.

It knows nothing of anybody's conversation and leaves none behind: what a person types in another chat is not kept.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import html
from collections.abc import Callable, Iterator
from typing import Any

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, Update
from telegram.constants import InlineQueryLimit
from telegram.error import BadRequest
from telegram.ext import Application, ContextTypes, InlineQueryHandler

from bot.dialogue import Context
from bot.engine import Engine
from bot.reply import Reply
from bot.telegram.live import Live
from bot.telegram.pages import PAGE_UNITS, cut
from bot.telegram.words import language

PHRASES = {"inline_button": ()}

MOST_RESULTS = 8
"""As many as are seen without much scrolling; Telegram takes 50."""

MOST_SUGGESTED = 5
DESCRIPTION_CHARACTERS = 160
CACHE_SECONDS = 300
"""How long Telegram may give the same results again. A reload is seen after that time."""

START_PARAMETER = "ask"


class Inline:
    """Answers inline queries."""

    def __init__(self, live: Live, clock: Callable[[], datetime.datetime]) -> None:
        self._live = live
        self._clock = clock

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handler."""
        application.add_handler(InlineQueryHandler(self.answer))

    async def answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer one query. What Telegram has given up waiting for is no error: the person went on typing."""
        query = update.inline_query
        if query is None:
            return
        speaks, now = language(query.from_user), self._clock()
        engine, words = self._live.engine, self._live.words(speaks)
        results = articles(engine, query.query[: InlineQueryLimit.MAX_QUERY_LENGTH], now.date(), speaks)
        button = InlineQueryResultsButton(words.plain("inline_button"), start_parameter=START_PARAMETER)
        with contextlib.suppress(BadRequest):
            await query.answer(
                results,
                cache_time=cache_seconds(now),
                is_personal=len(engine.pack.intents.languages) > 1,  # the same words get the same answers, but for that
                button=button,
            )


def cache_seconds(now: datetime.datetime) -> int:
    """How long an answer holds: not beyond the day, which "now" and "last year" count from."""
    midnight = datetime.datetime.combine(now.date() + datetime.timedelta(days=1), datetime.time(), now.tzinfo)
    return max(1, min(CACHE_SECONDS, int((midnight - now).total_seconds())))


def articles(engine: Engine, text: str, today: datetime.date, speaks: str | None) -> list[InlineQueryResultArticle]:
    """What is offered for a text: its answer, or what it may have meant; then questions like it. Only answers."""
    found: dict[str, InlineQueryResultArticle] = {}
    for title, reply in _offers(engine, " ".join(text.split()), today, speaks):
        if reply.kind == "answer":
            article = _article(title, reply)
            found.setdefault(article.id, article)
        if len(found) == MOST_RESULTS:
            break
    return list(found.values())


def _offers(engine: Engine, text: str, today: datetime.date, speaks: str | None) -> Iterator[tuple[str, Reply]]:
    """Titles and replies, the nearest first."""
    reply, context = engine.answer(text, Context(), today=today, lang=speaks)
    yield text, reply
    if reply.kind == "clarify":
        for choice in reply.choices:
            yield choice.label, engine.answer(choice.ask, context, today=today, lang=speaks)[0]
    asks = engine.suggest(text, MOST_SUGGESTED)
    if reply.kind in ("unknown", "chat"):
        asks += [choice.ask for choice in (*reply.choices, *engine.greeting(speaks).choices)]
    for ask in asks:
        yield ask, engine.answer_alone(ask, today=today, lang=speaks)


def _article(title: str, reply: Reply) -> InlineQueryResultArticle:
    title = title[:1].upper() + title[1:]
    message = f"<b>{html.escape(title, quote=False)}</b>\n\n{reply.html}"
    page, *more = cut(message, PAGE_UNITS - 2)
    lines = [line for line in reply.text.splitlines() if line.strip()]
    description = " ".join(lines[:-1] or lines)  # without the last line, the sources
    return InlineQueryResultArticle(
        hashlib.sha256(title.encode()).hexdigest()[:32],
        title,
        InputTextMessageContent(page + ("\n…" if more else "")),
        description=description[:DESCRIPTION_CHARACTERS],
    )
