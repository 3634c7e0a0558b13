"""Quizzes under way, and who answered what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, case, delete, func, select, update

from bot.storage.database import Database, transaction
from bot.storage.tables import quiz_answers, quiz_polls, quizzes

QUIZ_SECONDS = 30 * 86400.0
"""How long an answer to a question of a quiz counts, and a quiz that nobody goes on with is kept."""


@dataclass(frozen=True, slots=True)
class QuizSeries:
    """A series of questions in a chat or topic: `number` is the last one asked, 0 before the first, of `rounds`
    (0: without end); `poll` and `message` are where it stands."""

    chat: int
    thread: int
    seed: int
    language: str
    rounds: int
    number: int = 0
    poll: str = ""
    message: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """How many questions a person answered, and how many of them rightly."""

    person: int
    right: int
    answered: int


class Quizzes(Database):
    """The part of the store for quizzes."""

    @transaction
    def quiz(self, connection: Connection, chat: int, thread: int) -> QuizSeries | None:
        """The quiz that is under way in a place."""
        query = select(quizzes).where(quizzes.c.chat == chat, quizzes.c.thread == thread)
        row = connection.execute(query).first()
        if row is None:
            return None
        return QuizSeries(row.chat, row.thread, row.seed, row.language, row.rounds, row.number, row.poll, row.message)

    @transaction
    def begin_quiz(self, connection: Connection, series: QuizSeries) -> None:
        """A new series takes the place of the one there was."""
        key = {"chat": series.chat, "thread": series.thread}
        rest = {
            "seed": series.seed,
            "language": series.language,
            "rounds": series.rounds,
            "number": series.number,
            "poll": series.poll,
            "message": series.message,
            "asked": self._clock(),
        }
        self._upsert(connection, quizzes, key, rest)

    @transaction
    def next_question(self, connection: Connection, series: QuizSeries) -> QuizSeries | None:
        """Go on to the next question; None when somebody else did so before, or the quiz is over."""
        query = update(quizzes).where(*_of(series), quizzes.c.number == series.number)
        done = connection.execute(query.values(number=series.number + 1, asked=self._clock()))
        return replace(series, number=series.number + 1) if done.rowcount else None

    @transaction
    def asked(self, connection: Connection, series: QuizSeries, right: int) -> None:
        """The question of a series was sent, as its poll; `right` is the option that is."""
        poll = {"poll": series.poll, "chat": series.chat, "seed": series.seed, "right": right, "asked": self._clock()}
        where = (*_of(series), quizzes.c.number == series.number)
        connection.execute(self._insert(quiz_polls).values(poll).on_conflict_do_nothing())
        connection.execute(update(quizzes).where(*where).values(poll=series.poll, message=series.message))

    @transaction
    def end_quiz(self, connection: Connection, series: QuizSeries) -> bool:
        """A series is over. Whether it was not so already."""
        return bool(connection.execute(delete(quizzes).where(*_of(series))).rowcount)

    @transaction
    def vote(self, connection: Connection, poll: str, person: int, option: int) -> int | None:
        """Count a person's answer to a poll, once. Returns the chat of the poll; None when it is no poll of ours."""
        query = select(quiz_polls).where(quiz_polls.c.poll == poll, quiz_polls.c.asked > self._clock() - QUIZ_SECONDS)
        row = connection.execute(query).first()
        if row is None:
            return None
        answer = {"poll": poll, "person": person, "chat": row.chat, "seed": row.seed}
        values = {**answer, "was_right": int(option == row.right)}
        connection.execute(self._insert(quiz_answers).values(values).on_conflict_do_nothing())
        return int(row.chat)

    async def scores(self, chat: int, seed: int | None = None) -> list[Score]:
        """The scores in a chat, of one series or of all, the best first."""
        where = [quiz_answers.c.chat == chat] + ([] if seed is None else [quiz_answers.c.seed == seed])
        return await self._scores(*where)

    async def score(self, person: int) -> Score:
        """A person's score over all chats."""
        return next(iter(await self._scores(quiz_answers.c.person == person)), Score(person, 0, 0))

    @transaction
    def answers_to(self, connection: Connection, poll: str) -> int:
        """How many have answered a poll."""
        query = select(func.count()).select_from(quiz_answers).where(quiz_answers.c.poll == poll)
        return connection.scalar(query) or 0

    @transaction
    def _scores(self, connection: Connection, *where: Any) -> list[Score]:
        right = func.sum(case((quiz_answers.c.was_right == 1, 1), else_=0))
        query = select(quiz_answers.c.person, right, func.count()).where(*where).group_by(quiz_answers.c.person)
        rows = connection.execute(query).all()
        found = [Score(person, int(good), answered) for person, good, answered in rows]
        return sorted(found, key=lambda one: (-one.right, one.answered, one.person))


def _of(series: QuizSeries) -> tuple[Any, Any, Any]:
    return (quizzes.c.chat == series.chat, quizzes.c.thread == series.thread, quizzes.c.seed == series.seed)
