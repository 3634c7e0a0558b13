"""Inline mode: answers offered in any chat, while the person is typing."""

from __future__ import annotations

import datetime
import time

import pytest

from bot.telegram.inline import cache_seconds
from tests.botapi.client import Person, Telegram
from tests.telegram.stage import Bot, Stage, running
from tests.telegram.test_end_to_end import both_ways

QUESTION = "who were observers in 2005"
NAMES = ("Mongolia", "India", "Iran", "Pakistan")

pytestmark = pytest.mark.asyncio(loop_scope="session")


@both_ways
async def test_inline_mode(bot: Bot, alice: Person) -> None:
    found = await alice.searches_for(QUESTION, chat_type="supergroup")
    first = found["answer"]["results"][0]
    assert first["type"] == "article"
    assert first["title"] == "Who were observers in 2005"
    assert "four observers" in first["description"]
    assert "Sources" not in first["description"]
    text = first["message"]["text"]
    assert text.startswith("Who were observers in 2005\n\nIn 2005")
    assert all(name in text for name in NAMES)
    assert "Sources: " in text
    assert {"bold", "text_link", "italic"} <= {entity["type"] for entity in first["message"]["entities"]}
    assert first["message"]["link_preview_options"] == {"is_disabled": True}
    assert 1 <= found["answer"]["cache_time"] <= 300
    assert found["answer"]["is_personal"] is True, "the pack speaks several languages, and the same words may be of two"
    assert found["answer"]["button"]["start_parameter"] == "ask"
    again = await alice.searches(QUESTION)
    assert [one["id"] for one in again] == [one["id"] for one in found["answer"]["results"]], "stable ids"


async def test_inline_mode_in_a_group(bot: Bot, alice: Person, bob: Person) -> None:
    """A result is sent by the person; the bot sees it where it is a member, and does not answer its own words."""
    group = bob.inside(await alice.telegram.group("Students", alice, bob))
    found = await group.searches_for(QUESTION, chat_type="supergroup")
    sent = await group.sends_result(found["query_id"], found["answer"]["results"][0]["id"])
    assert sent["via_bot"]["username"] == "test_bot"
    await group.hears_nothing()
    found = await bob.searches_for(QUESTION)
    await bob.sends_result(found["query_id"], found["answer"]["results"][0]["id"])
    await bob.hears_nothing()


async def test_inline_mode_offers_the_picture_that_telegram_has(
    bot: Bot, alice: Person, bob: Person, telegram: Telegram
) -> None:
    question = "who were observers in 2008?"
    assert {one["type"] for one in await bob.searches(question)} == {"article"}
    await alice.presses("🖼 Chart", await alice.asks(question))
    shown = await alice.hears()
    answer, photo = (await bob.searches(question))[:2]
    assert answer["type"] == "article"
    assert photo["type"] == "photo"
    assert photo["photo_file_id"] == shown.raw["photo"][-1]["file_id"]
    assert photo["message"]["caption"] == shown.text
    await telegram.fails("answerInlineQuery", "error", description="Bad Request: wrong file identifier specified")
    assert {one["type"] for one in await bob.searches(question)} == {"article"}, "a file that Telegram has lost"


async def test_inline_mode_suggests_while_typing(bot: Bot, alice: Person) -> None:
    for text in ("", " ", "wh", "who were obs", "when did Ir", "summit 20", "where was the fif"):
        began = time.monotonic()
        results = await alice.searches(text)
        assert time.monotonic() - began < 5
        assert 3 <= len(results) <= 8, text
        assert all(len(one["message"]["text"]) > 20 for one in results)
    for begun, meant in (("who founded", "Who founded the SCO?"), ("when did Ind", "When did India join?")):
        assert meant in [one["title"] for one in await alice.searches(begun)]


async def test_inline_mode_never_offers_ignorance(bot: Bot, alice: Person) -> None:
    for text in (
        "who are the members of NATO?",
        "hello",
        "qqq zzz",
        "<b>",
        "🇲🇳" * 120,
        "x" * 256,
        "'; drop table",
        "@",
    ):
        results = await alice.searches(text)
        assert results, text
        assert not any("don't know" in one["message"]["text"] for one in results), text
    assert not bot.errors


async def test_inline_mode_offers_each_choice(bot: Bot, alice: Person) -> None:
    results = await alice.searches("where was the Bishkek summit?")
    dated = [one for one in results if one["title"].startswith("Bishkek summit (")]
    assert len(dated) >= 3
    assert len({one["message"]["text"] for one in dated}) == len(dated)
    assert results[: len(dated)] == dated


async def test_inline_mode_does_not_touch_the_private_conversation(own: Stage) -> None:
    alice = await own.telegram.person("Alice")
    async with running(own.environment):
        await alice.asks("who were observers in 2005?")
        await alice.searches("when did Belarus join?")
        await alice.searches("and in 2012?")
        assert "2012" in (await alice.asks("and in 2012?")).text
        await alice.opens("https://t.me/test_bot?start=ask")
        assert (await alice.hears()).buttons


async def test_an_inline_answer_is_not_cached_beyond_the_day() -> None:
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    assert cache_seconds(noon) == 300
    assert cache_seconds(noon.replace(hour=23, minute=59, second=10)) == 50
    assert cache_seconds(noon.replace(hour=23, minute=59, second=59, microsecond=999_999)) == 1
