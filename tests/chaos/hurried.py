"""The bot in a hurry: leases, timeouts and pauses are a fraction of what they are, and signals break its surroundings.

SIGUSR1 fills its disk, or makes room again; SIGUSR2 puts its clock two hours forward, or back.
"""

from __future__ import annotations

import functools
import resource
import signal
import sys
import time
from typing import Any

MODULE = "tests.chaos.hurried"
LEASE_SECONDS = 4.0
LONGEST_PAUSE_SECONDS = 0.5
JUMP_SECONDS = 7200.0


class Clock:
    """The time, and how far it was put forward."""

    def __init__(self) -> None:
        self._real, self._ahead = time.time, 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def jump(self, *_: Any) -> None:
        self._ahead = 0.0 if self._ahead else JUMP_SECONDS


def _fill(*_: Any) -> None:
    """No file can be written any more: the kernel refuses it as it does when a disk is full. The next time, it can."""
    now, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if now == 0 else 0, most))


def main() -> int:
    """`sco-bot`, in a hurry."""
    time.time = clock = Clock()  # before the store is imported, which takes it as its clock
    from bot import cli
    from bot.storage import store
    from bot.telegram import application, intake, replicas, request, retries

    impatient = functools.partial(request.AiohttpRequest, read_timeout=1.0, connect_timeout=0.5)
    for module, name, value in (
        (store, "LEASE_SECONDS", LEASE_SECONDS),
        (intake, "LEASE_SECONDS", LEASE_SECONDS),
        (retries, "LONGEST_PAUSE_SECONDS", LONGEST_PAUSE_SECONDS),
        (replicas, "REPORT_SECONDS", 0.5),
        (application, "AiohttpRequest", impatient),
    ):
        vars(module)[name] = value
    signal.signal(signal.SIGUSR1, _fill)
    signal.signal(signal.SIGUSR2, clock.jump)
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
