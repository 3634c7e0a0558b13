"""The quiz: native polls made from the facts, a score a person, and in a group a table of scores.

A series of questions is decided by its seed, so that the database need hold only how far it has come.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, PollAnswer, ReplyParameters, Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, PollAnswerHandler, filters

from bot.quiz import Question, Quiz
from bot.storage import QuizSeries, Score, Store
from bot.telegram.commands import after_command, message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live
from bot.telegram.talk import Place, Talk
from bot.telegram.words import Words

_Context = ContextTypes.DEFAULT_TYPE

PHRASES = {
    "quiz_end": (),
    "quiz_next": (),
    "quiz_no_scores": (),
    "quiz_nobody": (),
    "quiz_none": (),
    "quiz_over": (),
    "quiz_passed": (),
    "quiz_running": (),
    "quiz_score": ("right", "answered"),
    "quiz_somebody": (),
    "quiz_usage": ("most",),
}

GROUP_ROUNDS = 5
MOST_ROUNDS = 50
TABLE_ROWS = 10
OVERTAKEN_SECONDS = (0.1, 0.4, 1.5)
"""An answer may overtake the note that its poll was sent: how long to wait for that, time after time."""


class QuizFace:
    """The handlers of the quiz."""

    def __init__(self, bot: Bot, talk: Talk, live: Live, store: Store, today: Callable[[], date]) -> None:
        self._bot, self._talk, self._live, self._store, self._today = bot, talk, live, store, today

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them."""
        application.add_handlers(
            [
                CommandHandler("quiz", self.command, filters.UpdateType.MESSAGE),
                CallbackQueryHandler(self.pressed, pattern="^quiz:"),
                PollAnswerHandler(self.answered),
            ]
        )

    async def command(self, update: Update, context: _Context) -> None:
        """Begin a quiz, of so many rounds if a number is given; or stop the one there is, or tell the scores."""
        message = message_of(update)
        place, wish = place_of(message), after_command(message).lower()
        words = self._live.words(place.language)
        series = await self._store.quiz(place.chat, place.thread or 0)
        if wish == "stop":
            await self._stop(place, series, words)
        elif wish == "score":
            await self._talk.tell(place, await self._table(place, await self._scores(place, None), words))
        elif wish and not (wish.isascii() and wish.isdigit() and 1 <= int(wish) <= MOST_ROUNDS):
            await self._talk.tell(place, words.html("quiz_usage", most=MOST_ROUNDS))
        elif series and not place.private:
            await self._talk.tell(place, words.html("quiz_running"))
        else:
            rounds = int(wish) if wish else 0 if place.private else GROUP_ROUNDS
            fresh = QuizSeries(place.chat, place.thread or 0, secrets.randbits(31), words.language, rounds)
            await self._store.begin_quiz(fresh)
            await self._ask(place, fresh)

    async def pressed(self, update: Update, context: _Context) -> None:
        """The button under a question: go on to the next one, once however many press it."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        place = Place.of(query.message, query.from_user)
        series = await self._store.quiz(place.chat, place.thread or 0)
        words = self._live.words(series.language if series else place.language)
        if series is None or query.data != _data(series):
            await acknowledge(query, words.plain("quiz_passed"))
            return
        if not place.private and not await self._store.answers_to(series.poll):
            await acknowledge(query, words.plain("quiz_nobody"))
            return
        await acknowledge(query)
        await self._ask(place, series)

    async def answered(self, update: Update, context: _Context) -> None:
        """Count an answer. In private the button then says how many were right."""
        answer = update.poll_answer
        if answer is None or answer.user is None or not answer.option_ids:
            return
        chat = await self._count(answer, answer.user.id, answer.option_ids[0])
        if chat != answer.user.id:
            return
        series = await self._store.quiz(chat, 0)
        if series and series.poll == answer.poll_id:
            score = _own(await self._store.scores(chat, series.seed), chat)
            try:
                await self._bot.edit_message_reply_markup(
                    chat, series.message, reply_markup=self._keyboard(series, score)
                )
            except BadRequest:  # the message is gone, or the quiz has gone on meanwhile
                return

    async def _count(self, answer: PollAnswer, person: int, option: int) -> int | None:
        for seconds in (*OVERTAKEN_SECONDS, 0.0):
            chat = await self._store.vote(answer.poll_id, person, option)
            if chat is not None:
                return chat
            await asyncio.sleep(seconds)
        return None

    async def _ask(self, place: Place, before: QuizSeries) -> None:
        """Close the last question of a series, and ask the next one, or tell the scores when there is none."""
        series = await self._store.next_question(before)
        if series is None:
            return
        await self._close(before)
        question = None
        if not series.rounds or series.number <= series.rounds:
            question = await asyncio.to_thread(self._question, series)
        if question is None:
            await self._finish(place, series)
            return
        sent = await self._bot.send_poll(
            place.chat,
            html.escape(self._numbered(series, question.text), quote=False),
            [html.escape(option, quote=False) for option in question.options],
            type="quiz",
            correct_option_id=question.right,  # type: ignore[arg-type]  # which wants one of ten literals
            explanation=html.escape(question.explanation, quote=False),
            is_anonymous=False,
            message_thread_id=place.thread,
            reply_parameters=None
            if place.private or before.number
            else ReplyParameters(place.message, allow_sending_without_reply=True),
            reply_markup=self._keyboard(series),
        )
        if sent.poll:
            asked = replace(series, poll=sent.poll.id, message=sent.message_id)
            await self._store.asked(asked, question.right)

    def _question(self, series: QuizSeries) -> Question | None:
        quiz = Quiz(self._live.engine.pack, series.language, self._today())
        return next(itertools.islice(quiz.series(series.seed), series.number - 1, None), None)

    async def _stop(self, place: Place, series: QuizSeries | None, words: Words) -> None:
        if series is None:
            await self._talk.tell(place, words.html("quiz_none"))
            return
        await self._close(series)
        await self._finish(place, series)

    async def _finish(self, place: Place, series: QuizSeries) -> None:
        """The scores of the series, once."""
        if await self._store.end_quiz(series):
            words = self._live.words(series.language)
            table = await self._table(place, await self._scores(place, series.seed), words)
            await self._talk.tell(place, f"<b>{words.html('quiz_over')}</b>\n{table}")

    async def _close(self, series: QuizSeries) -> None:
        """A question that was passed takes no more answers."""
        if series.poll:
            try:
                await self._bot.stop_poll(series.chat, series.message)
            except BadRequest:  # somebody closed or deleted it
                return

    async def _scores(self, place: Place, seed: int | None) -> list[Score]:
        if seed is None and place.private:
            score = await self._store.score(place.person)
            return [score] if score.answered else []
        return await self._store.scores(place.chat, seed)

    async def _table(self, place: Place, scores: Sequence[Score], words: Words) -> str:
        """The scores as lines of HTML, the best first."""
        if not scores:
            return words.html("quiz_no_scores")
        if place.private:
            return _score(scores[0], words)
        names = await asyncio.gather(*(self._name(place.chat, one.person, words) for one in scores[:TABLE_ROWS]))
        rows = [
            f"{rank}. {html.escape(name, quote=False)}: {_score(one, words)}"
            for rank, (name, one) in enumerate(zip(names, scores, strict=False), 1)
        ]
        return "\n".join(rows)

    async def _name(self, chat: int, person: int, words: Words) -> str:
        """What a person is called now: no name is kept."""
        try:
            return (await self._bot.get_chat_member(chat, person)).user.full_name
        except TelegramError:
            return words.plain("quiz_somebody")

    def _numbered(self, series: QuizSeries, text: str) -> str:
        return f"{series.number}/{series.rounds}. {text}" if series.rounds else text

    def _keyboard(self, series: QuizSeries, score: Score | None = None) -> InlineKeyboardMarkup:
        last = series.rounds and series.number >= series.rounds
        words = self._live.words(series.language)
        label = words.plain("quiz_end" if last else "quiz_next")
        if score:
            label += f" ({_score(score, words)})"
        return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=_data(series))]])


def _data(series: QuizSeries) -> str:
    return f"quiz:{series.seed}:{series.number}"


def _score(score: Score, words: Words) -> str:
    return words.plain("quiz_score", right=score.right, answered=score.answered)


def _own(scores: Sequence[Score], person: int) -> Score | None:
    return next((score for score in scores if score.person == person), None)
