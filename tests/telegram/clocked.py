"""The bot with a clock that a test moves: what the file named by CLOCK holds, in seconds, is added to the time."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import clock
from bot.cli import main

MODULE = "tests.telegram.clocked"


def moved() -> datetime:
    """The time as the bot takes it to be."""
    return datetime.now(UTC) + timedelta(seconds=float(Path(os.environ["CLOCK"]).read_text("utf-8")))


if __name__ == "__main__":
    clock.now = moved
    sys.exit(main(sys.argv[1:]))
