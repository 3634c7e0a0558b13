"""An update is handled once, whoever brings it how often, and none is lost with the process that received it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage import Claim, Store, database
from bot.storage.store import LEASE_SECONDS
from bot.telegram.delivery import Delivery, TakenOverError, current
from bot.telegram.intake import HELD, Intake, Raw, Taken, lane, whole


class Handler:
    """Notes what it handled, and what it was told may have been answered. `gate` holds it up, `fails` makes it fail."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.unsure: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self, update: Raw, unsure: bool) -> None:
        await self.gate.wait()
        if unsure:
            self.unsure.append(update["update_id"])
        if self.fails:
            raise RuntimeError("a fault of the handler")
        self.handled.append(update["update_id"])


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with Store.at(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}", clock) as opened:
        yield opened


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the condition is whatever the test says
            await asyncio.sleep(0.001)


async def drained(intake: Intake) -> None:
    async with asyncio.timeout(60):
        await intake.room(1)


async def test_what_is_delivered_again_is_not_handled_again(store: Store) -> None:
    handler = Handler()
    intake = Intake(store, handler)
    assert await intake.deliver({"update_id": 1}) is Taken.HANDLED
    assert await intake.deliver({"update_id": 1}) is Taken.REPEATED
    assert handler.handled == [1]


async def test_what_is_delivered_again_while_under_way_waits_for_it(store: Store) -> None:
    handler = Handler()
    handler.gate.clear()
    intake, replica = Intake(store, handler), Intake(store, handler)
    first = asyncio.create_task(intake.deliver({"update_id": 1}))
    await until(lambda: intake.under_way == 1)
    second = asyncio.create_task(intake.deliver({"update_id": 1}))
    assert await replica.deliver({"update_id": 1}) is Taken.BUSY
    assert not second.done()
    handler.gate.set()
    assert [await first, await second] == [Taken.HANDLED, Taken.HANDLED]
    assert await replica.deliver({"update_id": 1}) is Taken.REPEATED
    assert handler.handled == [1]


async def test_received_updates_are_handled_once_and_in_order(store: Store) -> None:
    handler = Handler()
    intake = Intake(store, handler)
    await intake.receive([{"update_id": 3}, {"update_id": 2}])
    await intake.receive([{"update_id": 2}, {"update_id": 4}])
    await drained(intake)
    assert handler.handled == [2, 3, 4]


async def test_the_next_process_takes_over_what_a_dead_one_had_received(store: Store, clock: Clock) -> None:
    dead, handler = Handler(), Handler()
    dead.gate.clear()
    killed = Intake(store, dead)
    await killed.receive([{"update_id": 1, "n": "é"}, {"update_id": 2}])
    following = Intake(store, handler)
    following.start(take_over=True)
    await asyncio.sleep(0.05)
    assert handler.handled == []
    await following.stop(1)
    clock.now += LEASE_SECONDS
    following = Intake(store, handler)
    following.start(take_over=True)
    await until(lambda: len(handler.handled) == 2)
    assert handler.handled == [1, 2]
    await following.stop(1)
    await killed.stop(0)


async def test_a_stop_waits_and_then_gives_back_what_is_not_done(store: Store) -> None:
    slow, handler = Handler(), Handler()
    slow.gate.clear()
    intake = Intake(store, slow)
    intake.start(take_over=True)
    await intake.receive([{"update_id": 1}])
    asyncio.get_running_loop().call_later(0.05, slow.gate.set)
    await intake.stop(5)
    assert slow.handled == [1]

    slow.gate.clear()
    intake = Intake(store, slow)
    await intake.receive([{"update_id": 2}])
    await asyncio.sleep(0.01)
    await intake.stop(0.01)
    following = Intake(store, handler)
    following.start(take_over=True)
    await until(lambda: bool(handler.handled))
    assert handler.handled == [2]
    await following.stop(1)


