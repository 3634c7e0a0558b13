"""The quiz as people play it, alone and in a group, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.quiz import Quiz
from tests import shipped
from tests.botapi.client import Message, Person
from tests.telegram.stage import Bot, Stage, running, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_ways = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])


@pytest.fixture(scope="module")
def quiz() -> Quiz:
    return Quiz(shipped.pack(), "en", datetime.now(UTC).date())


def seed_of(message: Message) -> int:
    """The seed of the series that a question is of, as its button carries it."""
    return int(message.raw["reply_markup"]["inline_keyboard"][0][0]["callback_data"].split(":")[1])


def right_option(message: Message) -> int:
    return int(message.raw["poll"]["correct_option_id"])


def wrong_option(message: Message) -> int:
    return (right_option(message) + 1) % 4


@both_ways
async def test_quiz_in_private(bot: Bot, alice: Person, quiz: Quiz) -> None:
    first = await alice.asks("/quiz")
    poll = first.raw["poll"]
    assert poll["type"] == "quiz"
    assert not poll["is_anonymous"]
    assert len({option["text"] for option in poll["options"]}) == 4
    meant = next(quiz.series(seed_of(first)))
    assert (poll["question"], right_option(first)) == (meant.text, meant.right)
    assert "Source: " in poll["explanation"]
    await alice.votes(first, right_option(first))
    await until(lambda: has_button(alice, first, "Next question (1 of 1 right)"))
    await alice.presses("Next question (1 of 1 right)", first)
    second = await alice.hears()
    assert second.raw["poll"]["question"] != poll["question"]
    await alice.votes(second, wrong_option(second))
    await until(lambda: has_button(alice, second, "Next question (1 of 2 right)"))
    assert (await alice.asks("/quiz score")).text == "1 of 2 right"
    assert (await alice.asks("/quiz stop")).text == "The quiz is over.\n1 of 2 right"
    await until(lambda: is_closed(alice, second))
    assert "No quiz" in (await alice.asks("/quiz stop")).text
    assert "/quiz 10" in (await alice.asks("/quiz nonsense")).text
    assert not bot.errors


async def is_closed(person: Person, message: Message) -> bool:
    return any(one.raw["poll"]["is_closed"] for one in await person.messages() if one.id == message.id)


async def has_button(person: Person, message: Message, label: str) -> bool:
    there = [one for one in await person.messages() if one.id == message.id]
    return bool(there) and there[0].buttons == [label]


@both_ways
async def test_quiz_in_a_group_has_a_table(bot: Bot, alice: Person, bob: Person) -> None:
    group = await alice.telegram.group("Students", alice, bob)
    alice, bob = alice.inside(group), bob.inside(group)
    first = await alice.asks("/quiz 2")
    assert first.raw["reply_to_message"]
    assert first.raw["poll"]["question"].startswith("1/2. ")
    nobody = await bob.presses("Next question", first)
    assert nobody["text"] == "Nobody has answered yet."
    await alice.votes(first, right_option(first))
    await bob.votes(first, wrong_option(first))
    await bob.hears()  # the first question
    assert "under way" in (await bob.asks("/quiz")).text

    async def counted() -> bool:
        await bob.says("/quiz score")
        return "Alice: 1 of 1 right\n2. Bob: 0 of 1 right" in (await bob.hears()).text

    await until(counted)
    await bob.presses("Next question", first)
    second = await next_poll(bob)
    assert await is_closed(bob, first)
    await bob.votes(second, right_option(second))

    async def goes_on() -> bool:
        return (await bob.presses("To the result", second)).get("text") is None

    await until(goes_on)
    over = await bob.hears()
    assert over.text == "The quiz is over.\n1. Alice: 1 of 1 right\n2. Bob: 1 of 2 right"
    assert not bot.errors


async def next_poll(person: Person) -> Message:
    while True:
        message = await person.hears()
        if "poll" in message.raw:
            return message


async def test_quiz_stays_in_its_topic(bot: Bot, alice: Person) -> None:
    group = await alice.telegram.group("Students", alice, is_forum=True)
    topic = await alice.telegram.control("topic", chat=group, name="Exams", user=alice.id)
    here = alice.inside(group, int(topic["message_thread_id"]))
    first = await here.asks("/quiz")
    assert first.raw["message_thread_id"] == here.thread
    await here.votes(first, right_option(first))

    async def goes_on() -> bool:
        return (await here.presses("Next question", first)).get("text") is None

    await until(goes_on)
    assert (await here.hears()).raw["message_thread_id"] == here.thread


async def test_quiz_outlives_a_restart(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment):
        first = await alice.asks("/quiz")
        await alice.votes(first, right_option(first))
        await until(lambda: has_button(alice, first, "Next question (1 of 1 right)"))
    async with running(own.environment):
        await alice.presses("Next question (1 of 1 right)", first)
        second = await alice.hears()
        await alice.votes(second, right_option(second))
        await until(lambda: has_button(alice, second, "Next question (2 of 2 right)"))
        assert (await alice.asks("/quiz score")).text == "2 of 2 right"
