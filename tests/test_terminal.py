"""The chat in the terminal, as a person at a (pseudo-)terminal has it, and as a pipe has it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.pack import Pack
from bot.prompt import Questions
from bot.settings import ROOT
from bot.terminal import COMMANDS, styled
from tests import shipped

PATIENCE = 120.0
CURSOR_ASKED, CURSOR = b"\x1b[6n", b"\x1b[1;1R"
DOWN, UP, CTRL_C, CTRL_D = "\x1b[B", "\x1b[A", "\x03", "\x04"

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0e-\x1f]")


class Terminal:
    """What a person sees and types. `seen` is all that was written, without escapes and line breaks."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor, self.process = descriptor, process
        self.raw = b""
        self._from = 0

    @property
    def seen(self) -> str:
        return " ".join(_ESCAPE.sub("", self.raw[self._from :].decode("utf-8", "replace")).split())

    def types(self, text: str) -> None:
        """Types; what is seen counts from here."""
        self._read(0.2)
        self._from = len(self.raw)
        os.write(self._descriptor, text.encode())

    def sees(self, words: str) -> str:
        """Waits for words, and gives all that was seen since the last typing."""
        until = time.monotonic() + PATIENCE
        while words not in self.seen:
            if time.monotonic() > until or (not self._read(0.5) and self.process.poll() is not None):
                raise AssertionError(f"{words!r} was not seen in {self.seen!r}")
        return self.seen

    def is_asked(self) -> None:
        """Waits for the prompt: before it, Ctrl-D would be the line discipline's."""
        until = time.monotonic() + PATIENCE
        while self._read(0.3) or not self.seen.endswith(">"):
            assert time.monotonic() < until, f"no prompt after {self.seen!r}"

    def ends(self) -> int:
        """The exit status."""
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            self._read(0.1)
        return self.process.wait(1)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return False
        try:
            some = os.read(self._descriptor, 65536)
        except OSError:  # the other side has closed it
            return False
        self.raw += some
        for _ in range(some.count(CURSOR_ASKED)):
            os.write(self._descriptor, CURSOR)
        return bool(some)


@contextmanager
def chatting(home: Path) -> Iterator[Terminal]:
    """`sco-bot chat` at a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        terminal = Terminal(ours, process)
        terminal.sees(">")
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_person_chats(tmp_path: Path) -> None:
    with chatting(tmp_path) as terminal:
        assert "[1]" in terminal.sees("Who are the members now?")
        terminal.types("1\r")
        assert "Belarus" in terminal.sees("Sources: ")
        terminal.types("who were observers in 2005?\r")
        answer = terminal.sees("Sources: ")
        assert all(name in answer for name in ("Mongolia", "India", "Iran", "Pakistan"))
        assert b"\x1b[1m" in terminal.raw, "what is bold is shown so"
        terminal.types("and in 2012?\r")
        assert "Afghanistan" in terminal.sees("Sources: ")
        terminal.types("/explain\r")
        terminal.sees("explanations are on")
        terminal.types("when did Iran join?\r")
        assert "slot party: iran" in terminal.sees("fact: iran status member")
        terminal.types("/today\r")
        assert re.search(r"\d{4} \(\d+ years? ago\): ", terminal.sees("Sources: "))
        terminal.types("half a question" + CTRL_C)
        terminal.types("/quit\r")
        assert terminal.ends() == 0


def test_names_questions_and_commands_are_completed(tmp_path: Path) -> None:
    with chatting(tmp_path) as terminal:
        terminal.types("when did Uzb")
        terminal.sees("Uzbekistan")
        terminal.types(CTRL_C)
        terminal.types("/to")
        terminal.sees("/today")
        terminal.types("\t\r")
        terminal.sees("Sources: ")
        terminal.is_asked()
        terminal.types(CTRL_D)
        assert terminal.ends() == 0


def test_history_lasts(tmp_path: Path) -> None:
    with chatting(tmp_path) as terminal:
        terminal.types("when did Iran join?\r")
        terminal.sees("Sources: ")
        terminal.is_asked()
        terminal.types(CTRL_D)
        assert terminal.ends() == 0
    kept = tmp_path / ".local" / "state" / "sco-bot" / "history"
    assert "when did Iran join?" in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o077 == 0, "nobody else's business"
    with chatting(tmp_path) as terminal:
        terminal.types(UP)
        terminal.sees("when did Iran join?")
        terminal.types("\r")
        terminal.sees("4 July 2023")


def test_a_quiz_by_numbers(tmp_path: Path) -> None:
    with chatting(tmp_path) as terminal:
        verdicts: set[bool] = set()
        for _ in range(40):
            terminal.types("/quiz\r")
            terminal.sees("[4]")
            terminal.types("2\r")
            verdicts.add("Right." in terminal.sees("Source: "))
            if len(verdicts) == 2:
                break
        assert verdicts == {True, False}, "of many answers some are right and some wrong"


def test_a_pipe_gets_the_answers_alone() -> None:
    lines = "who were observers in 2005?\n\n/explain\n/explain\nand in 2012?\n/quit\nwhen did Iran join?\n"
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        cwd=ROOT, input=lines, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert "\x1b" not in done.stdout
    assert done.stdout.startswith("In 2005 the SCO had four observers:\n")
    assert "Afghanistan" in done.stdout
    assert "Iran became" not in done.stdout


def test_markup_is_shown_and_never_read_twice() -> None:
    text = styled(
        '<b>a &lt;b&gt;</b> <i>[red]x[/red]</i> <a href="https://example.org/?a=1&amp;b=2">there</a> <code>c</code>'
    )
    assert text.plain == "a <b> [red]x[/red] there c"
    assert [str(span.style) for span in text.spans if span.style] == [
        "bold",
        "dim italic",
        "underline link https://example.org/?a=1&b=2",
        "green",
    ]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped.pack()


def completed(pack: Pack, line: str) -> list[str]:
    """What a line may become."""
    found = Questions(pack, COMMANDS).get_completions(Document(line), CompleteEvent())
    return [line[: len(line) + one.start_position] + one.text for one in found]


def test_completions(pack: Pack) -> None:
    assert completed(pack, "/") == list(COMMANDS)
    assert completed(pack, "/t") == ["/today"]
    assert completed(pack, "") == completed(pack, "w") == []
    assert "when did Uzbekistan" in completed(pack, "when did uzb")
    asked = completed(pack, "who were observers")
    assert asked
    assert all("observers" in line for line in asked)
    assert len(completed(pack, "wh")) <= 16
