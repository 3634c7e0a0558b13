"""A pack of one's own: what `sco-bot new` makes works, and docs/new-pack.md is true from the first line to the last."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.cli import main
from bot.new import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
TOLD = (ROOT / "docs" / "new-pack.md").read_text(encoding="utf-8")
SCO_BOT = ".venv/bin/sco-bot"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, without the settings of who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_KNOWLEDGE", "BOT_INTENTS"):
        monkeypatch.setenv(name, "")
    return tmp_path


def run(capsys: Capture, *arguments: str) -> tuple[int, str]:
    """The exit status of a command, and all that it prints."""
    status = main([*arguments])
    printed = capsys.readouterr()
    return status, printed.out + printed.err


def of(pack: Path) -> tuple[str, ...]:
    return "--knowledge", str(pack / "knowledge"), "--intents", str(pack / "intents")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_pack_passes_check_and_answers(folder: Path, capsys: Capture, language: str) -> None:
    pack = folder / "some" / "club"
    status, printed = run(capsys, "new", "--lang", language, str(pack))
    assert status == 0
    for line in printed.splitlines()[1:]:
        assert line.split()[:2] in (["sco-bot", "check"], ["sco-bot", "chat"])
    status, printed = run(capsys, "check", *of(pack))
    assert status == 0
    assert re.search(r"[1-9]\d* facts, [1-9]\d* intents, [1-9]\d* examples right", printed)
    assert "note:" not in printed
    words = yaml.safe_load((pack / "intents" / "club.yaml").read_text("utf-8"))["words"]
    starters = words[language]["phrases"]["starters"]
    assert starters.splitlines()
    for question in starters.splitlines():
        printed = run(capsys, "ask", *of(pack), "--json", question)[1]
        assert json.loads(printed)["kind"] == "answer", question


def test_one_can_chat_with_a_new_pack(folder: Path, capsys: Capture) -> None:
    assert run(capsys, "new", "club")[0] == 0
    command = [sys.executable, "-m", "bot", "chat", *of(folder / "club")]
    said = subprocess.run(
        command, cwd=ROOT, input="who are the regulars?\nsource?\n", capture_output=True, text=True, check=True
    )
    assert "Ann Example" in said.stdout
    assert "Minutes of the club" in said.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_editors_find_the_schema_of_each_file(folder: Path, capsys: Capture, language: str) -> None:
    assert run(capsys, "new", "--lang", language, "club")[0] == 0
    files = sorted((folder / "club").rglob("*.yaml"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
        assert named, file
        schema = json.loads((file.parent / named[1]).read_text(encoding="utf-8"))
        assert [fault.message for fault in Draft7Validator(schema).iter_errors(yaml.load(text, yaml.BaseLoader))] == []


@pytest.mark.parametrize("taken", ["folder", "file"])
def test_nothing_is_written_over(folder: Path, capsys: Capture, taken: str) -> None:
    mine = folder / "club" / "mine.txt" if taken == "folder" else folder / "club"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    status, printed = run(capsys, "new", "club")
    assert (status, printed.splitlines()) == (
        2,
        ["club: is not empty; a new pack is made in a folder that is new or empty"],
    )
    assert [path for path in folder.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_language_without_an_example_is_refused(folder: Path, capsys: Capture) -> None:
    assert run(capsys, "new", "--lang", "xx", "club") == (
        2,
        f"there is no pack to begin with in 'xx'; there is one in {', '.join(LANGUAGES)}\n",
    )
    assert not (folder / "club").exists()


def test_an_empty_folder_is_filled(folder: Path, capsys: Capture) -> None:
    (folder / "club").mkdir()
    assert run(capsys, "new", "club")[0] == 0
    assert (folder / "club" / "knowledge" / "schema.yaml").is_file()


def test_the_page_is_true(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file that the page shows is written, each command run, and what stands below a command is what it says."""
    blocks = re.findall(r"^```(yaml|console) ?(\S*)\n(.*?)^```", TOLD, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 8
    for kind, name, text in blocks:
        if kind == "yaml":
            (folder / name).write_text(text, encoding="utf-8")
            continue
        for shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            follow(shown[0], shown[1].splitlines(), capsys, monkeypatch)


def follow(command: str, says: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *arguments = shlex.split(command)
    if program == "export":
        for setting in arguments:
            monkeypatch.setenv(*setting.split("=", 1))
    elif program == "rm":
        Path(*arguments).unlink()
    else:
        assert program == SCO_BOT
        status, printed = run(capsys, *arguments)
        assert [line for line in says if line not in printed] == [], printed
        assert "note:" not in printed
        assert status == (1 if arguments == ["check"] and says else 0), printed
