"""Pictures under answers: a button that stands for one, and the photo that pressing it sends.

`g:9f86d081884c7d65` shows the picture of that digest. The picture itself is kept in the database, with the id under
which Telegram has its file once it was sent, so a button works whatever became of the process and of the facts.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.metadata
import importlib.util
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from telegram import Bot, Message, ReplyParameters, Update
from telegram.constants import ChatAction, MessageLimit
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bot.picture import Picture
from bot.reply import Choice, Reply
from bot.storage import Store, StoreError
from bot.telegram.live import Live
from bot.telegram.pages import cut
from bot.telegram.words import Words, language

log = structlog.get_logger(__name__)

PHRASES = {"picture_button": (), "picture_drawing": (), "picture_failed": (), "too_old": ()}

DRAWINGS = 32
"""How many files are remembered, of some 50 kB each, for as long as Telegram has not taken them."""

CAPTION_UNITS = int(MessageLimit.CAPTION_LENGTH)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a picture goes: under which message, in which chat and topic."""

    chat: int
    thread: int | None
    message: int


class Drawings:
    """Pictures as files, drawn off the event loop. `font` is one for characters that the usual one lacks."""

    def __init__(self, font: Path | None = None) -> None:
        self._font = font
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()  # answers need the processor more

    @property
    def style(self) -> str:
        """How they are drawn: what was sent in another style is not sent again."""
        return _style(self._font)

    async def png(self, digest: str, picture: Picture) -> bytes:
        """The file of a picture."""
        async with self._one_at_a_time:
            if digest not in self._files:
                self._files[digest] = await asyncio.to_thread(_draw, picture, self._font)
                while len(self._files) > DRAWINGS:
                    self._files.popitem(last=False)
            return self._files[digest]


class Pictures:
    """Offers, keeps and sends the pictures of answers. A picture that fails is logged and costs nothing else."""

    def __init__(self, bot: Bot, live: Live, store: Store, drawings: Drawings) -> None:
        self._bot = bot
        self._live = live
        self._store = store
        self._drawings = drawings

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handler of the button. The one for all other buttons comes after it."""
        application.add_handler(CallbackQueryHandler(self.pressed, r"^g:[0-9a-f]{16}$"))

    def offered(self, reply: Reply, words: Words) -> tuple[Choice, ...]:
        """A button for the picture of a reply, if it has one that does not come anyway."""
        if reply.picture is None or reply.pictured:
            return ()
        return (Choice(words.plain("picture_button"), f"g:{reply.picture.digest}"),)

    async def keep(self, picture: Picture) -> None:
        """Keep what the button stands for."""
        try:
            await self._store.keep_picture(picture.digest, picture.to_json())
        except StoreError as error:
            log.error("pictures.not_kept", error=str(error))

    async def pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Send the picture that a button stands for, as a reply to the answer."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        digest, words = (query.data or "").removeprefix("g:"), self._live.words(language(query.from_user))
        kept = await self._store.picture(digest)
        picture = Picture.from_json(kept.picture) if kept else None
        with contextlib.suppress(BadRequest):  # a press that waited too long can no longer be answered
            await query.answer(words.plain("picture_drawing" if picture else "too_old"))
        if picture is None:
            return
        message = query.message
        thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
        spot = Spot(message.chat.id, thread, message.message_id)
        if not await self.show(spot, picture):
            with contextlib.suppress(TelegramError):
                await self._bot.send_message(
                    spot.chat,
                    words.html("picture_failed"),
                    message_thread_id=thread,
                    reply_parameters=_to(spot),
                )

    async def show(self, spot: Spot, picture: Picture) -> bool:
        """Send a picture: the file that Telegram has already, or else one that is drawn now. Whether it went well."""
        try:
            if not await self._again(spot, picture):
                await self._anew(spot, picture)
        except Exception:  # whatever is wrong with a picture, the answer has been given
            log.exception("pictures.not_shown", picture=picture.digest, chat=spot.chat)
            return False
        return True

    async def file_of(self, picture: Picture) -> str | None:
        """Telegram's id of the file of a picture, if it was sent before as it would be drawn now."""
        try:
            kept = await self._store.picture(picture.digest)
        except StoreError as error:
            log.warning("pictures.not_looked_up", error=str(error))
            return None
        return kept.file or None if kept and kept.style == self._drawings.style else None

    async def _again(self, spot: Spot, picture: Picture) -> bool:
        file = await self.file_of(picture)
        if file is None:
            return False
        try:
            await self._send(spot, picture, file)
        except BadRequest as error:  # as when the file is another bot's
            log.warning("pictures.file_refused", error=error.message)
            return False
        return True

    async def _anew(self, spot: Spot, picture: Picture) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.send_chat_action(spot.chat, ChatAction.UPLOAD_PHOTO, message_thread_id=spot.thread)
        file = await self._drawings.png(picture.digest, picture)
        sent = await self._send(spot, picture, file)
        await self._store.uploaded(picture.digest, self._drawings.style, sent.photo[-1].file_id)

    async def _send(self, spot: Spot, picture: Picture, file: str | bytes) -> Message:
        caption, to = cut(picture.caption, CAPTION_UNITS)[0], _to(spot)
        try:
            return await self._bot.send_photo(
                spot.chat, file, caption, message_thread_id=spot.thread, reply_parameters=to, filename="chart.png"
            )
        except ChatMigrated as moved:
            return await self._bot.send_photo(moved.new_chat_id, file, caption, filename="chart.png")


def _to(spot: Spot) -> ReplyParameters:
    return ReplyParameters(spot.message, allow_sending_without_reply=True)


def _draw(picture: Picture, font: Path | None) -> bytes:
    from bot.answers.charts import draw  # half a second and 40 MB, for those only who want to look

    return draw(picture, font)


@cache
def _style(font: Path | None) -> str:
    found = importlib.util.find_spec("bot.answers.charts")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("bot.answers.charts")
    parts = (Path(found.origin).read_text("utf-8"), importlib.metadata.version("matplotlib"), str(font or ""))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
