"""An answer longer than a message is cut into pages, at a line where that can be, each page well-formed by itself.

Telegram counts UTF-16 units of the text without its tags, and gives a message at most 100 entities.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from telegram.constants import MessageLimit

PAGE_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)
PAGE_ENTITIES = int(MessageLimit.MESSAGE_ENTITIES)

_TAG = re.compile(r"<[^<>]*>")
_TOKEN = re.compile(r"<[^<>]*>|&(?:[a-zA-Z]+|#[0-9]+|#[xX][0-9a-fA-F]+);|\n|[^<&\n]+|[<&]")


def units(text: str) -> int:
    """The length of plain text as Telegram counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(markup: str, limit: int = PAGE_UNITS, entities: int = PAGE_ENTITIES) -> list[str]:
    """Telegram HTML as pages of at most `limit` units and `entities` tags. At least one page, unless it is empty.

    A line too long for a page is cut at a space, and a word too long for one wherever it must.
    """
    if _fits(markup, limit, entities):
        return [markup.strip()] if plain(markup).strip() else []
    pages: list[str] = []
    page = _Page()
    for line in markup.split("\n"):
        tokens = _TOKEN.findall(line)
        if not page.takes(tokens, limit, entities):
            page = page.turn(pages)
        elif page.begun:
            page.add("\n")
        for token in tokens:
            for piece in _pieces(token, limit):
                if not page.takes([piece], limit, entities):
                    page = page.turn(pages)
                page.add(piece)
        page.begun = True
    page.turn(pages)
    return pages


def page_of(markup: str, number: int) -> str:
    """One page of an answer. A message cannot be empty."""
    return (cut(markup) or ["…"])[number]


def plain(markup: str) -> str:
    """The words of Telegram HTML, escaped, without its tags."""
    return html.escape(html.unescape(_TAG.sub("", markup)), quote=False)


def _fits(markup: str, limit: int, entities: int) -> bool:
    """Whether it is a page as it is, as nearly every answer: short enough, each tag closed."""
    tags = markup.count("<")
    return tags <= 2 * entities and tags == 2 * markup.count("</") and units(_TAG.sub("", markup)) <= limit


@dataclass(slots=True)
class _Page:
    """A page being written. `opened` are the tags that are open, `carried` those that it began with."""

    carried: tuple[str, ...] = ()
    opened: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    used: int = 0
    tags: int = 0
    begun: bool = False

    def takes(self, tokens: list[str], limit: int, entities: int) -> bool:
        """Whether these fit, with a line break before them."""
        length = sum(_units(token) for token in tokens) + (1 if self.begun else 0)
        tags = sum(_opens(token) for token in tokens)
        return self.used + length <= limit and self.tags + tags <= entities

    def add(self, token: str) -> None:
        """Write a token that fits."""
        self.written.append(token)
        self.used += _units(token)
        if token.startswith("</"):
            if self.opened:
                self.opened.pop()
        elif _opens(token):
            self.opened.append(token)
            self.tags += 1

    def turn(self, pages: list[str]) -> _Page:
        """Close this page and put it with the others, unless there is nothing on it. Returns the next one."""
        body = "".join(self.written).strip()
        closing = "".join(f"</{_name(tag)}>" for tag in reversed(self.opened))
        if plain(body).strip():
            pages.append("".join(self.carried) + body + closing)
        carried = tuple(self.opened)
        return _Page(carried=carried, opened=list(carried), tags=len(carried))


def _pieces(token: str, limit: int) -> list[str]:
    """A token in pieces that fit a page each: tags and references are whole, text goes by words."""
    if token.startswith(("<", "&")):
        return [token]
    pieces: list[str] = []
    step = limit // 2  # as many characters are at most `limit` units
    for word in re.findall(r"\s*\S+|\s+", token):
        pieces += [word] if units(word) <= limit else [word[at : at + step] for at in range(0, len(word), step)]
    return pieces


def _units(token: str) -> int:
    if len(token) > 1 and token.startswith("<") and token.endswith(">"):
        return 0
    return units(html.unescape(token))


def _opens(token: str) -> bool:
    return len(token) > 2 and token.startswith("<") and not token.startswith("</") and token.endswith(">")


def _name(tag: str) -> str:
    return tag[1:-1].split()[0]
