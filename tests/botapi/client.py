"""What tests import: a Telegram that runs, and people who write to the bot.

async with Telegram.started() as telegram:       # telegram.url is BOT_API_URL, telegram.token is BOT_TOKEN
    alice = await telegram.person("Alice", language="en")
    await alice.says("who were observers in 2005?")
    reply = await alice.hears()
    assert "Mongolia" in reply.text
    await alice.presses("How do you know?")
"""

import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from .markup import piece

Json = dict[str, Any]
PATIENCE = 60.0  # seconds; a reload on a machine with other work takes longer than an answer
TOKEN = "42:TEST"


class NothingCameError(AssertionError):
    """The bot did not do in time what a person waited for."""


@dataclass(frozen=True)
class Message:
    """A message of the bot, as a person sees it; `raw` is the Bot API's object."""

    raw: Json

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def entities(self) -> list[Json]:
        return list(self.raw.get("entities") or self.raw.get("caption_entities") or [])

    @property
    def rows(self) -> list[list[str]]:
        """Labels of the buttons under it, row by row."""
        keyboard = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in keyboard]

    @property
    def buttons(self) -> list[str]:
        return [label for row in self.rows for label in row]

    def parts(self, kind: str) -> list[str]:
        """The parts of the text with one kind of entity: `parts("bold")`."""
        return [piece(self.text, entity) for entity in self.entities if entity["type"] == kind]


