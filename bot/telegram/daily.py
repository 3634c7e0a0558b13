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
from bot.telegram.commands import after_command, language_of, message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live
from bot.telegram.mass import Fate, Mass
from bot.telegram.pages import cut
from bot.telegram.talk import Place, Talk
from bot.telegram.zones import next_time, read_wish, shown, zone

log = structlog.get_logger(__name__)

_Context = ContextTypes.DEFAULT_TYPE

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
        message = message_of(update)
        place, language = place_of(message), language_of(message)
        subscription = await self._store.subscription(place.chat, place.thread or 0)
        reply = Anniversaries(self._live.engine.pack, language).on(_date(self._now(), subscription))
        if subscription is None:
            reply = replace(reply, html=f"{reply.html}\n\n{self._phrase(language, 'daily_offer')}")
        await self._talk.say(place, reply)

    async def subscribe(self, update: Update, context: _Context) -> None:
        """Send it every day: where the message says when, at once; otherwise after a choice of time zones."""
        message = message_of(update)
        place, language = place_of(message), language_of(message)
        wish = read_wish(after_command(message), self._places(language), language)
        if len(wish.zones) == 1 and wish.sure:
            await self._confirm(place, await self._keep(place, language, wish.zones[0], wish.minute))
            return
        phrase = "daily_which" if wish.zones else "daily_unknown" if wish.place else "daily_zones"
        zones = wish.zones or self._phrase(language, "daily_offsets").split()
        text = self._phrase(language, phrase).format(_clock(wish.minute))
        await self._talk.tell(place, text, self._zone_buttons(zones, wish.minute))

    async def unsubscribe(self, update: Update, context: _Context) -> None:
        """Send it no more."""
        message = message_of(update)
        place, language = place_of(message), language_of(message)
        ended = await self._store.unsubscribe(place.chat, place.thread or 0)
        await self._talk.tell(place, self._phrase(language, "daily_off" if ended else "daily_never"))

    async def pressed(self, update: Update, context: _Context) -> None:
        """A time zone was chosen, or the button under a daily message was pressed."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        place, language = Place.of(query.message, query.from_user.id), language_of(query)
        _, _, wish = (query.data or "").partition(":")
        if wish == "off":
            await self._end(query, place, language)
            return
        name, _, minute = wish.rpartition(":")
        if zone(name) is None or not (minute.isascii() and minute.isdigit() and int(minute) < 24 * 60):
            await acknowledge(query)
            return
        subscription = await self._keep(place, language, name, int(minute))
        await acknowledge(query, self._phrase(language, "daily_kept"))
        await self._confirm(place, subscription)

    async def _end(self, query: CallbackQuery, place: Place, language: str) -> None:
        """End a subscription, and offer to take it up again in the place of the button that ended it."""
        there = await self._store.subscription(place.chat, place.thread or 0)
        await self._store.unsubscribe(place.chat, place.thread or 0)
        await acknowledge(query, self._phrase(language, "daily_off"))
        if there:
            label = self._phrase(language, "daily_again")
            again = InlineKeyboardButton(label, callback_data=_data(there.zone, there.minute))
            try:
                await query.edit_message_reply_markup(InlineKeyboardMarkup([[again]]))
            except BadRequest:  # the message is gone or too old
                return

    async def _keep(self, place: Place, language: str, name: str, minute: int) -> Subscription:
        there = zone(name)
        if there is None:
            raise ValueError(f"{name} is no time zone")
        due = next_time(self._now(), there, minute).timestamp()
        subscription = Subscription(place.chat, place.thread or 0, place.person, language, name, minute, due)
        await self._store.subscribe(subscription)
        return subscription

    async def _confirm(self, place: Place, subscription: Subscription) -> None:
        text = self._phrase(subscription.language, "daily_on")
        text = text.format(_clock(subscription.minute), shown(subscription.zone))
        await self._talk.tell(place, text, off_button(self._phrase(subscription.language, "daily_stop")))

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

    def _phrase(self, language: str, name: str) -> str:
        return self._live.engine.pack.phrases(language)[name]


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
        pack = self._live.engine.pack
        reply = Anniversaries(pack, subscription.language).on(_date(self._now(), subscription))
        buttons = off_button(pack.phrases(subscription.language)["daily_stop"])
        outcome = await self._mass.send(subscription.chat, subscription.thread, cut(reply.html)[0], buttons)
        if outcome.fate is Fate.LATER:
            again = self._now() + timedelta(seconds=outcome.wait)
            await self._store.take(subscription, again.timestamp())
        log.info("daily.sent", chat=subscription.chat, fate=outcome.fate.value)


def off_button(label: str) -> InlineKeyboardMarkup:
    """The button that ends a subscription in one tap."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data="daily:off")]])


def _data(name: str, minute: int) -> str:
    return f"daily:{name}:{minute}"


def _date(now: datetime, subscription: Subscription | None) -> date:
    """What day it is for a reader; without a subscription, in UTC."""
    there = zone(subscription.zone) if subscription else None
    return now.astimezone(there).date() if there else now.date()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
