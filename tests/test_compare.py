"""The comparison with peers, as far as it needs none of their packages: the list, rapidfuzz over it, the judging."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import Pack, load_pack
from tests import shipped
from tests.bench import compare, pages
from tests.bench.compare import Asked, Judged
from tests.bench.peers import faq, growth, home_assistant, rapidfuzz_list, worker
from tests.eval.suite import NO_ANSWER, ROOT, TODAY, Message, Question, Verdict


@pytest.fixture(scope="module")
def pack() -> Pack:
    return shipped.pack()


def asked(text: str, half: int = 0, theirs: bool = False) -> Asked:
    message = Message(ask=text)
    return Asked(message, Question("x", "x:1", (message,), NO_ANSWER if theirs else ("answer",)), True, half)


def test_the_list_asks_after_facts_years_and_things(pack: Pack) -> None:
    questions = list(faq.questions(pack, TODAY))
    assert len(set(questions)) > 2 * len(pack.knowledge.facts)
    assert {
        "When did Iran become a member?",
        "Was India an observer in 2010?",
        "Who were the observers in 2005?",
        "Is Japan a member of the SCO?",
        "Who attended the 2016 Tashkent summit?",
    } <= set(questions)
    assert not [text for text in questions if "{" in text or "  " in text]


def test_the_list_holds_what_the_bot_answers(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = ["When did Iran become a member?", "who were the members of NATO?", "When did Iran become a member?"]
    monkeypatch.setattr(faq, "questions", lambda pack, today: iter(asks))
    [entry] = faq.entries(pack, TODAY)
    assert entry.question == asks[0]
    assert "4 July 2023" in entry.reply.text


def test_rapidfuzz_finds_the_nearest_question() -> None:
    answer = rapidfuzz_list.build({"questions": ["When did Iran join?", "Where is the Secretariat?"]})
    assert answer("when did IRAN join", True) == (0, 1.0)
    place, score = answer("wheres the secretariat", True)
    assert place == 1
    assert 0.7 < score < 1.0


def test_a_worker_puts_every_message_in_a_process_of_its_own() -> None:
    job = {"material": {"questions": ["one", "two"]}, "messages": [("two", True), ("one!", False)]}
    outcome = compare.run_worker("rapidfuzz_list", job)
    assert [(place, score) for place, score, _ in outcome["found"]] == [(1, 1.0), (0, 1.0)]
    assert 0 < outcome["peak"] < worker.peak_bytes()


def test_what_hassil_finds_is_answered_by_the_bots_own_steps(pack: Pack) -> None:
    intents = home_assistant.intents_of(pack, ROOT / "intents")
    value = {each["in"]: each["out"] for each in intents["lists"]["status"]["values"]}
    found = {"intent": "who_has_status", "slots": [("status", value["observers"]), ("when", "when|in 2005")]}
    text = "who were observers in 2005?"
    reply = home_assistant.answered(pack, text, found, TODAY)
    own, _ = Engine(pack).answer(text, Context(), today=TODAY)
    assert reply.html == own.html
    assert home_assistant.answered(pack, text, None, TODAY).kind == "unknown"


def test_slots_are_written_as_hassil_writes_them(pack: Pack) -> None:
    intents = home_assistant.intents_of(pack, ROOT / "intents")
    assert (
        "[<who>] [{number:number}] {status:status} [{when:when}]"
        in intents["intents"]["who_has_status"]["data"][0]["sentences"]
    )
    assert set(intents["lists"]) >= {"status", "when", "country", "noun__event"}
    assert "|" in json.dumps(intents["lists"]["event"])


def test_hassil_is_given_every_rule_that_is_referred_to(pack: Pack) -> None:
    intents = home_assistant.intents_of(pack, ROOT / "intents")
    rules = intents["expansion_rules"]
    sentences = (text for intent in intents["intents"].values() for text in intent["data"][0]["sentences"])
    assert {name for text in (*sentences, *rules.values()) for name in re.findall("<(.+?)>", text)} <= rules.keys()


def test_a_made_up_world_is_answered(tmp_path: Path) -> None:
    made = growth.world(templates=3, names=4, entries=5)
    growth.write_pack(made, tmp_path)
    engine = Engine(load_pack(tmp_path / "knowledge", tmp_path / "intents"))
    assert len(made.listed) == 5
    for text in made.asked:
        reply, _ = engine.answer(text, Context(), today=TODAY)
        assert (reply.kind, reply.text.split()[0]) == ("answer", text.rstrip("?").split()[-1])


@pytest.mark.parametrize(
    ("scores", "verdicts", "threshold"),
    [
        ([0.9, 0.8, 0.7], ["right", "right", "wrong"], 0.8),
        ([0.9, 0.8, 0.7], ["right", "wrong", "right"], 0.9),
        ([0.9, 0.8], ["wrong", "wrong"], 1.01),
    ],
)
def test_a_threshold_is_where_right_less_wrong_is_most(
    scores: list[float], verdicts: list[Verdict], threshold: float
) -> None:
    found = [Judged(asked("x"), score, 0.0, verdict, "silent") for score, verdict in zip(scores, verdicts, strict=True)]
    assert compare.best_threshold(found) == threshold


def test_the_threshold_of_a_half_is_chosen_on_the_other() -> None:
    peer = compare.Peer("rapidfuzz_list", "x", "rapidfuzz", listed=True)
    found = [
        Judged(asked("x", half=0), 0.9, 0.1, "right", "silent"),
        Judged(asked("y", half=1), 0.5, 0.2, "wrong", "silent"),
        Judged(asked("z", half=1, theirs=True), 0.4, 0.3, "wrong", "right"),
    ]
    row = compare.row(peer, found, {"peak": 1, "load": 0.0})
    assert row.thresholds == (1.01, 0.9)
    assert (dict(row.ours), dict(row.theirs)) == ({"silent": 2}, {"right": 1})


def test_a_table_is_rewritten_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- t -->\nold\nold\n<!-- /t -->\nb\n", encoding="utf-8")
    pages.rewrite(page, "t", pages.markdown(("", "right"), [("x", 1)]))
    assert page.read_text(encoding="utf-8") == "a\n<!-- t -->\n|  | right |\n| --- | --: |\n| x | 1 |\n<!-- /t -->\nb\n"
    with pytest.raises(ValueError, match="0 times"):
        pages.rewrite(page, "other", "")


@pytest.mark.parametrize(
    ("page", "name"), [(compare.PAGE, "comparison"), (compare.PAGE, "growth"), (compare.README, "comparison")]
)
def test_the_documents_have_the_markers(page: Path, name: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count(f"<!-- {name} -->\n") == text.count(f"\n<!-- /{name} -->") == 1
