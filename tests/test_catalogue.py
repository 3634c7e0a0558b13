"""What can be looked through: every topic has things, every thing a card that is about it and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from bot.catalogue import Entry
from bot.engine import Engine
from bot.telegram.browse import Spot
from bot.telegram.keyboards import MOST_PAGES, digest
from bot.telegram.pages import cut
from tests import shipped

TODAY = date(2026, 11, 24)
ENGINE = Engine(shipped.pack())


@pytest.mark.parametrize("topic", ENGINE.topics(), ids=lambda topic: topic.id)
def test_every_thing_has_a_card(topic: Entry) -> None:
    things = ENGINE.things(topic.id, today=TODAY)
    assert things
    for thing in things:
        card = ENGINE.card(thing.id, today=TODAY)
        assert card, thing
        reply, context = card
        assert reply.kind == "answer"
        assert context.frame
        assert (thing.id,) in context.frame.slots.values(), "it, and not another of its name"
        assert len(cut(reply.html)) == 1
        assert Spot.read(Spot(topic.id, MOST_PAGES - 1, digest(thing.id)).data) is not None
    assert len({digest(thing.id) for thing in things}) == len(things)


def test_where_one_stands_fits_a_button() -> None:
    assert len(Spot("x" * 20, MOST_PAGES - 1, digest("x")).data) <= 64
    for spot in (Spot(), Spot("summits"), Spot("summits", 3), Spot("summits", 3, digest("x"))):
        assert Spot.read(spot.data) == spot


def test_what_is_not_there() -> None:
    assert ENGINE.things("nothing", today=TODAY) == []
    assert ENGINE.card("nothing", today=TODAY) is None
    assert ENGINE.card("member", today=TODAY) is not None
