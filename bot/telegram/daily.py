"""On this day: asked for, or every day at a time of the reader's own.

Who gets it when stands in the database, and whoever of several processes takes a row sends it. The framework's JobQueue
would keep a timer a person in each process, lose them at a restart and send once a replica; what is left for it to do
is to look at the database now and then, which takes no scheduler.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.anniversaries import Anniversaries
from bot.storage import Store, StoreError, Subscription
from bot.telegram.commands import after_command, message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live
from bot.telegram.mass import Fate, Mass
from bot.telegram.pages import cut
from bot.telegram.talk import Place, Talk
from bot.telegram.words import Words
from bot.telegram.zones import next_time, read_wish, shown, zone

log = structlog.get_logger(__name__)

_Context = ContextTypes.DEFAULT_TYPE

PHRASES = {
    "daily_again": (),
    "daily_kept": (),
    "daily_never": (),
    "daily_off": (),
    "daily_offer": (),
    "daily_offsets": (),
    "daily_on": ("time", "zone"),
    "daily_stop": (),
    "daily_unknown": ("time",),
    "daily_which": ("time",),
    "daily_zones": ("time",),
}

LOOK_SECONDS = 5.0
COLUMNS = 3

Now = Callable[[], datetime]


class DailyFace:
    """The handlers of /today, /subscribe and /unsubscribe."""

    def __init__(self, talk: Talk, live: Live, store: Store, now: Now) -> None:
        self._talk, self._live, self._store, self._now = talk, live, store, now

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them."""
        new = filters.UpdateType.MESSAGE
        application.add_handlers(
            [
                CommandHandler("today", self.today, new),
                CommandHandler("subscribe", self.subscribe, new),
                CommandHandler("unsubscribe", self.unsubscribe, new),
                CallbackQueryHandler(self.pressed, pattern="^daily:"),
            ]
        )

    async def today(self, update: Update, context: _Context) -> None:
        """What happened on this day, as the calendar stands where the reader is."""
        place = place_of(message_of(update))
        words = self._live.words(place.language)
        subscription = await self._store.subscription(place.chat, place.thread or 0)
        reply = Anniversaries(self._live.engine.pack, words.language).on(_date(self._now(), subscription))
        if subscription is None:
            reply = replace(reply, html=f"{reply.html}\n\n{words.html('daily_offer')}")
        await self._talk.say(place, reply)

    async def subscribe(self, update: Update, context: _Context) -> None:
        """Send it every day: where the message says when, at once; otherwise after a choice of time zones."""
        message = message_of(update)
        place = place_of(message)
        words = self._live.words(place.language)
        wish = read_wish(after_command(message), self._places(words.language), place.language or words.language)
        if len(wish.zones) == 1 and wish.sure:
            await self._confirm(place, await self._keep(place, words, wish.zones[0], wish.minute), words)
            return
        phrase = "daily_which" if wish.zones else "daily_unknown" if wish.place else "daily_zones"
        zones = wish.zones or words.plain("daily_offsets").split()
        text = words.html(phrase, time=_clock(wish.minute))
        await self._talk.tell(place, text, self._zone_buttons(zones, wish.minute))

    async def unsubscribe(self, update: Update, context: _Context) -> None:
        """Send it no more."""
        place = place_of(message_of(update))
        words = self._live.words(place.language)
        ended = await self._store.unsubscribe(place.chat, place.thread or 0)
        await self._talk.tell(place, words.html("daily_off" if ended else "daily_never"))

    async def pressed(self, update: Update, context: _Context) -> None:
        """A time zone was chosen, or the button under a daily message was pressed."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        place = Place.of(query.message, query.from_user)
        words = self._live.words(place.language)
        _, _, wish = (query.data or "").partition(":")
        if wish == "off":
            await self._end(query, place, words)
            return
        name, _, minute = wish.rpartition(":")
        if zone(name) is None or not (minute.isascii() and minute.isdigit() and int(minute) < 24 * 60):
            await acknowledge(query)
            return
        subscription = await self._keep(place, words, name, int(minute))
        await acknowledge(query, words.plain("daily_kept"))
        await self._confirm(place, subscription, words)

    async def _end(self, query: CallbackQuery, place: Place, words: Words) -> None:
        """End a subscription, and offer to take it up again in the place of the button that ended it."""
        there = await self._store.subscription(place.chat, place.thread or 0)
        await self._store.unsubscribe(place.chat, place.thread or 0)
        await acknowledge(query, words.plain("daily_off"))
        if there:
            label = words.plain("daily_again")
            again = InlineKeyboardButton(label, callback_data=_data(there.zone, there.minute))
            try:
                await query.edit_message_reply_markup(InlineKeyboardMarkup([[again]]))
            except BadRequest:  # the message is gone or too old
                return

    async def _keep(self, place: Place, words: Words, name: str, minute: int) -> Subscription:
        there = zone(name)
        if there is None:
            raise ValueError(f"{name} is no time zone")
        due = next_time(self._now(), there, minute).timestamp()
        subscription = Subscription(place.chat, place.thread or 0, place.person, words.language, name, minute, due)
        await self._store.subscribe(subscription)
        return subscription

    async def _confirm(self, place: Place, subscription: Subscription, words: Words) -> None:
        text = words.html("daily_on", time=_clock(subscription.minute), zone=shown(subscription.zone))
        await self._talk.tell(place, text, off_button(words))

    def _zone_buttons(self, zones: Sequence[str], minute: int) -> InlineKeyboardMarkup:
        """A button a zone, each with the time that it is there now."""
        buttons = []
        for name in zones:
            there = zone(name)
            if there:
                label = f"{shown(name)} · {self._now().astimezone(there):%H:%M}"
                buttons.append(InlineKeyboardButton(label, callback_data=_data(name, minute)))
        return InlineKeyboardMarkup([buttons[at : at + COLUMNS] for at in range(0, len(buttons), COLUMNS)])

    def _places(self, language: str) -> dict[str, str]:
        """The pack's own names of places with their zones."""
        lines = self._live.engine.pack.phrases(language).get("daily_places", "").splitlines()
        pairs = (line.rpartition(":") for line in lines if ":" in line)
        return {name.strip().casefold(): known.strip() for name, _, known in pairs if zone(known.strip())}


