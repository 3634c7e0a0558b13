"""What those who run the bot see of it: whether it lives, whether it can answer, its metrics, its log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url

from bot.settings import ROOT
from tests.chaos.wire import Wire, reach_socket
from tests.databases import new_database
from tests.telegram.stage import Stage, free_port, running, stage, until


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path, webhook=False) as made:
        made.environment["BOT_HEALTH_LISTEN"] = f"127.0.0.1:{free_port()}"
        yield made


async def seen(own: Stage, path: str) -> tuple[int, str]:
    address = f"http://{own.environment['BOT_HEALTH_LISTEN']}{path}"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status, await response.text()


async def measured(own: Stage) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and labels."""
    _, text = await seen(own, "/metrics")
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def test_metrics_count_what_people_saw(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment) as bot:
        assert (await seen(own, "/healthz"))[0] == 200
        await alice.asks("who were observers in 2005?")
        await alice.asks("who won the football cup?")
        await own.admin.asks("/reload")
        found = await measured(own)
        assert found["bot_updates_total", "message"] == 3
        answers = {key[1:]: value for key, value in found.items() if key[0] == "bot_answers_total"}
        assert answers == {("who_has_status", "answer"): 1, ("", "unknown"): 1}
        assert found["bot_answer_seconds_count",] == found["bot_answer_seconds_bucket", "+Inf"] == 2
        assert found["bot_reloads_total", "done"] == 1
        assert found["bot_handler_errors_total",] == 0
        _, text = await seen(own, "/metrics")
        assert str(alice.id) not in text
        assert "football" not in text
        sent = await bot.logs("answer.sent")
        assert isinstance(sent["update"], int)


async def test_all_metrics_are_documented_and_no_others(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment):
        await own.telegram.fails("sendMessage", "500", count=1)
        await own.telegram.fails("sendMessage", "error", count=1)
        await alice.asks("who were observers in 2005?")  # gets the line for errors
        await alice.asks("who were observers in 2012?")
        await own.admin.asks("/reload")
        found = {(name, frozenset(labels)) for name, labels in await _labelled(own)}
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`bot_\w+`[^|]*)+)\|", text, re.M)
    named = {
        (name, frozenset(re.findall(r"`(\w+)`", labels)))
        for row in rows
        for name, labels in re.findall(r"`(bot_\w+)`(?: \(([^)]*)\))?", row)
    }
    assert named == found


async def _labelled(own: Stage) -> set[tuple[str, tuple[str, ...]]]:
    """What /metrics has, a histogram as one."""
    _, text = await seen(own, "/metrics")
    return {
        (family.name if family.type == "histogram" else one.name, tuple(sorted(one.labels.keys() - {"le"})))
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if not one.name.endswith("_created")
    }


async def test_no_secret_can_be_seen_from_outside(own: Stage) -> None:
    token, password = own.environment["BOT_TOKEN"], own.environment["BOT_TOKEN"].partition(":")[2]
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment | {"BOT_LOG": "debug"}) as bot:
        await own.telegram.fails("sendMessage", "error", description=f"Bad Request: {token} in the words of an error")
        apology = await alice.asks("who were observers in 2005?")
        await own.admin.asks("/status")
        arguments = await asyncio.to_thread(Path(f"/proc/{bot.process.pid}/cmdline").read_text, "utf-8")
        seen_at = [(await seen(own, path))[1] for path in ("/healthz", "/readyz", "/metrics", "/")]
        told = [message.text for person in (alice, own.admin) for message in await person.messages()]
        await bot.logs("handler.failed")
    for text in (
        arguments,
        apology.text,
        *seen_at,
        *told,
        bot.written,
    ):  # `running` looks through the log for the token
        assert password not in text


async def test_it_is_ready_while_telegram_and_the_database_are_there(own: Stage) -> None:
    async with running(own.environment):
        status, text = await seen(own, "/readyz")
        assert status == 200, text
        assert '"ready": true' in text


async def test_it_is_not_ready_without_its_database_and_answers_all_the_same(own: Stage, postgres: str) -> None:
    address = make_url(await new_database(postgres))
    async with Wire.to(reach_socket(f"{address.query['host']}/.s.PGSQL.5432")) as wire:
        url = f"postgresql://postgres@127.0.0.1:{wire.port}/{address.database}"

        async def answers(status: int) -> bool:
            return (await seen(own, "/readyz"))[0] == status

        alice = await own.telegram.person("Alice", language="en")
        async with running(own.environment | {"DATABASE_URL": url}):
            await until(lambda: answers(200))
            wire.cut()
            await until(lambda: answers(503))
            _, text = await seen(own, "/readyz")
            assert ('"database": "failed"' in text, '"telegram": "ok"' in text) == (True, True)
            assert "four observers" in (await alice.asks("who were observers in 2005?")).text
            assert (await seen(own, "/healthz"))[0] == 200
            assert (await measured(own))["bot_database_failures_total",] > 0
            await wire.mend()
            await until(lambda: answers(200))


async def test_retries_and_notices_are_counted(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment):
        await own.telegram.fails("sendMessage", "500", count=2)
        await alice.asks("who were observers in 2005?")
        await own.telegram.fails("sendMessage", "error", count=1)
        await alice.asks("when did Iran join?")
        found = await measured(own)
    assert found["bot_retries_total", "sendMessage"] == 2
    assert found["bot_notices_total", "error"] == 1


async def test_it_lives_but_is_not_ready_before_telegram_answers(own: Stage) -> None:
    environment = own.environment | {"BOT_API_URL": f"http://127.0.0.1:{free_port()}"}
    async with running(environment, started=False) as bot:
        await bot.logs("telegram.unreachable")

        async def alive() -> bool:
            return (await seen(own, "/healthz"))[0] == 200

        await until(alive)
        status, text = await seen(own, "/readyz")
        assert status == 503
        assert '"telegram": "failed"' in text
        assert '"database": "ok"' in text
        assert own.environment["BOT_TOKEN"] not in text


async def test_a_port_that_is_taken_is_named(own: Stage) -> None:
    host, _, port = own.environment["BOT_HEALTH_LISTEN"].partition(":")
    server = await asyncio.start_server(lambda *_: None, host, int(port))
    async with server, running(own.environment, started=False) as bot:
        assert await bot.ends() == 1
    assert f"BOT_HEALTH_LISTEN: cannot listen on port {port}" in bot.written
