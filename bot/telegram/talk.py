"""From a question to the message that answers it: fetch the conversation, ask the engine, send the reply, keep it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import structlog
from telegram import Bot, Chat, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message, ReplyParameters
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated

from bot.dialogue import Context
from bot.reply import Reply
from bot.storage import Answer, Conversation, Store, StoreError
from bot.telegram.keyboards import keyboard
from bot.telegram.live import Live
from bot.telegram.pages import cut, plain
from bot.telegram.pictures import Pictures, Spot
from bot.telegram.tally import Tally

log = structlog.get_logger(__name__)


def today() -> datetime.date:
    """The day that "now" and "last year" count from: everybody's, so the one of UTC."""
    return datetime.datetime.now(datetime.UTC).date()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody said something: the message, by which person, in which chat and topic."""

    chat: int
    private: bool
    thread: int | None
    message: int
    person: int

    @classmethod
    def of(cls, message: MaybeInaccessibleMessage, person: int) -> Self:
        """The place of a message, one that is too old to be seen included."""
        thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
        return cls(message.chat.id, _private(message.chat), thread, message.message_id, person)

    @property
    def conversation(self) -> Conversation:
        return Conversation(self.chat, self.person, self.thread or 0)


class Talk:
    """Answers questions in chats."""

    def __init__(
        self,
        bot: Bot,
        live: Live,
        store: Store,
        pictures: Pictures,
        tally: Tally,
        clock: Callable[[], datetime.date] = today,
    ) -> None:
        self._bot = bot
        self._pictures = pictures
        self._live = live
        self._store = store
        self._tally = tally
        self._clock = clock

    async def answer(self, place: Place, question: str, *, pressed: bool = False) -> None:
        """Answer a question asked by a message, or by a button that was pressed under it."""
        mark = self._tally.start()
        before, _ = await self._store.conversation(place.conversation)
        reply, after = self._think(question, before)
        sent = await self._send(place, reply.html, _buttons(reply))
        self._tally.answered(reply.kind, mark)
        asked = 0 if pressed else place.message  # a press is no message, so nothing that could be edited
        await self._keep(place, asked, after, _answer(place, sent, asked, reply, before))
        await self._picture(place, sent, reply)
        if reply.kind == "unknown":
            await self._note(question)

    async def answer_again(self, place: Place, question: str, old: Answer) -> None:
        """A question was edited: edit its answer, as if it had been asked so from the start."""
        reply, after = self._think(question, old.before)
        stands = await self._edit(place, old.message, reply.html, _buttons(reply))
        _, latest = await self._store.conversation(place.conversation)
        context = after if latest == place.message else None  # an older question does not turn the conversation back
        await self._keep(place, place.message, context, _answer(place, stands, place.message, reply, old.before))
        await self._picture(place, stands, reply)

    async def say(self, place: Place, reply: Reply) -> None:
        """Send a reply that answers no question, so that it leaves the conversation alone."""
        sent = await self._send(place, reply.html, _buttons(reply))
        await self._keep(place, 0, None, _answer(place, sent, 0, reply, ""))

    async def tell(self, place: Place, html: str, buttons: InlineKeyboardMarkup | None = None) -> int:
        """Send something of which nothing is kept. Returns the id of the message."""
        return await self._send(place, html, buttons)

    async def turn(self, place: Place, answer: Answer, page: int) -> None:
        """Show another page of a long answer."""
        pages = cut(answer.html)
        page = min(page, len(pages) - 1)
        await self._edit(place, answer.message, answer.html, keyboard(answer.choices, page, len(pages)), page)

    def _think(self, question: str, before: str) -> tuple[Reply, str]:
        reply, after = self._live.engine.answer(question, Context.from_json(before), today=self._clock())
        return self._pictures.offered(reply), after.to_json()

    async def _picture(self, place: Place, sent: int, reply: Reply) -> None:
        """Keep the picture of an answer, and show it to who asked for it. The answer has been given by then."""
        await self._pictures.keep(reply)
        if reply.picture and reply.pictured:
            await self._pictures.show(Spot(place.chat, place.thread, sent), reply.picture)

    async def _keep(self, place: Place, asked: int, after: str | None, answer: Answer) -> None:
        """Keep what was said. The person has the answer already, so a failing database costs only the follow-up."""
        try:
            await self._store.remember(place.conversation, asked, after, answer)
        except StoreError as error:
            log.error("talk.not_kept", error=str(error), chat=place.chat)

    async def _note(self, question: str) -> None:
        try:
            await self._store.unanswered(question)
        except StoreError as error:
            log.error("talk.not_noted", error=str(error))

    async def _send(self, place: Place, html: str, buttons: InlineKeyboardMarkup | None) -> int:
        """Send the first page, in a group as a reply. Returns the id of the new message."""
        chat, thread, page = place.chat, place.thread, _page(html, 0)
        reply = None if place.private else ReplyParameters(place.message, allow_sending_without_reply=True)
        for _ in range(3):
            try:
                sent = await self._bot.send_message(
                    chat, page, message_thread_id=thread, reply_parameters=reply, reply_markup=buttons
                )
            except ChatMigrated as moved:
                chat, thread, reply = moved.new_chat_id, None, None
            except BadRequest as error:
                page = _without_markup(page, error)
            else:
                return sent.message_id
        raise BadRequest("the message was refused again and again")

    async def _edit(
        self, place: Place, target: int, html: str, buttons: InlineKeyboardMarkup | None, number: int = 0
    ) -> int:
        """Change a message of the bot's, or send it anew when it is gone. Returns the id of the one that now stands."""
        page = _page(html, number)
        for _ in range(2):
            try:
                await self._bot.edit_message_text(page, chat_id=place.chat, message_id=target, reply_markup=buttons)
            except BadRequest as error:
                if "not modified" in error.message:
                    return target
                if "to edit not found" in error.message or "can't be edited" in error.message:
                    return await self._send(place, html, buttons)
                page = _without_markup(page, error)
            else:
                return target
        raise BadRequest("the edit was refused again and again")


def _private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE


def _page(html: str, number: int) -> str:
    """One page of an answer. A message cannot be empty."""
    return (cut(html) or ["…"])[number]


def _without_markup(page: str, error: BadRequest) -> str:
    """The page's plain words, when Telegram could not read its markup. Any other error is raised again."""
    if "parse entities" not in error.message:
        raise error
    log.error("talk.bad_markup", error=error.message, html=page)
    return plain(page)


def _choices(reply: Reply) -> tuple[tuple[str, str], ...]:
    return tuple((choice.label, choice.ask) for choice in reply.choices)


def _buttons(reply: Reply) -> InlineKeyboardMarkup | None:
    return keyboard(_choices(reply), 0, len(cut(reply.html)))


def _answer(place: Place, sent: int, asked: int, reply: Reply, before: str) -> Answer:
    return Answer(place.chat, sent, asked, reply.html, _choices(reply), before)
