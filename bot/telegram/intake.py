"""Every update is handled once as far as that can be had: claimed before the work, finished after it, repeats dropped.

A claim has a lease that is renewed while the work goes on, so that one whose process died is free again soon. What is
promised is "at least once": a process that dies between sending the answer and finishing the update answers twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import structlog

from bot.storage import Claim, Store, StoreError
from bot.storage.store import LEASE_SECONDS

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0

Raw = Mapping[str, Any]
"""An update as Telegram sends it: a JSON object with `update_id`."""


class Taken(Enum):
    """What came of an update that Telegram delivered and keeps until it is acknowledged."""

    HANDLED = "handled"
    REPEATED = "repeated"
    BUSY = "busy"


class Intake:
    """Stands between what brings updates (polling or webhook) and what handles one."""

    def __init__(self, store: Store, handle: Callable[[Raw], Awaitable[None]]) -> None:
        self._store = store
        self._handle = handle
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
        for task in self._upkeep:
            task.cancel()
        await asyncio.gather(*self._upkeep, return_exceptions=True)

    async def receive(self, batch: Sequence[Raw]) -> None:
        """Take updates which Telegram will forget, in order. They are stored when this returns, handled later.

        Raises StoreError; then nothing was taken.
        """
        known = {int(one["update_id"]): one for one in batch}
        fresh = await self._store.receive({number: json.dumps(one) for number, one in known.items()})
        for number in fresh:
            self._begin(number, known[number])

    async def deliver(self, update: Raw) -> Taken:
        """Take an update which Telegram keeps, and return when it is handled. Raises StoreError."""
        number = int(update["update_id"])
        task = self._under_way.get(number)
        if task is None:
            claim = await self._store.claim(number)
            if claim is Claim.DONE:
                return Taken.REPEATED
            if claim is Claim.BUSY and number not in self._under_way:
                return Taken.BUSY
            task = self._under_way.get(number) or self._begin(number, update)
        await asyncio.shield(task)
        return Taken.HANDLED

    async def room(self, most: int) -> None:
        """Return when fewer than `most` updates are under way."""
        while len(self._under_way) >= most:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)

    def _begin(self, number: int, update: Raw) -> asyncio.Task[None]:
        task = asyncio.create_task(self._work(number, update))
        self._under_way[number] = task
        return task

    async def _work(self, number: int, update: Raw) -> None:
        structlog.contextvars.bind_contextvars(update=number)  # so each line of this task's log has it
        try:
            await self._handle(update)
            await self._store.finish(number)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreError):
                await self._store.release(number)
            raise
        except StoreError as error:
            log.error("intake.not_finished", update=number, error=str(error))
        except Exception:
            log.exception("intake.failed", update=number)
        finally:
            self._under_way.pop(number, None)

    async def _renew(self) -> None:
        if self._under_way:
            await self._store.renew(self._under_way)

    async def _take_over(self) -> None:
        for number, payload in (await self._store.take_over()).items():
            if number not in self._under_way:
                log.warning("intake.taken_over", update=number)
                self._begin(number, json.loads(payload))

    async def _sweep(self) -> None:
        await self._store.sweep()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StoreError as error:
                log.error("intake.upkeep_failed", error=str(error))
            await asyncio.sleep(seconds)
