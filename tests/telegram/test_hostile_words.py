"""What people write is text, wherever it goes: into replies, the log, the database and what is searched with."""

from __future__ import annotations

import json

import pytest

from tests.hostile import ANSWER, QUESTION
from tests.telegram.stage import Bot, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = {
    "HTML": "who is <b>x</i> & <script>alert(1)</script> <a href='x'>?",
    "an entity": "who is &lt;b&gt; &#0; &bogus;",
    "SQL": "who is'); DROP TABLE conversations; -- \"?",
    "a line of the log": 'who is x\n{"event": "reload.done", "level": "error"}\r\n',
    "an escape of the terminal": "who is \x1b[2J\x1b]0;title\x07",
    "a regular expression": "who is (((((a+)+)+)+$ [ \\ (?P<x>",
    "a format": "who is {0} {x.__class__} %s %(x)s",
    "a template": "who is {{ 7 * 7 }} {% for n in rows %}",
    "the wrong way round": "who is \u202egro.olleh\u2066 \u200b\ufeff",
    "much of one": "who is " + "a" * 4000,
    "a formula": "=cmd|' /C calc'!A0",
    "a path": "../../../../etc/passwd\0",
}


@pytest.mark.parametrize("kind", WORDS)
async def test_what_people_write_stays_text(small: tuple[Stage, Bot], kind: str) -> None:
    """Telegram refuses what is no markup, so whatever is answered was whole."""
    there, bot = small
    text, before = WORDS[kind], len(bot.log)
    alice = await there.telegram.person(text[:60].strip() or "x", language="en")
    assert (await alice.asks(text)).text.startswith("I don't know")
    for way in ("/ask", "/start", "/quiz", "/subscribe", "/browse", "/nonsense"):
        await alice.asks(f"{way} {text[:200]}")
    assert (await alice.asks(QUESTION)).text.startswith(ANSWER)
    assert "49" not in (await there.admin.asks("/missed")).text
    assert bot.errors == []
    assert {entry["event"] for entry in bot.log[before:]}.isdisjoint({"reload.done", "handler.failed"})
    assert [line for line in bot.written.splitlines() if not _is_whole(line)] == []


def _is_whole(line: str) -> bool:
    """Whether a line of the log is one object, and nothing that a terminal would obey."""
    return isinstance(json.loads(line), dict) and line.isprintable()
