"""No secret reaches the log, whoever logs it and however."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from bot.settings import ROOT
from bot.telegram import logs

TOKEN = "123456789:AAE4vXzVerySecret_-x"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_secrets_are_taken_out_of_messages_values_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", [TOKEN, TOKEN.partition(":")[2], "pass word"])
    log = structlog.get_logger("bot.test")
    log.info("asked", url=f"https://api.telegram.org/bot{TOKEN}/getMe", quoted=TOKEN.replace(":", "%3A"))
    logging.getLogger("library").warning("connecting to postgresql://bot:pass word@db with %s", TOKEN)
    try:
        raise ValueError(f"Bot[token={TOKEN}]")
    except ValueError:
        log.exception("failed", note="é")
    log.debug("not said")
    written = capsys.readouterr().err
    assert "VerySecret" not in written
    assert "pass word" not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert lines[0]["event"] == "asked"
    assert lines[2]["note"] == "é"
    assert "Bot[token=[secret]]" in lines[2]["exception"]


def test_a_line_is_one_object_and_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    """What people write can break no line, forge no entry and turn nothing round."""
    written = '"}\n{"event": "x"}\r\n\x1b[2J\x9b2J\u202eolleh\u2028\ud800 привет 上海'
    logs.configure("info", [])
    structlog.get_logger("test").error("handler.failed", text=written)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert json.loads(line)["text"] == written
    assert "привет 上海" in line


SCRIPT = """
import json, logging, sys
import structlog
from bot.telegram import logs
written = json.loads(sys.argv[1])
logs.configure("info", ["s3cret"])
log = structlog.get_logger("test")
log.warning("update.read", text=written, texts=[written], error=ValueError(written))
logging.getLogger("library").warning("it says %s", written)
try:
    raise ValueError(written + "s3cret")
except ValueError:
    log.exception("handler.failed")
"""


def test_in_a_terminal_too_what_people_write_is_not_obeyed() -> None:
    written = "\n2026-01-01 forged\r\x1b[2J\x9b2J\x07\u202eolleh\u2028\ud800 привет 上海"
    ours, theirs = os.openpty()
    shown = b""
    with subprocess.Popen([sys.executable, "-c", SCRIPT, json.dumps(written)], cwd=ROOT, stderr=theirs) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # which is how a terminal says that nobody is there any more
            while more := os.read(ours, 1 << 16):
                shown += more
    os.close(ours)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())  # the colours are ours
    lines = text.split("\r\n")
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("2026-01-01 forged")]
    assert text.count("привет 上海") == 5
    assert "s3cret" not in text
