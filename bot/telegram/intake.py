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
from collections.abc import Awaitable, Callable, Mapping, Sequence
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

Raw = Mapping[str, Any]
"""An update as Telegram sends it: a JSON object with `update_id`."""


class Taken(Enum):
    """What came of an update that Telegram delivered and keeps until it is acknowledged."""

    HANDLED = "handled"
    REPEATED = "repeated"
    BUSY = "busy"


class Intake:
    """Stands between what brings updates (polling or webhook) and what handles one.

    `handle` gets an update, and whether it may have been answered by a process that died over it.
    """

    def __init__(self, store: Store, handle: Callable[[Raw, bool], Awaitable[None]]) -> None:
        self._store = store
        self._handle = handle
        self._handled: dict[int, bool] = {}  # and whether the store knows
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._upkeep: list[asyncio.Task[None]] = []

    @property
    def under_way(self) -> int:
        """How many updates are being handled."""
        return len(self._under_way)

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
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._renew()
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
            tasks = [self._begin(number, known[number]) for number in sorted(known) if self._is_new(number)]
            if tasks:
                await asyncio.wait(tasks)
        else:
            for number in filter(self._is_new, fresh):
                self._begin(number, known[number])

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
        task = self._under_way.get(number)
        if task is None:
            return Taken.REPEATED
        await asyncio.shield(task)
        return Taken.HANDLED

    async def room(self, most: int) -> None:
        """Return when fewer than `most` updates are under way."""
        while len(self._under_way) >= most:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _claim(self, number: int) -> Claim:
        """Without the store, what this process remembers has to do: better an answer than none."""
        try:
            return await self._store.claim(number)
        except StoreError as error:
            log.error("intake.not_claimed", update=number, error=str(error))
            return Claim.MINE

    def _is_new(self, number: int) -> bool:
        return number not in self._under_way and number not in self._handled

    def _begin(self, number: int, update: Raw, *, unsure: bool = False) -> asyncio.Task[None]:
        task = asyncio.create_task(self._work(number, update, unsure))
        self._under_way[number] = task
        return task

    async def _work(self, number: int, update: Raw, unsure: bool) -> None:
        structlog.contextvars.bind_contextvars(update=number)  # so each line of this task's log has it
        delivery = Delivery(number, self._store)
        current.set(delivery)
        try:
            await self._to_its_end(delivery, update, unsure)
            self._handled[number] = delivery.finished
            if not delivery.finished:
                await self._finish([number])
            while len(self._handled) > REMEMBERED:
                del self._handled[next(iter(self._handled))]
        finally:
            del self._under_way[number]

    async def _to_its_end(self, delivery: Delivery, update: Raw, unsure: bool) -> None:
        try:
            await self._handle(update, unsure)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreError):
                await self._store.release(delivery.number)
            raise
        except Exception:
            log.exception("intake.failed")

    async def _finish(self, numbers: Sequence[int]) -> None:
        try:
            await self._store.finish(*numbers)
        except StoreError as error:
            log.error("intake.not_finished", updates=len(numbers), error=str(error))
        else:
            self._handled.update(dict.fromkeys(numbers, True))

    async def _renew(self) -> None:
        """Hold on to what is under way, and tell the store what it could not be told before."""
        if self._under_way:
            await self._store.renew(self._under_way)
        unfinished = [number for number, finished in self._handled.items() if not finished]
        if unfinished:
            await self._finish(unfinished)

    async def _take_over(self) -> None:
        for kept in await self._store.take_over():
            if self._is_new(kept.number):
                log.warning("intake.taken_over", update=kept.number, unsure=kept.unsure)
                self._begin(kept.number, json.loads(kept.payload), unsure=kept.unsure)

    async def _sweep(self) -> None:
        await self._store.sweep()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StoreError as error:
                log.error("intake.upkeep_failed", error=str(error))
            await asyncio.sleep(seconds)
