"""The bot as people meet it: the real process, over HTTP, by polling and by webhook."""

from __future__ import annotations

import re
import signal

import pytest

from tests.botapi.client import Message, Person
from tests.telegram.stage import PATIENCE_SECONDS, Bot, Stage, running, until

IN_2005 = ("Mongolia", "India", "Iran", "Pakistan")
QUESTION = "who were observers in 2005?"

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_ways = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])


def is_about_2005(message: Message) -> bool:
    return (
        "2005" in message.text and all(name in message.text for name in IN_2005) and "Afghanistan" not in message.text
    )


def is_about_2012(message: Message) -> bool:
    return "2012" in message.text and all(name in message.text for name in (*IN_2005, "Afghanistan"))


async def said(person: Person, text: str) -> int:
    """Says it, and gives the id of the message."""
    return int((await person.says(text))["message"]["message_id"])


@both_ways
async def test_a_conversation(bot: Bot, alice: Person) -> None:
    welcome = await alice.asks("/start")
    assert welcome.buttons
    answer = await alice.asks(QUESTION)
    assert is_about_2005(answer)
    assert "reply_to_message" not in answer.raw
    assert is_about_2012(await alice.asks("and in 2012?"))
    pressed = await alice.presses(welcome.buttons[0], welcome)
    assert pressed.get("text") is None
    assert len((await alice.hears()).text) > 20
    assert len((await alice.asks("/help")).text) > 20


@both_ways
async def test_an_admin_reloads(own: Stage) -> None:
    alice, admin, pack = await own.telegram.person("Alice"), own.admin, own.pack
    async with running(own.environment) as bot:
        pack.replace("2004-06-17", "2004-06-18")
        assert "17 June 2004" in (await alice.asks(QUESTION)).text
        report = await admin.asks("/reload", PATIENCE_SECONDS)
        assert report.text.startswith("Reloaded in ")
        assert re.search(r"Examples: \d+ of \d+ passed", report.text)
        assert "fact changed: " in report.text
        assert "18 June 2004" in (await alice.asks(QUESTION)).text

        broken = pack.knowledge / "pack.yaml"
        good = broken.read_text("utf-8")
        broken.write_text(good + "\nentities: [unclosed\n", "utf-8")
        pack.replace("2004-06-18", "2004-06-19")
        refused = await admin.asks("/reload", PATIENCE_SECONDS)
        assert refused.text.startswith("Not reloaded, problems: ")
        assert re.search(r"pack\.yaml:\d+: \S", refused.text)
        assert "18 June 2004" in (await alice.asks(QUESTION)).text

        broken.write_text(good, "utf-8")
        bot.process.send_signal(signal.SIGHUP)

        async def answers_from_the_new_facts() -> bool:
            return "19 June 2004" in (await alice.asks(QUESTION)).text

        await until(answers_from_the_new_facts)
        assert (await bot.logs("reload.done"))["changes"]


async def test_for_anybody_else_there_is_no_reload(own: Stage) -> None:
    alice = await own.telegram.person("Alice")
    async with running(own.environment) as bot:
        own.pack.replace("2004-06-17", "2004-06-18")
        unknown = await alice.asks("/nonsense")
        assert (await alice.asks("/reload")).raw["text"] == unknown.text
        assert (await alice.asks("/reload@test_bot")).text == unknown.text
        here = own.admin.inside(await own.telegram.group("Editors", own.admin, alice))
        await here.says("/reload")
        assert (await here.asks("/reload@test_bot")).text == unknown.text
        await here.says("/nonsense")
        await here.hears_nothing()
        assert "17 June 2004" in (await alice.asks(QUESTION)).text
        assert not [entry for entry in bot.log if entry["event"].startswith("reload")]


@both_ways
async def test_in_a_group_it_answers_those_who_speak_to_it(bot: Bot, alice: Person, bob: Person) -> None:
    group = await alice.telegram.group("Students", alice, bob)
    alice, bob = alice.inside(group), bob.inside(group)
    await alice.says(QUESTION)
    await alice.says("/nonsense")
    await alice.says("/ask@other_bot who?")
    await alice.hears_nothing()

    asked = await said(alice, f"@test_bot {QUESTION}")
    answer = await alice.hears()
    assert is_about_2005(answer)
    assert answer.raw["reply_to_message"]["message_id"] == asked

    await alice.says("and in 2012?", reply_to=answer.id)
    assert is_about_2012(await alice.hears())

    assert is_about_2005(await alice.asks(f"/ask {QUESTION}"))
    for nothing in ("/ask", "@test_bot"):
        assert "/ask" in (await alice.asks(nothing)).text
    question = await said(bob, QUESTION)
    await alice.says("/ask", reply_to=question)
    assert is_about_2005(await alice.hears())
    await alice.says("@test_bot", reply_to=question)
    assert is_about_2005(await alice.hears())


