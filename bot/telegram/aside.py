"""Long work in a thread, for which a stop of the process does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class StoppingError(Exception):
    """A stop was asked for before the work was done, and nobody waits for it any more."""


async def aside(work: Callable[[], T], stop: asyncio.Event) -> T:
    """Do work beside the event loop. Raises StoppingError as soon as a stop is asked for.

    The work then ends with the process, which the pools of asyncio would keep until it is done.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    Thread(target=_do, args=(work, future), daemon=True).start()
    working, stopping = asyncio.wrap_future(future), asyncio.create_task(stop.wait())
    waited: set[asyncio.Future[Any]] = {working, stopping}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        working.cancel()  # without effect when it is done; else its end meets a loop that may be closed by then
    if working.cancelled():
        raise StoppingError
    return working.result()


def _do(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001  it is raised where it is waited for
        future.set_exception(error)
