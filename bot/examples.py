"""The examples that stand beside the intents, put to the pack: the tests that its editors write."""

from __future__ import annotations

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from bot.intents.loader import Example
from bot.pack import Pack


def run_examples(pack: Pack) -> tuple[int, list[str]]:
    """Put every example of the intents to the pack: how many are right, and a line for each that is not."""
    engine, passed, failures = Engine(pack), 0, []
    for intent in pack.intents.intents.values():
        for example in intent.examples:
            reply, _ = engine.answer(example.ask, Context(), today=clock.today())
            fault = _fault(example, reply.kind, reply.text.casefold(), reply.intent, intent.id)
            if fault:
                failures.append(f"{example.where}: {example.ask!r} {fault}")
            passed += not fault
    for text in pack.intents.negatives:
        reply, _ = engine.answer(text, Context(), today=clock.today())
        passed += reply.kind != "answer"
        if reply.kind == "answer":
            failures.append(f"negatives: {text!r} should not be answered, but {reply.intent} does")
    return passed, failures


def _fault(example: Example, kind: str, text: str, intent: str | None, wanted: str) -> str:
    if kind != example.kind:
        return f"gets {kind!r} (intent {intent}), not {example.kind!r}"
    if intent != wanted:
        return f"is taken by the intent {intent!r}, not {wanted!r}"
    missing = [word for word in example.says if word.casefold() not in text]
    unwanted = [word for word in example.never if word.casefold() in text]
    return "; ".join(filter(None, (f"lacks {missing}" if missing else "", f"has {unwanted}" if unwanted else "")))
