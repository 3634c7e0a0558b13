"""Pictures without Telegram: the chat says where it saved one, and `sco-bot ask` saves one where it is told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from bot.answers.charts import draw
from tests.test_pictures import ROOT, picture


def bot(*arguments: str, said: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """What the command line does with these arguments, standard input and settings."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT, env={**os.environ, **settings}, input=said, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_chat_says_where_it_saved_a_picture(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    said = "who were observers in 2005?\n/picture\nchart of SCO growth\nhello\n/picture\n"
    done = bot("chat", said=said, BOT_PICTURES=str(folder))
    files = re.findall(r"^Picture: (.+)$", done.stdout, re.MULTILINE)
    assert [Path(file).name.partition("-")[0] for file in files] == ["timeline", "growth"]
    assert all(Path(file).parent == folder and Path(file).read_bytes().startswith(b"\x89PNG") for file in files)
    assert done.stdout.endswith("This answer has no picture.\n")


def test_a_folder_that_cannot_be_made_costs_the_picture_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = bot("chat", said="chart of SCO growth\nwho were observers in 2005?\n", BOT_PICTURES=str(tmp_path / "file"))
    assert done.returncode == 0
    assert "exists" in done.stdout
    assert "Mongolia" in done.stdout


def test_ask_saves_the_picture_of_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "shares.png"
    question = "how was the SCO budget split among the six members?"
    done = bot("ask", "--today", "2026-11-23", "--picture", str(file), question)
    assert (done.returncode, done.stderr) == (0, "")
    assert "24%" in done.stdout
    assert file.read_bytes() == draw(picture(question))


def test_ask_says_when_there_is_no_picture(tmp_path: Path) -> None:
    done = bot("ask", "--picture", str(tmp_path / "none.png"), "hello")
    assert (done.returncode, done.stderr) == (1, "This answer has no picture.\n")
    assert not (tmp_path / "none.png").exists()


def test_json_lines_are_as_they_were() -> None:
    done = bot("ask", "--jsonl", said='{"id": 1, "text": "chart of SCO growth"}\n')
    (reply,) = json.loads(done.stdout)["replies"]
    assert list(reply) == ["kind", "text", "intent", "slots", "sources", "ms"]
    assert reply["kind"] == "answer"