async def test_a_conversation_is_one_persons_in_one_place(bot: Bot, alice: Person, bob: Person) -> None:
    group = await alice.telegram.group("Students", alice, bob, is_forum=True)
    topics = [
        int((await alice.telegram.control("topic", chat=group, name=name, user=alice.id))["message_thread_id"])
        for name in ("Exams", "Other")
    ]
    here, there = alice.inside(group, topics[0]), alice.inside(group, topics[1])
    bob = bob.inside(group, topics[0])
    answer = await here.asks(f"/ask {QUESTION}")
    assert is_about_2005(answer)
    assert answer.raw["message_thread_id"] == topics[0]
    assert not is_about_2012(await there.asks("/ask and in 2012?"))
    await here.hears()  # the same message, as the chat is the same
    assert not is_about_2012(await bob.asks("/ask and in 2012?"))


@both_ways
async def test_an_edited_question_gets_its_answer_edited(bot: Bot, alice: Person) -> None:
    asked = await said(alice, QUESTION)
    answer = await alice.hears()
    await alice.edits(asked, "who were observers in 2012?")
    edited = await alice.hears_edit()
    assert edited.id == answer.id
    assert is_about_2012(edited)
    assert "2005" in (await alice.asks("and in 2005?")).text

    # An older question that is edited does not turn the conversation back.
    await alice.edits(asked, "who were members in 2001?")
    assert "Uzbekistan" in (await alice.hears_edit()).text
    assert is_about_2012(await alice.asks("and in 2012?"))

    # An edit that changes nothing is no error; one of a question whose answer is gone gets a new answer.
    await alice.edits(asked, "who were members in 2001? ")
    await alice.hears_nothing()
    assert not bot.errors


async def test_a_long_answer_has_pages(bot: Bot, alice: Person) -> None:
    first = await alice.asks("/sources")
    assert not re.search(r"\d{4}-\d\d", first.text), "its dates are in words"
    assert first.rows[-1][0] == f"1 / {first.rows[-1][0].split()[-1]}"
    pages = int(first.rows[-1][0].split()[-1])
    assert pages > 1
    seen = [first.text]
    for number in range(2, pages + 1):
        await alice.presses("›", first)
        page = await alice.hears_edit()
        assert page.id == first.id
        assert f"{number} / {pages}" in page.buttons
        seen.append(page.text)
    assert len(set(seen)) == pages
    await alice.presses(f"{pages} / {pages}", first)
    await alice.presses("‹", first)
    assert (await alice.hears_edit()).text == seen[-2]
    assert all(call["parameters"]["link_preview_options"] for call in await alice.telegram.calls("sendMessage"))


async def test_old_buttons(own: Stage) -> None:
    """A button that carries its question works for ever; another that is too old says so. Both stop spinning."""
    alice = await own.telegram.person("Alice")
    async with running(own.environment):
        welcome = await alice.asks("/start")
        await alice.presses(welcome.buttons[0], welcome, inaccessible=True)
        assert len((await alice.hears()).text) > 20
        pages = await alice.asks("/sources")
    own.environment["DATABASE_URL"] += ".new"
    async with running(own.environment):
        pressed = await alice.presses("›", pages)
        assert "too old" in pressed["text"]
        await alice.presses(welcome.buttons[0], welcome)
        assert len((await alice.hears()).text) > 20


async def test_what_is_no_text_gets_a_line_in_private(bot: Bot, alice: Person) -> None:
    await alice.sends("a.pdf", b"%PDF")
    assert "only text" in (await alice.hears()).text
    await alice.sends("a.pdf", b"%PDF", caption=QUESTION)
    assert is_about_2005(await alice.hears())


async def test_what_a_person_writes_is_never_markup(bot: Bot, alice: Person) -> None:
    for text in (
        "<b>who</b> were &lt; observers in 2005?",
        "</b><a href='x'>",
        "&#0;",
        "\u202e\u0000 🇲🇳",
        "{{ 7 * 7 }}",
    ):
        answer = await alice.asks(text)
        assert "49" not in answer.text
    assert not bot.errors
