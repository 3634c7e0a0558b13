"""The question suite as a gate: no category may have fewer right or more wrong than was accepted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.knowledge.problems import PackError
from bot.reply import Choice, Kind, Reply
from tests import shipped
from tests.eval import baseline, suite
from tests.eval.suite import NO_ANSWER, Message

ROOT = suite.ROOT


def test_no_category_gets_worse() -> None:
    """`make eval ARGS=--misses` shows what is not right; `make eval ARGS=--accept` accepts the counts of today."""
    scored = suite.put(suite.load(), shipped.pack())
    assert list(baseline.worse(suite.tally(scored), baseline.read())) == []


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ({"facts": Counter(right=9, wrong=1)}, []),
        ({"facts": Counter(right=10)}, []),
        ({"facts": Counter(right=8, silent=2)}, ["facts: right 9 -> 8, wrong 1 -> 0"]),
        ({"facts": Counter(right=9, wrong=2)}, ["facts: right 9 -> 9, wrong 1 -> 2"]),
        ({}, ["facts: is gone"]),
        ({"facts": Counter(right=9, wrong=1), "more": Counter(right=1)}, ["more: is new"]),
    ],
)
def test_worse_is_fewer_right_or_more_wrong(now: dict[str, Counter[str]], line: list[str]) -> None:
    assert list(baseline.worse(now, {"facts": Counter(right=9, wrong=1)})) == line


def test_accepted_counts_are_read_as_they_were_written(tmp_path: Path) -> None:
    counts: dict[str, Counter[str]] = {"facts": Counter(right=3, wrong=2, silent=1)}
    baseline.write(counts, tmp_path / "baseline.yaml")
    assert baseline.read(tmp_path / "baseline.yaml") == counts


@pytest.mark.parametrize(
    ("message", "kind", "text", "verdict"),
    [
        ({"says": ["9 June 2017"]}, "answer", "India joined on <b>9 June 2017</b>.", "right"),
        ({"says": ["9 June 2017"]}, "answer", "India joined on 19 June 2017.", "wrong"),
        ({"says": ["Türkiye | Turkey", "6"]}, "answer", "Six partners: 6, with Turkey.", "right"),
        ({"says": ["observer"]}, "answer", "It had four observers.", "right"),
        ({"says": ["India"]}, "answer", "The Indians", "wrong"),
        ({"says": ["6"]}, "answer", "It paid 3.6% or 6,000.", "wrong"),
        ({"says": ["Kremlin"]}, "answer", "Belarus joined.\n\nSources: Kremlin, 2024", "wrong"),
        ({"says": ["x"], "never": ["Iran"]}, "answer", "x and Iran", "wrong"),
        ({"says": ["x"]}, "unknown", "I don't know.", "silent"),
        ({"says": ["x"], "expect": ["answer", "unknown"]}, "unknown", "I don't know.", "right"),
        ({"expect": "clarify", "says": ["Astana 2005"]}, "clarify", "Which one?", "silent"),
        ({"expect": "no answer"}, "answer", "x", "wrong"),
        ({"expect": "no answer"}, "chat", "Hello!", "right"),
        ({"expect": "anything", "never": ["x"]}, "unknown", "x", "wrong"),
    ],
)
def test_a_reply_is_judged(message: dict[str, object], kind: Kind, text: str, verdict: suite.Verdict) -> None:
    asked = Message.model_validate({"ask": "?", **message})
    assert suite.judge(asked, Reply(kind, text), ("answer",))[0] == verdict


def test_what_a_button_says_is_part_of_the_reply() -> None:
    asked = Message(ask="the Astana summit?", says=["Astana 2005"], expect=["clarify"])  # type: ignore[arg-type]
    assert (
        suite.judge(asked, Reply("clarify", "Which?", (Choice("Astana 2005", "Astana 2005"),)), NO_ANSWER)[0] == "right"
    )


def test_a_mistake_in_the_suite_is_named_with_its_line(tmp_path: Path) -> None:
    text = "about: x\nexpect: answer\nquestions:\n  - why?\n  - {ask: who?, say: [x]}\n  - {ask: who?, expect: maybe}\n"
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as raised:
        suite.load(tmp_path)
    assert [problem.line for problem in raised.value.problems] == [5, 6]
    assert all("facts.yaml" in str(problem) for problem in raised.value.problems)
