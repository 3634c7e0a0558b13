"""A question of ours is answered by a choice; a new question with a number in it is none."""

from __future__ import annotations

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from tests import shipped

ENGINE = Engine(shipped.pack())


def said(*messages: str) -> str:
    """The last reply of a conversation."""
    context, text = Context(), ""
    for message in messages:
        reply, context = ENGINE.answer(message, context, today=clock.today())
        text = reply.text
    return text


def test_a_number_chooses_and_a_number_in_a_new_question_does_not() -> None:
    asked = "tell me about the Astana summit"
    assert "Which" in said(asked)
    assert "2005" in said(asked, "1")
    assert "2017" in said(asked, "the third")
    assert "Article 1 of the SCO Charter" in said(asked, "what does article 1 of the charter say?")
