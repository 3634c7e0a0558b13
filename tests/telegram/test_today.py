"""On this day, asked for and every day: in the reader's time zone, over restarts, once however many processes send."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.anniversaries import Anniversaries
from bot.telegram.zones import next_time, read_wish, shown, zone
from tests import shipped
from tests.botapi.client import Person
from tests.telegram.clocked import MODULE
from tests.telegram.stage import Bot, Stage, running, until, webhook_settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

both_ways = pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
TASHKENT = ZoneInfo("Asia/Tashkent")


class MovedClock:
    """The clock of a bot that is started with `environment`."""

    def __init__(self, stage: Stage) -> None:
        self._file = Path(stage.environment["BOT_KNOWLEDGE"]).parent / "clock"
        self.environment = stage.environment | {"CLOCK": str(self._file)}
        self.set(datetime.now(UTC))

    def set(self, now: datetime) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(str((now - datetime.now(UTC)).total_seconds()), "utf-8")
        new.replace(self._file)


def told(day: datetime) -> str:
    """The first line of what there is to tell on a day."""
    pack = shipped.pack()
    return Anniversaries(pack, "en").on(day.date()).text.splitlines()[0]


@both_ways
async def test_today(bot: Bot, alice: Person) -> None:
    answer = await alice.asks("/today")
    assert answer.text.splitlines()[0] == told(datetime.now(UTC))
    assert re.search(r"\d{4} \(\d+ years? ago\): ", answer.text)
    assert "Sources: " in answer.text
    assert "/subscribe" in answer.text
    here = alice.inside(await alice.telegram.group("Students", alice))
    assert (await here.asks("/today@test_bot")).text == answer.text
    assert not bot.errors


async def test_today_every_day(own: Stage) -> None:
    alice, clock = await own.telegram.person("Alice", language="en"), MovedClock(own)
    clock.set(datetime(2026, 6, 13, 3, 0, tzinfo=UTC))
    async with running(clock.environment, module=MODULE) as bot:
        offered = await alice.asks("/subscribe")
        assert "UTC+5 · 08:00" in offered.buttons
        await alice.presses("UTC+5 · 08:00", offered)
        assert "at 09:00 (UTC+5 time)" in (await alice.hears()).text
        await alice.hears_nothing()
        clock.set(datetime(2026, 6, 13, 4, 0, 1, tzinfo=UTC))
        first = await alice.hears(15)
        assert first.text.startswith("Nothing on record for 13 June") or "On this day, 13 June" in first.text
        await alice.hears_nothing(6)
    # Two days go by without the bot: one message when it is back, late, and no more until tomorrow.
    clock.set(datetime(2026, 6, 15, 12, 0, tzinfo=UTC))
    async with running(clock.environment, module=MODULE) as bot:
        late = await alice.hears(15)
        assert late.text.startswith("On this day, 15 June\n")
        assert "became members of the SCO" in late.text
        await alice.hears_nothing(6)
        clock.set(datetime(2026, 6, 16, 4, 0, 1, tzinfo=UTC))
        await alice.hears(15)
        pressed = await alice.presses("No more of these", late)
        assert "no more" in pressed["text"]
        assert (await alice.hears_edit()).buttons == ["Send them again"]
        clock.set(datetime(2026, 6, 17, 4, 0, 1, tzinfo=UTC))
        await alice.hears_nothing(6)
        await alice.presses("Send them again", late)
        assert "at 09:00" in (await alice.hears()).text
        assert "no more" in (await alice.asks("/unsubscribe")).text
        assert "no daily message" in (await alice.asks("/unsubscribe")).text
        assert not bot.errors


async def test_today_every_day_is_sent_once_by_many_replicas(own: Stage) -> None:
    people = [await own.telegram.person(f"Person {n}", language="en") for n in range(12)]
    clock = MovedClock(own)
    now = datetime(2026, 6, 13, 3, 0, tzinfo=UTC)
    clock.set(now)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            settings = clock.environment | webhook_settings()
            await stack.enter_async_context(running(settings, module=MODULE))
        for person in people:
            assert "at 08:30 (Tashkent time)" in (await person.asks("/subscribe Tashkent 8:30")).text
        clock.set(now + timedelta(days=1))
        for person in people:
            await person.hears(20)
        for person in people:
            await person.hears_nothing(0.5)


async def test_today_every_day_in_a_group_and_for_those_who_block_the_bot(own: Stage) -> None:
    alice, clock = await own.telegram.person("Alice", language="en"), MovedClock(own)
    bob = await own.telegram.person("Bob", language="en")
    group = await own.telegram.group("Students", alice, bob, is_forum=True)
    topic = await own.telegram.control("topic", chat=group, name="Exams", user=alice.id)
    here = alice.inside(group, int(topic["message_thread_id"]))
    now = datetime(2026, 6, 13, 3, 0, tzinfo=UTC)
    clock.set(now)
    async with running(clock.environment, module=MODULE) as bot:
        which = await here.asks("/subscribe China")
        assert [label.split(" · ")[0] for label in which.buttons] == ["Shanghai", "Urumqi"]
        await here.presses(which.buttons[0], which)
        assert "(Shanghai time)" in (await here.hears()).text
        assert "do not know" in (await here.asks("/subscribe Nowhereland")).text
        await bob.asks("/subscribe beijing")
        await bob.blocks()
        clock.set(now + timedelta(days=1))
        message = await here.hears(15)
        assert message.raw["message_thread_id"] == here.thread
        assert (await bot.logs("mass.nobody_there"))["chat"] == bob.id
        await bob.blocks(False)
        assert "no daily message" in (await bob.asks("/unsubscribe")).text


async def test_today_when_telegram_is_in_trouble_is_late_or_missed_but_never_sent_twice(own: Stage) -> None:
    alice, clock = await own.telegram.person("Alice", language="en"), MovedClock(own)
    now = datetime(2026, 6, 13, 3, 0, tzinfo=UTC)
    clock.set(now)
    async with running(clock.environment, module=MODULE) as bot:
        await alice.asks("/subscribe +5")
        await own.telegram.fails("sendMessage", "429", count=2, retry_after=1)
        clock.set(now + timedelta(days=1))
        await alice.hears(20)
        await own.telegram.fails("sendMessage", "reset", count=1, after=True)
        clock.set(now + timedelta(days=2))
        await alice.hears(20)  # it came, and the bot was not told so
        await alice.hears_nothing(7)

        async def is_known_to_have_failed() -> bool:
            return any(entry["event"] == "daily.sent" and entry["fate"] == "failed" for entry in bot.log)

        await until(is_known_to_have_failed)


async def test_zones_as_people_write_them() -> None:
    places = {"beijing": "Asia/Shanghai"}
    for text, name, minute in (
        ("Tashkent", "Asia/Tashkent", 540),
        ("tashkant", "Asia/Tashkent", 540),
        ("Pakistan 7:05", "Asia/Karachi", 425),
        ("UTC+5:30 8:15", "UTC+05:30", 495),
        ("utc-3", "UTC-03:00", 540),
        ("+05:30", "UTC+05:30", 540),
        ("GMT 22.00", "UTC+00:00", 1320),
        ("asia/kolkata", "Asia/Kolkata", 540),
        ("Beijing", "Asia/Shanghai", 540),
        ("New York", "America/New_York", 540),
    ):
        wish = read_wish(text, places, "en")
        assert (wish.zones, wish.minute) == ((name,), minute), text
        assert zone(name) is not None
    assert not read_wish("tashkant", places, "en").sure, "then the bot asks"
    assert len(read_wish("Russia", places, "en").zones) > 5
    for nonsense in ("", "8:00", "UTC+15", "Nowhereland", "../../etc/passwd", "UTC+5:99"):
        assert not read_wish(nonsense, places, "en").zones, nonsense
    for wrong in ("", "../../etc/passwd", "UTC+15:00", "Asia/Nowhere", "posixrules\0"):
        assert zone(wrong) is None, wrong
    assert [shown(name) for name in ("UTC+05:30", "UTC-03:00", "America/New_York")] == ["UTC+5:30", "UTC-3", "New York"]


async def test_the_next_time_is_by_the_clock_of_the_place() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 9, 0, tzinfo=berlin)
    after = next_time(before, berlin, 540)
    assert (after.day, after.hour) == (29, 9)
    assert (after.timestamp() - before.timestamp()) / 3600 == 23, "the clocks were put forward that night"
    assert next_time(datetime(2026, 6, 13, 4, 0, tzinfo=UTC), TASHKENT, 540).day == 14
    assert next_time(datetime(2026, 6, 13, 3, 59, tzinfo=UTC), TASHKENT, 540).day == 13
