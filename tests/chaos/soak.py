"""make soak: many messages, one bot; its memory and its work for each message must not grow.

A bot that polls answers people who write without pause, over HTTP. For each slice of the messages it prints the memory
that the bot holds, the processor time that a message costs it, and how long answers took.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.botapi.client import Person
from tests.telegram.stage import Bot, Stage, free_port, running, stage

SLICES = 20
WARM = 4
"""From this slice on nothing may grow: by then every cache is full."""

MORE_MEMORY, MORE_WORK = 1.10, 1.25
"""By what factor the last slices may exceed the first warm ones: what is not growth but chance."""

ASKED = (
    "who were members in {}?",
    "who were observers in {}?",
    "what happened in {}?",
    "and in {}?",
    "was Iran a member in {}?",
    "who won the football cup in {}?",
)


@dataclass(frozen=True)
class Slice:
    """MiB, milliseconds of processor time a message, and seconds an answer took on average."""

    memory: float
    work: float
    latency: float


async def soak(messages: int, people: int) -> AsyncIterator[Slice]:
    """Have them all answered."""
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder), webhook=False) as there:
            there.environment["BOT_HEALTH_LISTEN"] = f"127.0.0.1:{free_port()}"
            there.environment["BOT_LOG"] = "info"
            async with running(there.environment) as bot:
                bot.log = _Forgetful()
                crowd = [await there.telegram.person(f"Person {number}", language="en") for number in range(people)]
                each = messages // SLICES // people
                for _ in range(SLICES):
                    before, began = await _latency(there), _work(bot)
                    await asyncio.gather(*(_asks(person, each) for person in crowd))
                    after = await _latency(there)
                    latency = (after[0] - before[0]) / (after[1] - before[1])
                    bot.written = ""
                    yield Slice(_memory(bot), (_work(bot) - began) * 1000 / (each * people), latency)


class _Forgetful(list[dict[str, object]]):
    """A log that nobody reads."""

    def append(self, entry: dict[str, object]) -> None:
        """Forget it."""


async def _asks(person: Person, times: int) -> None:
    for number in range(times):
        await person.asks(ASKED[number % len(ASKED)].format(2001 + (person.id + number) % 25), 60)


async def _latency(there: Stage) -> tuple[float, float]:
    """The seconds that all answers took, and how many there were."""
    address = f"http://{there.environment['BOT_HEALTH_LISTEN']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        families = text_string_to_metric_families(await response.text())
    found = {sample.name: sample.value for family in families for sample in family.samples}
    return found["bot_answer_seconds_sum"], found["bot_answer_seconds_count"]


def _memory(bot: Bot) -> float:
    status = Path(f"/proc/{bot.process.pid}/status").read_text("ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _work(bot: Bot) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{bot.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def grown(slices: list[Slice]) -> list[str]:
    """What grew, if anything did: a line each."""
    warm, last = slices[WARM : WARM + 4], slices[-4:]
    found = []
    for name, most in (("memory", MORE_MEMORY), ("work", MORE_WORK)):
        before, after = (sum(getattr(one, name) for one in some) / len(some) for some in (warm, last))
        if after > before * most:
            found.append(f"{name} grew from {before:.1f} to {after:.1f}")
    return found


async def main() -> int:
    """Exit with 1 when something grew."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=20, help="who write at the same time")
    given = parser.parse_args()
    slices: list[Slice] = []
    print(f"{'messages':>9} {'MiB':>7} {'ms of work':>11} {'ms to answer':>13}")
    async for one in soak(given.messages, given.people):
        slices.append(one)
        done = given.messages * len(slices) // SLICES
        print(f"{done:>9} {one.memory:>7.1f} {one.work:>11.2f} {one.latency * 1000:>13.1f}", flush=True)
    problems = grown(slices)
    print("\n".join(problems) or "nothing grew")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
