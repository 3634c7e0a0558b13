"""What stands under an answer: the questions that follow from it, what it rests on, whether it was of use."""

from __future__ import annotations

import random
import re
import string

import pytest

from tests.botapi.client import Message, Person, Telegram
from tests.telegram.stage import Bot, Stage, running

QUESTION = "who were observers in 2005?"
SMALL = ["❓", "👍", "👎"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_places = pytest.mark.parametrize("in_group", [False, True], ids=["private", "group"])


async def place(alice: Person, in_group: bool) -> Person:
    return alice.inside(await alice.telegram.group("Students", alice)) if in_group else alice


async def answer_of(here: Person) -> Message:
    return await here.asks(f"@test_bot {QUESTION}")


@both_places
async def test_related_questions_under_an_answer(bot: Bot, alice: Person, in_group: bool) -> None:
    here = await place(alice, in_group)
    answer = await answer_of(here)
    assert answer.rows == [["Who were observers in 2012?"], ["Who were observers in 2004?"],
                           ["Who was the first observer?"], ["🖼 Chart"], SMALL]  # fmt: skip
    await here.presses("Who were observers in 2012?", answer)
    later = await here.hears()
    assert "Afghanistan" in later.text
    if in_group:
        assert later.raw["reply_to_message"]["message_id"] == answer.id
    assert "Who were observers in 2012?" not in later.buttons
    welcome = await here.asks("/start")
    assert not set(SMALL) & set(welcome.buttons)
    unknown = await here.asks("@test_bot who are the members of NATO?")
    assert not set(SMALL) & set(unknown.buttons)


@both_places
async def test_how_do_you_know(bot: Bot, alice: Person, in_group: bool) -> None:
    here = await place(alice, in_group)
    answer = await answer_of(here)
    await here.presses("❓", answer)
    why = await here.hears_edit()
    assert why.id == answer.id
    assert why.text.startswith(answer.text)
    (quotation,) = why.parts("expandable_blockquote")
    assert "observer; in 2005" in quotation
    assert "🇮🇳 India — status: observer, from 5 July 2005 to 9 June 2017 [1, 5, 6, 7]" in quotation
    assert any(entity["type"] == "text_link" for entity in why.entities)
    assert not re.search(r"\d{4}-\d\d", quotation), "its dates are in words"
    assert why.rows[:-1] == answer.rows[:-1]
    assert why.rows[-1] == ["↩️", "👍", "👎"]
    await here.presses("↩️", why)
    back = await here.hears_edit()
    assert (back.text, back.rows) == (answer.text, answer.rows)


async def test_how_do_you_know_a_long_answer(bot: Bot, alice: Person) -> None:
    """However much an answer rests on, each page of it is a message that Telegram takes, and can be turned."""
    first = await alice.asks("list all documents of the SCO")
    assert "❓" in first.buttons
    await alice.presses("❓", first)
    page = await alice.hears_edit()
    assert "It rests on" in page.text
    label = next(label for label in page.buttons if " / " in label)
    number, pages = map(int, label.split(" / "))
    assert (number, pages) == (2, 4)
    await alice.presses("›", page)
    assert len((await alice.hears_edit()).text) > 100
    assert not bot.errors


@both_places
async def test_votes(own: Stage, in_group: bool) -> None:
    alice, bob = await own.telegram.person("Alice"), await own.telegram.person("Bob")
    async with running(own.environment) as bot:
        here = await place(alice, in_group)
        answer = await answer_of(here)
        assert "Thank you" in (await here.presses("👍", answer))["text"]
        assert "last word" in (await here.presses("👎", answer))["text"]
        if in_group:
            assert "Thank you" in (await bob.inside(here.chat).presses("👍", answer))["text"]
        await here.hears_nothing()
    async with running(own.environment) as bot:
        assert "last word" in (await here.presses("👍", answer))["text"], "votes outlive the process"
        assert not bot.errors


async def test_buttons_after_a_restart_and_a_reload(own: Stage) -> None:
    alice, admin = await own.telegram.person("Alice"), own.admin
    async with running(own.environment):
        answer = await alice.asks(QUESTION)
        long = await alice.asks("what is the Shanghai Convention about?")
    async with running(own.environment) as bot:
        own.pack.replace("2004-06-17", "2004-06-18")
        await admin.asks("/reload")
        await alice.presses("❓", answer, inaccessible=True)
        assert "17 June 2004" in (await alice.hears_edit()).parts("expandable_blockquote")[0], "as it was answered"
        await alice.presses("Who were observers in 2012?", answer)
        assert "18 June 2004" in (await alice.hears()).text
        for label in long.buttons[:-3]:
            await alice.presses(label, long)
            assert len((await alice.hears()).text) > 20
        assert not bot.errors
    own.environment["DATABASE_URL"] += ".new"
    async with running(own.environment):
        for label in SMALL:
            assert "too old" in (await alice.presses(label, long))["text"]


async def test_nothing_that_comes_back_in_a_button_is_trusted(bot: Bot, alice: Person, telegram: Telegram) -> None:
    answer = await alice.asks(QUESTION)
    chance = random.Random(5)
    kinds = ["a", "b", "c", "h", "p", "v", "-", ""]
    letters = string.printable + "é²🇲🇳\u202e"
    made = [
        ":".join(
            [chance.choice(kinds), *("".join(chance.choices(letters, k=chance.randrange(9))) for _ in range(count))]
        )
        for count in range(5)
        for _ in range(12)
    ]
    made += ["p:99999", "h:99999", "c:99999:00000000", "c:0:00000000", "v:1:1", "p:00001", "h:" + "9" * 60, "b::::"]
    for data in made:
        forged = {"user": alice.id, "chat": alice.chat, "message_id": answer.id, "forged": data[:60]}
        pressed = await telegram.control("press", **forged, wait=10.0)
        assert pressed["answer"] is not None, data
    assert not bot.errors
