"""One peer in a process of its own: a job on standard input, what it found and what that cost on standard output.

    python -m tests.bench.peers.worker PEER < job.json

A job has `messages`, each `[text, begins]` (whether a conversation begins with it), and `material`, what the peer is
made of; with `patience` it is stopped after so many seconds, and what it was at then counts as found by then. Out comes
`{"load": seconds, "peak": bytes, "found": [[what, score, seconds], ...]}`. Nothing is imported here but the standard
library and the peer, so that the memory is the peer's own.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answerer = Callable[[str, bool], tuple[Any, float]]
"""From a message, and whether a conversation begins with it, to what was found (None: nothing) and a score (0..1)."""

WARM_UP = 20


class _StoppedError(BaseException):
    """It took too long. No peer is to take this for an error of its own."""


def work(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    """Build a peer, warm it up, and put every message to it once, as far as it gets."""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(job.get("patience", 0))
    began = last = time.perf_counter()
    load = None
    found: list[tuple[Any, float, float]] = []
    messages: list[tuple[str, bool]] = job["messages"]
    try:
        answer: Answerer = importlib.import_module(f"tests.bench.peers.{peer}").build(job["material"])
        load = time.perf_counter() - began
        for text, _ in messages[-WARM_UP:]:
            last = time.perf_counter()
            answer(text, True)
        for text, begins in messages:
            last = time.perf_counter()
            found.append(timed(answer, text, begins))
    except _StoppedError:
        now = time.perf_counter()
        if load is None:
            load = now - began
        else:
            found.append((None, 0.0, now - last))
    signal.alarm(0)
    return {"load": load, "found": found, "peak": peak_bytes()}


def _stop(*_: object) -> None:
    raise _StoppedError


def timed(answer: Answerer, text: str, begins: bool) -> tuple[Any, float, float]:
    """What was found, its score, and the seconds that it took."""
    began = time.perf_counter()
    found, score = answer(text, begins)
    return found, score, time.perf_counter() - began


def peak_bytes() -> int:
    """The most memory that this process has held. Linux's rusage keeps the parent's figure; its /proc does not."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii"))):
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    """Read the job, do it, print the outcome; what a library prints goes to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        outcome = work(sys.argv[1], json.load(sys.stdin))
    print(json.dumps(outcome))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
