"""What Telegram lets a bot write into a group: 20 messages a minute. Who keeps to it is not told to wait longer."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

GROUP_MESSAGES = 20
MINUTE_SECONDS = 60.0
MOST_GROUPS = 10_000
"""So many are remembered at most before those that have been quiet for a minute are forgotten."""


class Pace:
    """Counts the messages into each group, of this process. `clock` is in seconds."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._sent: dict[int, deque[float]] = {}

    async def keep(self, method: str, data: Mapping[str, Any]) -> None:
        """Return when a call may be made: at once, unless it writes one message too many into a group."""
        chat = data.get("chat_id")
        writes = method.startswith("send") and method != "sendChatAction"
        if not (writes and isinstance(chat, int) and chat < 0):  # the ids of groups are below zero
            return
        sent = self._sent.setdefault(chat, deque(maxlen=GROUP_MESSAGES))
        turn = max(self._clock(), sent[0] + MINUTE_SECONDS if len(sent) == GROUP_MESSAGES else 0.0)
        sent.append(turn)
        self._forget()
        while (wait := turn - self._clock()) > 0:
            await self._sleep(wait)

    def _forget(self) -> None:
        if len(self._sent) > MOST_GROUPS:
            past = self._clock() - MINUTE_SECONDS
            self._sent = {chat: sent for chat, sent in self._sent.items() if sent[-1] > past}
