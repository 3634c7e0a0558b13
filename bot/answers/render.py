"""Results become words: sandboxed Jinja2 templates, escaped for Telegram HTML, over views of things and facts."""

from __future__ import annotations

import itertools
import marshal
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from traceback import walk_tb
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal
from jinja2 import BytecodeCache, DictLoader, Template
from jinja2.bccache import Bucket
from jinja2.meta import find_undeclared_variables
from jinja2.nodes import Call, Const, Filter, Name, Test
from markupsafe import Markup, escape

from bot.answers.sandbox import Sandbox, bounded
from bot.knowledge.model import Fact, Interval, Knowledge, PartialDate, text_in
from bot.knowledge.query import Result, Row
from bot.language.dates import When
from bot.language.languages import wording_of
from bot.reply import Evidence, Source

MOST_SOURCES = 3
MACROS = "macros"
DATE_FORMATS = {
    "day_format": "d MMMM y", "month_format": "MMMM y", "year_format": "y",
    "short_day_format": "d MMM y", "day_of_year_format": "d MMMM", "short_day_of_year_format": "d MMM",
}  # fmt: skip
"""How dates are written, in Babel's patterns, unless a language has a phrase of that name."""

MILLION = 1_000_000
"""From here on a number is said in words of millions, or what a language has for them."""


SOME_DAYS = timedelta(days=31)
"""What lasts no longer than this is said as days, "31 August – 1 September 2025", and not as from when to when."""


class RenderError(Exception):
    """An answer template that failed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said to a question: the words as HTML, the facts used, and the things found."""

    html: str
    facts: tuple[Fact, ...]
    listed: tuple[str, ...]


class Thing:
    """An entity as an answer template sees it."""

    def __init__(self, id_: str, view: Renderer) -> None:
        self.id, self._view = id_, view
        self._entity = view.knowledge.entities[id_]

    @property
    def name(self) -> str:
        return self._entity.name(self._view.language)

    @property
    def flag(self) -> str:
        return self._entity.flag

    @property
    def label(self) -> str:
        """Flag and name."""
        return f"{self.flag} {self.name}".strip()

    @property
    def official(self) -> str:
        names = self._entity.names.get(self._view.language)
        return names.official if names else ""

    @property
    def plural(self) -> str:
        """What several such are called."""
        names = self._entity.names.get(self._view.language)
        return (names.plural if names else "") or str(self._view.say("plural", self.name))

    def name_in(self, language: str) -> str:
        """Its name in another language, the official one with the short one behind it; empty when it has none."""
        names = self._entity.names.get(language)
        if names is None or not names.official:
            return names.short if names else ""
        return f"{names.official} ({names.short})" if names.short not in ("", names.official) else names.official

    @property
    def type(self) -> str:
        return self._entity.type

    @property
    def type_name(self) -> str:
        type_ = self._view.knowledge.types[self._entity.type]
        return type_.name.get(self._view.language, type_.id)

    @property
    def aliases(self) -> tuple[str, ...]:
        names = self._entity.names.get(self._view.language)
        return names.aliases if names else ()

    def is_a(self, type_: str) -> bool:
        return self._view.knowledge.is_a(self.id, type_)

    def facts(self, relation: str = "") -> list[Said]:
        """Its facts of a relation, or all, in order of time; they count as used."""
        knowledge = self._view.knowledge
        own = (fact for fact in knowledge.facts_about(self.id) if fact.subject == self.id)
        return self._view.said(sorted(knowledge.facts_of(self.id, relation) if relation else own, key=_start))

    def about(self) -> list[Said]:
        """Every fact that names it, in order of time."""
        return self._view.said(sorted(self._view.knowledge.facts_about(self.id), key=_start))

    @property
    def dated(self) -> str:
        """Its name with its date, to tell it from others of that name."""
        relations = [
            self._view.knowledge.types[t].described_by.get("when")
            for t in self._view.knowledge.lineage(self._entity.type)
        ]
        facts = [fact for name in relations if name for fact in self._view.knowledge.facts_of(self.id, name)]
        if not facts:
            return self.name
        when = facts[0].value
        day = self._view.day(when) if isinstance(when, PartialDate) else self._view.period(facts[0])
        return str(self._view.say("dated", self.name, day))

    @property
    def asked(self) -> str:
        """Its name as a question has to say it: with its year where another of its type has the same name."""
        knowledge = self._view.knowledge
        day = knowledge.day_of(self.id)
        if day is None or not knowledge.has_namesake(self.id, self._view.language):
            return self.name
        return str(self._view.say("of_year", self.name, day.year))

    @property
    def next(self) -> Thing | None:
        """The thing of its type that comes after it, by the date that tells such things apart."""
        return self._beside(1)

    @property
    def previous(self) -> Thing | None:
        """The one that comes before it."""
        return self._beside(-1)

    def _beside(self, step: int) -> Thing | None:
        ids = self._view.knowledge.in_order(self._entity.type)
        at = ids.index(self.id) + step if self.id in ids else -1
        return self._view.thing(ids[at]) if 0 <= at < len(ids) else None

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)


