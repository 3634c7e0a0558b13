"""Calls to the Bot API that may be made again are made again: asked to wait (429), server faults (5xx), network."""

from __future__ import annotations

import asyncio
import datetime
import re
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import BaseRateLimiter

from bot.telegram.delivery import current
from bot.telegram.pace import Pace
from bot.telegram.request import LostError, NotSentError

log = structlog.get_logger(__name__)

Answer = bool | dict[str, Any] | list[dict[str, Any]]

PATIENCE_SECONDS = 90.0
"""No call is tried for longer than this, unless somebody waits for what it says."""

ANSWER_PATIENCE_SECONDS = 3600.0
"""How long Telegram may refuse what answers an update. While it is out of reach, that is tried without end."""

LONGEST_PAUSE_SECONDS = 15.0

ONCE = "once"
"""As `rate_limit_args` of a call: it is made again only when Telegram said to wait or was not reached."""

TWICE = "twice"
"""As `rate_limit_args` of a call that sends a message: better twice than not at all."""

_MESSAGE_ID = re.compile(rb'\{"ok":\s*true,\s*"result":\s*\{"message_id":\s*([0-9]+)\s*,')


class UnsureError(NetworkError):
    """A message was handed to Telegram, and nobody knows whether it arrived."""


class Retries(BaseRateLimiter[str]):
    """The framework's place for it is the rate limiter. Only the chat that must wait waits, as each has its own lane.

    A call that was refused, or changes nothing when it is made again, is made again. A message of which nobody knows
    whether it was sent is not sent again unless it may come `TWICE`: Telegram knows no idempotency key.
    """

    def __init__(self, pace: Pace, retries: Counter[str]) -> None:
        self._pace = pace
        self._retries = retries

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
        sends = endpoint.startswith("send") and endpoint != "sendChatAction"
        delivery = current.get()
        deadline = time.monotonic() + (ANSWER_PATIENCE_SECONDS if delivery else PATIENCE_SECONDS)
        attempt = 1
        while True:
            if delivery and sends:
                await delivery.sending()
            try:
                return await callback(*args, **kwargs)
            except TelegramError as error:
                if isinstance(error, LostError) and (sent := _sent(error.part, data)):
                    return sent
                unsure = sends and isinstance(error, TimedOut | LostError)
                if delivery and sends and not unsure:
                    await delivery.refused()
                delay = pause(error, attempt)
                if delay is None or (rate_limit_args == ONCE and not is_unsent(error)):
                    raise
                if unsure and rate_limit_args != TWICE:
                    raise UnsureError(error.message) from error
                endless = delivery and isinstance(error, NotSentError)
                if time.monotonic() + delay > deadline and not endless:
                    raise
                waits = round(delay, 2)
                log.warning("telegram.retry", method=endpoint, attempt=attempt, seconds=waits, error=str(error))
                self._retries[endpoint] += 1
                attempt += 1
            await asyncio.sleep(delay)


def _sent(part: bytes, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """As much of a message that was sent as the first part of an answer tells; None when that is too little."""
    number = _MESSAGE_ID.match(part)
    return (
        {"message_id": int(number[1]), "date": 0, "chat": {"id": data.get("chat_id", 0), "type": ""}}
        if number
        else None
    )


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
        return min(0.25 * 2.0 ** min(attempt - 1, 8), LONGEST_PAUSE_SECONDS)
    return None
