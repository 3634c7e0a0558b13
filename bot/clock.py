"""The clock, read in this one place: what day it is for the people who ask."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()
