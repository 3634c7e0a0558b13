"""The store: every read and write that the Telegram face makes, on SQLite or PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, and_, bindparam, delete, func, or_, select, update

from bot.storage.broadcasts import BROADCAST_SECONDS, Broadcasts
from bot.storage.database import carry_out, transaction
from bot.storage.persons import Persons
from bot.storage.quizzes import QUIZ_SECONDS, Quizzes
from bot.storage.subscriptions import Subscriptions
from bot.storage.tables import (
    answers,
    broadcasts,
    conversations,
    languages,
    metadata,
    pictures,
    quiz_polls,
    quizzes,
    recipients,
    reloads,
    replicas,
    unanswered,
    updates,
    votes,
)

CONVERSATION_SECONDS = 30 * 60.0
"""How long a follow-up is understood as one."""

ANSWER_SECONDS = 30 * 86400.0
"""How long the buttons under an answer work, and an edited question changes its answer."""

VOTE_SECONDS = 180 * 86400.0
"""How long a person's vote on an answer is kept."""

UPDATE_SECONDS = 2 * 86400.0
"""How long a handled update is remembered: Telegram repeats one for a day."""

LEASE_SECONDS = 10.0
"""How long a claim holds without being renewed."""

REPLICA_SECONDS = 15.0
"""How long a replica that says nothing is taken to live."""

UNANSWERED_CHARACTERS = 500


class Claim(Enum):
    """What came of claiming an update."""

    MINE = "mine"
    """Handle it, then say `finish`."""
    DONE = "done"
    """A repeat: it was handled before."""
    BUSY = "busy"
    """Somebody is handling it, or died doing so less than a lease ago."""
    UNSURE = "unsure"
    """Who handled it died while a message was on its way to Telegram: nobody knows whether it came. It is mine now."""


class Done(IntEnum):
    """How far an update is, as the table has it."""

    NO = 0
    YES = 1
    SENDING = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """An update that was received and not finished; `unsure` as in `Claim`."""

    number: int
    payload: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """Who is talking, and where. In a chat without topics `thread` is 0."""

    chat: int
    person: int
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """The language that a person has chosen, the context of a conversation, and the question last answered in it."""

    language: str | None = None
    context: str = ""
    question: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was sent: `message` is the bot's, `question` the person's, `choices` pairs of label and ask.

    `why` says what it rests on, as HTML; it is empty for what is no answer, and so is `intent`.
    """

    chat: int
    message: int
    question: int
    html: str
    choices: tuple[tuple[str, str], ...] = ()
    before: str = ""
    why: str = ""
    intent: str = ""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture as it is to be drawn; if it was sent, Telegram's id of its `file`, drawn in a `style`."""

    picture: str
    file: str
    style: str