class Said:
    """A fact as an answer template sees it."""

    def __init__(self, fact: Fact, view: Renderer) -> None:
        self._fact, self._view = fact, view

    @property
    def subject(self) -> Thing:
        return self._view.thing(self._fact.subject)

    @property
    def relation(self) -> str:
        return self._fact.relation

    @property
    def label(self) -> str:
        """What the relation is called."""
        relation = self._view.knowledge.relations[self._fact.relation]
        return relation.label.get(self._view.language, relation.id)

    @property
    def value(self) -> Any:
        """A thing, a text, a formatted number with its unit, or a formatted date."""
        value = self._fact.value
        if isinstance(value, str):
            return self._view.thing(value)
        if isinstance(value, PartialDate):
            return self._view.wording.standing(self._view.day(value))
        if isinstance(value, float):
            return self._view.quantity(value, self._fact.unit, self._fact.approx)
        return text_in(value, self._view.language)

    @property
    def is_text(self) -> bool:
        """Whether its value is a sentence."""
        return isinstance(self._fact.value, Mapping)

    @property
    def number(self) -> float:
        return self._fact.value if isinstance(self._fact.value, float) else 0.0

    @property
    def unit(self) -> str:
        return self._fact.unit

    @property
    def period(self) -> str:
        """ "since 5 July 2005", "from ... to ...", "on ..."; empty when timeless."""
        return self._view.period(self._fact)

    @property
    def from_day(self) -> str:
        return self._view.day(self._fact.start) if self._fact.start else ""

    @property
    def began(self) -> str:
        """The day, month or year on which it began, with its preposition."""
        start = self._fact.start
        return str(self._view.say("on" if start.day else "in", self._view.day(start))) if start else ""

    @property
    def to_day(self) -> str:
        return self._view.day(self._fact.end) if self._fact.end else ""

    @property
    def start(self) -> date | None:
        return self._fact.interval.start

    @property
    def end(self) -> date | None:
        return self._fact.interval.end

    @property
    def lasted(self) -> str:
        """How long it has held, its last day included, in words."""
        held = self._fact.interval
        after = held.end + timedelta(days=1) if held.end and held.end < self._view.today else None
        return self._view.duration(held.start, after) if held.start else ""

    @property
    def days(self) -> int:
        """For how many days it has held, to its end or to today; 0 without a beginning."""
        held = self._fact.interval
        return (min(held.end or self._view.today, self._view.today) - held.start).days + 1 if held.start else 0

    @property
    def at(self) -> Thing | None:
        return self._view.thing(self._fact.at) if self._fact.at else None

    @property
    def of(self) -> Thing | None:
        return self._view.thing(self._fact.of) if self._fact.of else None

    @property
    def place(self) -> Thing | None:
        return self._view.thing(self._fact.place) if self._fact.place else None

    @property
    def others(self) -> list[Thing]:
        return [self._view.thing(name) for name in (*self._fact.by, *self._fact.with_)]

    @property
    def note(self) -> str:
        return text_in(self._fact.note, self._view.language)

    def text_in(self, language: str) -> str:
        """Its text in another language, to compare it with."""
        return self._fact.value.get(language, "") if isinstance(self._fact.value, Mapping) else ""

    @property
    def holds(self) -> bool | None:
        return self._fact.holds

    @property
    def current(self) -> bool:
        """Whether it holds today."""
        return self._fact.interval.holds(self._view.today)

    @property
    def dispute(self) -> str:
        """One line on what other sources say; empty when none does."""
        return self._view.dispute(self._fact)

    def __str__(self) -> str:
        return str(self.value)


