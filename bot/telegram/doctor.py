"""Whether all is there that the bot needs to be on Telegram, and what to do where it is not. Nothing is changed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot import clock, compiled
from bot.pack import PackError
from bot.settings import Settings
from bot.storage import StoreError, schema
from bot.storage.connecting import exclusive, snapshot, sqlite_file
from bot.storage.store import LEASE_SECONDS
from bot.telegram.handlers import UPDATES
from bot.telegram.logs import redacted
from bot.telegram.phrases import PHRASES
from bot.telegram.request import AiohttpRequest

PATIENCE_SECONDS = 10.0
RECENT_SECONDS = 3600.0
"""How long ago an error of the webhook is still worth a warning."""

MANY_PENDING = 100
CLOCK_SECONDS = 3.0
"""The difference that a clock may have, of which a second is Telegram's rounding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to do about it, in a line."""

    state: Literal["ok", "warning", "error"]
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.state:<7}  {self.what}: {self.text}"


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything, and say what was found without any secret."""
    for finding in (_pack(settings), _admins(settings), *_rights(settings)):
        yield finding
    async for finding in _from_outside(settings):
        yield replace(finding, text=redacted(" ".join(finding.text.split()), settings.secrets))


async def _from_outside(settings: Settings) -> AsyncIterator[Finding]:
    yield await _database(settings.database_url.get_secret_value())
    yield await _api(settings.bot_api_url)
    async for finding in _bot(settings):
        yield finding


def _pack(settings: Settings) -> Finding:
    try:
        pack = compiled.load(settings.bot_knowledge, settings.bot_intents, PHRASES, settings.bot_cache)
    except PackError as error:
        return Finding("error", "pack", f"{len(error.problems)} problems; `sco-bot check` says where and what is wrong")
    return Finding("ok", "pack", f"{len(pack.knowledge.facts)} facts, version {pack.version}")


def _admins(settings: Settings) -> Finding:
    if not settings.bot_admins:
        return Finding("warning", "admins", "nobody may send /reload or /status; put your user id into BOT_ADMINS")
    return Finding("ok", "admins", f"{len(settings.bot_admins)} in BOT_ADMINS")


def _rights(settings: Settings) -> Iterator[Finding]:
    env, cache = Path(".env"), settings.bot_cache
    if env.exists() and env.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("warning", "rights", ".env can be read by other users of this machine; `chmod 600 .env`")
    if cache and not os.access(cache, os.W_OK):
        text = f"{cache} cannot be written, so each start reads the pack anew; name another folder in BOT_CACHE"
        yield Finding("warning", "cache", text)


async def _database(url: str) -> Finding:
    file = sqlite_file(url)
    if file and not os.access(file.parent, os.W_OK):
        return Finding("error", "database", f"{file.parent} cannot be written; let the user who runs the bot do so")
    if file and not file.exists():
        return Finding("ok", "database", f"there is no {file} yet; the first start makes it")
    try:
        async with snapshot(url) as connection:
            version = await connection.run_sync(schema.version)
        await _write_nothing(url)
    except StoreError as error:
        return Finding("error", "database", f"{error}; see DATABASE_URL, whether it runs, and what its user may do")
    if version != schema.newest():
        has = f"it has schema {version}" if version else "it has no tables of a version yet"
        return Finding("ok", "database", f"{has}; a start makes that {schema.newest()}")
    return Finding("ok", "database", f"it can be written and has schema {version}")


class _UndoneError(Exception):
    """Ends a transaction that is not to be kept."""


async def _write_nothing(url: str) -> None:
    """Write what is taken back at once."""
    with contextlib.suppress(_UndoneError):
        async with exclusive(url) as connection:
            await connection.exec_driver_sql("CREATE TABLE doctor (id INTEGER)")
            raise _UndoneError


async def _api(url: str) -> Finding:
    """Whether the Bot API is there, and the difference of the clocks. No token is needed for that."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            there, here = response.headers.get("Date", ""), clock.now()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        text = (
            f"{urlsplit(url).hostname} is out of reach ({type(error).__name__}); see the network, a proxy, BOT_API_URL"
        )
        return Finding("error", "api", text)
    try:
        ahead = (here - parsedate_to_datetime(there).astimezone(UTC)).total_seconds()
    except ValueError:
        return Finding("ok", "api", "it answers, without a date")
    if abs(ahead) <= CLOCK_SECONDS:
        return Finding("ok", "api", "it answers, and its clock and ours agree")
    text = f"it answers, and our clock is {ahead:+.0f} s from its own; let the machine keep time by NTP"
    return Finding("error" if abs(ahead) >= LEASE_SECONDS else "warning", "clock", text)


async def _bot(settings: Settings) -> AsyncIterator[Finding]:
    if settings.bot_token is None:
        yield Finding("error", "token", "there is none; put the one that BotFather gave you into BOT_TOKEN")
        return
    bot = Bot(
        settings.bot_token.get_secret_value(),
        base_url=f"{settings.bot_api_url}/bot",
        request=AiohttpRequest(connections=2, read_timeout=PATIENCE_SECONDS),
        get_updates_request=AiohttpRequest(connections=1),
    )
    try:
        async with bot:
            yield Finding("ok", "token", f"it is that of @{bot.username}")
            for finding in _webhook(settings, await bot.get_webhook_info()):
                yield finding
    except InvalidToken:
        yield Finding("error", "token", "Telegram does not know it; /token makes BotFather say the right one")
    except TelegramError as error:
        yield Finding("error", "token", f"it could not be tried: {error.message}")


def _webhook(settings: Settings, info: WebhookInfo) -> Iterator[Finding]:
    """Where Telegram delivers. Of addresses only the host is told: some have a secret in their path."""
    wanted, host = settings.bot_webhook_url, urlsplit(info.url).hostname
    if info.url and not wanted:
        text = f"Telegram delivers to {host}, and this bot polls: a start ends that; else set BOT_WEBHOOK_URL"
        yield Finding("warning", "webhook", text)
    elif wanted and not info.url:
        yield Finding("warning", "webhook", "none is set; a start sets it")
    elif info.url != (wanted or ""):
        text = f"Telegram delivers to another address, at {host}; a start takes it over, or see BOT_WEBHOOK_URL"
        yield Finding("warning", "webhook", text)
    else:
        yield Finding("ok", "webhook", "set as BOT_WEBHOOK_URL says" if wanted else "none, and this bot polls")
    if info.url and info.last_error_date and _ago(info.last_error_date) < RECENT_SECONDS:
        text = f"{info.last_error_message}, {_ago(info.last_error_date):.0f} s ago; see the proxy, TLS, and BOT_LISTEN"
        yield Finding("warning", "deliveries", text)
    if info.pending_update_count > MANY_PENDING:
        text = f"{info.pending_update_count} updates wait; see whether the bot runs and its log"
        yield Finding("warning", "pending", text)
    if info.url and set(info.allowed_updates or ()) != set(UPDATES):
        yield Finding("warning", "updates", "Telegram delivers other kinds than this version asks for; restart the bot")


def _ago(moment: datetime) -> float:
    return (clock.now() - moment).total_seconds()
