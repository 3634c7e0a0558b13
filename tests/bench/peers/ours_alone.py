"""This project's engine without a memory, as the peers are: each turn of a conversation alone."""

from __future__ import annotations

from typing import Any

from tests.bench.peers import ours
from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """As `ours`, every message beginning a conversation."""
    answer = ours.build(material)
    return lambda text, begins: answer(text, True)
