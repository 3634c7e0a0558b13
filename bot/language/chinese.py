"""What Chinese has of its own."""

from __future__ import annotations

from dataclasses import dataclass

from bot.language.speech import Speech


@dataclass(frozen=True)
class Chinese(Speech):
    """Chinese speech; `known` are the phrases that the pack knows."""

    known: frozenset[str]
