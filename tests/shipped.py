"""The pack of this checkout, for all tests of one run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot import compiled
from bot.pack import Pack
from bot.settings import Settings
from bot.telegram.phrases import PHRASES

ROOT = Path(__file__).resolve().parent.parent


@cache
def pack() -> Pack:
    """The pack, read once."""
    return compiled.load(ROOT / "knowledge", ROOT / "intents", PHRASES, Settings.load().bot_cache)
