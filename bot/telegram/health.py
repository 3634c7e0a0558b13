"""Whether the bot lives and can answer, and its metrics, over HTTP for those who run it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

import structlog
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from telegram.error import TelegramError

from bot.storage import StoreError
from bot.telegram.metrics import Metrics

log = structlog.get_logger(__name__)

ALIVE_PATH, READY_PATH, METRICS_PATH = "/healthz", "/readyz", "/metrics"

PATIENCE_SECONDS = 3.0
FRESH_SECONDS = 5.0
"""How long the outcome of a check is given again instead of checking anew: a probe must not become a load."""

Check = Callable[[], Awaitable[object]]
"""Raises StoreError or TelegramError when what it looks at is not there."""


class Health:
    """A server of its own, so that it can listen where only those who run the bot reach it."""

    def __init__(self, metrics: Metrics, pack: Callable[[], str], checks: Mapping[str, Check]) -> None:
        self._metrics = metrics
        self._pack = pack
        self._checks = checks
        self._checked = asyncio.Lock()
        self._at = float("-inf")
        self._state: dict[str, str] = {}
        server = web.Application(client_max_size=0)
        server.router.add_get(ALIVE_PATH, self._alive)
        server.router.add_get(READY_PATH, self._ready)
        server.router.add_get(METRICS_PATH, self._measured)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)

    async def start(self, host: str, port: int) -> Self:
        """Listen. Raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return self

    async def stop(self) -> None:
        """Close the door."""
        await self._runner.cleanup()

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, _: web.Request) -> web.Response:
        async with self._checked:
            if time.monotonic() - self._at > FRESH_SECONDS:
                states = await asyncio.gather(*(_state(name, check) for name, check in self._checks.items()))
                self._state, self._at = dict(zip(self._checks, states, strict=True)), time.monotonic()
        ready = all(state == "ok" for state in self._state.values())
        return web.json_response({"ready": ready, "pack": self._pack(), **self._state}, status=200 if ready else 503)

    async def _measured(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


async def _state(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await check()
    except (StoreError, TelegramError, TimeoutError) as error:
        log.warning("health.not_ready", check=name, error=str(error) or type(error).__name__)
        return "failed"  # why is for the log: the answer may be read by anybody who can connect
    return "ok"
