"""Asking Telegram for updates. The offset, which makes Telegram forget them, moves only after they are taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.handlers import UPDATES
from bot.telegram.intake import Intake
from bot.telegram.request import AiohttpRequest
from bot.telegram.retries import seconds

log = structlog.get_logger(__name__)

WAIT_SECONDS = 50
"""How long Telegram holds a request until there is an update: as long as it will."""

MOST_CHATS = 500
"""From so many chats updates wait before no more are asked for."""


class Polling:
    """Polls with requests of its own: a batch is taken as plain JSON, so one odd update does not spoil the others."""

    def __init__(self, api: str, token: str, intake: Intake) -> None:
        self._address = f"{api}/bot{token}/getUpdates"
        self._intake = intake
        self._request = AiohttpRequest(connections=2)
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled. Raises InvalidToken when the token is revoked."""
        failures = 0
        async with self._request:
            try:
                while True:
                    await self._intake.room(MOST_CHATS)
                    try:
                        await self._take(await self._fetch(WAIT_SECONDS, 100))
                        failures = 0
                    except InvalidToken:
                        raise
                    except TelegramError as error:
                        failures += 1
                        delay = _delay(error, failures)
                        log.warning("polling.failed", error=str(error), seconds=round(delay, 2))
                        await asyncio.sleep(delay)
            finally:
                await self._acknowledge()

    async def _take(self, batch: list[Mapping[str, Any]]) -> None:
        if batch:
            await self._intake.receive(batch)
            self._offset = max(int(update["update_id"]) for update in batch) + 1

    async def _acknowledge(self) -> None:
        """Confirm what was stored since the last request, so that Telegram does not repeat it at the next start."""
        if self._offset is None:
            return
        try:
            async with asyncio.timeout(3):
                await self._fetch(0, 1)
        except (TelegramError, TimeoutError) as error:
            log.info("polling.not_acknowledged", error=str(error))  # then it is repeated, and dropped

    async def _fetch(self, wait: int, limit: int) -> list[Mapping[str, Any]]:
        query = {"timeout": wait, "limit": limit, "allowed_updates": json.dumps(UPDATES)}
        if self._offset is not None:
            query["offset"] = self._offset
        batch = await self._request.post(f"{self._address}?{urlencode(query)}", read_timeout=wait + 10.0)
        return [update for update in batch if "update_id" in update] if isinstance(batch, list) else []


def _delay(error: Exception, failures: int) -> float:
    """Seconds to wait after that many failures in a row."""
    if isinstance(error, RetryAfter):
        return seconds(error)
    if isinstance(error, Conflict):  # another process polls with this token; both would go on ending each other
        return min(2.0 * failures, 30.0)
    return min(0.25 * 2.0 ** min(failures, 8), 30.0)
