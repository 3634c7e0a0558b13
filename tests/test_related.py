"""Questions that follow from an answer, and what an answer says that it rests on."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogue import Context
from bot.engine import MOST_RELATED, Engine
from tests import shipped

TODAY = date(2026, 11, 24)
ENGINE = Engine(shipped.pack())
ANSWERED = [
    (intent, example.ask)
    for intent in ENGINE.pack.intents.intents.values()
    for example in intent.examples
    if example.kind == "answer"
]


def next_questions(question: str) -> list[str]:
    reply, context = ENGINE.answer(question, Context(), today=TODAY)
    return [choice.ask for choice in ENGINE.related(reply, context, today=TODAY)]


@pytest.mark.parametrize(
    ("question", "leads_to"),
    [
        ("who were observers in 2005?", "who were observers in 2012?"),  # when the list next grew
        ("when did Iran join?", "tell me about the New Delhi summit"),
        ("what statuses has Mongolia had in the SCO?", "how long has Mongolia been an SCO partner?"),
        ("where was the fifth SCO summit held?", "who attended the Astana summit of 2005?"),
        ("who attended the Astana summit of 2005?", "tell me about the Shanghai summit of 2006"),
        ("who is Secretary-General of the SCO now?", "who was Secretary-General in 2024?"),
    ],
)
def test_related_questions_come_from_the_facts(question: str, leads_to: str) -> None:
    assert leads_to in next_questions(question)


def test_every_related_question_has_an_answer_that_says_something_else() -> None:
    for _, question in ANSWERED:
        reply, context = ENGINE.answer(question, Context(), today=TODAY)
        choices = ENGINE.related(reply, context, today=TODAY)
        assert len(choices) <= MOST_RELATED
        htmls = [reply.html]
        for choice in choices:
            answer, _ = ENGINE.answer(choice.ask, Context(), today=TODAY)
            assert answer.kind == "answer", choice.ask
            htmls.append(answer.html)
        assert len(set(htmls)) == len(htmls), question


def test_no_related_template_is_dead() -> None:
    for intent in {intent.id: intent for intent, _ in ANSWERED if intent.related}.values():
        assert any(next_questions(example.ask) for example in intent.examples), intent.id


def test_what_is_no_answer_leads_nowhere() -> None:
    for text in ("hello", "who are the members of NATO?", ""):
        assert next_questions(text) == []


def test_an_answer_says_what_it_rests_on_in_plain_words() -> None:
    reply, _ = ENGINE.answer("when did Iran join?", Context(), today=TODAY)
    assert reply.grounds is not None
    assert reply.grounds.about == ("member", "Iran")
    (fact,) = reply.grounds.evidence
    assert fact.statement == "🇮🇷 Iran — status: member, since 4 July 2023"
    assert {source.id for source in fact.sources} == {source.id for source in reply.sources}
    for _, question in ANSWERED:
        reply, _ = ENGINE.answer(question, Context(), today=TODAY)
        assert reply.explanation is not None
        assert len(reply.grounds.evidence if reply.grounds else ()) == len(reply.explanation.facts)
