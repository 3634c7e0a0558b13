"""The bot among people: silent unless addressed, in the right topic, in reply to the question, within limits."""

from __future__ import annotations

import signal

import pytest

from tests.botapi.client import Person, Telegram
from tests.telegram.stage import Bot, Stage, running, until
from tests.telegram.test_end_to_end import QUESTION, is_about_2005, is_about_2012, said

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("by_the_bot", [False, True], ids=["opened by a person", "opened by the bot"])
async def test_in_topics_it_is_silent_unless_addressed(
    bot: Bot, alice: Person, telegram: Telegram, by_the_bot: bool
) -> None:
    """In a topic, whatever replies to nobody is a reply to its opening. That is not a reply to who opened it."""
    group = await telegram.group("Students", alice, is_forum=True)
    opener = int(telegram.token.partition(":")[0]) if by_the_bot else alice.id
    topic = await telegram.control("topic", chat=group, name="Exams", user=opener)
    here = alice.inside(group, int(topic["message_thread_id"]))
    await here.says(QUESTION)
    await here.hears_nothing()
    assert "/ask" in (await here.asks("@test_bot")).text, "who opened the topic asked nothing that it could be about"
    asked = await said(here, f"@test_bot {QUESTION}")
    answer = await here.hears()
    assert is_about_2005(answer)
    assert answer.raw["message_thread_id"] == here.thread
    assert answer.raw["reply_to_message"]["message_id"] == asked
    await here.presses("Who were observers in 2012?", answer)
    pressed = await here.hears()
    assert is_about_2012(pressed)
    assert pressed.raw["message_thread_id"] == here.thread
    await here.says("and in 2005?", reply_to=pressed.id)
    assert is_about_2005(await here.hears())
    await said(alice.inside(group), f"@test_bot {QUESTION}")
    assert "message_thread_id" not in (await here.hears()).raw, "the general topic has no number"
    assert not bot.errors


async def test_what_a_reply_quotes_is_what_is_asked(bot: Bot, alice: Person, bob: Person) -> None:
    group = await alice.telegram.group("Students", alice, bob)
    alice, bob = alice.inside(group), bob.inside(group)
    wrote = await said(bob, f"I read that they were nine in 2012. And {QUESTION}")
    for text in ("@test_bot", "/ask"):
        await alice.says(text, reply_to=wrote, quote=QUESTION)
        assert is_about_2005(await alice.hears())


async def test_anonymous_admins_and_channels(bot: Bot, alice: Person) -> None:
    """Who writes as the group or as a channel is answered and has a conversation; what a channel posts is not."""
    here = alice.inside(await alice.telegram.group("Students", alice))
    for sender in ("group", "channel"):
        await here.says(f"@test_bot {QUESTION}", sender=sender)
        assert is_about_2005(await here.hears())
        await here.says("/ask and in 2012?", sender=sender)
        assert is_about_2012(await here.hears())
    await here.says(f"@test_bot {QUESTION}", sender="post")
    await here.hears_nothing()
    assert not bot.errors


async def test_the_bots_name_in_any_letter_case(bot: Bot, alice: Person) -> None:
    here = alice.inside(await alice.telegram.group("Students", alice))
    for text in (
        f"@Test_Bot {QUESTION}",
        f"@TEST_BOT: {QUESTION}",
        f"/ask@TEST_bot {QUESTION}",
        f"/ASK@test_bot {QUESTION}",
    ):
        assert is_about_2005(await here.asks(text)), text
    await here.says("/browse@Other_Bot")
    await here.hears_nothing()


async def test_a_group_gets_twenty_messages_a_minute(own: Stage) -> None:
    """One more waits for its minute, which this test does not; other chats do not wait with it."""
    alice = await own.telegram.person("Alice")
    here = alice.inside(await own.telegram.group("Students", alice))
    other = alice.inside(await own.telegram.group("Teachers", alice))

    async def answered() -> int:
        calls = await own.telegram.calls("sendMessage")
        return sum(int(call["parameters"]["chat_id"]) == here.chat for call in calls)

    async def twenty() -> bool:
        return await answered() >= 20

    async with running(own.environment) as bot:
        for _ in range(25):
            await here.says(f"/ask {QUESTION}")
        await until(twenty)
        assert is_about_2005(await other.asks(f"/ask {QUESTION}"))
        assert is_about_2005(await alice.asks(QUESTION))
        assert await answered() == 20
        assert not bot.errors
        await bot.ends(signal.SIGKILL)
