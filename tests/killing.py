"""Processes that move what is stored and are killed in the middle. Each is forked from one that has imported all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Coroutine
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import aiosqlite  # noqa: F401  what each would import by itself
import alembic.command  # noqa: F401
from sqlalchemy import Engine, event

from bot.storage import backup, restore

_server = get_context("forkserver")
_server.set_forkserver_preload([__name__])


def back_up(url: str, file: Path) -> Coroutine[Any, Any, Counter[str]]:
    """`sco-bot backup`."""
    return backup(url, file)


def put_back(url: str, file: Path) -> Coroutine[Any, Any, Counter[str]]:
    """`sco-bot restore --replace`."""
    return restore(url, file, replace=True)


def started(
    work: Callable[[str, Path], Coroutine[Any, Any, Any]], url: str, file: Path, last: int | None = None
) -> BaseProcess:
    """A process that does this, and is killed at a step if one is given: before or after a statement, or at the end."""
    process = _server.Process(target=_until, args=(work, url, file, last))
    process.start()
    return process


def _until(work: Callable[[str, Path], Coroutine[Any, Any, Any]], url: str, file: Path, last: int | None) -> None:
    left = last

    def step(*_: Any) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left = left and left - 1

    for name in ("begin", "before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, step)
    asyncio.run(work(url, file))