class Daily:
    """Sends the daily messages whose time has come."""

    def __init__(self, mass: Mass, live: Live, store: Store, now: Now) -> None:
        self._mass, self._live, self._store, self._now = mass, live, store, now

    async def run(self) -> None:
        """Look and send until cancelled."""
        while True:
            try:
                while await self.send_due():
                    continue
            except StoreError as error:
                log.error("daily.failed", error=str(error))
            except Exception:
                log.exception("daily.failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def send_due(self) -> int:
        """Send what is due, each once: taken before it is sent, so that what a dying process holds is not sent twice.

        One that was due while the bot was away is sent late, once. Returns how many were due.
        """
        due = await self._store.due(self._now().timestamp())
        for subscription in due:
            there = zone(subscription.zone)
            if there is None:
                await self._store.unsubscribe(subscription.chat, subscription.thread)
                continue
            following = next_time(self._now(), there, subscription.minute).timestamp()
            if await self._store.take(subscription, following):
                await self._send(replace(subscription, due=following))
        return len(due)

    async def _send(self, subscription: Subscription) -> None:
        reply = Anniversaries(self._live.engine.pack, subscription.language).on(_date(self._now(), subscription))
        buttons = off_button(self._live.words(subscription.language))
        outcome = await self._mass.send(subscription.chat, subscription.thread, cut(reply.html)[0], buttons)
        if outcome.fate is Fate.LATER:
            again = self._now() + timedelta(seconds=outcome.wait)
            await self._store.take(subscription, again.timestamp())
        log.info("daily.sent", chat=subscription.chat, fate=outcome.fate.value)


def off_button(words: Words) -> InlineKeyboardMarkup:
    """The button that ends a subscription in one tap."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(words.plain("daily_stop"), callback_data="daily:off")]])


def _data(name: str, minute: int) -> str:
    return f"daily:{name}:{minute}"


def _date(now: datetime, subscription: Subscription | None) -> date:
    """What day it is for a reader; without a subscription, in UTC."""
    there = zone(subscription.zone) if subscription else None
    return now.astimezone(there).date() if there else now.date()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