@dataclass(frozen=True, slots=True)
class Replica:
    """A process that shares the work, as it last reported itself."""

    name: str
    version: str
    problems: int
    reload: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that nobody could answer, how often it was asked, and when first and last (seconds since 1970)."""

    question: str
    times: int
    first: float
    last: float


class Store(Quizzes, Subscriptions, Broadcasts, Persons):
    """Open one with `async with Store.at(url) as store`. `clock` gives seconds since 1970; tests hand in their own.

    Every method raises StoreError when the database is out of reach.
    """

    # Conversations

    @transaction
    def recall(self, connection: Connection, where: Conversation) -> Known:
        """What is known of who is talking."""
        values = {"chat": where.chat, "person": where.person, "thread": where.thread, "now": self._clock()}
        row = carry_out(connection, _KNOWN, values).one()
        return Known(row.language, row.context or "", row.question or 0)

    @transaction
    def remember(
        self,
        connection: Connection,
        where: Conversation,
        question: int,
        context: str | None,
        answer: Answer,
        update: int | None = None,
    ) -> None:
        """Keep an answer, and the context that it leaves; None leaves the conversation as it was.

        The `update` that it answers is finished by that: all of it is kept, or nothing.
        """
        now = self._clock()
        key = {"chat": where.chat, "person": where.person, "thread": where.thread}
        rest = {"context": context, "question": question, "expires": now + CONVERSATION_SECONDS}
        said = {
            "person": where.person,
            "question": answer.question,
            "html": answer.html,
            "choices": json.dumps(answer.choices, ensure_ascii=False),
            "before": answer.before,
            "why": answer.why,
            "intent": answer.intent,
            "expires": now + ANSWER_SECONDS,
        }
        if context is not None:
            self._upsert(connection, conversations, key, rest)
        self._upsert(connection, answers, {"chat": answer.chat, "message": answer.message}, said)
        if update is not None:
            self._finish(connection, update)

    # Answers

    async def answer(self, chat: int, message: int) -> Answer | None:
        """What the bot said in one of its messages, if that is still known."""
        return await self._one_answer(answers.c.chat == chat, answers.c.message == message)

    async def answer_to(self, chat: int, question: int) -> Answer | None:
        """The last answer to a person's message, if that is still known."""
        return await self._one_answer(answers.c.chat == chat, answers.c.question == question)

    @transaction
    def _one_answer(self, connection: Connection, *conditions: Any) -> Answer | None:
        query = select(answers).where(*conditions, answers.c.expires > self._clock())
        row = connection.execute(query.order_by(answers.c.message.desc()).limit(1)).first()
        if row is None:
            return None
        choices = tuple((label, ask) for label, ask in json.loads(row.choices))
        return Answer(row.chat, row.message, row.question, row.html, choices, row.before, row.why, row.intent)

    # Votes

    @transaction
    def judge(self, connection: Connection, answer: Answer, person: int, value: int) -> int | None:
        """Keep whether an answer was of use to a person (1) or not (0). Returns what they said before, or None."""
        key = {"chat": answer.chat, "message": answer.message, "person": person}
        rest = {"value": value, "intent": answer.intent, "expires": self._clock() + VOTE_SECONDS}
        mine = (votes.c.chat == answer.chat, votes.c.message == answer.message, votes.c.person == person)
        before = connection.scalar(select(votes.c.value).where(*mine))
        self._upsert(connection, votes, key, rest)
        return before

    # Pictures

    @transaction
    def keep_picture(self, connection: Connection, digest: str, picture: str) -> None:
        """Keep what a button under an answer stands for, as long as the answer."""
        rest = {"picture": picture, "expires": self._clock() + ANSWER_SECONDS}
        self._upsert(connection, pictures, {"digest": digest}, rest)

    @transaction
    def picture(self, connection: Connection, digest: str) -> KeptPicture | None:
        """The picture of a digest, if it is still known."""
        query = select(pictures).where(pictures.c.digest == digest, pictures.c.expires > self._clock())
        row = connection.execute(query).first()
        return KeptPicture(row.picture, row.file or "", row.style or "") if row else None

    @transaction
    def uploaded(self, connection: Connection, digest: str, style: str, file: str) -> None:
        """Telegram has the file of a picture."""
        query = update(pictures).where(pictures.c.digest == digest).values(file=file, style=style)
        connection.execute(query)

    # Updates

    @transaction
    def claim(self, connection: Connection, number: int) -> Claim:
        """Claim an update that Telegram keeps until it is acknowledged (webhook)."""
        fresh = {"id": number, "payload": None, "done": Done.NO, **self._mine()}
        if carry_out(connection, _inserting(self._insert), fresh).first():
            return Claim.MINE
        lapsed = update(updates).where(updates.c.id == number, *_lapsed(self._clock())).values(self._mine())
        taken = connection.execute(lapsed.returning(updates.c.done)).first()
        if taken:
            return Claim.UNSURE if taken.done == Done.SENDING else Claim.MINE
        done = connection.scalar(select(updates.c.done).where(updates.c.id == number))
        return Claim.DONE if done == Done.YES else Claim.BUSY

    @transaction
    def receive(self, connection: Connection, batch: Mapping[int, str]) -> list[int]:
        """Claim and keep updates (id to payload) which Telegram will forget (polling). Those that are new, in order."""
        rows = [{"id": number, "payload": batch[number]} for number in sorted(batch)]
        return self._insert_updates(connection, rows)

    @transaction
    def take_over(self, connection: Connection, limit: int = 100) -> list[Kept]:
        """Claim kept updates whose holder has died, in order."""
        now = self._clock()
        lapsed = (*_lapsed(now), updates.c.payload.is_not(None))
        some = select(updates.c.id).where(*lapsed).order_by(updates.c.id).limit(limit)
        claim = update(updates).where(updates.c.id.in_(some), *lapsed).values(self._mine())
        rows = connection.execute(claim.returning(updates)).all()
        return [Kept(row.id, row.payload, row.done == Done.SENDING) for row in sorted(rows, key=lambda row: row.id)]

    @transaction
    def kept(self, connection: Connection) -> int:
        """How many updates were received and are not finished."""
        query = select(func.count()).where(updates.c.done != Done.YES, updates.c.payload.is_not(None))
        return connection.scalar(query) or 0

    async def renew(self, numbers: Iterable[int]) -> None:
        """Hold on to updates that are under way."""
        await self._lease(tuple(numbers), LEASE_SECONDS)

    @transaction
    def sending(self, connection: Connection, number: int) -> bool:
        """A message for an update is about to be handed to Telegram.

        Returns False when it must not be: another has taken over from this process, which was silent for too long.
        """
        return self._becomes(connection, number, Done.NO, Done.SENDING) or not connection.scalar(
            select(updates.c.id).where(updates.c.id == number)
        )

    @transaction
    def refused(self, connection: Connection, number: int) -> None:
        """The message certainly was not sent."""
        self._becomes(connection, number, Done.SENDING, Done.NO)

    def _becomes(self, connection: Connection, number: int, before: Done, after: Done) -> bool:
        values = {"number": number, "mine": self._holder, "before": before, "after": after}
        return carry_out(connection, _BECOMES, values).rowcount > 0

    @transaction
    def finish(self, connection: Connection, *numbers: int) -> None:
        """Updates are handled: their repeats are dropped from now on, and their text is forgotten."""
        for number in numbers:
            self._finish(connection, number)

    def _finish(self, connection: Connection, number: int) -> None:
        done = {"done": Done.YES, "lease": self._clock() + UPDATE_SECONDS, "payload": None}
        self._upsert(connection, updates, {"id": number}, done)

    async def release(self, numbers: Iterable[int]) -> None:
        """Updates were not handled after all: whoever sees them next may claim them at once."""
        await self._lease(tuple(numbers), 0.0)

    @transaction
    def payload(self, connection: Connection, number: int) -> str:
        """An update that was received and is not finished."""
        return connection.scalar(select(updates.c.payload).where(updates.c.id == number)) or "{}"

    def _mine(self) -> dict[str, Any]:
        return {"lease": self._clock() + LEASE_SECONDS, "holder": self._holder}

    @transaction
    def _lease(self, connection: Connection, numbers: Sequence[int], seconds: float) -> None:
        """Let claims end so many seconds from now. A query has room for a few thousand numbers."""
        for first in range(0, len(numbers), 1000):
            mine = updates.c.id.in_(numbers[first : first + 1000])
            query = update(updates).where(mine, updates.c.holder == self._holder, updates.c.done != Done.YES)
            connection.execute(query.values(lease=self._clock() + seconds))

    def _insert_updates(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
        """Insert those that are new, under way from now on, and return their ids in order."""
        if not rows:
            return []
        values = [{**row, "done": Done.NO, **self._mine()} for row in rows]
        return sorted(connection.scalars(_inserting(self._insert), values).all())

    # Unanswered questions

    @transaction
    def unanswered(self, connection: Connection, question: str) -> None:
        """Count a question that nobody could answer; the same words are one question, whatever their case."""
        words = " ".join(question.split())[:UNANSWERED_CHARACTERS]
        now = self._clock()
        key = {"digest": hashlib.sha256(words.casefold().encode()).hexdigest()}
        fresh = {"question": words, "times": 1, "first_asked": now, "last_asked": now}
        again = {"times": unanswered.c.times + 1, "last_asked": now}
        query = self._insert(unanswered).values({**key, **fresh})
        connection.execute(query.on_conflict_do_update(index_elements=["digest"], set_=again))

    @transaction
    def most_unanswered(self, connection: Connection, limit: int) -> list[Unanswered]:
        """Questions that went unanswered, the most frequent first."""
        query = select(unanswered).order_by(unanswered.c.times.desc(), unanswered.c.last_asked.desc()).limit(limit)
        rows = connection.execute(query).all()
        return [Unanswered(row.question, row.times, row.first_asked, row.last_asked) for row in rows]

    # Replicas

    @transaction
    def report(self, connection: Connection, replica: Replica) -> int:
        """Say that a replica lives and what it answers from. Returns the number of the last reload asked for."""
        key = {"name": replica.name}
        rest = {"version": replica.version, "problems": replica.problems, "reload": replica.reload}
        self._upsert(connection, replicas, key, {**rest, "seen": self._clock()})
        return connection.scalar(select(reloads.c.number)) or 0

    @transaction
    def leave(self, connection: Connection, name: str) -> None:
        """A replica stops."""
        connection.execute(delete(replicas).where(replicas.c.name == name))

    @transaction
    def replicas(self, connection: Connection) -> list[Replica]:
        """The replicas that live, by name."""
        query = select(replicas).where(replicas.c.seen > self._clock() - REPLICA_SECONDS).order_by(replicas.c.name)
        rows = connection.execute(query).all()
        return [Replica(row.name, row.version, row.problems, row.reload) for row in rows]

    @transaction
    def ask_reload(self, connection: Connection) -> int:
        """Ask every replica to reload. Returns the number of this reload."""
        query = self._insert(reloads).values(id=1, number=1)
        query = query.on_conflict_do_update(index_elements=["id"], set_={"number": reloads.c.number + 1})
        return int(connection.scalar(query.returning(reloads.c.number)) or 0)

    # Housekeeping

    @transaction
    def sweep(self, connection: Connection) -> int:
        """Forget what is past its time. Returns how many rows went."""
        now = self._clock()
        sent = select(broadcasts.c.id).where(broadcasts.c.written <= now - BROADCAST_SECONDS)
        old = (
            delete(recipients).where(recipients.c.broadcast.in_(sent)),
            delete(broadcasts).where(broadcasts.c.written <= now - BROADCAST_SECONDS),
            delete(conversations).where(conversations.c.expires <= now),
            delete(answers).where(answers.c.expires <= now),
            delete(votes).where(votes.c.expires <= now),
            delete(quizzes).where(quizzes.c.asked <= now - QUIZ_SECONDS),
            delete(quiz_polls).where(quiz_polls.c.asked <= now - QUIZ_SECONDS),
            delete(pictures).where(pictures.c.expires <= now),
            delete(replicas).where(replicas.c.seen <= now - UPDATE_SECONDS),
            delete(updates).where(
                or_(updates.c.done == Done.YES, updates.c.lease <= now - UPDATE_SECONDS), updates.c.lease <= now
            ),
        )
        return sum([connection.execute(query).rowcount for query in old])

    @transaction
    def counts(self, connection: Connection) -> dict[str, int]:
        """Rows in each table, for whoever watches the bot."""
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


_WHO = select(bindparam("person", type_=BigInteger).label("person")).subquery()

_KNOWN = select(languages.c.language, conversations.c.context, conversations.c.question).select_from(
    _WHO.outerjoin(languages, languages.c.person == _WHO.c.person).outerjoin(
        conversations,
        and_(
            conversations.c.person == _WHO.c.person,
            *(conversations.c[name] == bindparam(name) for name in ("chat", "thread")),
            conversations.c.expires > bindparam("now"),
        ),
    )
)

_BECOMES = (
    update(updates)
    .where(
        updates.c.id == bindparam("number"),
        updates.c.holder == bindparam("mine"),
        updates.c.done == bindparam("before"),
    )
    .values(done=bindparam("after"))
)


@cache
def _inserting(insert: Callable[[Table], Any]) -> Any:
    """Of updates, those that are new."""
    return insert(updates).on_conflict_do_nothing().returning(updates.c.id)


def _lapsed(now: float) -> tuple[Any, Any]:
    """Updates that nobody works on any more. A lease that ends too late was given before the clock was set back."""
    return updates.c.done != Done.YES, or_(updates.c.lease <= now, updates.c.lease > now + 2 * LEASE_SECONDS)
