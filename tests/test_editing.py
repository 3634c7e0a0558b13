"""docs/editing.md is true: what it tells one to write is taken from it, written into a copy of the pack and asked."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from bot.cli import main

ROOT = Path(__file__).resolve().parent.parent
TOLD = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")
SOURCE, SUMMIT, TEMPLATE, EXAMPLE, DISPUTE = (
    textwrap.dedent(block) for block in re.findall(r"(?:^ {7}.*\n)+", TOLD, re.MULTILINE)
)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name in ("knowledge", "intents"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def put(file: Path, before: str, text: str, indent: int) -> None:
    """Write a text into a file behind another that stands there."""
    had = file.read_text(encoding="utf-8")
    assert before in had
    head, tail = had.split(before, 1)
    file.write_text(f"{head}{before}{textwrap.indent(text, ' ' * indent)}{tail}", encoding="utf-8")


def run(pack: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status of a command on a pack, and what it prints."""
    status = main([*arguments, "--knowledge", str(pack / "knowledge"), "--intents", str(pack / "intents")])
    return status, capsys.readouterr().out


def add_summit(pack: Path, summit: str) -> None:
    put(pack / "knowledge" / "sources.yaml", "\nsources:\n", SOURCE, 2)
    put(pack / "knowledge" / "summits.yaml", "\nentities:\n", summit, 2)


def test_add_a_summit(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_summit(pack, SUMMIT)
    assert run(pack, capsys, "check") == (0, "")
    told = re.search(r'sco-bot ask "(where was the SCO summit.*?)" --today (\S+)`', TOLD)
    assert told
    assert "took place in Almaty" in run(pack, capsys, "ask", told[1], "--today", told[2])[1]


def test_a_summit_without_its_host_is_named(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_summit(pack, "".join(line for line in SUMMIT.splitlines(keepends=True) if "host:" not in line))
    status, printed = run(pack, capsys, "check")
    assert status == 1
    assert "'almaty-2028' is a summit and has no fact host" in printed


def test_add_a_phrase(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "who is at the helm of the SCO now?"
    assert question in TOLD
    assert "I don't know" in run(pack, capsys, "ask", question)[1]
    file = pack / "intents" / "chairmanship.yaml"
    put(file, "  who_chaired:\n    templates:\n      en:\n", TEMPLATE, 8)
    put(file, "    examples:\n", EXAMPLE, 6)
    assert run(pack, capsys, "check") == (0, "")
    assert "chairmanship of the SCO" in run(pack, capsys, "ask", question)[1]


def test_correct_a_date(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The explanation leads to the line; a status that does not end before the next begins is named."""
    question = "when did Mongolia become an observer?"
    assert question in TOLD
    place = re.search(r"fact: mongolia status observer .* (\S+countries\.yaml):(\d+)$", run(
        pack, capsys, "ask", "--explain", question)[1], re.MULTILINE)  # fmt: skip
    assert place
    lines = Path(place[1]).read_text(encoding="utf-8").splitlines(keepends=True)
    n = int(place[2])
    assert "from: 2004-06-17" in lines[n]
    assert "to: 2025-09-01" in lines[n + 1]
    lines[n] = lines[n].replace("17", "18")
    Path(place[1]).write_text("".join(lines), encoding="utf-8")
    assert "18 June 2004" in run(pack, capsys, "ask", question)[1]
    Path(place[1]).write_text("".join(lines[: n + 1] + lines[n + 2 :]), encoding="utf-8")
    assert "mongolia status partner (2025-09-01..) begins before" in run(pack, capsys, "check")[1]


def test_settle_a_dispute(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "when was the Shanghai meeting of the Shanghai Five?"
    file = pack / "knowledge" / "summits.yaml"
    text = file.read_text(encoding="utf-8")
    ours = re.search(r"      - held: shanghai\n(?:        .*\n)+", text)
    assert ours
    file.write_text(text.replace(ours[0], textwrap.indent(DISPUTE, " " * 6), 1), encoding="utf-8")
    assert run(pack, capsys, "check") == (0, "")
    printed = run(pack, capsys, "ask", question)[1]
    assert "on 26 April 1996" in printed
    assert "Other claim: on 25 April 1996" in printed
