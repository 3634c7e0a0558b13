"""The faults: what each one breaks, and for how long. A row of the table each."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.chaos.crowd import LATE_SECONDS, Count, Crowd
from tests.chaos.hurried import MODULE
from tests.chaos.scene import Scene, Setting
from tests.telegram.stage import running

Fault = Callable[[Scene, Crowd, float], Awaitable[None]]
"""Breaks something for so many seconds, and mends it."""

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """A fault, and how the bot runs that meets it. One that takes long is met by `times` as many updates.

    Those `in_short` are tests too; what they leave out is the same fault in another setting.
    """

    name: str
    setting: Setting
    fault: Fault
    times: int = 1
    in_short: bool = True


@dataclass(frozen=True)
class Outcome:
    """`under_way` updates were unanswered when the fault began or came while it lasted."""

    row: Row
    under_way: int
    count: Count
    crowd: Crowd


async def meet(row: Row, scene: Scene, people: int, rounds: int, seconds: float, late: float = LATE_SECONDS) -> Outcome:
    """Have people write for so many seconds, the fault being there for the middle half of that time.

    What comes `late` by so many seconds after all is answered is counted too.
    """
    crowd = await Crowd.gathered(scene.telegram, people, rounds * row.times)
    writing = asyncio.create_task(crowd.write(seconds * row.times))
    await asyncio.sleep(seconds / 4)
    answered = await crowd.answered()
    await row.fault(scene, crowd, seconds / 2)
    under_way = len(crowd.updates) - answered
    await writing
    await crowd.settled(PATIENCE_SECONDS)
    await asyncio.sleep(late)
    return Outcome(row, under_way, await crowd.count(), crowd)


def refused(kind: str, **fields: object) -> Fault:
    """Three calls in ten are refused."""

    async def fault(scene: Scene, crowd: Crowd, seconds: float) -> None:
        await scene.telegram.fails("*", kind, count=None, probability=0.3, **fields)
        await asyncio.sleep(seconds)
        await scene.telegram.recovers()

    return fault


def in_bursts(*kinds: tuple[str, bool]) -> Fault:
    """Again and again, for a tenth of a second, no call goes well: of each kind in turn, carried out or not."""

    async def fault(scene: Scene, crowd: Crowd, seconds: float) -> None:
        for number in range(max(round(seconds / 1.5), 1)):
            kind, after = kinds[number % len(kinds)]
            await scene.telegram.fails("*", kind, count=None, after=after, seconds=10.0)
            await asyncio.sleep(0.1)
            await scene.telegram.recovers()
            await asyncio.sleep(1.4)

    return fault


async def network_away(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Neither side reaches the other."""
    wires = [wire for wire in (scene.api, scene.door) if wire]
    for wire in wires:
        wire.cut()
    await asyncio.sleep(seconds)
    for wire in wires:
        await wire.mend()


