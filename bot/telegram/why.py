"""What an answer rests on, for who asks how the bot knows: facts, dates and sources, in an unfolding quotation."""

from __future__ import annotations

import html
from collections.abc import Mapping

from bot.pack import Pack
from bot.reply import Evidence, Grounds, Source
from bot.telegram.words import Words

PHRASES = {
    "why_about": ("things",),
    "why_facts": ("count",),
    "why_no_facts": (),
    "why_no_source": (),
    "why_reviewed": ("date",),
    "why_sources": (),
}

STATEMENT_CHARACTERS = 240
"""A text that is a fact is shown in the answer already, so here its beginning is enough."""


def why(grounds: Grounds, pack: Pack, words: Words) -> str:
    """The grounds as Telegram HTML. Sources are named once, below, and each fact gives their numbers."""
    evidence = grounds.evidence
    sources = list(dict.fromkeys(source for one in evidence for source in one.sources))
    numbers = {source: number for number, source in enumerate(sources, 1)}
    lines = [words.html("why_about", things="; ".join(grounds.about))] if grounds.about else []
    lines.append(words.html("why_facts", count=len(evidence)) if evidence else words.html("why_no_facts"))
    lines += [_fact(one, numbers, words) for one in evidence]
    if sources:
        named = (f"{numbers[source]}. {_source(source, pack, words.language)}" for source in sources)
        lines += ["", words.html("why_sources"), *named]
    lines += ["", words.html("why_reviewed", date=pack.day(pack.reviewed, words.language))]
    return "<blockquote expandable>" + "\n".join(lines) + "</blockquote>"


def _fact(evidence: Evidence, numbers: Mapping[Source, int], words: Words) -> str:
    said = evidence.statement
    short = said if len(said) <= STATEMENT_CHARACTERS else said[: STATEMENT_CHARACTERS - 1].rstrip() + "…"
    where = ", ".join(str(numbers[source]) for source in evidence.sources) or words.html("why_no_source")
    return f"• {html.escape(short, quote=False)} [{where}]"


def _source(source: Source, pack: Pack, language: str) -> str:
    publisher = source.publisher if source.publisher != source.title else ""
    parts = (source.title, publisher, pack.day(source.date, language))
    name = html.escape(", ".join(filter(None, parts)), quote=False)
    return f'<a href="{html.escape(source.url)}">{name}</a>' if source.url.startswith("http") else name
