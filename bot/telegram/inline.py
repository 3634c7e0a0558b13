"""Inline mode: `@bot QUESTION` in any chat offers the answer, and others while one is typing.

It knows nothing of anybody's conversation and leaves none behind: what a person types in another chat is not kept.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from telegram import (
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.error import BadRequest
from telegram.ext import Application, ContextTypes, InlineQueryHandler

from bot.dialogue import Context
from bot.engine import Engine
from bot.reply import Reply
from bot.telegram.live import Live
from bot.telegram.pages import PAGE_UNITS, cut
from bot.telegram.pictures import CAPTION_UNITS, Pictures
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

    def __init__(self, live: Live, pictures: Pictures, clock: Callable[[], datetime.datetime]) -> None:
        self._live = live
        self._pictures = pictures
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
        offers = list(_offers(engine, " ".join(query.query.split()), now.date(), speaks))
        results: list[InlineQueryResult] = list(articles(offers))
        button = InlineQueryResultsButton(words.plain("inline_button"), start_parameter=START_PARAMETER)

        async def offer(what: Sequence[InlineQueryResult]) -> bool:
            with contextlib.suppress(BadRequest):
                return await query.answer(
                    what,
                    cache_time=cache_seconds(now),
                    is_personal=len(engine.pack.intents.languages) > 1,  # otherwise the same words get the same answers
                    button=button,
                )
            return False

        photo = await self._photo(*offers[0])
        if not (photo and await offer([*results[:1], photo, *results[1:]])):  # its file may be known no more
            await offer(results)

    async def _photo(self, title: str, reply: Reply) -> InlineQueryResultCachedPhoto | None:
        """The picture of an answer, if Telegram has it: a bot can upload nothing to a chat that it is not in."""
        file = await self._pictures.file_of(reply.picture) if reply.kind == "answer" and reply.picture else None
        if file is None or reply.picture is None:
            return None
        caption = cut(reply.picture.caption, CAPTION_UNITS)[0]
        return InlineQueryResultCachedPhoto(reply.picture.digest, file, title=_heading(title), caption=caption)


def cache_seconds(now: datetime.datetime) -> int:
    """How long an answer holds: not beyond the day, which "now" and "last year" count from."""
    midnight = datetime.datetime.combine(now.date() + datetime.timedelta(days=1), datetime.time(), now.tzinfo)
    return max(1, min(CACHE_SECONDS, int((midnight - now).total_seconds())))


def articles(offers: Iterable[tuple[str, Reply]]) -> list[InlineQueryResultArticle]:
    """The offers that are answers, each once."""
    found: dict[str, InlineQueryResultArticle] = {}
    for title, reply in offers:
        if reply.kind == "answer":
            article = _article(title, reply)
            found.setdefault(article.id, article)
        if len(found) == MOST_RESULTS:
            break
    return list(found.values())


def _offers(engine: Engine, text: str, today: datetime.date, speaks: str | None) -> Iterator[tuple[str, Reply]]:
    """Titles and replies: what a text asks, or what it may have meant; then questions like it."""
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
    title = _heading(title)
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


def _heading(title: str) -> str:
    return title[:1].upper() + title[1:]