async def connections_shaken(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Every connection to and from Telegram breaks, again and again."""
    for _ in range(max(round(seconds), 1)):
        for wire in (scene.api, scene.door):
            if wire:
                wire.shake()
        await asyncio.sleep(1.0)


async def second_poller(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Somebody else polls with the same token."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        await scene.telegram.polls_too(1)


async def second_process(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Another process of the same bot, as during a careless upgrade."""
    async with running(scene.environments[0], module=MODULE):
        await asyncio.sleep(seconds)


def replaced(number: int) -> Fault:
    """One after another gets a signal in the middle of its work, and is started again."""

    async def fault(scene: Scene, crowd: Crowd, seconds: float) -> None:
        await scene.telegram.fails("send*", "slow", count=None, seconds=0.2)  # so that many are on their way
        for replica, bot in enumerate(scene.bots[:]):
            await asyncio.sleep(0.5)
            await bot.ends(number, 40)
            await scene.start(replica)
        await scene.telegram.recovers()

    return fault


async def killed_together(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """All are killed at one moment."""
    await scene.telegram.fails("send*", "slow", count=None, seconds=0.2)
    await asyncio.sleep(0.5)
    scene.signal(signal.SIGKILL)
    await asyncio.gather(*(bot.process.wait() for bot in scene.bots))
    await asyncio.gather(*(scene.start(number) for number in range(len(scene.bots))))
    await scene.telegram.recovers()


async def database_locked(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Another process holds the file of SQLite."""
    connection = sqlite3.connect(scene.database, isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()


async def disk_full(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """No file can be written."""
    scene.signal(signal.SIGUSR1)
    await asyncio.sleep(seconds)
    scene.signal(signal.SIGUSR1)


async def database_slow(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Each word to and from the database takes a twentieth of a second."""
    assert scene.store
    scene.store.delay = 0.05
    await asyncio.sleep(seconds)
    scene.store.delay = 0.0


async def database_gone(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """No connection to the database can be made."""
    assert scene.store
    scene.store.cut()
    await asyncio.sleep(seconds)
    await scene.store.mend()


async def database_silent(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """The database takes connections and says nothing."""
    assert scene.store
    scene.store.delay = 2 * seconds
    await asyncio.sleep(seconds)
    scene.store.delay = 0.0
    scene.store.shake()


async def clock_jumps(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """The clock is put two hours forward, and then back."""
    for _ in range(2):
        scene.signal(signal.SIGUSR2)
        await asyncio.sleep(seconds / 2)


async def delivered_again(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Telegram delivers what it has delivered, once more."""
    ends = asyncio.get_running_loop().time() + seconds
    done = 0
    while asyncio.get_running_loop().time() < ends:
        for update in crowd.updates[done:]:
            await scene.telegram.control("repeat", update_id=update)
        done = len(crowd.updates)
        await asyncio.sleep(0.2)


ONE, CALLED, TWO, THREE = Setting(), Setting(webhook=True), Setting(2, webhook=True), Setting(3, webhook=True)
BROKEN_OFF = in_bursts(("reset", False), ("reset", True))

ROWS = (
    Row("429 with `retry_after`", ONE, refused("429"), in_short=False),
    Row("500", ONE, refused("500"), in_short=False),
    Row("502", ONE, refused("502"), in_short=False),
    Row("half answers", ONE, in_bursts(("half", True)), in_short=False),
    Row("resets, before and after the call is carried out", ONE, BROKEN_OFF, in_short=False),
    Row("answers of Telegram later than the timeout", ONE, in_bursts(("slow", True))),
    Row("network away", ONE, network_away),
    Row("409: somebody else polls with the token", ONE, second_poller),
    Row("409: a second process of the same bot", ONE, second_process, in_short=False),
    Row("updates delivered twice", ONE, delivered_again),
    Row("database locked", ONE, database_locked),
    Row("disk full", ONE, disk_full),
    Row("clock two hours forward and back", ONE, clock_jumps),
    Row("SIGTERM and a new process", ONE, replaced(signal.SIGTERM), in_short=False),
    Row("SIGKILL and a new process", ONE, replaced(signal.SIGKILL), in_short=False),
    Row("network away", CALLED, network_away, in_short=False),
    Row("SIGKILL and a new process", CALLED, replaced(signal.SIGKILL), in_short=False),
    Row("502", TWO, refused("502"), in_short=False),
    Row("resets, before and after the call is carried out", TWO, BROKEN_OFF),
    Row("every connection to and from Telegram broken, again and again", TWO, connections_shaken),
    Row("network away", TWO, network_away, in_short=False),
    Row("updates delivered twice", TWO, delivered_again),
    Row("database slow", TWO, database_slow),
    Row("database gone", TWO, database_gone),
    Row("database silent", TWO, database_silent, in_short=False),
    Row("clocks two hours forward and back", TWO, clock_jumps, in_short=False),
    Row("SIGKILL, both at one moment", TWO, killed_together),
    Row("SIGTERM, one after another", THREE, replaced(signal.SIGTERM), times=3, in_short=False),
    Row("SIGKILL, one after another", THREE, replaced(signal.SIGKILL), times=3, in_short=False),
    Row("SIGKILL, all at one moment", THREE, killed_together, in_short=False),
)
