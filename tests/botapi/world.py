"""People, chats and messages: what the server remembers, and the events that a person would have seen."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from .wire import ApiError, Json, bad_request

T = TypeVar("T")
HERE = {"creator", "administrator", "member", "restricted"}


class Signal:
    """Wakes whoever waits for something to change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """What `look` finds, as soon as it finds something; None after `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (found := look()) is None:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._event.wait()
            except TimeoutError:
                return None
        return found


@dataclass
class Chat:
    """A private chat, whose id is the person's, or a group."""

    id: int
    type: str
    name: str
    username: str | None = None
    is_forum: bool = False
    bot_status: str = "member"  # "left" where the bot cannot write: blocked by the person, or removed from the group
    started: bool = True  # a person has to write first
    migrated_to: int | None = None
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    reply_keyboard: Json | None = None

    @property
    def owner(self) -> int:
        return next(user for user, status in self.members.items() if status == "creator")

    def brief(self) -> Json:
        """As the Chat of a message."""
        chat: Json = {"id": self.id, "type": self.type}
        chat["first_name" if self.type == "private" else "title"] = self.name
        return (
            chat
            | ({"username": self.username} if self.username else {})
            | ({"is_forum": True} if self.is_forum else {})
        )


@dataclass
class Poll:
    """A poll in a message; `body` is the Poll object, shared with the message."""

    body: Json
    chat: Chat
    message_id: int
    votes: dict[int, list[int]] = field(default_factory=dict)


@dataclass
class Query:
    """A pressed button or an inline query that waits for the bot's answer."""

    id: str
    user: Json
    expires_at: float
    answer: Json | None = None


@dataclass
class File:
    id: str
    path: str
    name: str
    content: bytes

    def fields(self) -> Json:
        return {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.content)}


class World:
    def __init__(self, bot: Json) -> None:
        self.bot = bot
        self.people: dict[int, Json] = {bot["id"]: bot}
        self.chats: dict[int, Chat] = {}
        self.polls: dict[str, Poll] = {}
        self.queries: dict[str, Query] = {}
        self.inline_messages: dict[str, Json] = {}
        self.files: dict[str, File] = {}
        self.events: list[Json] = []
        self.events_in: defaultdict[int | None, list[Json]] = defaultdict(list)  # by chat
        self.changed = Signal()
        self._counters: dict[str, int] = {}

    def count(self, name: str, start: int = 1) -> int:
        """1, 2, 3 ... of a name."""
        self._counters[name] = self._counters.get(name, start - 1) + 1
        return self._counters[name]

    def event(self, kind: str, chat_id: int | None, **fields: object) -> None:
        """Something that the bot did and people can see."""
        self.events.append({"number": len(self.events) + 1, "kind": kind, "chat_id": chat_id, **fields})
        self.events_in[chat_id].append(self.events[-1])
        self.changed.fire()

    def add_person(self, first_name: str, **fields: object) -> Json:
        number = int(str(fields.pop("id", None) or self.count("person", 1001)))
        person: Json = {"id": number, "is_bot": False, "first_name": first_name}
        person |= {key: value for key, value in fields.items() if value}
        self.people[number] = person
        self.chats[number] = Chat(number, "private", first_name, person.get("username"), started=False)
        return person

    def add_group(self, title: str, kind: str, is_forum: bool, members: list[int], bot_status: str) -> Chat:
        number = self.count("group")
        chat_id = -number if kind == "group" else -1_001_000_000_000 - number
        roles = {user: "creator" if user == members[0] else "member" for user in members}
        chat = Chat(chat_id, kind, title, is_forum=is_forum, members=roles | {self.bot["id"]: bot_status})
        chat.bot_status = bot_status
        self.chats[chat.id] = chat
        return chat

    def chat(self, reference: int | str) -> Chat:
        """The chat of an id; no chat here has an @username of its own."""
        try:
            return self.chats[int(reference)]
        except (KeyError, ValueError):
            raise bad_request("chat not found") from None

    def writable(self, reference: int | str) -> Chat:
        """A chat that the bot may write to; else the error that Telegram gives."""
        chat = self.chat(reference)
        if chat.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, migrate_to_chat_id=chat.migrated_to)
        if not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.bot_status not in HERE:
            private = chat.type == "private"
            how = "blocked by the user" if private else f"kicked from the {chat.type} chat"
            raise ApiError(403, f"Forbidden: bot was {how}")
        return chat

    def add_message(self, chat: Chat, sender: Json, content: Json, thread: int | None = None) -> Json:
        """A new message in a chat; ids are counted by supergroup, and by bot everywhere else, as Telegram does."""
        number = self.count(f"messages of {chat.id}" if chat.type == "supergroup" else "messages")
        message: Json = {"message_id": number, "from": sender, "chat": chat.brief(), "date": int(time.time())}
        if thread:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        chat.messages[number] = message | content
        return chat.messages[number]

    def add_topic(self, chat: Chat, name: str, creator: Json) -> Json:
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self.add_message(chat, creator, created)
        message |= {"message_thread_id": message["message_id"], "is_topic_message": True}
        chat.topics[message["message_id"]] = name
        return message

    def add_file(self, name: str, content: bytes, folder: str) -> File:
        number = self.count("file")
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        file = File(f"file{number:08}", f"{folder}/file_{number}.{suffix}", name, content)
        self.files[file.id] = file
        return file

    def add_query(self, user: Json, seconds: float) -> Query:
        query = Query(str(self.count("query", 10**15)), user, time.monotonic() + seconds)
        self.queries[query.id] = query
        return query

    def answer_query(self, query_id: str, answer: Json) -> None:
        query = self.queries.get(query_id)
        if query is None or time.monotonic() > query.expires_at:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        query.answer = answer
        self.changed.fire()

    def member(self, chat: Chat, user_id: int) -> Json:
        """ChatMember, whose fields depend on the status."""
        user = self.people.get(user_id)
        if user is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        status = chat.members.get(user_id, "left")
        if chat.type == "private":
            status = chat.bot_status if user_id == self.bot["id"] else "member"
        member: Json = {"status": status, "user": user}
        if status == "administrator":
            return (
                member | {"can_be_edited": False} | dict.fromkeys(ADMINISTRATOR_RIGHTS, True) | {"is_anonymous": False}
            )
        if status == "creator":
            return member | {"is_anonymous": False}
        return member | ({"until_date": 0} if status == "kicked" else {})


ADMINISTRATOR_RIGHTS = (
    *("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_change_info"),
    *("can_promote_members", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories"),
    *("can_pin_messages", "can_manage_topics", "can_send_welcome_messages"),
)
