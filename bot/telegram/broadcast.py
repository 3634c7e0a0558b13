"""A message of an admin to all subscribers: looked at, confirmed, followed, stopped; never twice to the same chat.

How far it has come stands in the database. A process that dies leaves at most one chat of which nobody knows whether
the message came; that one is passed over, and whoever is there goes on with the others.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time

import structlog
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.storage import Broadcast, Store, StoreError
from bot.telegram.door import Door
from bot.telegram.handlers import acknowledge
from bot.telegram.live import Live
from bot.telegram.mass import Fate, Mass
from bot.telegram.talk import Place, Talk

log = structlog.get_logger(__name__)

PHRASES = {
    "cast_cancel": (),
    "cast_cancelled": (),
    "cast_done": ("sent", "all", "more"),
    "cast_failed": ("count",),
    "cast_gone": ("count",),
    "cast_nobody": (),
    "cast_passed": (),
    "cast_preview": ("count",),
    "cast_progress": ("sent", "all", "more"),
    "cast_send": ("count",),
    "cast_stop": (),
    "cast_stopped": ("sent", "all", "more"),
    "cast_usage": (),
}

LOOK_SECONDS = 5.0
PROGRESS_SECONDS = 2.0
MOST_WAIT_SECONDS = 10.0
"""A pause is shorter than the lease, or another process would take the broadcast over."""

_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")


class BroadcastFace:
    """The handlers of /broadcast."""

    def __init__(self, talk: Talk, live: Live, store: Store, sender: Sender) -> None:
        self._talk, self._live, self._store, self._sender = talk, live, store, sender

    def register(self, door: Door) -> None:
        """Add them."""
        door.command("broadcast", self.command)
        door.button("cast:", self.pressed)

    async def command(self, place: Place, message: Message) -> None:
        """Show the message as it would look, and ask whether to send it."""
        text = _COMMAND.sub("", message.text_html or "")
        count, words = await self._store.subscribers(), self._live.words(place.language)
        if not text or not count:
            await self._talk.tell(place, words.html("cast_usage" if count or not text else "cast_nobody"))
            return
        await self._talk.tell(place, text)
        id_ = secrets.token_hex(6)
        buttons = [
            InlineKeyboardButton(words.plain("cast_send", count=count), callback_data=f"cast:go:{id_}"),
            InlineKeyboardButton(words.plain("cast_cancel"), callback_data=f"cast:stop:{id_}"),
        ]
        preview = words.html("cast_preview", count=count)
        sent = await self._talk.tell(place, preview, InlineKeyboardMarkup([buttons]))
        await self._store.draft(Broadcast(id_, place.person, sent, text))

    async def pressed(self, place: Place, query: CallbackQuery, wish: str) -> None:
        """Send it, or send no more of it."""
        what, _, id_ = wish.partition(":")
        before = await self._store.broadcast(id_)
        begun = what == "go" and await self._store.launch(id_)
        stopped = what == "stop" and await self._store.halt(id_, "stopped")
        words = self._live.words(place.language)
        await acknowledge(query, None if begun or stopped else words.plain("cast_passed"))
        if begun:
            self._sender.wake()
        elif stopped and before:
            await self._sender.show(before, "cast_cancelled" if before.state == "draft" else "cast_stopped")


class Sender:
    """Sends the broadcasts that run."""

    def __init__(self, bot: Bot, mass: Mass, live: Live, store: Store) -> None:
        self._bot, self._mass, self._live, self._store = bot, mass, live, store
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Look and send until cancelled."""
        while True:
            self._woken.clear()
            try:
                while found := await self._store.adopt():
                    await self._send(found)
            except StoreError as error:
                log.error("broadcast.failed", error=str(error))
            except Exception:
                log.exception("broadcast.failed")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def show(self, broadcast: Broadcast, phrase: str) -> None:
        """Tell the admin how far it has come."""
        counts, words = await self._store.progress(broadcast.id), self._live.words()
        more = "".join(
            f", {words.plain(name, count=counts[state])}"
            for state, name in (("gone", "cast_gone"), ("failed", "cast_failed"))
            if counts.get(state)
        )
        text = words.html(phrase, sent=counts.get("sent", 0), all=sum(counts.values()), more=more)
        buttons = None
        if phrase == "cast_progress":
            stop = InlineKeyboardButton(words.plain("cast_stop"), callback_data=f"cast:stop:{broadcast.id}")
            buttons = InlineKeyboardMarkup([[stop]])
        try:
            await self._bot.edit_message_text(
                text, chat_id=broadcast.person, message_id=broadcast.message, reply_markup=buttons
            )
        except TelegramError as error:
            log.info("broadcast.not_shown", error=str(error))

    async def _send(self, broadcast: Broadcast) -> None:
        log.info("broadcast.begins", id=broadcast.id)
        shown = 0.0
        while recipient := await self._store.next_recipient(broadcast.id):
            if time.monotonic() - shown >= PROGRESS_SECONDS:
                await self.show(broadcast, "cast_progress")
                shown = time.monotonic()
            outcome = await self._mass.send(recipient.chat, recipient.thread, broadcast.html)
            await self._store.settle(recipient, "waiting" if outcome.fate is Fate.LATER else outcome.fate.value)
            await asyncio.sleep(min(outcome.wait, MOST_WAIT_SECONDS))
        done = await self._store.halt(broadcast.id, "done")
        await self.show(broadcast, "cast_done" if done else "cast_stopped")
        log.info("broadcast.ends", id=broadcast.id, done=done, **await self._store.progress(broadcast.id))
