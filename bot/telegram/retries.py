"""Calls to the Bot API that may be made again are made again: asked to wait (429), server faults (5xx), network."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.telegram.pace import Pace
from bot.telegram.request import NotSentError

log = structlog.get_logger(__name__)

Answer = bool | dict[str, Any] | list[dict[str, Any]]

ATTEMPTS = 6
PATIENCE_SECONDS = 90.0
"""No call is tried for longer than this: by then the person has gone, and others in the chat wait."""


ONCE = "once"
"""As `rate_limit_args` of a call: it is made again only when it is sure that it was not carried out."""


class Retries(BaseRateLimiter[str]):
    """The framework's place for it is the rate limiter. Only the chat that must wait waits, as each has its own lane.

    A call that was carried out and whose answer was lost is made twice, unless it is to be made `ONCE`: Telegram knows
    no idempotency key, and an answer twice is better than none.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to take down."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> Answer:
        await self._pace.keep(endpoint, data)
        deadline = time.monotonic() + PATIENCE_SECONDS
        attempt = 1
        while True:
            try:
                return await callback(*args, **kwargs)
            except TelegramError as error:
                delay = pause(error, attempt)
                if rate_limit_args == ONCE and not is_unsent(error):
                    raise
                if delay is None or attempt == ATTEMPTS or time.monotonic() + delay > deadline:
                    raise
                log.warning(
                    "telegram.retry", method=endpoint, attempt=attempt, seconds=round(delay, 2), error=str(error)
                )
                attempt += 1
            await asyncio.sleep(delay)


def is_unsent(error: TelegramError) -> bool:
    """Whether a call that failed was certainly not carried out: Telegram said to wait, or was not reached."""
    return isinstance(error, RetryAfter | NotSentError)


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, datetime.timedelta) else float(after)


def pause(error: TelegramError, attempt: int) -> float | None:
    """Seconds to wait before a call is made again after `error`; None when that would be no use."""
    if isinstance(error, RetryAfter):
        return seconds(error)
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return min(0.25 * 2.0 ** (attempt - 1), 30.0)
    return None