class View:
    """A query's result as an answer template sees it."""

    def __init__(self, result: Result, renderer: Renderer) -> None:
        self._result, self._renderer = result, renderer
        renderer.use(fact for row in result.rows for fact in row.facts)
        self._rows = [RowView(row, renderer) for row in result.rows]
        self.total = result.of

    @cached_property
    def things(self) -> list[Thing]:
        return list(map(self._renderer.thing, self._result.ids))

    @cached_property
    def facts(self) -> list[Said]:
        return self._renderer.said(self._result.facts)

    def __iter__(self) -> Iterator[RowView]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, n: int) -> RowView:
        return self._rows[n]

    def __bool__(self) -> bool:
        return bool(self._rows)


class RowView:
    """One thing found, with the facts for which it was found."""

    def __init__(self, row: Row, renderer: Renderer) -> None:
        self.thing = renderer.thing(row.entity)
        self._row, self._renderer = row, renderer

    @cached_property
    def facts(self) -> list[Said]:
        return self._renderer.said(self._row.facts)

    @property
    def name(self) -> str:
        return self.thing.name

    @property
    def label(self) -> str:
        return self.thing.label

    @property
    def fact(self) -> Said | None:
        return self.facts[0] if self.facts else None

    @property
    def period(self) -> str:
        return self.facts[0].period if self.facts else ""

    def get(self, relation: str) -> list[Said]:
        return [fact for fact in self.facts if fact.relation == relation]


class _Kept(BytecodeCache):
    """The code of compiled templates, in memory. Jinja's own way of reading it goes byte by byte."""

    def __init__(self, code: dict[str, bytes]) -> None:
        self.code = code

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.code:
            bucket.code = marshal.loads(self.code[bucket.key])  # noqa: S302  as trusted as the pack that it is kept with

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = marshal.dumps(bucket.code)


class Environment:
    """The compiled answer templates of a pack; the same for all messages. `macros` are shared by all of them.

    A template's name is a digest of its text. The code of those that were compiled is pickled with them.
    """

    def __init__(self, macros: str = "", language: str = "en", kept: dict[str, bytes] | None = None) -> None:
        self._macros, self._language, self._kept = macros, language, _Kept(kept or {})
        self._sources = {MACROS: macros}
        self._compiled: dict[str, Template] = {}
        self._jinja = Sandbox(
            loader=DictLoader(self._sources), bytecode_cache=self._kept, cache_size=-1, auto_reload=False
        )
        self._jinja.filters["form"] = wording_of(language).form
        self._shared = dict.fromkeys(re.findall(r"\{%-?\s*macro\s+(\w+)", macros))

    def __reduce__(self) -> tuple[type[Environment], tuple[str, str, dict[str, bytes]]]:
        return Environment, (self._macros, self._language, self._kept.code)

    def __del__(self) -> None:
        if self._jinja.cache is not None:  # its templates hold it in turn, and what packs are made of is never swept
            self._jinja.cache.clear()

    def compile(self, text: str) -> Template:
        """A template, ready to be rendered. Raises jinja2.TemplateSyntaxError."""
        if text not in self._compiled:
            name = sha256(text.encode()).hexdigest()
            self._sources[name] = self._whole(text)
            self._compiled[text] = self._jinja.get_template(name)
            self._jinja.get_template(MACROS)
        return self._compiled[text]

    def _whole(self, text: str) -> str:
        """A template with the macros that it names; to make those takes longer than to say a short answer."""
        said = {*re.findall(r"\w+", text)}
        names = ", ".join(name for name in self._shared if name in said)
        return f"{{% from '{MACROS}' import {names} with context %}}{text}" if names else text

    def strange(self, text: str) -> list[tuple[int, str, str, Iterable[str]]]:
        """What a template names that there is not: on which line, as what, its name, and what there is.

        A name that is no filter or test is a value that it needs. Raises jinja2.TemplateSyntaxError.
        """
        tree = self._jinja.parse(self._whole(text))
        kinds = (("filter", Filter, self._jinja.filters), ("test", Test, self._jinja.tests))
        found: list[tuple[int, str, str, Iterable[str]]] = [
            (node.lineno, kind, node.name, known)
            for kind, node_type, known in kinds
            for node in tree.find_all(node_type)
            if node.name not in known
        ]
        if found:
            return found
        asked = {node.node.name for node in tree.find_all(Test) if isinstance(node.node, Name)}
        made = {node.name for node in tree.find_all(Name) if node.ctx != "load"}
        needed = find_undeclared_variables(tree) - asked - made
        lines = {node.name: node.lineno for node in tree.find_all(Name) if node.name in needed}
        return [(line, "value", name, self._jinja.globals) for name, line in lines.items()]

    def asked(self, text: str) -> frozenset[str]:
        """The texts that a template hands to what it calls: the relations whose facts it asks for are among them."""
        calls = self._jinja.parse(text).find_all(Call)
        return frozenset(arg.value for call in calls for arg in call.args if isinstance(arg, Const))

    def render(self, text: str, values: Mapping[str, Any]) -> str:
        """The template's words as HTML. Raises RenderError."""
        try:
            with bounded():
                return self.compile(text).render(values).strip()
        except Exception as error:  # whatever comes of what an editor wrote
            raise RenderError(f"line {_line(error)}: {error}" if str(error) else type(error).__name__) from error


