"""Two replicas behind a proxy, on one PostgreSQL: whichever gets an update, people cannot tell."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.rows import TWO
from tests.chaos.scene import Scene, scene
from tests.telegram.test_end_to_end import QUESTION, is_about_2005, is_about_2012

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory, server: str) -> AsyncIterator[Scene]:
    async with scene(TWO, tmp_path_factory.mktemp("replicas"), server) as made:
        yield made


async def test_a_conversation_goes_on_wherever_it_is_continued(there: Scene) -> None:
    alice = await there.telegram.person("Alice", language="en")
    for _ in range(4):  # the proxy takes turns, so that each question is the other replica's
        assert is_about_2005(await alice.asks(QUESTION))
        assert is_about_2012(await alice.asks("and in 2012?"))
        await alice.asks("/help")
    answered = [sum(entry["event"] == "answer.sent" for entry in bot.log) for bot in there.bots]
    assert min(answered) >= 3


async def test_a_repeat_is_dropped_by_both(there: Scene) -> None:
    alice = await there.telegram.person("Alice", language="en")
    update = (await alice.says(QUESTION))["update_id"]
    await alice.hears()
    for _ in range(4):
        await there.telegram.control("repeat", update_id=update)
    await alice.hears_nothing(1)


async def test_both_take_a_new_pack_and_the_admin_is_told(there: Scene) -> None:
    alice = await there.telegram.person("Alice", language="en")
    there.pack.replace("2004-06-17", "2004-06-18")
    assert (await there.admin.asks("/reload", 60)).text.startswith("Reloaded")
    assert (await there.admin.hears(60)).text.startswith("2 of 2 replicas answer from version ")
    for _ in range(4):
        assert "18 June 2004" in (await alice.asks(QUESTION)).text


async def test_what_people_left_survives_the_death_of_all(there: Scene) -> None:
    alice, bob = [await there.telegram.person(name, language="en") for name in ("Alice", "Bob")]
    await alice.asks("/subscribe Tashkent 8:30")
    await bob.asks("who won the football cup?")
    answer = await alice.asks(QUESTION)
    assert "Thank you" in (await alice.presses("👍", answer))["text"]
    there.signal(signal.SIGKILL)
    await asyncio.gather(*(bot.process.wait() for bot in there.bots))
    await asyncio.gather(*(there.start(number) for number in range(len(there.bots))))
    assert is_about_2012(await alice.asks("and in 2012?"))
    assert "Your last word counts" in (await alice.presses("👎", answer))["text"]
    assert "football" in (await there.admin.asks("/missed")).text
    kept = (await there.admin.asks("/status")).text
    assert "subscriptions 1" in kept
    assert "votes 1" in kept
