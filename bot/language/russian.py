"""What Russian has of its own."""

from __future__ import annotations

from bot.language.speech import Speech


class Russian(Speech):
    """Russian speech."""
