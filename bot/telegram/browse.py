"""/browse: looking through members, meetings, documents and whatever else the pack lists, by buttons in one message.

Where one stands is in the buttons themselves: `b:` all topics, `b:people:2` the third page of one,
`b:people:2:9f86d081` a thing there (by a digest of its id). So they work after a restart, and say so when it is gone.
"""

from __future__ import annotations

import datetime
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.catalogue import Entry
from bot.reply import Choice
from bot.telegram.commands import place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.keyboards import ask_button, digest, number, rows_of, short, turning
from bot.telegram.live import Live
from bot.telegram.pages import cut
from bot.telegram.talk import Place, Talk

PHRASES = {
    "browse": (),
    "browse_back": (),
    "browse_topic": ("topic", "count"),
    "tell_about": ("thing",),
    "too_old": (),
}

PAGE_THINGS = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one stands: among all topics, on a page of one, or at a thing (its digest) of that page."""

    topic: str = ""
    page: int = 0
    thing: str = ""

    @property
    def data(self) -> str:
        """As a button carries it: 44 bytes at most."""
        if not self.topic:
            return "b:"
        return ":".join(filter(None, ("b", self.topic, str(self.page), self.thing)))

    @classmethod
    def read(cls, data: str) -> Spot | None:
        """What a button says; None for what no button says."""
        topic, _, rest = data.removeprefix("b:").partition(":")
        if not topic:
            return cls()
        page, _, thing = rest.partition(":")
        place = number(page)
        return None if place is None else cls(topic, place, thing)


@dataclass(frozen=True, slots=True)
class View:
    """What a message shows."""

    html: str
    buttons: InlineKeyboardMarkup


class Browse:
    """The handlers of /browse and of its buttons."""

    def __init__(self, live: Live, talk: Talk, clock: Callable[[], datetime.date]) -> None:
        self._live = live
        self._talk = talk
        self._clock = clock

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add them."""
        application.add_handler(CommandHandler("browse", self.browse, filters.UpdateType.MESSAGE))
        application.add_handler(CallbackQueryHandler(self.pressed, pattern=r"^b:"))

    async def browse(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show all topics, or the one named after the command."""
        message = update.effective_message
        if message:
            place = place_of(message)
            if not await self.open(place, " ".join(context.args or ())):
                await self.open(place, "")

    async def open(self, place: Place, topic: str) -> bool:
        """Show a topic in a new message, or all with "". Returns whether there is such a topic."""
        view = self._view(place, Spot(topic.strip().lower()))
        if view:
            await self._talk.tell(place, view.html, view.buttons)
        return view is not None

    async def pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show what a button says in place of what its message shows."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        place = Place.of(query.message, query.from_user)
        spot = Spot.read(query.data or "")
        view = self._view(place, spot) if spot else None
        if view is None:
            await acknowledge(query, self._live.words(place.language).plain("too_old"))
            return
        await acknowledge(query)
        await self._talk.tell(place, view.html, view.buttons, instead_of=place.message)

    def _view(self, place: Place, spot: Spot) -> View | None:
        topics = self._live.engine.topics(place.language)
        topic = next((one for one in topics if one.id == spot.topic), None)
        if not spot.topic:
            buttons = [InlineKeyboardButton(short(one.label), callback_data=Spot(one.id).data) for one in topics]
            return View(self._live.words(place.language).html("browse"), InlineKeyboardMarkup(rows_of(buttons)))
        if topic is None:
            return None
        things = self._live.engine.things(topic.id, today=self._clock(), lang=place.language)
        return self._card(place, spot, things) if spot.thing else self._page(place, spot, topic, things)

    def _page(self, place: Place, spot: Spot, topic: Entry, things: Sequence[Entry]) -> View:
        """A page of a topic, the last one for a number beyond it."""
        words = self._live.words(place.language)
        pages = max(1, -(-len(things) // PAGE_THINGS))
        page = min(spot.page, pages - 1)
        shown = things[page * PAGE_THINGS : (page + 1) * PAGE_THINGS]
        rows = rows_of(
            [
                InlineKeyboardButton(short(one.label), callback_data=Spot(topic.id, page, digest(one.id)).data)
                for one in shown
            ]
        )
        if pages > 1:
            rows.append(turning(f"b:{topic.id}:{{}}", page, pages))
        rows.append([InlineKeyboardButton(words.plain("browse_back"), callback_data=Spot().data)])
        return View(words.html("browse_topic", topic=topic.label, count=len(things)), InlineKeyboardMarkup(rows))

    def _card(self, place: Place, spot: Spot, things: Sequence[Entry]) -> View | None:
        """What is known of a thing, with questions that follow; None for one that is there no more."""
        engine, today, words = self._live.engine, self._clock(), self._live.words(place.language)
        thing = next((one for one in things if digest(one.id) == spot.thing), None)
        card = engine.card(thing.id, today=today, lang=place.language) if thing else None
        if thing is None:
            return None
        related: tuple[Choice, ...] = engine.related(*card, today=today, lang=place.language) if card else ()
        asks = [button for choice in related if (button := ask_button(choice.label, choice.ask))]
        back = InlineKeyboardButton(words.plain("browse_back"), callback_data=Spot(spot.topic, spot.page).data)
        text = card[0].html if card else f"<b>{html.escape(thing.label, quote=False)}</b>"
        return View(cut(text)[0], InlineKeyboardMarkup([*([ask] for ask in asks), [back]]))
