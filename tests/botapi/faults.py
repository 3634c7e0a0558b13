"""Things that go wrong between a bot and Telegram, on demand and at Telegram's own rates."""

import asyncio
import math
import random
import socket
import struct
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from aiohttp import web

from .wire import ApiError, too_many_requests

KINDS = ("429", "500", "502", "reset", "half", "slow", "error")


@dataclass
class Fault:
    """A rule: what happens to calls of a method. `after` has the call carried out before it goes wrong."""

    method: str = "*"  # as the Bot API writes it, or "send*", or "*"
    kind: str = "500"
    count: int | None = 1  # None: until taken away
    probability: float = 1.0
    after: bool = False
    retry_after: int = 1  # seconds, of 429
    seconds: float = 1.0  # of slow
    error_code: int = 400  # of error
    description: str = "Bad Request"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        self.after = self.after or self.kind in ("half", "slow")  # there is an answer, cut or late

    def meets(self, method: str) -> bool:
        name, wanted = method.lower(), self.method.lower()
        matches = name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted
        return matches and self.count != 0 and random.random() < self.probability

    async def instead(self, request: web.Request, answer: web.Response | None) -> web.StreamResponse:
        """What the bot gets instead of its answer, which is None where the call was not carried out."""
        if self.kind == "slow" and answer is not None:
            await asyncio.sleep(self.seconds)
            return answer
        if self.kind == "502":  # from the proxy before Telegram's servers, so no JSON
            return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        if self.kind in ("reset", "half"):
            return await _cut(request, answer if self.kind == "half" else None)
        raise self._error()

    def _error(self) -> ApiError:
        if self.kind == "429":
            return too_many_requests(self.retry_after)
        if self.kind == "500":
            return ApiError(500, "Internal Server Error")
        return ApiError(self.error_code, self.description)


async def _cut(request: web.Request, answer: web.Response | None) -> web.StreamResponse:
    """Breaks the connection: at once, or in the middle of an answer."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if answer is not None and isinstance(answer.body, bytes):
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        if answer is None:  # a linger of zero makes the kernel send RST
            request.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        request.transport.close() if answer is not None else request.transport.abort()
    return response


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def take(self, method: str) -> Fault | None:
        """The first rule that this call meets, used up by one."""
        for rule in self.rules:
            if rule.meets(method):
                rule.count = None if rule.count is None else rule.count - 1
                return rule
        return None


class Rates:
    """What a bot may send (core.telegram.org/bots/faq): 30 messages a second, one a second a chat, 20 a minute a group.

    "Short bursts" above one a second in a chat pass: here, five.
    """

    BURST = 5

    def __init__(self) -> None:
        self.enforced = False
        self._sent: defaultdict[int | str, deque[float]] = defaultdict(deque)

    def check(self, chat_id: int) -> None:
        """Counts a message; raises 429 when it is one too many."""
        if not self.enforced:
            return
        now = time.monotonic()
        limits: list[tuple[int | str, int, float]] = [("all", 30, 1.0), (chat_id, self.BURST, float(self.BURST))]
        if chat_id < 0:
            limits.append((f"group {chat_id}", 20, 60.0))
        waits = [self._wait(key, most, seconds, now) for key, most, seconds in limits]
        if max(waits) > 0:
            raise too_many_requests(math.ceil(max(waits)))
        for key, _, _ in limits:
            self._sent[key].append(now)

    def _wait(self, key: int | str, most: int, seconds: float, now: float) -> float:
        sent = self._sent[key]
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        return sent[0] + seconds - now if len(sent) >= most else 0.0