class Renderer:
    """Says one reply in one language; remembers which facts were used, for the sources."""

    def __init__(
        self, knowledge: Knowledge, language: str, phrases: Mapping[str, str], today: date, environment: Environment
    ) -> None:
        self.knowledge, self.language, self.today = knowledge, language, today
        self.wording = wording_of(language)
        self.phrases, self.environment = phrases, environment
        self.used: dict[int, Fact] = {}
        self._things: dict[str, Thing] = {}

    def render(
        self, text: str, results: Mapping[str, Result], slots: Mapping[str, Any], assumed: Iterable[str] = ()
    ) -> str:
        """The answer template as HTML. Raises RenderError."""
        views = {name: View(result, self) for name, result in results.items()}
        values: dict[str, Any] = {
            **{name: self.slot(value) for name, value in slots.items()},
            **views,
            "rows": views.get("result", ()),
            "given": frozenset(name for name in slots if name not in set(assumed)),
            **self.offered(),
        }
        return self.environment.render(text, values)

    def offered(self) -> dict[str, Any]:
        """What every template can use, whatever it is that it says."""
        return {
            "us": self.thing(self.knowledge.about), "reviewed": self.day(self.knowledge.reviewed), "today": self.today,
            "thing": self.thing, "holding": self.holding, "listing": self.listing, "say": self.say,
            "quantity": self.quantity, "number_word": self.number_word, "duration": self.duration,
            "years_since": self.years_since, "when_said": self.when, "opening": self.opening, "is_now": is_now,
            "year_of": year_of, "standing": standing,
            "day": self.day, "counted": self.wording.counted, "agreeing": self.wording.agreeing,
        }  # fmt: skip

    def slot(self, value: Any) -> Any:
        """A slot's value as a template sees it: ids become things."""
        if isinstance(value, tuple) and all(
            isinstance(item, str) and item in self.knowledge.entities for item in value
        ):
            return [self.thing(item) for item in value]
        return value

    def thing(self, id_: str) -> Thing:
        if id_ not in self._things:
            self._things[id_] = Thing(id_, self)
        return self._things[id_]

    def said(self, facts: Iterable[Fact]) -> list[Said]:
        """Facts as views; they count as used."""
        found = list(facts)
        self.use(found)
        return [Said(fact, self) for fact in found]

    def use(self, facts: Iterable[Fact]) -> None:
        self.used.update((id(fact), fact) for fact in facts)

    def holding(self, subject: Thing, relation: str, when: When | None = None) -> list[Said]:
        """The facts of a relation of a thing that hold in a time (today without one)."""
        interval = when.interval if when else Interval(self.today, self.today)
        return self.said(
            fact for fact in self.knowledge.facts_of(subject.id, relation) if fact.interval.overlaps(interval)
        )

    def listing(self, items: Sequence[Any], joined: str = "standard") -> Markup:
        """Items as a list in the language: "A, B and C"."""
        texts = [escape(item) for item in items]
        style: Any = joined
        return Markup(format_list(texts, style=style, locale=_locale(self.language)) if texts else "")  # noqa: S704  escaped above

    def say(self, name: str, *values: Any) -> Markup:
        """A fixed phrase of the language."""
        return Markup(self.phrases.get(name, name).format(*map(escape, values)))  # noqa: S704  the pack's own phrase

    def day(self, when: PartialDate | date, day_format: str = "day_format") -> str:
        """A date as precise as it is known; a day as the phrase of the name `day_format` has it."""
        if isinstance(when, date):
            when = PartialDate(when.year, when.month, when.day)
        name = day_format if when.day else "month_format" if when.month else "year_format"
        pattern = self.phrases.get(name, DATE_FORMATS[name])
        return _formatted(when.first, pattern, self.language)

    def _days(self, first: date, last: date) -> str:
        """Days of one month, from the first to the last of them."""
        return str(self.say("days_between", first.day, last.day, self.day(first), self.day(last)))

    def _dates(self, first: PartialDate, last: PartialDate) -> str:
        """Days of one year, from the first to the last of them."""
        first_of_year, last_of_year = (self.day(day, "day_of_year_format") for day in (first, last))
        return str(self.say("dates_of_year", first_of_year, self.day(last), self.day(first), last_of_year))

    def on(self, when: PartialDate) -> str:
        """A date with its preposition: on a day, in a month or year."""
        return str(self.say("on", self.day(when)) if when.day else self.within(self.day(when)))

    def within(self, time: str) -> str:
        """A month or years with their preposition: in 2005."""
        return str(self.say("in", self.wording.located(time)))

    def period(self, fact: Fact) -> str:
        """When a fact holds, in words."""
        start, end = fact.start, fact.end
        if start and end:
            if start == end:
                return self.on(start)
            if start.day and end.day and (start.year, start.month) == (end.year, end.month):
                return self._days(start.first, end.first)
            if start.day and end.day and start.year == end.year and end.first - start.first < SOME_DAYS:
                return self._dates(start, end)
            return str(self.say("from_to", self.day(start), self.day(end)))
        if start:
            return str(self.say("since", self.day(start)))
        return str(self.say("until", self.day(end))) if end else ""

    def when(self, when: When | None) -> str:
        """The time that a question was taken to mean, in words."""
        if when is None or when.how == "now":
            return str(self.say("today_is", self.day(self.today)))
        if when.how not in ("in", "between"):
            return str(self.say(when.how, self.named(when.anchor)))
        start, end = when.anchor.start, when.anchor.end
        named = self.named(when.anchor)
        if start is None or end is None or _is_whole(when.anchor):
            return self.within(named)
        if (start.year, start.month) == (end.year, end.month):
            return str(self.say("on", named))
        return str(self.say("from_to", self.day(start), self.day(end)))

    def opening(self, when: When | None) -> str:
        """How a sentence about a time begins: "In 2005", "As of 1 June 2026"."""
        if when is None or is_now(when):
            return str(self.say("as_of", self.day(self.today)))
        text = self.when(when)
        return text[:1].upper() + text[1:]

    def named(self, interval: Interval) -> str:
        """A stretch of time in words, without a preposition: a day, a month, years."""
        start, end = interval.start, interval.end
        if start is None or end is None or start == end:
            return self.day(start or end or self.today)
        if _are_years(interval):
            first, last = self.day(PartialDate(start.year)), self.day(PartialDate(end.year))
            return first if first == last else str(self.say("years_between", first, last, start.year, end.year))
        if _is_whole(interval):
            return self.day(PartialDate(start.year, start.month))
        if (start.year, start.month) == (end.year, end.month):
            return self._days(start, end)
        return str(self.say("dates_between", self.day(start), self.day(end)))

    def quantity(self, value: float, unit: str = "", approx: bool = False) -> str:
        """A number with its unit, large ones in words of millions."""
        text = _number(value, self.language)
        if unit:
            text = str(self.say(f"unit_{unit}", text)) if f"unit_{unit}" in self.phrases else f"{text} {unit}"
        return str(self.say("about", text)) if approx else text

    def number_word(self, number: int) -> str:
        """A small number in words, as the language's phrases give it, else in digits."""
        return self.phrases.get(f"number_{number}", str(number))

    def years_since(self, start: date, end: date | None = None) -> int:
        """Full years from one day to another (today without one)."""
        end = end or self.today
        return end.year - start.year - ((end.month, end.day) < (start.month, start.day))

    def duration(self, start: date, end: date | None = None) -> str:
        """The time from one day to another in years, months and days."""
        end = end or self.today
        months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
        years, months = divmod(max(months, 0), 12)
        days = (end - start).days
        if years and months:
            return str(self.say("years_and_months", self._count("year", years), self._count("month", months)))
        return self._count("year", years) or self._count("month", months) or self._count("day", days)

    def _count(self, unit: str, number: int) -> str:
        if not number:
            return ""
        form = _locale(self.language).plural_form(number)
        name = unit if form == "one" else f"{unit}s_{form}"
        return str(self.say(name if name in self.phrases else f"{unit}s", number))

    def evidence(self, facts: Iterable[Fact]) -> tuple[Evidence, ...]:
        """Facts as plain sentences, each with its sources."""
        return tuple(
            Evidence(
                ", ".join(filter(None, (self._statement(said), said.period))),
                tuple(map(self.source, fact.sources)),
            )
            for fact in facts
            for said in (Said(fact, self),)
        )

    def source(self, name: str) -> Source:
        """A source as this language has it."""
        return self.knowledge.sources_in(self.language)[name]

    def _statement(self, said: Said) -> str:
        subject, value = said.subject, said.value
        stated = value.asked if isinstance(value, Thing) else str(value).rstrip(".")
        return f"{subject.flag} {subject.asked} — {said.label}: {stated}".strip()

    def dispute(self, fact: Fact) -> str:
        """What other sources say instead, and why ours is preferred."""
        lines = []
        for claim in fact.disputed:
            if claim.value is not None:
                said = str(Said(Fact(fact.subject, fact.relation, claim.value, unit=fact.unit), self).value)
            elif claim.start:
                said = self.period(Fact(fact.subject, fact.relation, fact.value, claim.start, claim.end))
            else:
                said = ""
            titles = ", ".join(one.publisher or one.title for one in map(self.source, claim.sources))
            note = text_in(claim.note, self.language)
            text = " — ".join(filter(None, (said, note))) or ""
            if text:
                lines.append(str(self.say("disputed", text, titles)) if titles else text)
        because = text_in(fact.because, self.language)
        return " ".join(itertools.chain(lines, [because] if because and lines else []))


