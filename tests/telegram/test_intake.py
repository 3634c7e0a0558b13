"""An update is handled once, whoever brings it how often, and none is lost with the process that received it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.storage import Store, StoreError
from bot.storage.store import LEASE_SECONDS
from bot.telegram.intake import Intake, Raw, Taken


class Handler:
    """Notes what it handled. `gate` holds it up, `fails` makes it fail."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self, update: Raw) -> None:
        await self.gate.wait()
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
    async with asyncio.timeout(5):
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


async def test_without_its_store_it_takes_nothing(tmp_path: Path) -> None:
    handler = Handler()
    async with Store.at(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}") as store:
        intake = Intake(store, handler)
        async with store._transaction() as connection:
            await connection.exec_driver_sql("DROP TABLE updates")
        with pytest.raises(StoreError):
            await intake.deliver({"update_id": 1})
        with pytest.raises(StoreError):
            await intake.receive([{"update_id": 1}])
    assert handler.handled == []
