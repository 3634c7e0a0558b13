"""What other people's scripts rely on: where things are, the commands that exist, and versions locked with hashes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

_PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==([^\s;]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """The versions that a lock file names, by package."""
    return dict(_PIN.findall((ROOT / lock).read_text(encoding="utf-8")))


def name_of(requirement: str) -> str:
    """The package that a requirement is about, as lock files spell it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")


def output_of(*command: str) -> str:
    """What a command prints, run in the checkout without a terminal; it must succeed."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("folder", ["bot", "knowledge", "intents", "tests", "deploy"])
def test_folders(folder: str) -> None:
    assert any(path.is_file() for path in (ROOT / folder).rglob("*"))


@pytest.mark.parametrize("file", ["pyproject.toml", "README.md", "Makefile", ".ci/run", ".env.example", *LOCKS])
def test_files(file: str) -> None:
    assert (ROOT / file).read_text(encoding="utf-8").strip()


def test_ci_calls_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("target", ["install", "run", "test", "lint", "eval", "bench", "check"])
def test_make_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_console_script_is_the_package() -> None:
    (script,) = entry_points(group="console_scripts", name="sco-bot")
    assert script.value == "bot.cli:main"
    beside = Path(sys.executable).parent / "sco-bot"
    printed = output_of(str(beside), "--help")
    assert printed == output_of(sys.executable, "-m", "bot", "--help")
    assert all(re.search(rf"\b{command}\b", printed) for command in ("run", "chat", "ask", "check"))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("run", ["--knowledge", "--intents"]),
        ("chat", ["--knowledge", "--intents"]),
        ("check", ["--knowledge", "--intents"]),
        ("ask", ["--knowledge", "--intents", "--json", "--jsonl", "--explain"]),
    ],
)
def test_options_of_a_command(command: str, options: list[str]) -> None:
    printed = output_of(sys.executable, "-m", "bot", command, "--help")
    assert [option for option in options if not re.search(rf"{option}\b", printed)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", text) if not entry.startswith("#")]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert [entry.split()[0] for entry in entries if not _PIN.match(entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    """Where a package is fetched from is for the machine to say, not for the lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"^.*(?:://|--index|--extra-index|--find-links|@ ).*$", text, re.MULTILINE) == []


def test_locks_cover_what_is_declared() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    runtime = [*project["dependencies"], *project["optional-dependencies"]["postgres"], *groups["build"]]
    assert {name_of(one) for one in runtime} <= pins("requirements.lock").keys()
    assert {name_of(one) for one in [*runtime, *groups["dev"]]} <= pins("requirements-dev.lock").keys()


def test_the_tests_run_what_people_run() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_each_dependency_says_what_it_is_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if re.match(r'^\s+"[A-Za-z-]+(\[\w+\])?[><=]', line)]
    assert len(requirements) >= len(PROJECT["project"]["dependencies"])
    assert [line for line in requirements if not re.search(r"#\s*\w", line)] == []
