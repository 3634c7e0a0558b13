"""The engine that answers now, and how another takes its place."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.engine import Engine
from bot.examples import run_examples
from bot.letting_go import piecemeal
from bot.pack import Pack, PackError, difference
from bot.telegram.aside import StoppingError, aside
from bot.telegram.words import Words

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The new pack is in place. `changes` say what is different, `failures` which of its own examples fail."""

    version: str
    changes: tuple[str, ...]
    passed: int
    failures: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The old pack goes on answering. `problems` are lines like `file:line: message`."""

    problems: tuple[str, ...]
    seconds: float


class ReloadBusyError(Exception):
    """Somebody else asked for a reload that is not over yet."""


class Live:
    """Holds the engine. Whoever answers a message takes `engine` once and finishes with it.

    `reloads` counts those that were done and those refused. A `stop` gives up the one that is under way.
    """

    def __init__(self, engine: Engine, read: Callable[[], Pack], stop: asyncio.Event) -> None:
        self.engine = engine
        self._read_pack = read
        self._stop = stop
        self._reloading = asyncio.Lock()
        self._swapped = asyncio.Condition()
        self.reloads: Counter[str] = Counter()

    def words(self, language: str | None = None) -> Words:
        """What the face says in a person's language, or in the pack's first."""
        pack = self.engine.pack
        return Words(pack.language(language), pack.phrases(language), pack.title_in(language))

    async def replaced(self, engine: Engine) -> None:
        """Wait until an engine is no longer the one that answers."""
        async with self._swapped:
            await self._swapped.wait_for(lambda: self.engine is not engine)

    async def reload(self) -> Reloaded | Refused:
        """Read both folders off the event loop, check them, run the examples, and only then swap, in one assignment.

        Raises ReloadBusyError, StoppingError; faults of the folders are `Refused`.
        """
        if self._reloading.locked():
            raise ReloadBusyError
        async with self._reloading:
            began = time.monotonic()
            log.info("reload.begun")
            old = self.engine.pack
            try:
                engine, changes, passed, failures = await aside(lambda: self._read(old), self._stop)
            except StoppingError:
                log.info("reload.given_up")
                raise
            except PackError as error:
                refused = Refused(tuple(str(problem) for problem in error.problems), time.monotonic() - began)
                self.reloads["refused"] += 1
                log.warning("reload.refused", problems=refused.problems, seconds=round(refused.seconds, 3))
                return refused
            piecemeal(self.engine)
            self.engine = engine
            self.reloads["done"] += 1
            async with self._swapped:
                self._swapped.notify_all()
            seconds = time.monotonic() - began
            log.info(
                "reload.done",
                version=engine.pack.version,
                changes=changes,
                passed=passed,
                failures=failures,
                seconds=round(seconds, 3),
            )
            return Reloaded(engine.pack.version, tuple(changes), passed, tuple(failures), seconds)

    def _read(self, old: Pack) -> tuple[Engine, list[str], int, list[str]]:
        pack = self._read_pack()
        passed, failures = run_examples(pack)
        return Engine(pack), difference(old, pack), passed, failures
