"""What was last asked and answered, per person and chat: a small value that travels with the conversation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from bot.knowledge.model import Interval
from bot.language.dates import When

MOST_FOCUS = 12


@dataclass(frozen=True, slots=True)
class Frame:
    """A question as it was understood: its intent and slots (entity ids, times, numbers)."""

    intent: str
    slots: Mapping[str, Any]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation remembers: the last frame, the things in focus, the last sources, an open question of ours.

    `language` is the one that the last question was asked in.
    `pending` is a frame that waits for the choice of one of several things for the slot `pending_role`.
    """

    frame: Frame | None = None
    focus: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pending: Frame | None = None
    pending_role: str = ""
    pending_ids: tuple[str, ...] = ()
    language: str = ""

    def remember(
        self, frame: Frame, focus: tuple[str, ...], listed: tuple[str, ...], sources: tuple[str, ...], language: str
    ) -> Context:
        """The context after an answer."""
        return Context(frame, tuple(dict.fromkeys(focus))[:MOST_FOCUS], listed, sources, language=language)

    def asking(self, frame: Frame, role: str, ids: tuple[str, ...]) -> Context:
        """The context after a question of ours."""
        return replace(self, pending=frame, pending_role=role, pending_ids=ids)

    def to_json(self) -> str:
        """The context as text, for a database."""
        return json.dumps(self, default=_plain, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Context:
        """The context from that text; an empty one when it is spoiled or of an older make."""
        try:
            raw = json.loads(text)
            return cls(
                _frame(raw["frame"]), tuple(raw["focus"]), tuple(raw["listed"]), tuple(raw["sources"]),
                _frame(raw["pending"]), str(raw["pending_role"]), tuple(raw["pending_ids"]),
                str(raw["language"]),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _frame(raw: Any) -> Frame | None:
    if raw is None:
        return None
    return Frame(str(raw["intent"]), {name: _slot(value) for name, value in raw["slots"].items()}, str(raw["said"]))


def _slot(value: Any) -> Any:
    if isinstance(value, dict):
        return When(_interval(value["interval"]), value["how"], _interval(value["anchor"]), value["label"])
    return tuple(value) if isinstance(value, list) else value


def _interval(raw: Any) -> Interval:
    return Interval(*(date.fromisoformat(raw[key]) if raw[key] else None for key in ("start", "end")))
