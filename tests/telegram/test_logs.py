"""No secret reaches the log, whoever logs it and however."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

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
