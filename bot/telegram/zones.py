"""Time zones as people write them: a city, a country, an offset, and the time of day that they want."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale
from babel.core import UnknownLocaleError, get_global
from rapidfuzz import fuzz, process

MORNING = 9 * 60
MOST_HOURS = 14
NEARLY = 85
MOST_ZONES = 24

_OFFSET = re.compile(r"(?:\b(?:utc|gmt)\s*)?([+\-−])\s*(\d{1,2})(?::?([0-5]\d))?(?![\d:])", re.IGNORECASE)
_ZERO = re.compile(r"\b(?:utc|gmt)\b", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d+\-−:])([01]?\d|2[0-3])[:.h]([0-5]\d)\b")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wrote: the zones that it may mean, none if it names none, and a minute of the day.

    `sure` says whether they were named as they are called.
    """

    zones: tuple[str, ...]
    minute: int = MORNING
    place: str = ""
    sure: bool = True


def read_wish(text: str, places: Mapping[str, str], language: str) -> Wish:
    """What a text asks for; `places` are names, in lower case, with their zones."""
    clock = _TIME.search(text)
    minute = int(clock[1]) * 60 + int(clock[2]) if clock else MORNING
    rest = " ".join(_TIME.sub(" ", text).split())
    offset = _OFFSET.search(rest)
    if offset:
        name = _fixed(offset)
        return Wish((name,) if name else (), minute, rest)
    if _ZERO.fullmatch(rest):
        return Wish(("UTC+00:00",), minute, rest)
    names = _names(places, language)
    name = rest.casefold().replace("_", " ")
    if name in names or not name:
        return Wish(names.get(name, ())[:MOST_ZONES], minute, rest)
    near = process.extractOne(name, names.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY)
    return Wish(names[near[0]][:MOST_ZONES] if near else (), minute, rest, sure=False)


def zone(name: str) -> tzinfo | None:
    """A zone by its name: "Asia/Tashkent" or "UTC+05:30"; None when there is none of that name."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        if _fixed(offset) is None:
            return None
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(ahead if offset[1] == "+" else -ahead, shown(name))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def shown(name: str) -> str:
    """A zone as people read it: "Tashkent", "UTC+5", "UTC+5:30"."""
    offset = _OFFSET.fullmatch(name)
    if not offset:
        return name.rpartition("/")[2].replace("_", " ")
    minutes = f":{offset[3]}" if offset[3] not in (None, "00") else ""
    return f"UTC{offset[1]}{int(offset[2])}{minutes}"


def next_time(now: datetime, there: tzinfo, minute: int) -> datetime:
    """The next moment after `now` at which it is so many minutes after midnight there."""
    local = now.astimezone(there)
    at = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    if at.timestamp() <= now.timestamp():
        at += timedelta(days=1)
    return at


def _fixed(offset: re.Match[str]) -> str | None:
    """An offset as a zone's name, if there is such a one."""
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    sign = "+" if offset[1] == "+" else "-"
    return f"UTC{sign}{hours:02}:{minutes:02}" if hours * 60 + minutes <= MOST_HOURS * 60 else None


def _names(places: Mapping[str, str], language: str) -> dict[str, tuple[str, ...]]:
    """All names of countries, cities and the pack's places, in lower case, with their zones."""
    return {**_countries(language), **_cities(), **{name: (known,) for name, known in places.items()}}


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """Zones by their full names and by their cities."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/")):
            found[shown(name).casefold()] = (name,)
            found[name.casefold().replace("_", " ")] = (name,)
    return found


@cache
def _countries(language: str) -> dict[str, tuple[str, ...]]:
    """The zones of each country, by its name in English and in a language, as CLDR has them."""
    zones = get_global("territory_zones")
    found: dict[str, tuple[str, ...]] = {}
    for code in dict.fromkeys(("en", language)):
        try:
            territories = Locale(code).territories
        except (UnknownLocaleError, ValueError):
            continue
        found |= {name.casefold(): tuple(zones[key]) for key, name in territories.items() if zones.get(key)}
    return found
