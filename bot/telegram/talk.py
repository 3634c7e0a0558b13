"""From a question to the message that answers it: fetch the conversation, ask the engine, send the reply, keep it."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

import structlog
from telegram import Chat, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message, User
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated

from bot.clock import today
from bot.reply import Choice, Reply
from bot.storage import Answer, Conversation, Store, StoreError
from bot.telegram.calls import Buttons, Calls
from bot.telegram.delivery import current
from bot.telegram.keyboards import FIRST_PAGE, Turn
from bot.telegram.known import known
from bot.telegram.live import Live
from bot.telegram.pages import cut, page_of, plain
from bot.telegram.pictures import Pictures, Spot
from bot.telegram.tally import Tally
from bot.telegram.thoughts import Thought, Thoughts, buttons
from bot.telegram.words import language

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody said something: the message, by which person, in which chat and topic; their language if known."""

    chat: int
    private: bool
    thread: int | None
    message: int
    person: int
    language: str | None = None

    @classmethod
    def of(cls, message: MaybeInaccessibleMessage, person: User | Chat | None) -> Self:
        """The place of a message, one that is too old to be seen included."""
        thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
        speaks = language(person) if isinstance(person, User) else None
        number = person.id if person else 0
        return cls(message.chat.id, _private(message.chat), thread, message.message_id, number, speaks)

    @property
    def conversation(self) -> Conversation:
        return Conversation(self.chat, self.person, self.thread or 0)


class Talk:
    """Answers questions in chats."""

    def __init__(
        self,
        calls: Calls,
        live: Live,
        store: Store,
        pictures: Pictures,
        tally: Tally,
        clock: Callable[[], datetime.date] = today,
    ) -> None:
        self._calls = calls
        self._pictures = pictures
        self._store = store
        self._tally = tally
        self._clock = clock
        self._thoughts = Thoughts(live, pictures)
        self._thinking = asyncio.Lock()  # one at a time, and between two of them the event loop sees to all else

    async def answer(self, place: Place, question: str, *, pressed: bool = False) -> None:
        """Answer a question asked by the message, or by the button under it, that the update is about."""
        mark = self._tally.start()
        before = known.get().context
        asked = 0 if pressed else place.message  # a press is no message, so nothing that could be edited
        thought = await self._think(place, question, before)
        sent = await self._send(place, thought.page, thought.buttons)
        took = self._tally.answered(thought.kind, thought.intent, mark)
        log.info("answer.sent", kind=thought.kind, intent=thought.intent, milliseconds=round(took * 1000, 1))
        await self._keep(place, asked, thought.after, _answer(place, sent, asked, thought, before))
        await self._picture(place, sent, thought)
        if thought.kind == "unknown":
            await self._note(question)

    async def answer_again(self, place: Place, question: str, old: Answer) -> None:
        """A question was edited: edit its answer, as if it had been asked so from the start."""
        thought = await self._think(place, question, old.before)
        stands = await self._edit(place, old.message, thought.html, thought.buttons)
        # An older question does not turn the conversation back.
        context = thought.after if known.get().question == place.message else None
        await self._keep(place, place.message, context, _answer(place, stands, place.message, thought, old.before))
        await self._picture(place, stands, thought)

    async def say(self, place: Place, reply: Reply) -> None:
        """Send a reply that answers no question, so that it leaves the conversation alone."""
        answer = Answer(place.chat, 0, 0, reply.html, _pairs(reply.choices))
        sent = await self._send(place, page_of(reply.html, 0), _buttons(answer))
        await self._keep(place, 0, None, replace(answer, message=sent))

    async def tell(
        self, place: Place, html: str, buttons: InlineKeyboardMarkup | None = None, *, instead_of: int | None = None
    ) -> int:
        """Send something of which nothing is kept, or put it in place of a message of the bot's. Returns its id."""
        keys = buttons.to_dict() if buttons else None
        if instead_of is None:
            return await self._send(place, page_of(html, 0), keys)
        return await self._edit(place, instead_of, html, keys)

    async def turn(self, place: Place, answer: Answer, to: Turn) -> None:
        """Show another page of a long answer, or of one with what it rests on."""
        html = f"{answer.html}\n\n{answer.why}" if to.why and answer.why else answer.html
        page = min(to.page, len(cut(html)) - 1)
        await self._edit(place, answer.message, html, _buttons(answer, replace(to, page=page)), page)

    async def _think(self, place: Place, question: str, before: str) -> Thought:
        async with self._thinking:
            return self._thoughts.of(question, before, place.language, self._clock(), chosen=bool(known.get().language))

    async def _picture(self, place: Place, sent: int, thought: Thought) -> None:
        """Keep the picture of an answer, and show it to who asked for it. The answer has been given by then."""
        if thought.picture is None:
            return
        await self._pictures.keep(thought.picture)
        if thought.pictured:
            await self._pictures.show(Spot(place.chat, place.thread, sent), thought.picture)

    async def _keep(self, place: Place, asked: int, after: str | None, answer: Answer) -> None:
        """Keep what was said. The person has the answer already, so a failing database costs only the follow-up."""
        delivery = current.get()
        if delivery:
            delivery.answered = True
        number = delivery.number if delivery else None
        try:
            await self._store.remember(place.conversation, asked, after, answer, number)
        except StoreError as error:
            log.error("talk.not_kept", error=str(error), chat=place.chat)
        else:
            if delivery:
                delivery.finished = True

    async def _note(self, question: str) -> None:
        try:
            await self._store.unanswered(question)
        except StoreError as error:
            log.error("talk.not_noted", error=str(error))

    async def _send(self, place: Place, page: str, buttons: Buttons | None) -> int:
        """Send a page, in a group as a reply. Returns the id of the new message."""
        chat, thread = place.chat, place.thread
        reply_to = None if place.private else place.message
        for _ in range(3):
            try:
                return await self._calls.send(chat, page, buttons, thread=thread, reply_to=reply_to)
            except ChatMigrated as moved:
                chat, thread, reply_to = moved.new_chat_id, None, None
            except BadRequest as error:
                page = _without_markup(page, error)
        raise BadRequest("the message was refused again and again")

    async def _edit(self, place: Place, target: int, html: str, buttons: Buttons | None, number: int = 0) -> int:
        """Change a message of the bot's, or send it anew when it is gone. Returns the id of the one that now stands."""
        page = page_of(html, number)
        for _ in range(2):
            try:
                await self._calls.edit(place.chat, target, page, buttons)
            except BadRequest as error:
                if "not modified" in error.message:
                    return target
                if "to edit not found" in error.message or "can't be edited" in error.message:
                    return await self._send(place, page_of(html, 0), buttons)
                page = _without_markup(page, error)
            else:
                return target
        raise BadRequest("the edit was refused again and again")


def _private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE


def _without_markup(page: str, error: BadRequest) -> str:
    """The page's plain words, when Telegram could not read its markup. Any other error is raised again."""
    if "parse entities" not in error.message:
        raise error
    log.error("talk.bad_markup", error=error.message, html=page)
    return plain(page)


def _pairs(choices: Iterable[Choice]) -> tuple[tuple[str, str], ...]:
    return tuple((choice.label, choice.ask) for choice in choices)


def _answer(place: Place, message: int, asked: int, thought: Thought, before: str) -> Answer:
    """What is kept of an answer that was sent as a message."""
    return Answer(place.chat, message, asked, thought.html, thought.choices, before, thought.why, thought.intent)


def _buttons(answer: Answer, turn: Turn = FIRST_PAGE) -> Buttons | None:
    return buttons(answer.html, answer.choices, answer.why, turn)
