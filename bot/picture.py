"""A picture as a value: what a chart shows, computed from facts, before anybody draws it.

It knows no facts, so it can be kept, sent to another process, and drawn there at any time. Colours are `#rrggbb`.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Group:
    """What bars or counts have in common: its name and its colour."""

    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time from one day to another, both inclusive; `end` None means that it goes on.

    `group` is a place in the chart's groups, `label` what is written at it.
    """

    start: date
    end: date | None
    group: int
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of a timeline."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """The time that was asked about."""

    start: date
    end: date
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who was what, when. With `captioned` lanes each is named above its bars, otherwise in the margin."""

    lanes: tuple[Lane, ...]
    groups: tuple[Group, ...]
    first: date
    last: date
    mark: Mark | None = None
    captioned: bool = False
    kind: Literal["timeline"] = "timeline"

    def ever(self, group: int) -> list[str]:
        """The lanes that have a bar of a group."""
        return [lane.label for lane in self.lanes if any(bar.group == group for bar in lane.bars)]

    def still(self, group: int) -> list[str]:
        """The lanes that have a bar of a group which goes on."""
        return [lane.label for lane in self.lanes if any(bar.group == group and not bar.end for bar in lane.bars)]


@dataclass(frozen=True, slots=True)
class Series:
    """How many there were: `points` are the days on which that changed, each with the number from then on."""

    group: Group
    points: tuple[tuple[date, int], ...]
    counted: str
    """The last number with what is counted, as the language has it."""

    def at(self, day: date) -> int:
        """How many there were on a day."""
        return next((count for since, count in reversed(self.points) if since <= day), 0)

    def yearly(self) -> list[tuple[int, int]]:
        """The years in which it changed, each with the number at its end, where that is another than before."""
        ends = {since.year: count for since, count in self.points}
        counts = [0, *ends.values()]
        return [(year, count) for n, (year, count) in enumerate(ends.items()) if count != counts[n]]


@dataclass(frozen=True, slots=True)
class Growth:
    """How many of each group there were over time; drawn one on top of the other."""

    series: tuple[Series, ...]
    first: date
    last: date
    mark: Mark | None = None
    kind: Literal["growth"] = "growth"

    def total(self, day: date) -> int:
        """How many there were on a day, all groups together."""
        return sum(series.at(day) for series in self.series)


@dataclass(frozen=True, slots=True)
class Share:
    """A number, and how it is written."""

    label: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Numbers side by side, the largest first."""

    shares: tuple[Share, ...]
    colour: str
    kind: Literal["shares"] = "shares"


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a day; `when` is that day as it is written, as precise as it is known."""

    day: date
    when: str
    label: str


@dataclass(frozen=True, slots=True)
class Events:
    """What happened when, the earliest first."""

    events: tuple[Event, ...]
    colour: str
    kind: Literal["events"] = "events"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things happened in each year, years without any included: what `Events` becomes when there are many."""

    years: tuple[tuple[int, int], ...]
    colour: str
    kind: Literal["tally"] = "tally"


Chart = Timeline | Growth | Shares | Events | Tally


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its title, what it shows in words (`alt`), and where that comes from (`credit`, Telegram HTML)."""

    title: str
    alt: str
    credit: str
    chart: Annotated[Chart, Field(discriminator="kind")]

    @property
    def caption(self) -> str:
        """Telegram HTML to send with it."""
        parts = (f"<b>{html.escape(self.title, quote=False)}</b>", html.escape(self.alt, quote=False), self.credit)
        return "\n\n".join(filter(None, parts))

    @property
    def footer(self) -> str:
        """The credit as plain text."""
        return html.unescape(_TAG.sub("", self.credit))

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that stand for all that it shows."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """The picture as text, for a database."""
        return _adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Picture | None:
        """The picture from that text; None when it is spoiled or of an older make."""
        try:
            return _adapter().validate_json(text)
        except ValidationError:
            return None


@cache
def _adapter() -> TypeAdapter[Picture]:
    return TypeAdapter(Picture)


Kind = Literal["timeline", "growth", "shares", "events"]


@dataclass(frozen=True)
class Sketch:
    """What a picture of an answer shows, as a pack's YAML says it; without a `query` what the answer found.

    `groups` are the values that are drawn, in order, each with its colour; without any, all are. `dated` is the
    relation whose dates events have, `mark` the slot that names the time asked about. A chart of fewer than `least`
    things says nothing that the words do not.
    """

    id: str
    kind: Kind
    query: Mapping[str, Any] | None
    groups: Mapping[str, str]
    title: Mapping[str, str]
    alt: Mapping[str, str]
    dated: str
    mark: str
    least: int
    where: str

    @cached_property
    def uses(self) -> list[str]:
        """The slots that may make a difference to the picture: all whose names occur in its words."""
        texts = (repr(self.query), self.mark, *self.title.values(), *self.alt.values())
        return sorted({name for text in texts for name in re.findall(r"[a-z_]+", text)})
