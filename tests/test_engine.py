"""The one door: a message and its context in, a reply and the next context out."""

from __future__ import annotations

import io
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli import answer_lines
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import difference, load_pack
from bot.reply import Reply
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent
PACK = shipped.pack()
ENGINE = Engine(PACK)
TODAY = date(2026, 11, 23)
KINDS = {"answer", "clarify", "unknown", "chat"}

NASTY = [
    "", " ", "...", "?", "\x00", "\ud800", "🇮🇷🇧🇾", "{{7*7}}", "{% for x in range(10**9) %}", "%s%n",
    "<script>alert(1)</script>", "<b><i><a href=\"", "who were observers in <b>2005</b> & 2006?",
    "W\u200bho found\u200bed the S\u200bC\u200bO?", "\u202eOCS", "A) B) C) D)", "1. a\n2. b", "A) x\nB) y",
    "what" * 2000, "2005 " * 900, "(" * 500, "how many observers had the SCO in the year 0",
]  # fmt: skip


class Balanced(HTMLParser):
    """Notes whether tags are Telegram's and closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i", "u", "s", "a", "code", "pre", "blockquote"}, tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def ask(*turns: str) -> Reply:
    """The last reply of a conversation."""
    context, reply = Context(), ENGINE.greeting()
    for turn in turns:
        reply, context = ENGINE.answer(turn, Context.from_json(context.to_json()), today=TODAY)
        assert reply.kind in KINDS
        checker = Balanced()
        checker.feed(reply.html)
        checker.close()
        assert not checker.open
    return reply


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_message_breaks_it(text: str) -> None:
    assert "49" not in ask(text).text
    ask("who were observers in 2005?", text, text)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=60), st.sampled_from([e.ask for e in PACK.examples])), min_size=1, max_size=3)
)
def test_no_conversation_breaks_it(turns: list[str]) -> None:
    ask(*turns)


@pytest.mark.parametrize("example", PACK.examples[:20], ids=lambda example: example.ask)
def test_the_same_question_gets_the_same_answer(example: object) -> None:
    question = example.ask  # type: ignore[attr-defined]
    assert ask(question) == ask(question)


def test_a_follow_up_changes_the_time() -> None:
    assert "Afghanistan" not in ask("who were observers in 2005?").text
    assert "Afghanistan" in ask("who were observers in 2005?", "and in 2013?").text


def test_a_follow_up_changes_the_country() -> None:
    assert "4 July 2024" in ask("when did Iran join the SCO?", "thanks!", "what about Belarus?").text


def test_a_pronoun_is_what_was_spoken_of() -> None:
    assert "Tashkent" in ask("tell me about RATS", "in which city is it?").text


def test_an_ambiguous_name_is_asked_back_once_and_the_choice_is_remembered() -> None:
    asked = ask("when did the Tashkent summit take place?")
    assert asked.kind == "clarify"
    assert len(asked.choices) == 3
    assert "2016" in ask("when did the Tashkent summit take place?", "the last one").text
    assert "2010" in ask("when did the Tashkent summit take place?", asked.choices[1].ask).text


def test_a_question_about_others_is_not_answered_in_the_middle_of_ours() -> None:
    assert ask("who were observers in 2005?", "who are the members of NATO?").kind == "unknown"


def test_an_answer_can_say_where_it_comes_from() -> None:
    reply = ask("who were observers in 2005?", "source?")
    assert "globalsecurity-2018" in reply.text


def test_an_answer_explains_itself() -> None:
    explanation = ask("who were observers in 2005?").explanation
    assert explanation is not None
    lines = "\n".join(explanation.lines())
    assert "slot status: observer" in lines
    assert "india status observer from 2005-07-05" in lines


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"frame": 3}', "\x00", "[" * 5000])
def test_a_spoiled_context_is_an_empty_one(text: str) -> None:
    assert Context.from_json(text) == Context()


def test_lines_in_lines_out() -> None:
    lines = io.StringIO(
        '{"id": 1, "text": "who founded the SCO?"}\nnonsense\n{"id": 2, "turns": ["hi", "and you?"]}\n{"text": 3}\n'
    )
    out = [json.loads(line) for line in answer_lines(ENGINE, lines, TODAY)]
    assert [line["id"] for line in out] == [1, None, 2, None]
    assert [len(line.get("replies", [])) for line in out] == [1, 0, 2, 0]
    assert set(out[0]["replies"][0]) == {"kind", "text", "intent", "slots", "sources", "ms"}


def test_the_difference_between_packs_is_said(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    extra = "entities:\n  utopia: {type: country, name: Utopia, facts: [{status: guest, on: 2020, unsourced: yes}]}\n"
    (tmp_path / "knowledge" / "zz.yaml").write_text(extra, encoding="utf-8")
    other = load_pack(tmp_path / "knowledge", ROOT / "intents")
    assert difference(PACK, other) == ["entity added: utopia", "fact added: utopia"]
    assert difference(other, PACK) == ["entity removed: utopia", "fact removed: utopia"]
    assert difference(PACK, PACK) == []


def test_what_was_said_before_is_said_again_only_where_it_would_be_said_anew() -> None:
    asked = [(example.ask, example.lang) for example in PACK.examples if not example.after]
    days = (TODAY, date(2012, 3, 1), TODAY)  # what is kept of one day is nothing to another
    kept = [ENGINE.answer(ask, Context(), today=day, lang=lang)[0] for day in days for ask, lang in asked]
    anew = []
    for day in days[:2]:
        for question, lang in asked:
            PACK.told.clear()
            anew.append(ENGINE.answer(question, Context(), today=day, lang=lang)[0])
    assert kept == [*anew, *anew[: len(asked)]]
