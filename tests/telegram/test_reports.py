"""What an admin reads after a reload fits one message, however much there is to say."""

from __future__ import annotations

import pytest

from bot.storage import Replica
from bot.telegram.live import Refused, Reloaded
from bot.telegram.pages import cut
from bot.telegram.replicas import summary
from bot.telegram.reports import report
from bot.telegram.words import Words
from tests import shipped

PACK = shipped.pack()
WORDS = Words("en", PACK.phrases("en"), PACK.title)


def test_a_reload_says_what_changed_how_many_examples_passed_and_how_long_it_took() -> None:
    outcome = Reloaded("abc123", ("fact changed: india",), 118, (), 0.42)
    assert report(outcome, WORDS) == (
        "<b>Reloaded</b> in 0.4 s, version abc123. Examples: 118 of 118 passed.\n\n• fact changed: india"
    )
    assert "Nothing has changed." in report(Reloaded("abc123", (), 118, (), 0.4), WORDS)


def test_examples_that_fail_are_listed() -> None:
    text = report(Reloaded("abc123", (), 1, ("intents/a.yaml:3: 'who <b>?' gets 'unknown'",), 0.4), WORDS)
    assert "Examples: 1 of 2 passed" in text
    assert "intents/a.yaml:3: 'who &lt;b&gt;?' gets 'unknown'" in text


def test_a_refused_reload_lists_the_problems() -> None:
    text = report(Refused(("knowledge/a.yaml:3: there is no entity 'x<y'", "knowledge/b.yaml:1: bad date"), 0.1), WORDS)
    assert text.startswith("<b>Not reloaded</b>, problems: 2.")
    assert "knowledge/a.yaml:3: there is no entity 'x&lt;y'" in text
    assert text.endswith("knowledge/b.yaml:1: bad date")


@pytest.mark.parametrize("count", [1, 30, 1000])
@pytest.mark.parametrize("line", ["knowledge/a.yaml:3: " + "é" * 100, "🇲🇳" * 3000, "<" * 200])
def test_a_report_is_always_one_message(count: int, line: str) -> None:
    for outcome in (Refused((line,) * count, 1.0), Reloaded("v", (line,) * count, 0, (line,) * count, 1.0)):
        assert len(cut(report(outcome, WORDS))) == 1


def test_what_is_left_out_is_counted() -> None:
    text = report(Refused(tuple(f"knowledge/a.yaml:{number}: wrong" for number in range(1000)), 1.0), WORDS)
    shown = text.count(": wrong")
    assert text.endswith(f"… and {1000 - shown} more</blockquote>")


def test_the_first_changes_are_in_sight_and_the_rest_is_folded_up_under_their_counts() -> None:
    changes = (*(f"fact changed: thing-{number}" for number in range(9)), "entity added: x<y")
    lines = report(Reloaded("abc123", changes, 118, (), 0.42), WORDS).splitlines()
    assert lines[2] == "10 changes (fact changed: 9, entity added: 1)"
    assert lines[4:9] == [f"• fact changed: thing-{number}" for number in range(5)]
    assert lines[9] == "<blockquote expandable>• fact changed: thing-5"
    assert lines[-1] == "• entity added: x&lt;y</blockquote>"


def test_replicas_are_summed_up() -> None:
    mine, same = Replica("a/1", "v2", 0, 1), Replica("b/1", "v2", 0, 1)
    assert summary([mine], "v2", WORDS) is None
    assert summary([mine, same], "v2", WORDS) == "2 of 2 replicas answer from version v2."
    text = summary([mine, same, Replica("c/1", "v1", 2, 1), Replica("d/1", "v1", 0, 0)], "v2", WORDS)
    assert text is not None
    assert text.splitlines() == [
        "2 of 4 replicas answer from version v2.",
        "These do not:",
        "c/1: version v1, problems in its own folders: 2",
        "d/1: version v1",
    ]
