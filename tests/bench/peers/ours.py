"""This project's engine, as every face uses it: with the context of the conversation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import load_pack
from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """From the folders `knowledge` and `intents`, on the day `today`; what is found is the reply."""
    engine = Engine(load_pack(Path(material["knowledge"]), Path(material["templates"])))
    today = date.fromisoformat(material["today"])
    context = Context()

    def answer(text: str, begins: bool) -> tuple[dict[str, Any], float]:
        nonlocal context
        reply, context = engine.answer(text, Context() if begins else context, today=today)
        choices = [(choice.label, choice.ask) for choice in reply.choices]
        return {"kind": reply.kind, "html": reply.html, "choices": choices}, 1.0

    return answer
