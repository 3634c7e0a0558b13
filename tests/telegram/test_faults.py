"""What goes wrong between the bot and Telegram, and what becomes of the process: nobody's question is lost."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.botapi.client import Person, Telegram
from tests.telegram.stage import Bot, Stage, free_port, running, until, webhook_settings
from tests.telegram.test_end_to_end import QUESTION, both_ways, is_about_2005, is_about_2012, said

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", ["429", "500", "502"])
async def test_a_call_that_is_refused_is_made_again(bot: Bot, alice: Person, telegram: Telegram, kind: str) -> None:
    await telegram.fails("sendMessage", kind, count=2)
    assert is_about_2005(await alice.asks(QUESTION))
    assert not bot.errors


@pytest.mark.parametrize("kind", ["half", "slow"])
async def test_a_message_that_was_sent_is_not_sent_again(
    bot: Bot, alice: Person, telegram: Telegram, kind: str
) -> None:
    await telegram.fails("sendMessage", kind)
    answer = await alice.asks(QUESTION)
    assert is_about_2005(answer)
    await alice.hears_nothing()
    await alice.presses("❓", answer)
    assert "It rests on" in (await alice.hears_edit()).text, "the bot knows which message it was"
    assert not bot.errors


@both_ways
@pytest.mark.parametrize("arrives", [True, False], ids=["arrives", "does not arrive"])
async def test_a_message_that_may_have_been_sent_is_not_sent_again(
    bot: Bot, alice: Person, telegram: Telegram, arrives: bool
) -> None:
    await telegram.fails("sendMessage", "reset", after=arrives)
    await alice.says(QUESTION)
    if arrives:
        assert is_about_2005(await alice.hears())
    told = await alice.hears()
    assert "connection broke" in told.text
    await alice.hears_nothing()
    await alice.presses("Answer again", told)
    assert is_about_2005(await alice.hears())


@pytest.mark.parametrize("kind", ["reset", "half"])
async def test_an_edit_is_made_again(bot: Bot, alice: Person, telegram: Telegram, kind: str) -> None:
    asked = await said(alice, QUESTION)
    await alice.hears()
    await telegram.fails("editMessageText", kind, count=2)
    await alice.edits(asked, "who were observers in 2012?")
    assert is_about_2012(await alice.hears_edit())
    assert not bot.errors


@pytest.mark.parametrize("kind", ["429", "500", "502", "reset", "half"])
async def test_polling_goes_on_after_faults(bot: Bot, alice: Person, telegram: Telegram, kind: str) -> None:
    await telegram.fails("getUpdates", kind, count=3)
    assert is_about_2005(await alice.asks(QUESTION))
    assert is_about_2012(await alice.asks("and in 2012?"))


async def test_an_error_is_logged_told_and_survived(bot: Bot, alice: Person, telegram: Telegram) -> None:
    await telegram.fails("sendMessage", "error", description="Bad Request: the stars are wrong")
    apology = await alice.asks(QUESTION)
    assert "went wrong" in apology.text
    entry = await bot.logs("handler.failed")
    assert entry["text"] == QUESTION
    assert (entry["person"], entry["chat"]) == (alice.id, alice.id)
    assert "tars are wrong" in entry["exception"]
    assert is_about_2005(await alice.asks(QUESTION))


async def test_an_answer_whose_markup_is_refused_comes_as_plain_words(
    bot: Bot, alice: Person, telegram: Telegram
) -> None:
    await telegram.fails("sendMessage", "error", description="Bad Request: can't parse entities: Unsupported start tag")
    answer = await alice.asks(QUESTION)
    assert is_about_2005(answer)
    assert {entity["type"] for entity in answer.entities} <= {"url"}  # Telegram itself finds addresses in plain words
    assert (await bot.logs("talk.bad_markup"))["level"] == "error"


async def test_who_blocked_the_bot_is_no_error(bot: Bot, alice: Person, bob: Person, telegram: Telegram) -> None:
    blocked = "Forbidden: bot was blocked by the user"
    await telegram.fails("sendMessage", "error", error_code=403, description=blocked)
    await alice.says(QUESTION)
    assert (await bot.logs("handler.nobody_there"))["level"] == "info"
    assert is_about_2005(await bob.asks(QUESTION))
    await alice.hears_nothing()


@both_ways
async def test_a_repeated_update_is_dropped(bot: Bot, alice: Person, telegram: Telegram) -> None:
    update = (await alice.says(QUESTION))["update_id"]
    await alice.hears()
    await telegram.control("repeat", update_id=update)
    await alice.hears_nothing()


@both_ways
async def test_a_stop_finishes_what_is_under_way(own: Stage) -> None:
    alice, telegram = await own.telegram.person("Alice"), own.telegram
    async with running(own.environment) as bot:
        await telegram.fails("sendMessage", "slow", seconds=1.0)
        await alice.says(QUESTION)
        await until(lambda: telegram.calls("sendMessage"))
        assert await bot.ends(signal.SIGTERM) == 0
        assert is_about_2005(await alice.hears())
        assert not bot.errors
    await alice.says("and in 2012?")
    async with running(own.environment) as bot:
        assert is_about_2012(await alice.hears()), "the conversation outlives the process"
        await alice.hears_nothing()
        assert await bot.ends(signal.SIGINT) == 0


@both_ways
async def test_a_kill_loses_nothing(own: Stage) -> None:
    telegram = own.telegram

    async def ten_are_answered() -> bool:
        return len(await telegram.calls("sendMessage")) >= 10

    people = [await telegram.person(f"Person {number}") for number in range(40)]
    await telegram.fails("sendMessage", "slow", seconds=0.2, count=None)
    async with running(own.environment) as bot:
        await asyncio.gather(*(person.says(QUESTION) for person in people))
        await until(ten_are_answered)
        await bot.ends(signal.SIGKILL)
    await telegram.recovers()
    async with running(own.environment):
        for person in people:
            await person.hears(30)
        await until(lambda: nothing_waits(telegram))
    for person in people:
        heard = [message for message in await person.messages() if message.raw["from"]["is_bot"]]
        answers = [message for message in heard if is_about_2005(message)]
        told = [message for message in heard if "connection broke" in message.text]
        assert len(answers) <= 1, "an answer that may have arrived is not sent again"
        assert len(told) <= 1
        assert len(answers) + len(told) == len(heard)


async def test_who_writes_without_end_slows_only_oneself(own: Stage) -> None:
    alice, bob = [await own.telegram.person(name, language="en") for name in ("Alice", "Bob")]
    years = [2002 + number % 24 for number in range(40)]
    async with running(own.environment):
        await own.telegram.control("settings", rates=True)  # as Telegram has it: one message a second a chat
        for year in years:
            await alice.says(f"who were members in {year}?")
        for _ in range(2):
            assert is_about_2005(await bob.asks(QUESTION))
            assert (await own.admin.asks("/status")).text.startswith("Version ")
        heard = [message for message in await alice.messages() if message.raw["from"]["is_bot"]]
        assert len(heard) < len(years) / 2, "she was not answered before the others"
        await own.telegram.control("settings", rates=False)
        answers = [(await alice.hears(60)).text for _ in years]
    assert [int(text.split()[1]) for text in answers] == years


async def nothing_waits(telegram: Telegram) -> bool:
    return not (await telegram.control("updates"))["pending"]


async def test_a_token_that_telegram_does_not_know(own: Stage) -> None:
    async with running({**own.environment, "BOT_TOKEN": "42:OTHER-token_of-nobody"}, started=False) as bot:
        assert await bot.ends() == 1
    assert (
        bot.written.splitlines()[-1]
        == "BOT_TOKEN: Telegram does not know this token; /token makes BotFather say the right one"
    )


async def test_a_port_that_is_taken(own: Stage) -> None:
    taken = own.telegram.url.removeprefix("http://")
    async with running({**own.environment, **webhook_settings(), "BOT_LISTEN": taken}, started=False) as bot:
        assert await bot.ends() == 1
    assert bot.written.splitlines()[-1].startswith(f"BOT_LISTEN: cannot listen on {taken}: ")


async def test_a_database_out_of_reach(own: Stage) -> None:
    nowhere = {"DATABASE_URL": "sqlite:////nonexistent/bot.sqlite3"}
    async with running({**own.environment, **nowhere}, started=False) as bot:
        assert await bot.ends() == 1
    assert bot.written.splitlines()[-1].startswith("DATABASE_URL: the database failed: ")
    assert "Traceback" not in bot.written


async def test_it_waits_for_a_telegram_that_is_away(own: Stage) -> None:
    await own.telegram.fails("getMe", "502", count=3)
    async with running(own.environment) as bot:
        assert await bot.ends(signal.SIGTERM) == 0
    nobody = {"BOT_API_URL": f"http://127.0.0.1:{free_port()}"}
    async with running({**own.environment, **nobody}, started=False) as bot:
        await bot.logs("telegram.retry")
        assert await bot.ends(signal.SIGTERM) == 0
    assert not bot.errors


async def test_two_that_poll_with_one_token_say_so(own: Stage) -> None:
    alice = await own.telegram.person("Alice")
    other = {"DATABASE_URL": own.environment["DATABASE_URL"] + ".other"}
    async with running(own.environment) as bot:
        async with running({**own.environment, **other}):
            entry = await bot.logs("polling.failed")
            assert "only one bot instance" in entry["error"]
        assert is_about_2005(await alice.asks(QUESTION))


async def test_replicas_reload_together(own: Stage) -> None:
    alice, admin = await own.telegram.person("Alice"), own.admin
    one, two = ({**own.environment, **webhook_settings()} for _ in range(2))
    async with running(one) as away, running(two):
        assert is_about_2005(await alice.asks(QUESTION))
        own.pack.replace("2004-06-17", "2004-06-18")
        assert (await admin.asks("/reload")).text.startswith("Reloaded")
        assert (await admin.hears(25)).text.startswith("2 of 2 replicas answer from version ")
        assert (await away.logs("reload.done"))["changes"]
