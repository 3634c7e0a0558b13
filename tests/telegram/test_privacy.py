"""What the bot keeps about a person is said and can be deleted, in every chat."""

from __future__ import annotations

import pytest

from bot.storage import Store
from bot.telegram.privacy import lasting
from tests.botapi.client import Person
from tests.telegram.stage import Bot, Stage, running, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "who were observers in 2005?"


async def test_privacy_says_what_is_kept_and_how_long(bot: Bot, alice: Person) -> None:
    told = (await alice.asks("/privacy")).text
    for time in ("30 minutes", "30 days", "2 days"):
        assert time in told
    for thing in ("quiz", "daily message", "without who asked", "/forget"):
        assert thing in told
    assert [lasting(seconds, "en") for seconds in (90, 3600, 7200, 86400)] == [
        "90 seconds", "1 hour", "2 hours", "1 day",
    ]  # fmt: skip
    assert [lasting(seconds, code) for code in ("ru", "zh") for seconds in (1800, 30 * 86400)] == [
        "30 минут", "30 дней", "30分钟", "30天",
    ]  # fmt: skip
    here = alice.inside(await alice.telegram.group("Students", alice))
    assert (await here.asks("/privacy@test_bot")).text == told
    assert not bot.errors


async def test_forget_deletes_all_about_a_person_in_all_chats(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    bob = await own.telegram.person("Bob", language="en")
    group = await own.telegram.group("Students", alice, bob)
    alice_here, bob_here = alice.inside(group), bob.inside(group)
    url = own.environment["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:")
    async with running(own.environment) as bot, Store.at(url) as store:
        for person in (alice, bob):
            await person.asks(QUESTION)
            await person.asks("who won the cup in 1999?")
            await person.asks("/subscribe +5")
            poll = await person.asks("/quiz")
            await person.votes(poll, 0)
        await alice_here.asks(f"/ask {QUESTION}")
        await bob_here.hears()
        await bob_here.asks(f"/ask {QUESTION}")
        await alice_here.hears()

        async def both_are_counted() -> bool:
            return bool((await store.score(alice.id)).answered and (await store.score(bob.id)).answered)

        await until(both_are_counted)
        before = await store.counts()
        assert (await alice.asks("/forget")).text.startswith("Done.")
        after = await store.counts()
        for table in ("conversations", "answers", "subscriptions", "quiz_answers"):
            assert 0 < after[table] <= before[table] // 2, table
        assert after["unanswered"] == before["unanswered"] == 1
        assert (await store.score(bob.id)).answered == 1
        assert "nothing" in (await alice.asks("/forget")).text
        # What leaned on the conversation before is no longer understood, here and in the group; Bob's still is.
        assert "2012" not in (await alice.asks("and in 2012?")).text
        assert "2012" not in (await alice_here.asks("/ask and in 2012?")).text
        assert "Afghanistan" in (await bob.asks("and in 2012?")).text

        await bob_here.says("/privacy")
        said = await bob_here.hears()
        while "Forget me" not in said.buttons:
            said = await bob_here.hears()
        await bob_here.presses("Forget me", said)
        assert (await bob_here.hears()).text.startswith("Done.")
        assert not (await store.score(bob.id)).answered
        assert not bot.errors
