"""What the command line says to mistakes: what is wrong and what would be right, in a line, without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.hostile import Spoilt

COMMANDS = ("run", "chat", "ask", "check", "schema", "new", "doctor", "backup", "restore")


def command(folder: Path, *arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """A command with a small pack, in a folder of its own."""
    own = {"BOT_CACHE": "off", "BOT_KNOWLEDGE": str(folder / "knowledge"), "BOT_INTENTS": str(folder / "intents")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | own | settings,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Spoilt.good(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(folder: Path, name: str) -> None:
    said = command(folder, name, "--help")
    assert said.returncode == 0
    usage, what = said.stdout.split("\n\n")[:2]
    assert usage.startswith(f"usage: sco-bot {name} ")
    assert what[0].isupper()
    assert what.endswith(".")


MISTAKES = {
    "no command": ((), {}, "required: COMMAND"),
    "no question": (("ask",), {}, "give a question, or --jsonl"),
    "no such language": (("ask", "--lang", "tlh", "who?"), {}, "--lang tlh: not spoken here; give one of en"),
    "no day": (("ask", "--today", "yesterday", "who?"), {}, "'yesterday' is no day; write one like 2005-07-05"),
    "no pack": (("check", "--knowledge", "nowhere"), {}, "there is no folder 'nowhere'"),
    "no token": (("run",), {"BOT_TOKEN": "hunter2"}, "BOT_TOKEN: this is no token"),
    "no place for schemas": (("schema", "/proc/nowhere"), {}, "/proc/nowhere: No such file or directory"),
    "no place for a pack": (("new", "/proc/nowhere"), {}, "/proc/nowhere: No such file or directory"),
    "no backup": (("restore", "nothing.gz"), {}, "nothing.gz: No such file or directory"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_without_a_traceback(folder: Path, name: str) -> None:
    arguments, settings, says = MISTAKES[name]
    said = command(folder, *arguments, **settings)
    assert said.returncode == 2
    assert says in said.stderr
    assert "Traceback" not in said.stderr
    assert "hunter2" not in said.stderr


def test_a_line_that_is_no_question_is_told_what_one_is(folder: Path) -> None:
    wrong = {
        '{"id": 1}': "an object with 'text' or 'turns'",
        "[1]": "an object with 'text' or 'turns'",
        '{"text": 3}': "'text' is a string",
        '{"text": "who?", "lang": 3}': "'lang' is a string",
        "[" * 100_000: "not a question line",
        "who?": "not a question line",
    }
    lines = [*wrong, json.dumps({"id": "\ud800", "text": "who is the chair?"})]
    said = command(folder, "ask", "--jsonl", typed="\n".join(lines))
    *errors, answer = map(json.loads, said.stdout.splitlines())
    assert (said.returncode, said.stderr) == (0, "")
    assert answer["replies"][0]["kind"] == "answer"
    for found, says in zip(errors, wrong.values(), strict=True):
        assert found["id"] is None
        assert says in found["error"]
