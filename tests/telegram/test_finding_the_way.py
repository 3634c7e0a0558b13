"""Deep links, looking through things by buttons, cards, command menus and descriptions."""

from __future__ import annotations

import pytest

from tests.botapi.client import Message, Person, Telegram
from tests.telegram.stage import PATIENCE_SECONDS, Bot, Stage, running, until
from tests.telegram.test_answer_buttons import both_places, place
from tests.telegram.test_end_to_end import both_ways

TOPICS = ["Members", "Partners", "Summits", "Heads of government", "Treaties and agreements", "Declarations", "Bodies",
          "People", "Exercises"]  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def presses(here: Person, label: str, message: Message) -> Message:
    """Presses a button, and sees what becomes of the message."""
    assert "text" not in await here.presses(label, message)
    edited = await here.hears_edit()
    assert edited.id == message.id
    return edited


@both_places
async def test_browse(bot: Bot, alice: Person, in_group: bool) -> None:
    here = await place(alice, in_group)
    menu = await here.asks("/browse")
    assert menu.buttons == TOPICS
    members = await presses(here, "Members", menu)
    assert members.text.startswith("Members: 10.")
    assert "🇨🇳 China" in members.buttons
    assert members.rows[-2:] == [["1 / 2", "›"], ["‹ Back"]]
    second = await presses(here, "›", members)
    assert second.buttons[:2] == ["🇮🇷 Iran", "🇧🇾 Belarus"]
    card = await presses(here, "🇧🇾 Belarus", second)
    assert card.text.startswith("🇧🇾 Belarus — Republic of Belarus")
    assert "since 4 July 2024" in card.text
    assert "Sources: " in card.text
    assert len(card.buttons) > 1, "with questions that follow"
    back = await presses(here, "‹ Back", card)
    assert (back.text, back.rows) == (second.text, second.rows)
    assert (await presses(here, "‹ Back", back)).buttons == TOPICS
    assert not bot.errors


async def test_browse_through_every_topic(bot: Bot, alice: Person) -> None:
    """Members, summits, treaties, bodies and people: each has things, and a thing has a card that names its sources."""
    menu = await alice.asks("/browse")
    for topic in TOPICS:
        page = await presses(alice, topic, menu)
        card = await presses(alice, page.buttons[0], page)
        assert "Sources: " in card.text, topic
        menu = await presses(alice, "‹ Back", await presses(alice, "‹ Back", card))
    assert not bot.errors


async def test_browse_after_a_restart_and_a_reload(own: Stage) -> None:
    alice, admin = await own.telegram.person("Alice"), own.admin
    async with running(own.environment):
        members = await alice.asks("/browse members")
        bodies = await alice.asks("/browse bodies")
        people = await alice.asks("/browse no such topic")
        assert people.buttons == TOPICS
    own.environment["DATABASE_URL"] += ".new"
    topics = own.pack.intents / "browse.yaml"
    lines = topics.read_text("utf-8").splitlines(keepends=True)
    topics.write_text("".join(line for line in lines if "bodies:" not in line), "utf-8")
    async with running(own.environment) as bot:
        card = await presses(alice, "🇰🇿 Kazakhstan", members)
        assert card.text.startswith("🇰🇿 Kazakhstan — Republic of Kazakhstan")
        assert "too old" in (await alice.presses("RATS", bodies))["text"]
        topics.write_text("".join(line for line in lines if "members:" not in line), "utf-8")
        assert (await admin.asks("/reload", PATIENCE_SECONDS)).text.startswith("Reloaded")
        assert (await presses(alice, "RATS", bodies)).text.startswith("RATS")
        assert "too old" in (await alice.presses("‹ Back", card))["text"]
        assert not bot.errors


@both_ways
async def test_deep_links(bot: Bot, alice: Person) -> None:
    await alice.opens("https://t.me/test_bot?start=treaties")
    assert (await alice.hears()).text.startswith("Treaties and agreements: ")
    await alice.opens("https://t.me/test_bot?start=Summits")
    assert (await alice.hears()).text.startswith("Summits: ")
    await alice.opens("https://t.me/test_bot?start=who-were-observers-in-2005")
    assert "four observers" in (await alice.hears()).text
    assert "2012" in (await alice.asks("and in 2012?")).text, "a conversation goes on from there"
    welcome = await alice.asks("/start")
    for junk in ("x" * 64, "-", "b-summits-0", "a_b", "0", "--------", "members-of-nato"):
        await alice.opens(f"https://t.me/test_bot?start={junk}")
        assert (await alice.hears()).buttons == welcome.buttons, junk
    for junk in ("<b>", "b:summits:0", "../..", "zz " * 500, "treaties of NATO"):
        assert (await alice.asks(f"/start {junk}")).buttons == welcome.buttons, junk
    assert not bot.errors


async def test_a_deep_link_in_a_group(bot: Bot, alice: Person) -> None:
    here = alice.inside(await alice.telegram.group("Students", alice))
    assert (await here.asks("/start@test_bot summits")).text.startswith("Summits: ")


async def offered(telegram: Telegram, person: Person, chat: int | None = None) -> list[str]:
    seen = await telegram.control("offered", user=person.id, chat=chat)
    return [command["command"] for command in seen["commands"]]


async def test_menus_and_descriptions(own: Stage) -> None:
    """Commands a language and a scope, the menu button, both descriptions; what is set already is left alone."""
    telegram, admin = own.telegram, own.admin
    alice, olga = await telegram.person("Alice", language="en"), await telegram.person("Olga", language="ru")
    group = await telegram.group("Students", alice, admin)
    in_groups = ["ask", "browse", "help", "language", "privacy", "quiz", "subscribe", "today"]
    private = sorted([*in_groups, "sources", "start"])
    async with running(own.environment) as bot:
        await bot.logs("menus.set")
        for person in (alice, olga):
            assert await offered(telegram, person) == private
        assert await offered(telegram, alice, group) == in_groups
        assert await offered(telegram, admin) == [*private, "broadcast", "missed", "reload", "status"]
        assert await offered(telegram, admin, group) == in_groups
        seen = await telegram.control("offered", user=olga.id)
        assert "На что я могу ответить" in [command["description"] for command in seen["commands"]]
        assert seen["menu_button"] == {"type": "commands"}
        sent = {call["parameters"].get("language_code") or "": call["parameters"]["short_description"]
                for call in await telegram.calls("setMyShortDescription")}  # fmt: skip
        assert sent[""].startswith("Dated, sourced answers about the ")
        assert sent["ru"].startswith("Ответы о ШОС")
        texts = own.pack.intents / "ru" / "words.yaml"
        own_name = "    phrases:\n      command_help: На что есть ответ\n"
        texts.write_text(texts.read_text("utf-8").replace("    phrases:\n", own_name, 1), "utf-8")
        assert not bot.errors
        bot.from_here = len(bot.log)
        await admin.asks("/reload", PATIENCE_SECONDS)
        await bot.logs("menus.set")
        offers = (await telegram.control("offered", user=olga.id))["commands"]
        assert "На что есть ответ" in [command["description"] for command in offers]
        assert not bot.errors
    before = len(await telegram.calls())
    async with running(own.environment) as bot:
        await bot.logs("menus.set")
    assert not [call for call in await telegram.calls(after=before) if call["method"].lower().startswith("setmy")]
    await until(lambda: telegram.calls("getMyShortDescription", after=before))
