"""A reply as a value: what the engine hands to the faces (Telegram, terminal, tests), which draw it as they can."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.picture import Picture

Kind = Literal["answer", "clarify", "unknown", "chat"]

_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from."""

    id: str
    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    where: str = ""
    publishers: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Who published it as other languages have it."""

    def in_language(self, language: str) -> Source:
        """The source with its publisher as a language has it."""
        return replace(self, publisher=self.publishers[language]) if language in self.publishers else self


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: pressing it asks `ask` as if the person had written it."""

    label: str
    ask: str

    @classmethod
    def asking(cls, ask: str) -> Choice:
        """A button that says what it asks, as a sentence begins."""
        return cls(ask[:1].upper() + ask[1:], ask)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact as a person would say it, with its dates, and where it comes from."""

    statement: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on, for a person who is no programmer: what it was taken to be asked about, and facts."""

    about: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a message was understood.

    `candidates` are (intent, score 0..1, why it lost or won), the best first; `facts` the facts used, one line each.
    """

    language: str
    normalised: str
    slots: tuple[tuple[str, str], ...] = ()
    candidates: tuple[tuple[str, float, str], ...] = ()
    query: str = ""
    facts: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The explanation as lines of plain text."""
        rows = [f"language: {self.language}", f"read as: {self.normalised}"]
        rows += [f"slot {name}: {value}" for name, value in self.slots]
        rows += [f"candidate {intent} {score:.2f}: {why}" for intent, score, why in self.candidates]
        rows += [f"not understood: {', '.join(self.unexplained)}"] if self.unexplained else []
        rows += [f"query: {self.query}"] if self.query else []
        return rows + [f"fact: {fact}" for fact in self.facts]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `html` is Telegram HTML (balanced, escaped); `choices` are questions offered as buttons.

    `picture` shows what the words say, where there is something to look at; `pictured` says that it was asked for.
    `language` is the one that it is said in.
    """

    kind: Kind
    html: str
    choices: tuple[Choice, ...] = ()
    sources: tuple[Source, ...] = ()
    intent: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    explain: Callable[[], Explanation] | None = field(default=None, compare=False, repr=False)
    ground: Callable[[], Grounds] | None = field(default=None, compare=False, repr=False)
    draw: Callable[[], Picture | None] | None = field(default=None, compare=False, repr=False)
    pictured: bool = False
    language: str = ""

    @property
    def explanation(self) -> Explanation | None:
        """How it came about, made when somebody wants to know."""
        return self.explain() if self.explain else None

    @property
    def grounds(self) -> Grounds | None:
        """What it rests on, made when somebody wants to know."""
        return self.ground() if self.ground else None

    @property
    def picture(self) -> Picture | None:
        """What its words say as a picture, made when somebody wants to know whether there is one."""
        return self.draw() if self.draw else None

    @property
    def text(self) -> str:
        """The same as plain text."""
        return html.unescape(_TAG.sub("", self.html))