async def test_a_fault_of_the_handler_is_not_the_end(store: Store) -> None:
    handler = Handler()
    handler.fails = True
    intake = Intake(store, handler)
    assert await intake.deliver({"update_id": 1}) is Taken.HANDLED
    handler.fails = False
    assert await intake.deliver({"update_id": 2}) is Taken.HANDLED
    assert handler.handled == [2]


class Sender(Handler):
    """Has handed a message to Telegram when it is held up."""

    async def __call__(self, update: Raw, unsure: bool) -> None:
        delivery = current.get()
        assert delivery
        await delivery.sending()
        await super().__call__(update, unsure)


@pytest.mark.parametrize("stored", [True, False], ids=["polling", "webhook"])
async def test_what_a_dead_process_was_sending_is_not_answered_again(store: Store, clock: Clock, stored: bool) -> None:
    sender, handler = Sender(), Handler()
    sender.gate.clear()
    killed, following = Intake(store, sender), Intake(store, handler)
    update = {"update_id": 1}
    dying = asyncio.create_task(killed.receive([update]) if stored else killed.deliver(update))
    await until(lambda: killed.under_way == 1)
    await until_sending(store, 1)
    clock.now += LEASE_SECONDS
    if stored:
        await following.inherit()
        await drained(following)
    else:
        assert await following.deliver(update) is Taken.HANDLED
    assert handler.handled == handler.unsure == [1]
    sender.gate.set()
    await asyncio.gather(dying)


async def test_a_refused_message_may_be_sent_by_another(store: Store, clock: Clock) -> None:
    await store.claim(1)
    delivery = Delivery(1, store)
    await delivery.sending()
    await delivery.refused()
    clock.now += LEASE_SECONDS
    assert await store.claim(1) is Claim.MINE


async def test_who_was_silent_for_too_long_sends_no_more(tmp_path: Path, clock: Clock) -> None:
    address = f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}"
    async with Store.at(address, clock) as store, Store.at(address, clock) as another:
        silent = Delivery(1, store)
        assert await store.claim(1) is Claim.MINE
        clock.now += LEASE_SECONDS
        assert await another.claim(1) is Claim.MINE
        with pytest.raises(TakenOverError):
            await silent.sending()
        assert silent.taken_over
        await store.renew([1])
        clock.now += LEASE_SECONDS
        assert [one.number for one in await another.take_over()] == []
        assert await another.claim(1) is Claim.MINE, "what is another's is not renewed"
        await Delivery(1, another).sending()
        clock.now += LEASE_SECONDS
        assert await store.claim(1) is Claim.UNSURE
        with pytest.raises(TakenOverError):  # as it may have been sent meanwhile
            await Delivery(1, store).sending()
        await Delivery(1, store, unsure=True).sending()
        await Delivery(2, store).sending()  # one that was claimed without the store


async def until_sending(store: Store, number: int) -> None:
    async def is_so() -> bool:
        query = text("SELECT count(*) FROM updates WHERE id = :number AND done = 2")
        return bool(await store.do(lambda connection: connection.scalar(query, {"number": number})))

    async with asyncio.timeout(5):
        while not await is_so():  # noqa: ASYNC110 - the condition is in the database
            await asyncio.sleep(0.001)


async def test_a_clock_that_was_set_back_keeps_no_claim_for_ever(store: Store, clock: Clock) -> None:
    assert await store.claim(1) is Claim.MINE
    clock.now -= 3600
    assert await store.claim(1) is Claim.MINE
    assert await store.claim(1) is Claim.BUSY


async def test_without_its_store_it_answers_from_memory_and_tells_the_store_later(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "REST_SECONDS", 0.0)
    handler = Handler()
    async with Store.at(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}", clock) as store:
        intake = Intake(store, handler)
        await away(store, True)
        assert await intake.deliver({"update_id": 1}) is Taken.HANDLED
        assert await intake.deliver({"update_id": 1}) is Taken.REPEATED
        await intake.receive([{"update_id": 3}, {"update_id": 1}, {"update_id": 2}])
        assert handler.handled == [1, 2, 3], "handled when it returns, as Telegram forgets them then"
        await away(store, False)
        intake.start(take_over=True)
        await intake.stop(1)
        following = Intake(store, handler)
        for number in (1, 2, 3):
            assert await following.deliver({"update_id": number}) is Taken.REPEATED
    assert handler.handled == [1, 2, 3]


