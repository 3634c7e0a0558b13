"""Single facts in one sentence each, as the pack's statements say them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date

from bot.answers.render import Renderer
from bot.knowledge.model import Fact, PartialDate
from bot.pack import Pack
from bot.reply import Source


class Teller:
    """Says facts in one language, as of a day."""

    def __init__(self, pack: Pack, language: str, today: date) -> None:
        self.pack, self.language = pack, language
        self.view = Renderer(pack.knowledge, language, pack.phrases(language), today, pack.environment(language))

    def tells(self, fact: Fact) -> bool:
        """Whether there is a statement for a fact."""
        statement = self.pack.intents.telling.statements.get(fact.relation)
        return bool(
            statement and self.language in statement.says and (not statement.only or fact.value in statement.only)
        )

    def tell(self, facts: Sequence[Fact], *, dated: bool) -> str:
        """Facts of one relation and one day as one sentence of HTML, with their day if `dated`.

        They share their subject or their value. Raises RenderError when the pack's template fails on them.
        """
        said = self.view.said(facts)
        subjects = list(dict.fromkeys(one.subject for one in said))
        values = list(dict.fromkeys(one.value for one in said))
        text = self.pack.intents.telling.statements[facts[0].relation].says[self.language]
        when = self.when(facts[0]) if dated else ""
        slots = {"fact": said[0], "subjects": subjects, "values": values, "when": f" {when}" if when else ""}
        return self.view.render(text, {}, slots)

    def when(self, fact: Fact) -> str:
        """On which day, or in which month or year, a fact began, in words; empty when that is not known."""
        began = fact.value if isinstance(fact.value, PartialDate) else fact.start
        return self.view.on(began) if began else ""

    def day(self, when: PartialDate) -> str:
        return self.view.day(when)

    def day_of_year(self, day: date) -> str:
        return self.view.day(day, "day_of_year_format")


def cited(source: Source) -> str:
    """A source in few words."""
    return f"{source.publisher or source.title}{f', {source.date[:4]}' if source.date else ''}"


def plain(markup: str) -> str:
    """A rendered text without its escapes, on one line."""
    return " ".join(html.unescape(markup).split())