@cache
def _locale(language: str) -> Locale:
    return Locale(language)


@lru_cache(maxsize=8192)
def _formatted(day: date, pattern: str, language: str) -> str:
    return str(format_date(day, pattern, locale=language))


@lru_cache(maxsize=8192)
def _number(value: float, language: str) -> str:
    locale = _locale(language)
    if abs(value) < MILLION:
        return str(format_decimal(value, locale=locale))
    in_words: Any = "long" if "long" in locale.compact_decimal_formats else "short"
    whole = int(value) if value == int(value) else value  # a float has the plural form of a fraction
    return format_compact_decimal(whole, format_type=in_words, locale=locale, fraction_digits=3)


def _line(error: BaseException) -> int:
    """The line of the template on which it failed."""
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else 1


def _are_years(interval: Interval) -> bool:
    start, end = interval.start, interval.end
    return start is not None and end is not None and (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)


def _is_whole(interval: Interval) -> bool:
    """Whether it is a month or years from the first day to the last."""
    start, end = interval.start, interval.end
    if start is None or end is None or start.day != 1:
        return False
    return _are_years(interval) or ((start.year, start.month) == (end.year, end.month) and end.day >= 28)


def is_now(when: When | None) -> bool:
    """Whether a question is about the present."""
    return when is None or when.how == "now"


def year_of(when: When | None) -> int | None:
    """The year that a question is about, if it is about one year."""
    start, end = (when.anchor.start, when.anchor.end) if when else (None, None)
    return start.year if start and end and start.year == end.year else None


def standing(facts: Iterable[Said], begun: Said) -> int:
    """How many of some facts hold on the day on which another begins."""
    day = begun.start
    return sum(1 for one in facts if day and one.start and one.start <= day and (one.end is None or one.end > day))


def _start(fact: Fact) -> date:
    return fact.interval.start or date.max
