"""No pack is so bad that reading it ends otherwise than with its problems, each at its place, and soon."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from bot.answers import sandbox
from bot.examples import run_examples
from bot.knowledge import folders
from bot.pack import PackError, load_pack
from bot.settings import ROOT
from tests.hostile import ANSWER, KINDS, KNOWLEDGE, Spoilt


def problems_of(pack: Spoilt) -> list[str]:
    """What the editor of a pack is told who reads it and puts its examples to it."""
    try:
        run_examples(load_pack(pack.knowledge, pack.intents))
    except PackError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_bad_pack_is_told_at_its_place(tmp_path: Path, kind: str) -> None:
    pack = Spoilt.good(tmp_path)
    assert problems_of(pack) == []
    spoil, told = KINDS[kind]
    spoil(pack)
    problems = problems_of(pack)
    assert any(re.search(told, problem) for problem in problems), problems


def test_a_folder_that_leads_back_to_itself_is_read_once(tmp_path: Path) -> None:
    pack = Spoilt.good(tmp_path)
    (pack.knowledge / "again").symlink_to(pack.knowledge)
    assert problems_of(pack) == []


def test_what_is_hidden_is_left_out(tmp_path: Path) -> None:
    """Such as the folders of a mounted ConfigMap, and what an editor puts beside a file that is open."""
    pack = Spoilt.good(tmp_path)
    (pack.knowledge / "..2026_01_01").mkdir()
    (pack.knowledge / "..2026_01_01" / "all.yaml").write_text(KNOWLEDGE)
    (pack.knowledge / ".#all.yaml").symlink_to("ann@home.1234")
    assert problems_of(pack) == []


@pytest.mark.parametrize(("times", "told"), [(1, []), (1000, ["its files change while they are read"])])
def test_files_are_read_as_they_were_at_one_moment_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, told: list[str]
) -> None:
    """Somebody writes to a file once, or without end, each time just after it was read."""
    pack, read, written = Spoilt.good(tmp_path), folders._content, count(1)

    def interrupted(file: Path) -> bytes:
        content = read(file)
        if file.is_relative_to(pack.knowledge) and (n := next(written)) <= times:
            (pack.knowledge / "all.yaml").write_text(KNOWLEDGE.replace("Ann", f"Ann {n}"))
        return content

    monkeypatch.setattr(folders, "_content", interrupted)
    assert [problem.partition(": ")[2].partition(";")[0] for problem in problems_of(pack)] == told
    if not told:
        assert load_pack(pack.knowledge, pack.intents).knowledge.entities["ann"].name("en") == "Ann 1"


def test_a_huge_pack_costs_no_memory(tmp_path: Path) -> None:
    """A bot with 400 MB says what is wrong with one of a thousand million bytes."""
    pack = Spoilt.good(tmp_path)
    KINDS["1 GB in a file"][0](pack)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--knowledge", pack.knowledge, "--intents", pack.intents],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20)),
    )
    assert done.returncode == 1, done.stderr
    assert "larger than 8 MB" in done.stdout


def test_the_folder_in_which_the_bot_runs_may_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert problems_of(Spoilt.good(tmp_path)) == []
    os.chdir(ROOT)


def test_an_honest_answer_is_far_from_the_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of what is allowed would do for answers of all members, twice over."""
    monkeypatch.setattr(sandbox, "MOST_WORK", sandbox.MOST_WORK // 10)
    pack = Spoilt.good(tmp_path)
    pack.says("{% for n in range(400) %}{{ rows.facts[0].value.name }}, {% endfor %}" + ANSWER)
    assert problems_of(pack) == []
