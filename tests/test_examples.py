"""Every example beside every intent is a test, and so is every question that has to stay unanswered."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from bot.examples import fault_of
from bot.intents.model import Example
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
PACK = shipped.pack()
EXAMPLES = [(intent.id, example) for intent in PACK.intents.intents.values() for example in intent.examples]


@pytest.mark.parametrize(("intent", "example"), EXAMPLES, ids=[f"{name}: {example.ask}" for name, example in EXAMPLES])
def test_an_example_is_answered_by_its_intent(intent: str, example: object) -> None:
    assert fault_of(PACK, intent, example) == ""  # type: ignore[arg-type]


def test_an_example_may_lean_on_what_was_said_before() -> None:
    example = Example("how many is that?", ("four",), (), "answer", "", after=("who were observers in 2005?",))
    assert fault_of(PACK, "count_of_last", example) == ""
    assert fault_of(PACK, "count_of_last", replace(example, after=())) != ""


def test_check_finds_nothing_in_the_shipped_pack() -> None:
    done = subprocess.run([sys.executable, "-m", "bot", "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("text", PACK.intents.negatives)
def test_what_is_not_ours_is_not_answered(text: str) -> None:
    reply, _ = Engine(PACK).answer(text, Context(), today=clock.today())
    assert reply.kind != "answer", reply.text
