"""Several processes that share the work take a new pack together, and an admin is told which have.

They talk through the database: who reloads raises a number there, and whoever sees that it is behind reads its own
folders again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence

import structlog

from bot.storage import Replica, Store, StoreError
from bot.telegram.aside import StoppingError
from bot.telegram.live import Live, Refused, ReloadBusyError
from bot.telegram.words import Words

log = structlog.get_logger(__name__)

PHRASES = {
    "replica": ("name", "version"),
    "replica_with_problems": ("name", "version", "problems"),
    "replicas_agree": ("count", "all", "version"),
    "replicas_differ": (),
}

REPORT_SECONDS = 3.0
PATIENCE_SECONDS = 20.0


def own_name() -> str:
    """This process, as an admin would look for it."""
    return f"{socket.gethostname()}/{os.getpid()}"


class Replicas:
    """This process among the others."""

    def __init__(self, store: Store, live: Live, name: str) -> None:
        self._store = store
        self._live = live
        self._name = name
        self._reload: int | None = None
        self._problems = 0

    async def run(self) -> None:
        """Report and follow until cancelled."""
        try:
            while True:
                try:
                    await self._follow()
                except StoreError as error:
                    log.warning("replicas.no_report", error=str(error))
                await asyncio.sleep(REPORT_SECONDS)
        finally:
            try:
                await self._store.leave(self._name)
            except StoreError as error:
                log.warning("replicas.no_leave", error=str(error))

    async def announce(self) -> list[Replica]:
        """Have the others do the reload that was just done here. Returns what all say after it, the late ones included.

        Raises StoreError.
        """
        number = self._reload = await self._store.ask_reload()
        self._problems = 0
        await self._report()
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            all_of_them = await self._store.replicas()
            behind = [one for one in all_of_them if one.reload < number]
            if not behind or asyncio.get_running_loop().time() > deadline:
                return all_of_them
            await asyncio.sleep(0.5)

    async def _follow(self) -> None:
        wanted = await self._report()
        if self._reload is None:  # just started, so what it reads is new
            self._reload = wanted
        elif self._reload < wanted:
            log.info("replicas.reload_asked", number=wanted)
            try:
                outcome = await self._live.reload()
            except (ReloadBusyError, StoppingError):
                return
            self._reload = wanted
            self._problems = len(outcome.problems) if isinstance(outcome, Refused) else 0
            await self._report()

    async def _report(self) -> int:
        version = self._live.engine.pack.version
        return await self._store.report(Replica(self._name, version, self._problems, self._reload or 0))


def summary(replicas: Sequence[Replica], version: str, words: Words) -> str | None:
    """What an admin is told of the others, as HTML; None when there are none."""
    if len(replicas) < 2:
        return None
    lines = [_line(one, words) for one in replicas if one.version != version]
    has = len(replicas) - len(lines)
    head = words.html("replicas_agree", count=has, all=len(replicas), version=version)
    return "\n".join([head, words.html("replicas_differ"), *lines]) if lines else head


def _line(one: Replica, words: Words) -> str:
    if one.problems:
        return words.html("replica_with_problems", name=one.name, version=one.version, problems=one.problems)
    return words.html("replica", name=one.name, version=one.version)
