"""Requests as they leave: by the proxy that the environment names, with what they say as it was meant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram import request
from bot.telegram.request import AiohttpRequest


@pytest.fixture(autouse=True)
def _environment_is_read_anew() -> Iterator[None]:
    request._proxy.cache_clear()
    yield
    request._proxy.cache_clear()


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Says which host and path it was asked for, as what and whether with a password."""

    async def told(asked: web.Request) -> web.Response:
        by_proxy = "Proxy-Authorization" in asked.headers
        said = await asked.text()
        return web.Response(text=said or f"{asked.host} {asked.path} {by_proxy}")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", told)
    started = TestServer(application)
    async with started:
        yield started


@pytest.fixture
async def requests() -> AsyncIterator[AiohttpRequest]:
    made = AiohttpRequest(1)
    await made.initialize()
    yield made
    await made.shutdown()


async def test_a_proxy_is_asked_with_its_password(
    server: TestServer, requests: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://bot:hunter2@127.0.0.1:{server.port}")
    assert await requests.do_request("http://api.invalid/bot/getMe", "POST") == (200, b"api.invalid /bot/getMe True")


async def test_a_host_that_needs_none_is_asked_itself(
    server: TestServer, requests: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    address = f"127.0.0.1:{server.port}"
    assert await requests.do_request(f"http://{address}/getMe", "POST") == (200, f"{address} /getMe False".encode())


async def test_what_is_said_arrives_as_it_was_meant(server: TestServer, requests: AiohttpRequest) -> None:
    said = {
        "chat_id": 7,
        "text": "<b>Шанхай</b> 上海 🇨🇳 &amp; \udcff",
        "reply_markup": {"inline_keyboard": [[]]},
        "silent": True,
    }
    data = RequestData([RequestParameter.from_input(name, value) for name, value in said.items()])
    status, body = await requests.do_request(f"http://127.0.0.1:{server.port}/sendMessage", "POST", data)
    assert (status, json.loads(body)) == (200, said)
