"""Every update is handled once: claimed before the work, finished after it, repeats dropped.

A claim has a lease that is renewed while the work goes on, so that one whose process died is free again soon. If that
process had begun to send, the person is told so instead of being answered again (see `delivery`). While the store is
out of reach, this process's own memory stands in for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import structlog

from bot.storage import Claim, Store, StoreError
from bot.storage.store import LEASE_SECONDS
from bot.telegram.delivery import Delivery, current

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0

REMEMBERED = 10_000
"""How many handled updates a process remembers by itself."""

HELD = 10
"""How many updates of one chat are held in memory; of others that wait behind them, their numbers."""

MOST_WAITING = 100_000
"""How many updates may wait in all before no more are asked for."""

Raw = Mapping[str, Any]
"""An update as Telegram sends it: a JSON object with `update_id`."""


class Taken(Enum):
    """What came of an update that Telegram delivered and keeps until it is acknowledged."""

    HANDLED = "handled"
    REPEATED = "repeated"
    BUSY = "busy"


@dataclass(slots=True)
class Job:
    """An update that waits or is worked on. What waits long has no `raw`: the store has it."""

    number: int
    raw: Raw | None
    unsure: bool
    ended: asyncio.Future[None]


class Intake:
    """Stands between what brings updates (polling or webhook) and what handles one.

    Updates of one chat are handled in order, those of different chats at the same time. Who writes much waits for
    oneself alone, and of most of what waits only the numbers are in memory.

    `handle` gets an update, and whether it may have been answered by a process that died over it.
    """

    def __init__(self, store: Store, handle: Callable[[Raw, bool], Awaitable[None]]) -> None:
        self._store = store
        self._handle = handle
        self._jobs: dict[int, Job] = {}
        self._lanes: dict[int, deque[Job]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._handled: dict[int, bool] = {}  # and whether the store knows
        self._upkeep: list[asyncio.Task[None]] = []

    @property
    def under_way(self) -> int:
        """How many updates are being handled or wait for it."""
        return len(self._jobs)

    def start(self, *, take_over: bool) -> None:
        """Begin the upkeep. With `take_over`, updates that a dead process had received are handled by this one."""
        self._upkeep.append(asyncio.create_task(self._every(LEASE_SECONDS / 3, self._renew)))
        self._upkeep.append(asyncio.create_task(self._every(SWEEP_SECONDS, self._sweep)))
        if take_over:
            self._upkeep.append(asyncio.create_task(self._every(LEASE_SECONDS / 3, self._take_over)))

    async def stop(self, patience: float) -> None:
        """Let what is under way finish, for `patience` seconds; what does not is given back for the next start."""
        for task in self._upkeep[1:]:
            task.cancel()
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._tell()
            await self._store.release(self._jobs)
        for task in self._upkeep:
            task.cancel()
        await asyncio.gather(*self._upkeep, return_exceptions=True)

    async def inherit(self) -> None:
        """Take over all that processes before this one received and did not finish, so that order is kept.

        Those that still live are given the time to finish; those that died let go when their leases end.
        """
        deadline = time.monotonic() + 3 * LEASE_SECONDS
        try:
            while time.monotonic() < deadline:
                await self._take_over()
                if await self._store.kept() <= self.under_way:
                    return
                await asyncio.sleep(LEASE_SECONDS / 20)
        except StoreError as error:
            log.error("intake.upkeep_failed", error=str(error))

    async def receive(self, batch: Sequence[Raw]) -> None:
        """Take updates, in order, which Telegram will forget when this returns.

        They are stored by then and handled later; without the store they are handled by then.
        """
        known = {int(one["update_id"]): one for one in batch}
        try:
            fresh = await self._store.receive({number: json.dumps(one) for number, one in known.items()})
        except StoreError as error:
            log.error("intake.not_stored", error=str(error))
            jobs = [self._begin(number, known[number]) for number in sorted(known) if self._is_new(number)]
            await asyncio.gather(*(job.ended for job in jobs))
        else:
            for number in filter(self._is_new, fresh):
                self._begin(number, known[number], stored=True)

    async def deliver(self, update: Raw) -> Taken:
        """Take an update which Telegram keeps, and return when it is handled."""
        number = int(update["update_id"])
        claim = await self._claim(number) if self._is_new(number) else Claim.BUSY
        if self._is_new(number):
            if claim is Claim.DONE:
                return Taken.REPEATED
            if claim is Claim.BUSY:
                return Taken.BUSY
            self._begin(number, update, unsure=claim is Claim.UNSURE)
        job = self._jobs.get(number)
        if job is None:
            return Taken.REPEATED
        await asyncio.shield(job.ended)
        return Taken.HANDLED

    async def room(self, most: int) -> None:
        """Return when fewer than `most` chats wait or are worked on, and the numbers of those updates fit in memory."""
        while len(self._lanes) >= most or len(self._jobs) >= MOST_WAITING:
            await asyncio.wait(self._workers, return_when=asyncio.FIRST_COMPLETED, timeout=1.0)

    async def _claim(self, number: int) -> Claim:
        """Without the store, what this process remembers has to do: better an answer than none."""
        try:
            return await self._store.claim(number)
        except StoreError as error:
            log.error("intake.not_claimed", update=number, error=str(error))
            return Claim.MINE

    def _is_new(self, number: int) -> bool:
        return number not in self._jobs and number not in self._handled

    def _begin(self, number: int, update: Raw, *, unsure: bool = False, stored: bool = False) -> Job:
        """Put an update at the end of its lane."""
        key = lane(update)
        queue = self._lanes.setdefault(key, deque())
        held = update if len(queue) < HELD or not stored else None
        job = self._jobs[number] = Job(number, held, unsure, asyncio.get_running_loop().create_future())
        queue.append(job)
        if len(queue) == 1:
            worker = asyncio.create_task(self._work_off(key, queue))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return job

    async def _work_off(self, key: int, queue: deque[Job]) -> None:
        try:
            while queue:
                job = queue[0]
                await self._work(job)
                queue.popleft()
                del self._jobs[job.number]
                job.ended.set_result(None)
        finally:
            for job in queue:  # when this is cancelled
                job.ended.cancel()
            del self._lanes[key]

    async def _work(self, job: Job) -> None:
        structlog.contextvars.bind_contextvars(update=job.number)  # so each line of the log that this leads to has it
        delivery = Delivery(job.number, self._store, job.unsure)
        current.set(delivery)
        try:
            await self._handle(job.raw or await self._again(job.number), job.unsure)
        except Exception:
            log.exception("intake.failed")
        if delivery.taken_over:
            return
        self._handled[job.number] = delivery.finished
        if not delivery.finished:
            await self._finish([job.number])
        while len(self._handled) > REMEMBERED:
            del self._handled[next(iter(self._handled))]

    async def _again(self, number: int) -> Raw:
        """What the store has of an update, as soon as it can be asked."""
        while True:
            try:
                return dict(json.loads(await self._store.payload(number)))
            except StoreError as error:
                log.error("intake.not_read", error=str(error))
                await asyncio.sleep(1.0)

    async def _finish(self, numbers: Sequence[int]) -> None:
        try:
            await self._store.finish(*numbers)
        except StoreError as error:
            log.error("intake.not_finished", updates=len(numbers), error=str(error))
        else:
            self._handled.update(dict.fromkeys(numbers, True))

    async def _renew(self) -> None:
        """Hold on to what is under way."""
        await self._store.renew(self._jobs)
        await self._tell()

    async def _tell(self) -> None:
        """Tell the store what it could not be told before."""
        unfinished = [number for number, finished in self._handled.items() if not finished]
        if unfinished:
            await self._finish(unfinished)

    async def _take_over(self) -> None:
        for kept in await self._store.take_over():
            if self._is_new(kept.number):
                log.warning("intake.taken_over", update=kept.number, unsure=kept.unsure)
                self._begin(kept.number, json.loads(kept.payload), unsure=kept.unsure, stored=True)

    async def _sweep(self) -> None:
        await self._store.sweep()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StoreError as error:
                log.error("intake.upkeep_failed", error=str(error))
            await asyncio.sleep(seconds)


def whole(update: Raw) -> Raw:
    """An update in whose texts no half of a character is left: JSON can name one, and no database takes it."""
    text = json.dumps(update, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return dict(json.loads(text.encode(errors="replace")))
    return update


def lane(update: Raw) -> int:
    """The chat that an update belongs to, or else the person. An update of neither shares lane 0."""
    for kind, body in update.items():
        if kind != "update_id" and isinstance(body, dict):
            inner = body.get("message")
            message = inner if isinstance(inner, dict) else body
            for where in (message.get("chat"), body.get("from"), body.get("user"), body.get("voter_chat")):
                if isinstance(where, dict) and isinstance(where.get("id"), int):
                    return int(where["id"])
    return 0
