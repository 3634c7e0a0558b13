"""The door that Telegram calls: only with the secret, only updates, and acknowledged only when handled."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.telegram import webhook
from bot.telegram.intake import Raw, Taken
from bot.telegram.webhook import BODY_BYTES, SECRET_HEADER, Webhook

SECRET = "s3cret-_"
PATH = "/hook/path"


class FakeIntake:
    """Takes updates as it is told to."""

    under_way = 0

    def __init__(self) -> None:
        self.taken: list[Raw] = []
        self.result = Taken.HANDLED

    async def deliver(self, update: Raw) -> Taken:
        self.taken.append(update)
        return self.result


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@pytest.fixture
async def client(intake: FakeIntake) -> AsyncIterator[aiohttp.ClientSession]:
    server = Webhook(f"https://bot.example.org{PATH}", SECRET, intake)  # type: ignore[arg-type]
    await server.start("127.0.0.1", 0)
    host, port = server._runner.addresses[0][:2]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
        yield session
    await server.stop()


async def status(
    client: aiohttp.ClientSession,
    data: Any,
    secret: str | None = SECRET,
    path: str = PATH,
    kind: str = "application/json",
) -> int:
    headers = {"Content-Type": kind} | ({} if secret is None else {SECRET_HEADER: secret})
    async with client.post(path, data=data, headers=headers) as response:
        return response.status


@pytest.mark.parametrize(
    ("taken", "code"),
    [(Taken.HANDLED, 200), (Taken.REPEATED, 200), (Taken.BUSY, 503)],
)
async def test_an_update_is_acknowledged_only_when_it_is_handled(
    client: aiohttp.ClientSession, intake: FakeIntake, taken: Taken, code: int
) -> None:
    intake.result = taken
    assert await status(client, json.dumps({"update_id": 7, "message": {}})) == code


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "é"])
async def test_without_the_secret_nothing_is_read(
    client: aiohttp.ClientSession, intake: FakeIntake, secret: str | None
) -> None:
    assert await status(client, b"{", secret) == 403
    assert await status(client, json.dumps({"update_id": 7}), secret) == 403
    assert intake.taken == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"{}", b'{"update_id": "1"}', b'{"update_id": true}', b"\xff", b"[" * 100_000]
)
async def test_what_is_no_update_is_refused(client: aiohttp.ClientSession, intake: FakeIntake, body: bytes) -> None:
    assert await status(client, body) == 400
    assert intake.taken == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json", "json", ""])
async def test_only_what_telegram_sends_is_read(client: aiohttp.ClientSession, intake: FakeIntake, kind: str) -> None:
    assert await status(client, json.dumps({"update_id": 7}), kind=kind) == 415
    assert intake.taken == []
    assert await status(client, json.dumps({"update_id": 7}), kind="application/json; charset=utf-8") == 200


async def test_the_secret_is_compared_in_constant_time(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(webhook, "hmac", SimpleNamespace(compare_digest=compare))
    assert await status(client, b"{}", SECRET[:-1]) == 403
    assert compared == [(SECRET[:-1].encode(), SECRET.encode())], "nothing shorter is decided before that"


async def test_a_body_too_large_is_refused(client: aiohttp.ClientSession) -> None:
    assert await status(client, b'{"update_id": 1, "x": "' + b"x" * BODY_BYTES + b'"}') == 413


async def test_only_posts_to_the_path_are_served(client: aiohttp.ClientSession) -> None:
    assert await status(client, b'{"update_id": 1}', path="/") == 404
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        async with client.request(method, PATH, headers={SECRET_HEADER: SECRET}) as response:
            assert response.status == 405


async def test_a_balancer_can_ask_whether_it_is_there(client: aiohttp.ClientSession) -> None:
    async with client.get("/healthz") as response:
        assert (response.status, await response.json()) == (200, {"under_way": 0})
