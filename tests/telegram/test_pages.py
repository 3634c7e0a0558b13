"""Long answers are cut so that every page is well-formed, fits, and nothing is lost between them."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.pages import cut, plain, units

TAGS = ("b", "i", "u", "s", "code", "a", "blockquote", "tg-spoiler")


class Checker(HTMLParser):
    """Raises when tags are not nested properly; gathers the text and how many entities there are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.text = ""
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.stack
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert not checker.stack
    return checker


def markup(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    opening = {"a": '<a href="https://example.org/?a=1&amp;b=2">', "blockquote": "<blockquote expandable>"}
    inner = st.lists(children, max_size=4).map("".join)
    return st.builds(lambda tag, body: f"{opening.get(tag, f'<{tag}>')}{body}</{tag}>", st.sampled_from(TAGS), inner)


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cc", "Cs"]) | st.just("\n")
)
pieces = st.recursive(texts.map(html.escape), markup, max_leaves=12)


@given(st.lists(pieces, max_size=6).map("".join), st.integers(4, 40))
def test_pages_are_whole_and_lose_nothing(text: str, limit: int) -> None:
    pages = cut(text, limit=limit, entities=10)
    for page in pages:
        read = checked(page)
        assert 0 < units(read.text) <= limit
    squeeze = re.compile(r"\s+")
    assert squeeze.sub("", "".join(checked(page).text for page in pages)) == squeeze.sub("", html.unescape(plain(text)))


def test_a_short_answer_is_one_page_as_it_is() -> None:
    answer = "In 2005 the SCO had <b>4 observers</b>:\n\n🇲🇳 Mongolia &amp; others"
    assert cut(answer) == [answer]
    assert cut("") == []
    assert cut("<b></b>\n") == []


def test_pages_break_at_lines() -> None:
    lines = [f"• <b>{number}</b> " + "x" * 50 for number in range(200)]
    pages = cut("\n".join(lines), entities=1000)
    assert [line for page in pages for line in page.split("\n")] == lines
    assert len(pages) == 3


def test_a_page_has_no_more_entities_than_telegram_shows() -> None:
    pages = cut("\n".join(f'<a href="https://example.org/{number}">{number}</a>' for number in range(250)))
    assert [checked(page).entities for page in pages] == [100, 100, 50]


def test_tags_that_span_pages_are_closed_and_opened_again() -> None:
    quotation = "<blockquote expandable>" + "\n".join(["<i>word</i> " * 5] * 4) + "</blockquote>"
    pages = cut(quotation, limit=30)
    assert len(pages) == 4
    assert all(page.startswith("<blockquote expandable>") and page.endswith("</blockquote>") for page in pages)


def test_length_is_counted_in_utf_16() -> None:
    assert units("🇲🇳") == 4
    pages = cut("🇲🇳" * 1500)
    assert all(units(page) <= 4096 for page in pages)
    assert "".join(pages) == "🇲🇳" * 1500


@pytest.mark.parametrize("text", ["a < b", "x & y", "&unknown; <", ">", "<", "&"])
def test_even_text_that_is_no_markup_is_cut(text: str) -> None:
    assert cut(text) == [text]