async def away(store: Store, is_so: bool) -> None:
    """Take the table of updates away, or bring it back."""
    there, here = ("updates", "elsewhere") if is_so else ("elsewhere", "updates")
    await store.do(lambda connection: connection.exec_driver_sql(f"ALTER TABLE {there} RENAME TO {here}"))


def message(number: int, chat: int) -> Raw:
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": {"id": 1}}}


async def test_a_chat_keeps_its_order_while_others_overtake(store: Store) -> None:
    done: list[int] = []

    async def work(update: Raw, unsure: bool) -> None:
        await asyncio.sleep(0.01 if update["update_id"] % 5 == 0 else 0)
        done.append(update["update_id"])

    intake = Intake(store, work)
    await intake.receive([message(number, number % 7) for number in range(70)])
    await drained(intake)
    for chat in range(7):
        assert [number for number in done if number % 7 == chat] == list(range(chat, 70, 7))
    assert done != sorted(done)


async def test_who_writes_a_thousand_messages_holds_up_nobody(store: Store) -> None:
    handler = Handler()

    async def work(update: Raw, unsure: bool) -> None:
        if update["message"]["chat"]["id"] == 1:
            await handler(update, unsure)

    handler.gate.clear()
    intake = Intake(store, work)
    for first in range(0, 1000, 100):
        async with asyncio.timeout(30):
            await intake.room(2)
        await intake.receive([message(number, 1) for number in range(first, first + 100)])
    held = [job for job in intake._jobs.values() if job.raw]
    assert (len(held), intake.under_way) == (HELD, 1000), "of the others only the numbers are in memory"
    async with asyncio.timeout(30):
        assert await intake.deliver(message(5000, 2)) is Taken.HANDLED
    handler.gate.set()
    await drained(intake)
    assert handler.handled == list(range(1000))


async def test_what_waits_behind_others_is_given_back_at_a_stop(store: Store) -> None:
    slow, handler = Handler(), Handler()
    slow.gate.clear()
    intake, following = Intake(store, slow), Intake(store, handler)
    await intake.receive([message(number, 1) for number in range(1, 101)])
    delivered = asyncio.create_task(intake.deliver(message(200, 1)))
    await until(lambda: intake.under_way == 101)
    await intake.stop(0)
    with pytest.raises(asyncio.CancelledError):
        await delivered
    await following.inherit()
    await drained(following)
    assert handler.handled == list(range(1, 101))
    assert await following.deliver(message(200, 1)) is Taken.HANDLED


def test_no_half_of_a_character_is_handled() -> None:
    """No database takes one, and JSON can name one."""
    update = {"update_id": 1, "message": {"text": json.loads(r'"who \ud800 is \ud83d\ude00?"')}}
    assert whole(update) == {"update_id": 1, "message": {"text": "who ? is \N{GRINNING FACE}?"}}


def test_lanes_are_chats_then_people() -> None:
    assert lane(message(1, 17)) == 17
    assert lane({"update_id": 1, "callback_query": {"from": {"id": 5}, "message": {"chat": {"id": -9}}}}) == -9
    assert lane({"update_id": 1, "inline_query": {"from": {"id": 5}, "query": "?"}}) == 5
    assert lane({"update_id": 1, "poll_answer": {"poll_id": "1", "user": {"id": 6}}}) == 6
    odd: tuple[object, ...] = (None, 1, {"chat": 3}, {"chat": {"id": "x"}}, {"message": []})
    assert {lane({"update_id": 1, "message": one}) for one in odd} == {0}
