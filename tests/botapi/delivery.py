"""Updates on their way to the bot: kept until confirmed, fetched by getUpdates or pushed to a webhook.

Rules: core.telegram.org/bots/api#getting-updates; lanes, retries and lifetimes: tdlib/telegram-bot-api, WebhookActor.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import aiohttp

from .wire import ApiError, Json, Parameters

Lane = tuple[str, int | str]
CarryOut = Callable[[str, Parameters], Awaitable[Any]]

NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
LIFETIMES = {"callback_query": 150.0, "inline_query": 30.0}  # seconds; every other update lives for a day
DAY = 86400.0
MAX_POLL = 50  # seconds
WEBHOOK_TIMEOUT = 60.0  # seconds
MAX_RETRY_AFTER = 3600  # seconds
NEVER_IN_ANSWERS = {"setwebhook", "deletewebhook", "close", "logout"}


@dataclass
class Update:
    """One update; those of one lane are pushed one at a time, in order."""

    id: int
    kind: str
    body: Json
    lane: Lane
    expires_at: float

    def as_json(self) -> Json:
        return {"update_id": self.id, self.kind: self.body}


class Updates:
    """The queue, and whichever of the two ways takes from it."""

    def __init__(self, carry_out: CarryOut, retry_unit: float) -> None:
        self.pending: dict[int, Update] = {}
        self.history: dict[int, Update] = {}
        self.counts: Counter[str] = Counter()  # delivered, failed, expired
        self.allowed: list[str] = []  # empty: the default
        self.webhook: Webhook | None = None
        self.next_id = random.randrange(10**8, 9 * 10**8)
        self._carry_out, self._retry_unit = carry_out, retry_unit
        self._poll: asyncio.Future[None] | None = None
        self._next_webhook_at = 0.0

    def add(self, kind: str, body: Json, lane: Lane) -> int | None:
        """The id of the new update; None when the bot did not ask for its kind."""
        if (kind not in self.allowed) if self.allowed else (kind in NOT_BY_DEFAULT):
            return None
        # A copy: what a person saw at that moment stays, whatever is edited later.
        body = json.loads(json.dumps(body))
        update = Update(self.next_id, kind, body, lane, time.monotonic() + LIFETIMES.get(kind, DAY))
        self.next_id += 1
        self._offer(update)
        return update.id

    def repeat(self, update_id: int) -> None:
        """Delivers an update once more, as Telegram does when an acknowledgement got lost."""
        self._offer(self.history[update_id])

    def _offer(self, update: Update) -> None:
        self.pending[update.id] = self.history[update.id] = update
        if self.webhook:
            self.webhook.offer(update)
        elif self._poll and not self._poll.done():
            self._poll.set_result(None)

    async def poll(self, offset: int, limit: int, seconds: int, allowed: list[str] | None) -> list[Json]:
        """getUpdates."""
        if self.webhook:
            text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise ApiError(409, f"Conflict: {text}")
        self._end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._allow(allowed)
        self._confirm_before(offset)
        if not self.pending and seconds > 0:
            await self._arrival(min(seconds, MAX_POLL))
        self._drop_expired()
        return [update.as_json() for update in sorted(self.pending.values(), key=lambda update: update.id)[:limit]]

    async def _arrival(self, seconds: float) -> None:
        waiting = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            pass
        finally:
            self._poll = None if self._poll is waiting else self._poll

    def _end_poll(self, reason: str) -> None:
        """A poll that waits is ended by the request that comes after it, not the other way round."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(ApiError(409, f"Conflict: {reason}"))

    def _confirm_before(self, offset: int) -> None:
        if offset < 0:
            offset = min(sorted(self.pending)[offset:], default=0)
        for update_id in [number for number in self.pending if number < offset]:
            self.confirm(update_id)

    def confirm(self, update_id: int) -> None:
        if self.pending.pop(update_id, None):
            self.counts["delivered"] += 1

    def drop(self, update: Update) -> None:
        if self.pending.pop(update.id, None):
            self.counts["expired"] += 1

    def expire(self) -> None:
        """All that waits has outlived its time."""
        for update in self.pending.values():
            update.expires_at = 0.0

    def _drop_expired(self) -> None:
        for update in [update for update in self.pending.values() if update.expires_at < time.monotonic()]:
            self.drop(update)

    def _allow(self, kinds: list[str] | None) -> None:
        """An earlier choice stays until another is made; an empty list is the default again."""
        self.allowed = self.allowed if kinds is None else [str(kind).lower() for kind in kinds]

    async def set_webhook(
        self, url: str, secret: str, max_connections: int, allowed: list[str] | None, drop_pending: bool
    ) -> None:
        now = time.monotonic()
        if now < self._next_webhook_at:
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        self._next_webhook_at = now + 1
        await self.delete_webhook(drop_pending)
        self._end_poll("terminated by setWebhook request")
        self._allow(allowed)
        self.webhook = Webhook(self, url, secret, max_connections, self._carry_out, self._retry_unit)
        for update in self.pending.values():
            self.webhook.offer(update)

    async def delete_webhook(self, drop_pending: bool = False) -> None:
        """Whatever was not acknowledged stays pending, what was being pushed included."""
        webhook, self.webhook = self.webhook, None
        if webhook:
            await webhook.close()
        if drop_pending:
            self.pending.clear()

    def info(self) -> Json:
        """WebhookInfo."""
        self._drop_expired()
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        if self.webhook:
            info |= {
                "url": self.webhook.url,
                "max_connections": self.webhook.max_connections,
                **self.webhook.last_error,
            }
        return info | ({"allowed_updates": self.allowed} if self.allowed else {})


