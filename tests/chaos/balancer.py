"""A proxy before the replicas, as Caddy or nginx would be: each request to the next one that can be reached."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

PASSED_ON = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")


@asynccontextmanager
async def balancer(backends: Sequence[str]) -> AsyncIterator[int]:
    """The port of one that runs. `backends` are addresses like http://127.0.0.1:8080."""
    turn = itertools.count()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def serve(request: web.Request) -> web.Response:
            body, first = await request.read(), next(turn)
            headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
            for number in range(len(backends)):
                address = backends[(first + number) % len(backends)] + request.path
                try:
                    async with session.post(address, data=body, headers=headers) as answer:
                        kept = {name: answer.headers[name] for name in ("Retry-After",) if name in answer.headers}
                        return web.Response(status=answer.status, body=await answer.read(), headers=kept)
                except aiohttp.ClientConnectorError:
                    continue
                except aiohttp.ClientError:  # it died over the request: whether it was handled, nobody knows
                    break
            return web.Response(status=502)

        server = web.Application()
        server.router.add_post("/{rest:.*}", serve)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
