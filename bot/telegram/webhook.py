"""Telegram calls the bot. An update is acknowledged (200) only after it is handled, so that none is lost in a crash."""

from __future__ import annotations

import hmac
import json
from typing import Any, Self
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.telegram.intake import Intake, Taken

log = structlog.get_logger(__name__)

BODY_BYTES = 1 << 20
"""An update is a few kilobytes; what is larger is none."""

FINISH_SECONDS = 25.0
"""How long a stop waits for requests that are in."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, no secret
HEALTH_PATH = "/healthz"


class Webhook:
    """A server for updates at the path of `url`, and for a balancer's question whether it is there."""

    def __init__(self, url: str, secret: str, intake: Intake) -> None:
        self._secret = secret.encode()
        self._intake = intake
        server = web.Application(client_max_size=BODY_BYTES)
        server.router.add_post(urlsplit(url).path or "/", self._update)
        server.router.add_get(HEALTH_PATH, self._health)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=FINISH_SECONDS)

    async def start(self, host: str, port: int) -> Self:
        """Listen. Raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return self

    async def stop(self) -> None:
        """Close the door, let the requests that are in finish, and stop."""
        await self._runner.cleanup()

    async def _update(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            log.warning("webhook.wrong_secret", peer=request.remote)
            return web.Response(status=403)
        if request.content_type != "application/json":
            return web.Response(status=415)
        update = update_of(await request.read())
        if update is None:
            return web.Response(status=400, text="an update is a JSON object with an update_id")
        taken = await self._intake.deliver(update)
        return _later() if taken is Taken.BUSY else web.Response()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"under_way": self._intake.under_way})


def update_of(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = update.get("update_id") if isinstance(update, dict) else None
    return update if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 62 else None


def _later() -> web.Response:
    """Telegram keeps the update and delivers it again."""
    return web.Response(status=503, headers={"Retry-After": "5"})