class Webhook:
    """Pushes updates: one at a time in each lane, and no more than `max_connections` in all."""

    def __init__(
        self, updates: Updates, url: str, secret: str, max_connections: int, carry_out: CarryOut, retry_unit: float
    ) -> None:
        self.url, self.max_connections = url, max_connections
        self.last_error: Json = {}
        self._updates, self._carry_out, self._retry_unit = updates, carry_out, retry_unit
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        self._connections = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=WEBHOOK_TIMEOUT), connector=aiohttp.TCPConnector(limit=0)
        )
        self._lanes: dict[Lane, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def offer(self, update: Update) -> None:
        if update.lane in self._lanes:
            self._lanes[update.lane].append(update)
        else:
            self._lanes[update.lane] = deque([update])
            self._start(self._run_lane(update.lane))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def _run_lane(self, lane: Lane) -> None:
        queue = self._lanes[lane]
        while queue:
            await self._deliver(queue[0])
            queue.popleft()
        del self._lanes[lane]

    async def _deliver(self, update: Update) -> None:
        """Until it is acknowledged: the first retry comes at once, then the delay doubles; Retry-After wins."""
        delay, failures = 1.0, 0
        while time.monotonic() < update.expires_at:
            async with self._connections:
                error, retry_after = await self._post(update)
            if error is None:
                self._updates.confirm(update.id)
                return
            self._updates.counts["failed"] += 1
            self.last_error = {"last_error_date": int(time.time()), "last_error_message": error}
            if failures and not retry_after:
                delay = min(2 * delay, random.uniform(60, 120))
            pause = retry_after or (delay * self._retry_unit if failures else 0)
            failures += 1
            if time.monotonic() + pause > update.expires_at:
                break
            await asyncio.sleep(pause)
        self._updates.drop(update)

    async def _post(self, update: Update) -> tuple[str | None, int]:
        """What went wrong, if anything, and the seconds of Retry-After."""
        try:
            async with self._session.post(
                self.url, json=update.as_json(), headers=self._headers, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status <= 299:
                    seconds = answer.headers.get("Retry-After", "0")
                    retry_after = min(int(seconds), MAX_RETRY_AFTER) if seconds.isdigit() else 0
                    return f"Wrong response from the webhook: {answer.status} {answer.reason}", retry_after
                body, kind = await answer.read(), answer.content_type
        except TimeoutError:
            return "Read timeout expired", 0
        except aiohttp.ClientConnectorError:
            return "Connection refused", 0
        except aiohttp.ClientError:
            return "Webhook connection closed", 0
        self._carry_out_answer(body, kind)
        return None, 0

    def _carry_out_answer(self, body: bytes, kind: str) -> None:
        """A method in the answer is called, and the bot never hears what came of it."""
        values = _values(body, kind)
        method = str(values.pop("method", ""))
        if method and method.lower() not in NEVER_IN_ANSWERS and not method.lower().startswith("get"):
            self._start(_silently(self._carry_out(method, Parameters(values))))


def _values(body: bytes, kind: str) -> Json:
    try:
        values = json.loads(body) if kind == "application/json" else dict(parse_qsl(body.decode()))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


async def _silently(call: Awaitable[Any]) -> None:
    with contextlib.suppress(ApiError):  # the call's record has it
        await call


def kinds_of(value: Sequence[str] | None) -> list[str] | None:
    """`allowed_updates` of a request: None when it was left out."""
    return None if value is None else list(value)
