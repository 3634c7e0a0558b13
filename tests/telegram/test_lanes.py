"""Updates of a chat keep their order and chats do not wait for each other."""

from __future__ import annotations

import asyncio

from telegram import Chat, Message, Update, User

from bot.telegram.lanes import Lanes, lane


def update(number: int, chat: int) -> Update:
    import datetime

    return Update(number, Message(number, datetime.datetime.now(datetime.UTC), Chat(chat, "private")))


async def test_a_chat_keeps_its_order_while_others_overtake() -> None:
    lanes = Lanes(at_once=4)
    done: list[tuple[int, int]] = []
    most = 0
    busy = 0

    async def work(chat: int, number: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02 if number % 5 == 0 else 0)
        done.append((chat, number))
        busy -= 1

    async with lanes:
        await asyncio.gather(
            *(lanes.process_update(update(number, number % 7), work(number % 7, number)) for number in range(70))
        )
    for chat in range(7):
        assert [number for where, number in done if where == chat] == list(range(chat, 70, 7))
    assert done != sorted(done, key=lambda one: one[1])
    assert most == 4


async def test_a_chat_that_waits_holds_up_nobody() -> None:
    lanes = Lanes(at_once=2)
    gate = asyncio.Event()

    async def nothing() -> None:
        return

    async with lanes:
        stuck = [asyncio.create_task(lanes.process_update(update(n, 1), gate.wait())) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.wait_for(lanes.process_update(update(99, 2), nothing()), 1)
        gate.set()
        await asyncio.gather(*stuck)


async def test_an_error_frees_the_lane() -> None:
    lanes = Lanes(at_once=1)

    async def fail() -> None:
        raise ValueError

    async def nothing() -> None:
        return

    async with lanes:
        results = await asyncio.gather(
            lanes.process_update(update(1, 1), fail()),
            lanes.process_update(update(2, 1), nothing()),
            return_exceptions=True,
        )
    assert [type(result) for result in results] == [ValueError, type(None)]


def test_lanes_are_chats_then_people() -> None:
    assert lane(update(1, 17)) == 17
    assert lane(Update(1)) == lane(None) == 0
    assert User(1, "A", is_bot=False).id == 1
