"""Updates of one chat in order, those of different chats at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Lanes(BaseUpdateProcessor):
    """At most `at_once` updates are worked on; a chat takes one place however many of its updates wait."""

    def __init__(self, at_once: int) -> None:
        super().__init__(max_concurrent_updates=1_000_000)  # waiting costs nothing: the limit is the slots below
        self._slots = asyncio.Semaphore(at_once)
        self._lanes: dict[int, _Lane] = {}

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to take down."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await `coroutine` when its lane is free. Locks are fair, so a lane keeps the order of the calls."""
        key = lane(update)
        here = self._lanes.setdefault(key, _Lane())
        here.users += 1
        try:
            async with here.lock, self._slots:
                await coroutine
        finally:
            here.users -= 1
            if not here.users:
                del self._lanes[key]


def lane(update: object) -> int:
    """The chat that an update belongs to, or else the person. An update of neither shares lane 0."""
    if isinstance(update, Update):
        if update.effective_chat:
            return update.effective_chat.id
        if update.effective_user:
            return update.effective_user.id
    return 0
