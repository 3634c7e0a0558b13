"""Pictures as people get them: a button under an answer, a photo with a caption, the same file again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio

from bot.answers.charts import draw
from bot.dialogue import Context
from bot.engine import Engine
from bot.picture import Picture
from tests import shipped
from tests.botapi.client import Message, Person, Telegram
from tests.telegram.stage import Bot, Stage, running

BUTTON = "🖼 Chart"
QUESTION = "who were observers in 2005?"

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_ways = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])


def expected(question: str) -> Picture:
    """The picture that the engine makes of a question."""
    engine = Engine(shipped.pack())
    reply, _ = engine.answer(question, Context(), today=datetime.now(UTC).date())
    assert reply.picture is not None
    return reply.picture


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def file_of(http: aiohttp.ClientSession, telegram: Telegram, photo: Message) -> bytes:
    """The photo's file, downloaded as a client does it."""
    async with http.get(f"{telegram.bot_url}/getFile", params={"file_id": file_id(photo)}) as answer:
        path = (await answer.json())["result"]["file_path"]
    async with http.get(f"{telegram.url}/file/bot{telegram.token}/{path}") as answer:
        return await answer.read()


def file_id(photo: Message) -> str:
    return str(photo.raw["photo"][-1]["file_id"])


def without_tags(picture: Picture) -> str:
    return "\n\n".join((picture.title, picture.alt, picture.footer))


@both_ways
async def test_a_press_sends_the_photo_as_a_reply(
    bot: Bot, alice: Person, telegram: Telegram, http: aiohttp.ClientSession
) -> None:
    answer = await alice.asks(QUESTION)
    assert answer.rows[-2] == [BUTTON]
    toast = await alice.presses(BUTTON, answer)
    assert toast["text"] == "Drawing…"
    assert (await alice.sees("action"))["action"] == "upload_photo"
    photo = await alice.hears()
    assert photo.raw["reply_to_message"]["message_id"] == answer.id
    picture = expected(QUESTION)
    assert photo.text == without_tags(picture)
    assert photo.parts("bold") == [picture.title]
    assert photo.parts("italic")[0].startswith("Sources:")
    assert await file_of(http, telegram, photo) == draw(picture)
    assert not bot.errors


async def test_a_photo_is_uploaded_once(bot: Bot, alice: Person, bob: Person, telegram: Telegram) -> None:
    question = "who were observers in 2011?"
    first, second = await alice.asks(question), await bob.asks(question)
    await alice.presses(BUTTON, first)
    photo = await alice.hears()
    await bob.presses(BUTTON, second)
    again = await bob.hears()
    assert file_id(again) == file_id(photo)
    assert again.text == photo.text
    with pytest.raises(AssertionError):
        await bob.sees("action", 0.3)


@both_ways
async def test_in_a_group_the_photo_is_in_the_same_topic(bot: Bot, alice: Person, bob: Person) -> None:
    group = await alice.telegram.group("Students", alice, bob, is_forum=True)
    made = await alice.telegram.control("topic", chat=group, name="Exams", user=alice.id)
    here = alice.inside(group, int(made["message_thread_id"]))
    answer = await here.asks("/ask how many members has the SCO now?")
    assert BUTTON in answer.buttons
    await bob.inside(group).presses(BUTTON, answer)
    photo = await here.hears()
    assert photo.raw["message_thread_id"] == here.thread
    assert photo.raw["reply_to_message"]["message_id"] == answer.id
    assert "Members: 6 in 2001" in photo.text


@both_ways
async def test_who_asks_for_a_chart_gets_it_at_once(
    bot: Bot, alice: Person, telegram: Telegram, http: aiohttp.ClientSession
) -> None:
    answer = await alice.asks("show the SCO budget shares as a chart")
    assert "24%" in answer.text
    assert BUTTON not in answer.buttons
    photo = await alice.hears()
    assert photo.raw["reply_to_message"]["message_id"] == answer.id
    assert await file_of(http, telegram, photo) == draw(expected("show the SCO budget shares as a chart"))


async def test_the_last_answer_as_a_chart(bot: Bot, alice: Person) -> None:
    answer = await alice.asks("who were observers in 2013?")
    again = await alice.asks("as a chart")
    assert again.text == answer.text
    assert "2013 is marked" in (await alice.hears()).text


async def test_a_long_answer_keeps_its_button_on_every_page(bot: Bot, alice: Person) -> None:
    answer = await alice.asks("SCO documents")
    assert {BUTTON, "›"} <= set(answer.buttons)
    await alice.presses("›", answer)
    page = await alice.hears_edit()
    assert BUTTON in page.buttons
    await alice.presses(BUTTON, page)
    assert "by year" in (await alice.hears()).text


async def test_a_button_outlives_a_restart_and_a_reload(own: Stage) -> None:
    alice = await own.telegram.person("Alice")
    async with running(own.environment):
        answer = await alice.asks(QUESTION)
    own.pack.replace("2004-06-17", "2004-06-18")  # and the facts are others by now
    async with running(own.environment) as bot:
        await alice.presses(BUTTON, answer)
        shown = await alice.hears()
        assert shown.text == without_tags(expected(QUESTION)), "what the answer above it says"
        await own.admin.asks("/reload")
        await alice.presses(BUTTON, answer)
        assert file_id(await alice.hears()) == file_id(shown)
        assert not bot.errors


async def test_a_button_of_a_lost_database_says_so(own: Stage) -> None:
    alice = await own.telegram.person("Alice")
    async with running(own.environment):
        answer = await alice.asks(QUESTION)
    own.environment["DATABASE_URL"] += ".new"
    async with running(own.environment) as bot:
        assert "too old" in (await alice.presses(BUTTON, answer))["text"]
        await alice.hears_nothing()
        assert not bot.errors


async def test_a_file_that_telegram_no_longer_takes_is_uploaded_again(
    bot: Bot, alice: Person, telegram: Telegram
) -> None:
    answer = await alice.asks("who were observers in 2009?")
    await alice.presses(BUTTON, answer)
    first = await alice.hears()
    await telegram.fails("sendPhoto", "error", description="Bad Request: wrong file identifier/HTTP URL specified")
    await alice.presses(BUTTON, answer)
    second = await alice.hears()
    assert second.text == first.text
    assert file_id(second) != file_id(first)


async def test_a_picture_that_cannot_be_drawn_costs_nothing_else(own: Stage) -> None:
    font = own.pack.knowledge.parent / "spoiled.ttf"
    font.write_bytes(b"this is no font")
    own.environment["BOT_FONT"] = str(font)
    alice = await own.telegram.person("Alice")
    async with running(own.environment) as bot:
        answer = await alice.asks(QUESTION)
        await alice.presses(BUTTON, answer)
        assert "could not be drawn" in (await alice.hears()).text
        assert "Mongolia" in (await alice.asks(f"{QUESTION} as a chart")).text
        await bot.logs("pictures.not_shown")
        assert "2012" in (await alice.asks("and in 2012?")).text


async def test_a_button_carries_the_name_of_its_picture_alone(bot: Bot, alice: Person) -> None:
    answer = await alice.asks(QUESTION)
    data = [b["callback_data"] for row in answer.raw["reply_markup"]["inline_keyboard"] for b in row]
    assert all(len(one.encode()) <= 64 for one in data)
    assert [one for one in data if one.startswith("g:")] == [f"g:{expected(QUESTION).digest}"]
    assert not bot.errors