@contextmanager
def server(*options: str, token: str = TOKEN) -> Iterator[str]:
    """The address of a server that is a process of its own on a free port; many tests may share one."""
    command = [sys.executable, "-m", "tests.botapi", "--port", "0", "--token", token, "--until-eof", *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url, "the Bot API server did not start"
        yield url  # and then closing its standard input ends it


class Telegram:
    """The control interface of a running server."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url, self.token, self._session = url, token, session

    @staticmethod
    @asynccontextmanager
    async def started(*options: str, token: str = TOKEN) -> "AsyncIterator[Telegram]":
        """A server of one's own; options as of `python -m tests.botapi --help`."""
        with server(*options, token=token) as url:
            async with Telegram.at(url, token) as telegram:
                yield telegram

    @staticmethod
    @asynccontextmanager
    async def at(url: str, token: str = TOKEN) -> "AsyncIterator[Telegram]":
        """A server that runs already."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), connector=connector) as session:
            yield Telegram(url, token, session)

    @property
    def bot_url(self) -> str:
        """What python-telegram-bot calls `base_url`, with the token already in it."""
        return f"{self.url}/bot{self.token}"

    async def control(self, command: str, **body: Any) -> Json:
        """A command of tests.botapi.control; what is None is left out."""
        body = {key: value for key, value in body.items() if value is not None}
        async with self._session.post(f"{self.url}/control/{command}", json=body) as answer:
            result: Json = await answer.json()
        if "error" in result:
            raise ValueError(f"{command}: {result['error']}")
        return result

    async def person(self, first_name: str = "Alice", *, language: str | None = None, **fields: Any) -> "Person":
        user = await self.control("person", first_name=first_name, language_code=language, **fields)
        return Person(self, user, user["id"])

    async def group(self, title: str, *members: "Person", **fields: Any) -> int:
        """The id of a new group; fields: type, is_forum, bot."""
        chat = await self.control("group", title=title, members=[member.id for member in members], **fields)
        return int(chat["id"])

    async def calls(self, method: str = "", after: int = 0) -> list[Json]:
        return list((await self.control("calls", method=method, after=after))["calls"])

    async def fails(self, method: str, kind: str, **fields: Any) -> None:
        """One more rule: calls of `method` go wrong. Fields: tests.botapi.faults.Fault."""
        rules = (await self.control("faults"))["rules"]
        await self.control("faults", rules=[*rules, {"method": method, "kind": kind, **fields}])

    async def recovers(self) -> None:
        """No more faults."""
        await self.control("faults", rules=[])

    async def polls_too(self, seconds: int) -> None:
        """Asks for updates as another bot with the same token would, and confirms none."""
        async with self._session.get(f"{self.bot_url}/getUpdates", params={"timeout": str(seconds)}) as answer:
            await answer.read()

    async def is_polled(self, seconds: float = PATIENCE) -> None:
        """Returns when a bot has come for updates, by polling or with a webhook."""
        if not (await self.control("awaited", timeout=seconds))["method"]:
            raise NothingCameError(f"no bot came for updates within {seconds} seconds")


@dataclass
class Person:
    """Somebody in a chat: their own with the bot, or a group's, or a topic of it."""

    telegram: Telegram
    user: Json
    chat: int
    thread: int | None = None
    _heard: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def inside(self, chat: int, thread: int | None = None) -> "Person":
        """The same person in a group or a topic."""
        return Person(self.telegram, self.user, chat, thread)

    async def says(self, text: str, reply_to: int | None = None, **fields: Any) -> Json:
        """Writes; the answer has the `message`, and the `update_id` or None where privacy mode hides it."""
        place = {"user": self.id, "chat": self.chat, "thread": self.thread}
        return await self.telegram.control("say", **place, text=text, reply_to=reply_to, **fields)

    async def sends(self, name: str, content: bytes, caption: str = "") -> Json:
        """Sends a document."""
        return await self.says(caption, document={"name": name, "content": base64.b64encode(content).decode()})

    async def opens(self, link: str) -> Json:
        """Follows a t.me link to the bot, and presses Start."""
        return await self.telegram.control("open", user=self.id, link=link)

    async def edits(self, message_id: int, text: str) -> Json:
        return await self.telegram.control("edit", user=self.id, chat=self.chat, message_id=message_id, text=text)

    async def sees(self, kind: str, seconds: float = PATIENCE) -> Json:
        """The next event of a kind in this chat: sent, edited, deleted, reaction, action, or any."""
        after = self._heard.get(kind, 0)
        found = await self.telegram.control("next", chat=self.chat, after=after, kind=kind, timeout=seconds)
        event: Json | None = found["event"]
        if event is None:
            name = self.user["first_name"]
            raise NothingCameError(f"the bot did nothing ({kind}) within {seconds} seconds in the chat of {name}")
        self._heard[kind] = event["number"]
        return event

    async def hears(self, seconds: float = PATIENCE) -> Message:
        """The next message from the bot in this chat."""
        return Message((await self.sees("sent", seconds))["message"])

    async def hears_edit(self, seconds: float = PATIENCE) -> Message:
        """The next message that the bot changed."""
        return Message((await self.sees("edited", seconds))["message"])

    async def hears_nothing(self, seconds: float = 0.5) -> None:
        """Fails when the bot writes within so many seconds."""
        try:
            message = await self.hears(seconds)
        except NothingCameError:
            return
        raise AssertionError(f"the bot wrote: {message.text}")

    async def asks(self, text: str, seconds: float = PATIENCE) -> Message:
        """Says it, and hears the next message."""
        await self.says(text)
        return await self.hears(seconds)

    async def presses(
        self, label: str, message: Message | None = None, seconds: float = PATIENCE, **fields: Any
    ) -> Json:
        """A button, of the newest message with such a one unless told; the bot's answer to it, which there has to be.

        A button that is a link, or asks for an inline query, is returned itself. On a reply keyboard, it is said.
        """
        if label in _labels((await self.content())["reply_keyboard"]):
            return await self.says(label)
        where = {"user": self.id, "chat": self.chat, "message_id": message.id if message else None}
        pressed = await self.telegram.control("press", **where, label=label, wait=seconds, **fields)
        button: Json = pressed["button"]
        if "callback_data" not in button:
            return button
        if pressed["answer"] is None:
            raise NothingCameError(f"the button {label!r} was not answered within {seconds} seconds")
        return dict(pressed["answer"])

    async def searches(self, query: str, seconds: float = PATIENCE, **fields: Any) -> list[Json]:
        """Results of an inline query; `message` in each is what choosing it would send."""
        return list((await self.searches_for(query, seconds, **fields))["answer"]["results"])

    async def searches_for(self, query: str, seconds: float = PATIENCE, **fields: Any) -> Json:
        """An inline query: `query_id`, and `answer` as answerInlineQuery gave it."""
        found = await self.telegram.control("inline", user=self.id, query=query, wait=seconds, **fields)
        if found["answer"] is None:
            raise NothingCameError(f"the inline query {query!r} was not answered within {seconds} seconds")
        return found

    async def sends_result(self, query_id: str, result_id: str) -> Json:
        """Sends one of the results in this chat; the message."""
        where = {"user": self.id, "chat": self.chat, "query_id": query_id, "result_id": result_id}
        return dict((await self.telegram.control("choose", **where))["message"])

    async def votes(self, message: Message, *options: int) -> Json:
        return await self.telegram.control("vote", user=self.id, poll=message.raw["poll"]["id"], options=options)

    async def reacts(self, message: Message, emoji: str) -> Json:
        where = {"user": self.id, "chat": self.chat, "message_id": message.id}
        return await self.telegram.control("react", **where, emoji=emoji)

    async def blocks(self, blocked: bool = True) -> None:
        await self.telegram.control("block", user=self.id, blocked=blocked)

    async def messages(self) -> list[Message]:
        """All that is in the chat now."""
        return [Message(raw) for raw in (await self.content())["messages"]]

    async def content(self) -> Json:
        """The chat as it is: `messages`, `reply_keyboard`, `topics`."""
        return await self.telegram.control("chat", chat=self.chat)


def _labels(reply_keyboard: Json | None) -> list[str]:
    """Buttons of a reply keyboard, which may be written as their texts alone."""
    rows = (reply_keyboard or {}).get("keyboard", [])
    return [button["text"] if isinstance(button, dict) else button for row in rows for button in row]
