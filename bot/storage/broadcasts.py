"""Messages to all subscribers, and how far each has come: never sent twice to the same place, whatever dies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update

from bot.storage.database import Database, transaction
from bot.storage.tables import broadcasts, recipients, subscriptions

BROADCAST_LEASE_SECONDS = 15.0
"""How long a process that sends one may be silent before another goes on with it."""

BROADCAST_SECONDS = 30 * 86400.0
"""How long a broadcast is remembered, with whom it went to."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A message of an admin (`person`), who follows it at `message`. `state`: draft, running, stopped, done."""

    id: str
    person: int
    message: int
    html: str
    state: str = "draft"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A place that a broadcast goes to."""

    broadcast: str
    chat: int
    thread: int


class Broadcasts(Database):
    """The part of the store for broadcasts."""

    @transaction
    def draft(self, connection: Connection, broadcast: Broadcast) -> None:
        """Keep a message that waits to be confirmed."""
        now = self._clock()
        row = {"id": broadcast.id, "person": broadcast.person, "message": broadcast.message, "html": broadcast.html}
        connection.execute(insert(broadcasts).values(**row, state="draft", lease=0.0, written=now))

    @transaction
    def broadcast(self, connection: Connection, id_: str) -> Broadcast | None:
        """A broadcast by its id."""
        query = select(broadcasts).where(broadcasts.c.id == id_)
        row = connection.execute(query).first()
        return Broadcast(row.id, row.person, row.message, row.html, row.state) if row else None

    @transaction
    def launch(self, connection: Connection, id_: str) -> bool:
        """A draft becomes a running broadcast to everybody who is subscribed now. Of many that do so, one succeeds."""
        places = select(
            literal(id_), subscriptions.c.chat, subscriptions.c.thread, subscriptions.c.person, literal("waiting")
        )
        columns = ["broadcast", "chat", "thread", "person", "state"]
        done = connection.execute(_becomes(id_, "running", "draft"))
        if done.rowcount:
            connection.execute(insert(recipients).from_select(columns, places))
        return bool(done.rowcount)

    @transaction
    def halt(self, connection: Connection, id_: str, state: str) -> bool:
        """A draft or running broadcast becomes stopped or done. Whether it was not so already."""
        return bool(connection.execute(_becomes(id_, state, "draft", "running")).rowcount)

    @transaction
    def adopt(self, connection: Connection) -> Broadcast | None:
        """Claim a running broadcast that nobody sends: a new one, or one whose process died."""
        now = self._clock()
        free = (broadcasts.c.state == "running", broadcasts.c.lease <= now)
        row = connection.execute(select(broadcasts).where(*free).limit(1)).first()
        if row is None:
            return None
        claim = update(broadcasts).where(broadcasts.c.id == row.id, *free)
        mine = connection.execute(claim.values(lease=now + BROADCAST_LEASE_SECONDS)).rowcount
        return Broadcast(row.id, row.person, row.message, row.html, row.state) if mine else None

    @transaction
    def next_recipient(self, connection: Connection, id_: str) -> Recipient | None:
        """Take the next place and renew the lease; None when there is none left, or the broadcast was stopped."""
        running = update(broadcasts).where(broadcasts.c.id == id_, broadcasts.c.state == "running")
        waiting = select(recipients).where(recipients.c.broadcast == id_, recipients.c.state == "waiting")
        renewed = connection.execute(running.values(lease=self._clock() + BROADCAST_LEASE_SECONDS))
        while renewed.rowcount:
            row = connection.execute(waiting.order_by(recipients.c.chat).limit(1)).first()
            if row is None:
                return None
            found = Recipient(row.broadcast, row.chat, row.thread)
            taken = update(recipients).where(*_of(found), recipients.c.state == "waiting").values(state="taken")
            if connection.execute(taken).rowcount:
                return found
        return None

    @transaction
    def settle(self, connection: Connection, recipient: Recipient, state: str) -> None:
        """What became of a place that was taken: sent, gone, failed, or waiting again."""
        connection.execute(update(recipients).where(*_of(recipient)).values(state=state))

    @transaction
    def progress(self, connection: Connection, id_: str) -> dict[str, int]:
        """How many places there are in each state."""
        query = select(recipients.c.state, func.count()).where(recipients.c.broadcast == id_)
        rows = connection.execute(query.group_by(recipients.c.state)).all()
        return {state: int(count) for state, count in rows}


def _becomes(id_: str, state: str, *before: str) -> Any:
    return update(broadcasts).where(broadcasts.c.id == id_, broadcasts.c.state.in_(before)).values(state=state)


def _of(one: Recipient) -> tuple[Any, Any, Any]:
    return (recipients.c.broadcast == one.broadcast, recipients.c.chat == one.chat, recipients.c.thread == one.thread)
