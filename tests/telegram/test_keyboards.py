"""Buttons carry what they mean in 64 bytes, or point at what is stored and never at something else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.keyboards import Ask, Stored, Turn, keyboard, read

choices = st.lists(
    st.tuples(st.text(min_size=1, max_size=90), st.text(st.characters(codec="utf-8"), min_size=1, max_size=90)),
    max_size=8,
).map(tuple)


@given(choices)
def test_every_button_leads_to_its_question(pairs: tuple[tuple[str, str], ...]) -> None:
    markup = keyboard(pairs)
    buttons = [button for row in markup.inline_keyboard for button in row] if markup else []
    assert len(buttons) == len(pairs)
    for button, (_, ask) in zip(buttons, pairs, strict=True):
        data = str(button.callback_data)
        assert 1 <= len(data.encode()) <= 64
        assert 1 <= len(button.text) <= 60
        press = read(data)
        assert isinstance(press, Ask | Stored)
        assert ask == (press.question if isinstance(press, Ask) else press.question(pairs))


def test_a_stored_choice_is_never_another_one() -> None:
    long = "what was decided about the admission of new members at the summit in Tashkent?"
    markup = keyboard([("Tashkent", long)])
    assert markup is not None
    press = read(str(markup.inline_keyboard[0][0].callback_data))
    assert isinstance(press, Stored)
    assert press.question([("Tashkent", long)]) == long
    assert press.question([("Other", "what else?")]) is None
    assert press.question([]) is None


def test_pages_can_be_turned_both_ways() -> None:
    rows = {page: keyboard((), Turn(page), 3) for page in range(3)}
    data = {
        page: [button.callback_data for button in markup.inline_keyboard[0]] for page, markup in rows.items() if markup
    }
    assert data == {0: ["-", "p:1"], 1: ["p:0", "-", "p:2"], 2: ["p:1", "-"]}
    assert read("p:2") == Turn(2)
    assert keyboard((), Turn(0), 1) is None


@given(st.text())
def test_any_data_can_be_read(data: str) -> None:
    read(data)


def test_data_that_says_nothing_is_nothing() -> None:
    for data in ("", "-", "a:", "p:", "p:-1", "p:x", "c:", "c:x:1", "z:1", "p:²", "v:2", "v:", "h:-1", "p:" + "9" * 60):
        assert read(data) is None
