"""What admins do, and that nobody else learns of it."""

from __future__ import annotations

import csv
import io
import itertools
import re

import aiohttp
import pytest

from bot.telegram.tally import Tally
from tests.botapi.client import Message, Person
from tests.telegram.stage import Stage, running, until, webhook_settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_ways = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
COMMANDS = ("/status", "/missed", "/reload", "/broadcast Hello", "/broadcast")


async def test_for_anybody_else_there_are_no_admin_commands(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    here = own.admin.inside(await own.telegram.group("Editors", own.admin, alice))
    async with running(own.environment) as bot:
        unknown = (await alice.asks("/nonsense")).text
        for command in COMMANDS:
            assert (await alice.asks(command)).text == unknown
            assert (await here.asks(f"{command.split()[0]}@test_bot")).text == unknown
        told = [(await alice.asks(command)).text for command in ("/help", "/privacy", "/start")]
        for name in ("/status", "/missed", "/reload", "/broadcast"):
            assert not any(name in text for text in told)
        # Buttons that only admins see do nothing for those who forge them, and stop spinning.
        welcome = await alice.asks("/start")
        for data in ("missed:csv", "cast:go:abc"):
            assert await forged(alice, welcome, data) in ({}, {"text": None})
        await alice.hears_nothing()
        assert not await own.telegram.calls("sendDocument")
        assert not [entry for entry in bot.log if entry["event"] == "admin.used"]


async def forged(person: Person, message: Message, data: str) -> object:
    """Presses a button that carries what no button of the message does."""
    pressed = await person.telegram.control("press", user=person.id, message_id=message.id, forged=data, wait=5)
    answer = pressed["answer"]
    return {"text": answer.get("text")} if answer else None


@both_ways
async def test_status(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment) as bot:
        for _ in range(3):
            await alice.asks("who were observers in 2005?")
        await alice.asks("who won the cup in 1999?")
        await own.telegram.fails("sendMessage", "error", count=1, error_code=400, description="Bad Request: oops")
        await alice.asks("who were observers in 2012?")  # gets the line for errors
        told = (await own.admin.asks("/status")).text
        assert re.search(r"^Version \d+\.\d+\.\d+, up for \d+ (sec|min)", told)
        assert re.search(r"Facts [0-9a-f]{10}, reviewed \d{1,2} [A-Z][a-z]+ \d{4}: \d{4} facts, \d+ intents", told)
        assert "4 answers: 3 with facts, 0 asked back, 1 unknown" in told
        assert "Errors: 1" in told
        times = re.search(r"Half of them within (\d+) ms, 99% within (\d+) ms", told)
        assert times
        assert 0 < int(times[1]) <= int(times[2])
        if "BOT_WEBHOOK_URL" in own.environment:
            async with running(own.environment | webhook_settings()):

                async def sees_both() -> bool:
                    return "2 replicas:" in (await own.admin.asks("/status")).text

                await until(sees_both)
        else:
            assert "One process, by polling" in told
        assert (await bot.logs("admin.used"))["command"] == "status"


async def test_the_tally_counts_times() -> None:
    ticks = itertools.chain([0.0], *([float(n), n + n / 100] for n in range(1, 101)), [500.0])
    tally = Tally(lambda: next(ticks))
    assert tally.percentile(0.5) is None
    for _ in range(100):
        tally.answered("answer", "members", tally.start())
    assert tally.percentile(0.5) == pytest.approx(0.51)
    assert tally.percentile(0.99) == pytest.approx(1.0)
    assert tally.uptime == 500.0


async def test_missed_groups_questions_and_exports_them(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    async with running(own.environment):
        assert "Every question" in (await own.admin.asks("/missed")).text
        for question in (
            "who won the football cup in 1999?",
            "Who won the Football Cup in 1999 ?",
            "in 1999 who won the football cups?",
            "what is the recipe of plov?",
            "=HYPERLINK(1) please, cmd of plutonium",
        ):
            await alice.asks(question)
        told = await own.admin.asks("/missed")
        lines = told.text.splitlines()
        assert lines[0] == "5 messages without an answer, 3 different ones"
        assert lines[2].startswith("3× ")
        assert "football cup" in lines[2]
        assert "like it" in lines[2]
        assert re.search(r"\(nearest: \S+\)$", lines[2])
        await own.admin.presses("All as a file", told)
        sent = await own.admin.hears()
        document = sent.raw["document"]
        assert re.fullmatch(r"missed-\d{4}-\d\d-\d\d\.csv", document["file_name"])
        text = (await downloaded(own, document["file_id"])).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["question"] for row in rows if row["group"] == "1"} == {
            "who won the football cup in 1999?",
            "Who won the Football Cup in 1999 ?",
            "in 1999 who won the football cups?",
        }
        assert [row["question"][:2] for row in rows if "HYPERLINK" in row["question"]] == ["'="]
        assert sum(int(row["asked"]) for row in rows) == 5
        assert str(alice.id) not in text
        assert "Alice" not in text


async def downloaded(own: Stage, file_id: str) -> bytes:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{own.telegram.bot_url}/getFile", params={"file_id": file_id}) as answer:
            path = (await answer.json())["result"]["file_path"]
        async with session.get(f"{own.telegram.url}/file/bot{own.telegram.token}/{path}") as answer:
            return await answer.read()


async def test_reload_shows_what_changed(own: Stage) -> None:
    async with running(own.environment):
        countries = own.pack.knowledge / "countries.yaml"
        text = countries.read_text("utf-8")
        countries.write_text(text.replace("sources: [countries-dataset]", "unsourced: true"), "utf-8")
        told = await own.admin.asks("/reload", 30)
        lines = told.text.splitlines()
        counted = re.fullmatch(r"(\d+) changes \(fact changed: (\d+)\)", lines[2])
        assert counted
        assert int(counted[1]) > 20
        assert all(line.startswith("• fact changed: ") for line in lines[4:9])
        (folded,) = told.parts("expandable_blockquote")
        assert len(folded.splitlines()) == int(counted[1]) - 5


async def subscribed(own: Stage, count: int) -> list[Person]:
    people = [await own.telegram.person(f"Person {n}", language="en") for n in range(count)]
    for person in people:
        await person.asks("/subscribe +5")
    return people


async def test_broadcast(own: Stage) -> None:
    async with running(own.environment) as bot:
        assert "Nobody is subscribed" in (await own.admin.asks("/broadcast Hello")).text
        people = await subscribed(own, 5)
        assert "after the command" in (await own.admin.asks("/broadcast")).text
        group = await own.telegram.group("Students", people[0], is_forum=True)
        topic = await own.telegram.control("topic", chat=group, name="Exams", user=people[0].id)
        here = people[0].inside(group, int(topic["message_thread_id"]))
        await here.asks("/subscribe +5")
        await people[4].blocks()
        looked = await own.admin.asks("/broadcast The facts are <new> & checked\nas of today.")
        assert looked.text == "The facts are <new> & checked\nas of today."
        asked = await own.admin.hears()
        assert asked.text == "This goes to 6 chats."
        for person in people:
            await person.hears_nothing(0.1)
        await own.admin.presses("Send to 6", asked)
        for person in (*people[:4], here):
            assert (await person.hears()).text == looked.text
        done = await own.admin.hears_edit()
        while "Done" not in done.text:
            done = await own.admin.hears_edit()
        assert done.text == "Done: 5 of 6 sent, 1 were gone and are subscribed no more."
        assert done.buttons == []
        again = await own.admin.telegram.control(
            "press",
            user=own.admin.id,
            message_id=done.id,
            forged=button_of(asked, "Send to 6"),
            wait=5,
        )
        assert "already" in again["answer"]["text"]
        for person in people[:4]:
            await person.hears_nothing(0.3)
        looked = await own.admin.asks("/broadcast Once more")
        asked = await own.admin.hears()
        assert asked.text == "This goes to 5 chats."
        await own.admin.presses("Cancel", asked)
        assert "nothing was sent" in (await own.admin.hears_edit()).text
        await people[1].hears_nothing(0.3)
        used = [entry for entry in bot.log if entry["event"] == "admin.used"]
        assert [entry.get("command") for entry in used].count("broadcast") == 4
        assert all(entry["person"] == own.admin.id for entry in used)


def button_of(message: Message, label: str) -> str:
    rows = message.raw["reply_markup"]["inline_keyboard"]
    return next(str(button["callback_data"]) for row in rows for button in row if button["text"] == label)


async def test_broadcast_can_be_stopped(own: Stage) -> None:
    async with running(own.environment):
        people = await subscribed(own, 12)
        await own.admin.asks("/broadcast Slowly")
        asked = await own.admin.hears()
        await own.telegram.fails("sendMessage", "slow", count=None, seconds=0.4)
        await own.admin.presses("Send to 12", asked)
        progress = await own.admin.hears_edit()
        assert progress.text.startswith("Sending: ")
        await own.admin.presses("Stop", progress)
        stopped = await own.admin.hears_edit()
        while "Stopped" not in stopped.text:
            stopped = await own.admin.hears_edit()
        await own.telegram.recovers()
        sent = await received(people, "Slowly")
        assert 0 < sum(sent) < 12
        assert max(sent) == 1


async def received(people: list[Person], text: str) -> list[int]:
    return [[message.text for message in await person.messages()].count(text) for person in people]


async def test_broadcast_goes_on_after_a_crash_and_reaches_nobody_twice(own: Stage) -> None:
    async with running(own.environment) as bot:
        people = await subscribed(own, 10)
        await own.admin.asks("/broadcast Once")
        asked = await own.admin.hears()
        await own.telegram.fails("sendMessage", "slow", count=None, seconds=0.3)
        await own.admin.presses("Send to 10", asked)
        for person in people[:2]:
            while (await person.hears()).text != "Once":
                continue
        bot.process.kill()
        await bot.ends()
    await own.telegram.recovers()
    async with running(own.environment):

        async def is_done() -> bool:
            return any(message.text.startswith("Done: ") for message in await own.admin.messages())

        await until(is_done, 60)
        sent = await received(people, "Once")
        assert max(sent) == 1
        assert sum(sent) >= 9, "at most the one that was being sent may be left out"


async def test_broadcast_waits_when_telegram_says_so(own: Stage) -> None:
    async with running(own.environment) as bot:
        people = await subscribed(own, 6)
        await own.admin.asks("/broadcast Patience")
        asked = await own.admin.hears()
        await own.telegram.fails("sendMessage", "429", count=4, retry_after=1)
        await own.telegram.fails("sendMessage", "reset", count=1, after=True)
        await own.admin.presses("Send to 6", asked)

        async def is_over() -> bool:
            return any(message.text.startswith("Done: ") for message in await own.admin.messages())

        await until(is_over)
        assert await received(people, "Patience") == [1] * 6
        assert any("failed" in message.text for message in await own.admin.messages()), "nobody knows of one"
        assert (await bot.logs("mass.failed"))["level"] == "error"
