"""What an answer rests on, for who asks how the bot knows: facts, dates and sources, in an unfolding quotation."""

from __future__ import annotations

import html

from bot.reply import Evidence, Explanation, Source
from bot.telegram.words import Words

PHRASES = {
    "why_about": ("things",),
    "why_facts": ("count",),
    "why_no_facts": (),
    "why_no_source": (),
    "why_reviewed": ("date",),
}

STATEMENT_CHARACTERS = 240
"""A text that is a fact is shown in the answer already, so here its beginning is enough."""


def why(explanation: Explanation, reviewed: str, words: Words) -> str:
    """The explanation as Telegram HTML."""
    lines = []
    if explanation.about:
        lines.append(words.html("why_about", things="; ".join(explanation.about)))
    if explanation.evidence:
        lines.append(words.html("why_facts", count=len(explanation.evidence)))
    else:
        lines.append(words.html("why_no_facts"))
    lines += [_line(one, words) for one in explanation.evidence]
    lines.append(words.html("why_reviewed", date=reviewed))
    return "<blockquote expandable>" + "\n".join(lines) + "</blockquote>"


def _line(evidence: Evidence, words: Words) -> str:
    said = evidence.statement
    short = said if len(said) <= STATEMENT_CHARACTERS else said[: STATEMENT_CHARACTERS - 1].rstrip() + "…"
    sources = "; ".join(dict.fromkeys(map(_source, evidence.sources))) or words.html("why_no_source")
    return f"• {html.escape(short, quote=False)} [{sources}]"


def _source(source: Source) -> str:
    name = html.escape(", ".join(filter(None, (source.publisher or source.title, source.date))), quote=False)
    return f'<a href="{html.escape(source.url)}">{name}</a>' if source.url.startswith("http") else name
