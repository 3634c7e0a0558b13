"""The examples that stand beside the intents, put to the pack: the tests that its editors write."""

from __future__ import annotations

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from bot.intents.model import Example
from bot.pack import Pack, PackError, Problem


def run_examples(pack: Pack) -> tuple[int, list[str]]:
    """Put every example of the intents to the pack: how many are right, and a line for each that is not.

    Raises PackError when one is not because an answer's template fails.
    """
    passed, failures = 0, []
    broken: dict[str, str] = {}
    for intent in pack.intents.intents.values():
        for example in intent.examples:
            pack.failed.clear()
            fault = fault_of(pack, intent.id, example)
            passed += not fault
            if fault:
                failures.append(f"{example.where}: {example.ask!r} {fault}")
                broken |= pack.failed
    if broken:
        places = [(*where.rpartition(":"), message) for where, message in broken.items()]
        raise PackError([Problem(file, int(line), message) for file, _, line, message in places])
    return passed, failures


def fault_of(pack: Pack, intent: str, example: Example) -> str:
    """What is wrong with the reply to an example; empty when nothing is."""
    engine, context = Engine(pack), Context()
    for said in example.after:
        _, context = engine.answer(said, context, today=clock.today(), lang=example.lang)
    reply, _ = engine.answer(example.ask, context, today=clock.today(), lang=example.lang)
    text = reply.text.casefold()
    if reply.kind != example.kind:
        return f"gets {reply.kind!r} (intent {reply.intent}), not {example.kind!r}"
    if reply.intent != intent:
        return f"is taken by the intent {reply.intent!r}, not {intent!r}"
    missing = [word for word in example.says if word.casefold() not in text]
    unwanted = [word for word in example.never if word.casefold() in text]
    return "; ".join(filter(None, (f"lacks {missing}" if missing else "", f"has {unwanted}" if unwanted else "")))
