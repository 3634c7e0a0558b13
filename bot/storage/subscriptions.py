"""Who gets the daily message, and when next. Times are handed in: a day is a matter of the reader's clock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from bot.storage.database import Database, transaction
from bot.storage.tables import subscriptions


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat or topic that gets the daily message, `minute` minutes after midnight in `zone`; next at `due`.

    `person` is who asked for it.
    """

    chat: int
    thread: int
    person: int
    language: str
    zone: str
    minute: int
    due: float


class Subscriptions(Database):
    """The part of the store for the daily message."""

    @transaction
    def subscribe(self, connection: Connection, subscription: Subscription) -> None:
        """Keep a subscription, in place of the one there was."""
        values = asdict(subscription)
        key = {name: values.pop(name) for name in ("chat", "thread")}
        self._upsert(connection, subscriptions, key, values)

    @transaction
    def unsubscribe(self, connection: Connection, chat: int, thread: int | None = None) -> bool:
        """No more messages for a topic, or for a chat with all its topics. Whether there was a subscription."""
        where = [subscriptions.c.chat == chat] + ([] if thread is None else [subscriptions.c.thread == thread])
        return bool(connection.execute(delete(subscriptions).where(*where)).rowcount)

    async def subscription(self, chat: int, thread: int) -> Subscription | None:
        """The subscription of a place."""
        found = await self._subscriptions(subscriptions.c.chat == chat, subscriptions.c.thread == thread)
        return next(iter(found), None)

    @transaction
    def subscribers(self, connection: Connection) -> int:
        """How many places are subscribed."""
        return connection.scalar(select(func.count()).select_from(subscriptions)) or 0

    async def due(self, now: float, limit: int = 100) -> list[Subscription]:
        """Those whose time has come, the longest waiting first."""
        return await self._subscriptions(subscriptions.c.due <= now, limit=limit)

    @transaction
    def take(self, connection: Connection, subscription: Subscription, due: float) -> bool:
        """Claim one that is due by setting its next time. Of many that claim it, one gets it."""
        query = update(subscriptions).where(*_of(subscription), subscriptions.c.due == subscription.due)
        return bool(connection.execute(query.values(due=due)).rowcount)

    @transaction
    def moved(self, connection: Connection, chat: int, new: int) -> None:
        """A group has become another chat."""
        connection.execute(delete(subscriptions).where(subscriptions.c.chat == new))
        connection.execute(update(subscriptions).where(subscriptions.c.chat == chat).values(chat=new))

    @transaction
    def _subscriptions(self, connection: Connection, *where: Any, limit: int | None = None) -> list[Subscription]:
        query = select(subscriptions).where(*where).order_by(subscriptions.c.due).limit(limit)
        return [Subscription(**row._mapping) for row in connection.execute(query).all()]


def _of(one: Subscription) -> tuple[Any, Any]:
    return (subscriptions.c.chat == one.chat, subscriptions.c.thread == one.thread)
