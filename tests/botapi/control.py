"""How a test acts as people and looks at what the bot did: JSON over HTTP under /control/<name>.

Every command takes one JSON object (or a query) and answers one; a mistake is answered 400 `{"error": ...}`.
"""

import base64
import dataclasses
import inspect
import mimetypes
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from .api import Api
from .faults import Fault
from .markup import detect, piece, utf16
from .messages import EMOJI, MAX_TEXT, document, photo_sizes
from .polls import vote as cast_vote
from .profile import commands_seen, get_chat_menu_button
from .wire import Json, Parameters, Upload
from .world import Chat, Query

Command = Callable[[Api, Json], Any]

F = TypeVar("F", bound=Command)

COMMANDS: dict[str, Command] = {}
MAX_INLINE_QUERY = 256
UPDATE_METHODS = ("getupdates", "setwebhook")


class MistakeError(Exception):
    """The test asked for what cannot be."""


def command(function: F) -> F:
    COMMANDS[function.__name__.strip("_")] = function
    return function


async def run(api: Api, name: str, body: Json) -> Json:
    function = COMMANDS.get(name)
    if function is None:
        raise MistakeError(f"no such command: {name}; there are {', '.join(sorted(COMMANDS))}")
    result = function(api, body)
    answer: Json = await result if inspect.isawaitable(result) else result
    return answer


# People and places


@command
def person(api: Api, body: Json) -> Json:
    """{first_name, id?, username?, language_code?, started?} A person; the bot may write to those who wrote first."""
    started = bool(body.pop("started", False))
    user = api.world.add_person(**body)
    api.world.chats[user["id"]].started = started
    return user


@command
def group(api: Api, body: Json) -> Json:
    """{title, members: [id], type?, is_forum?, bot?} A group; its first member owns it, `bot` is the bot's status."""
    kind, members = body.get("type", "supergroup"), [int(user) for user in body["members"]]
    chat = api.world.add_group(body["title"], kind, bool(body.get("is_forum")), members, body.get("bot", "member"))
    _tell_membership(api, chat, api.world.people[members[0]], "left")
    return chat.brief()


@command
def topic(api: Api, body: Json) -> Json:
    """{chat, name, user} A topic of a forum; the answer's message_thread_id is its number."""
    chat = _chat(api, body)
    message = api.world.add_topic(chat, body["name"], _user(api, body))
    api.updates.add("message", message, ("chat", chat.id))
    return message


@command
def member(api: Api, body: Json) -> Json:
    """{chat, status, user?} A person's status in a group, or the bot's when there is no user."""
    chat = _chat(api, body)
    if "user" not in body:
        old, chat.bot_status = chat.bot_status, body["status"]
        chat.members[api.world.bot["id"]] = chat.bot_status
        return {"update_id": _tell_membership(api, chat, api.world.people[chat.owner], old)}
    before = api.world.member(chat, int(body["user"]))
    chat.members[int(body["user"])] = body["status"]
    changed = _membership(chat, _user(api, body), before, api.world.member(chat, int(body["user"])))
    return {"update_id": api.updates.add("chat_member", changed, ("member", chat.id))}


@command
def block(api: Api, body: Json) -> Json:
    """{user, blocked?} The person blocks the bot, or unblocks it."""
    chat = api.world.chats[int(body["user"])]
    old, chat.bot_status = chat.bot_status, "kicked" if body.get("blocked", True) else "member"
    return {"update_id": _tell_membership(api, chat, _user(api, body), old)}


@command
def migrate(api: Api, body: Json) -> Json:
    """{chat} A group becomes a supergroup, with a new id."""
    old = _chat(api, body)
    new = api.world.add_group(old.name, "supergroup", False, list(old.members), old.bot_status)
    new.members, old.migrated_to = old.members, new.id
    for chat, fields in ((old, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": old.id})):
        message = api.world.add_message(chat, api.world.people[old.owner], fields)
        api.updates.add("message", message, ("chat", chat.id))
    return new.brief()


def _tell_membership(api: Api, chat: Chat, by: Json, old_status: str) -> int | None:
    new = api.world.member(chat, api.world.bot["id"])
    old = {"status": old_status, "user": api.world.bot} | ({"until_date": 0} if old_status == "kicked" else {})
    return api.updates.add("my_chat_member", _membership(chat, by, old, new), ("member", chat.id))


def _membership(chat: Chat, by: Json, old: Json, new: Json) -> Json:
    return {"chat": chat.brief(), "from": by, "date": int(time.time()), "old_chat_member": old, "new_chat_member": new}


def _user(api: Api, body: Json) -> Json:
    return api.world.people[int(body["user"])]


def _chat(api: Api, body: Json) -> Chat:
    """The chat meant; a person's own with the bot when none is."""
    return api.world.chat(body.get("chat") or body["user"])


# What people do


@command
def say(api: Api, body: Json) -> Json:
    """{user, text, chat?, thread?, reply_to?, quote?, sender?, document? | photo?: {name, content (base64)}}

    `quote` is the part of the message replied to that the reply is about. `sender` is who is seen in place of the
    person: "group" for an anonymous admin, "channel" for one who writes as a channel, "post" for what the group's
    channel posted. `update_id` is null where privacy mode keeps a group's message from the bot.
    """
    chat, user, text = _chat(api, body), _user(api, body), str(body.get("text", ""))
    if utf16(text) > MAX_TEXT:
        raise MistakeError("a person cannot send more than 4096 units at once")
    content, thread = _said(api, body, text), body.get("thread")
    if body.get("reply_to"):
        replied = chat.messages[int(body["reply_to"])]
        content["reply_to_message"] = {key: value for key, value in replied.items() if key != "reply_to_message"}
        thread = thread or replied.get("message_thread_id")
        if body.get("quote"):
            content["quote"] = {"text": body["quote"], "position": utf16(replied["text"].partition(body["quote"])[0])}
    if thread and thread not in chat.topics:
        raise MistakeError(f"{chat.name} has no topic {thread}")
    if thread and "reply_to_message" not in content:  # a message to nobody in a topic is a reply to its opening
        content["reply_to_message"] = chat.messages[thread]
    chat.started = True
    user, seen = _seen_as(api, chat, user, body.get("sender"))
    message = api.world.add_message(chat, user, content | seen, thread)
    heard = _heard(api, chat, message)
    return {"message": message, "update_id": api.updates.add("message", message, ("chat", chat.id)) if heard else None}


def _seen_as(api: Api, chat: Chat, user: Json, sender: str | None) -> tuple[Json, Json]:
    """Who a message is from, for bots, and the fields that say more (core.telegram.org/bots/api#message)."""
    channel = {"id": chat.id - 1, "type": "channel", "title": f"Channel of {chat.name}"}
    if sender == "group":
        return _bot(1087968824, "Group", "GroupAnonymousBot"), {"sender_chat": chat.brief()}
    if sender == "channel":
        return _bot(136817688, "Channel", "Channel_Bot"), {"sender_chat": channel}
    if sender == "post":
        origin = {"type": "channel", "date": int(time.time()), "chat": channel, "message_id": 1}
        return {"id": 777000, "is_bot": False, "first_name": "Telegram"}, {
            "sender_chat": channel,
            "is_automatic_forward": True,
            "forward_origin": origin,
        }
    return user, {}


def _bot(number: int, name: str, username: str) -> Json:
    return {"id": number, "is_bot": True, "first_name": name, "username": username}


def _said(api: Api, body: Json, text: str) -> Json:
    entities = detect(text, [])
    for kind in ("document", "photo"):
        if kind in body:
            name, bytes_ = body[kind]["name"], base64.b64decode(body[kind]["content"])
            file = api.world.add_file(name, bytes_, f"{kind}s")
            upload = Upload(name, bytes_, mimetypes.guess_type(name)[0] or "application/octet-stream")
            value = document(file, upload) if kind == "document" else photo_sizes(file)
            caption = {"caption": text} if text else {}
            return {kind: value} | caption | ({"caption_entities": entities} if entities else {})
    return {"text": text} | ({"entities": entities} if entities else {})


def _heard(api: Api, chat: Chat, message: Json) -> bool:
    """Whether the bot gets a message: in groups, privacy mode decides (core.telegram.org/bots/features)."""
    if chat.bot_status in ("left", "kicked"):
        return False
    if chat.type == "private" or api.options.read_all or chat.bot_status == "administrator":
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == api.world.bot["id"]:
        return True
    text = message.get("text") or message.get("caption") or ""
    name = f"@{api.world.bot['username']}".lower()
    for entity in message.get("entities") or message.get("caption_entities") or []:
        part = piece(text, entity).lower()
        if entity["type"] == "mention" and part == name:
            return True
        if entity["type"] == "bot_command" and ("@" not in part or part.endswith(name)):
            return True
    return False


@command
def open_(api: Api, body: Json) -> Json:
    """{user, link} A person opens a link to the bot and presses Start; `start` has 64 of A-Z a-z 0-9 _ - at most."""
    link = re.fullmatch(r"(?:https?://)?t\.me/(\w+)(?:\?start=([A-Za-z0-9_-]{1,64}))?", body["link"])
    if link is None or link[1].lower() != api.world.bot["username"].lower():
        raise MistakeError(f"no link to this bot: {body['link']}")
    return say(api, {"user": body["user"], "text": f"/start {link[2] or ''}".strip()})


@command
def edit(api: Api, body: Json) -> Json:
    """{user, message_id, text, chat?} A person edits a message of theirs."""
    chat, text = _chat(api, body), str(body["text"])
    old = chat.messages[int(body["message_id"])]
    if old["from"]["id"] != int(body["user"]):
        raise MistakeError("that message is another person's")
    kept = {key: value for key, value in old.items() if key != "entities"}
    message = kept | _said(api, {}, text) | {"edit_date": int(time.time())}
    chat.messages[old["message_id"]] = message
    heard = _heard(api, chat, message)
    update_id = api.updates.add("edited_message", message, ("chat", chat.id)) if heard else None
    return {"message": message, "update_id": update_id}


@command
async def press(api: Api, body: Json) -> Json:
    """{user, chat?, message_id? | inline_message_id?, label? | data? | forged?, wait?, inaccessible?} A press.

    `forged` is data of no button, as a client that is not Telegram's own can send it.
    Without a message, the newest with such a button. `answer` is what answerCallbackQuery said, null if nothing within
    `wait` seconds. `inaccessible` has the update tell of a message too old for its contents.
    """
    chat, user = _chat(api, body), _user(api, body)
    inline_id = body.get("inline_message_id")
    messages = [api.world.inline_messages[inline_id]] if inline_id else list(chat.messages.values())
    if "message_id" in body:
        messages = [chat.messages[int(body["message_id"])]]
    forged: Json = {"text": "", "callback_data": body.get("forged")}
    message, button = (messages[-1], forged) if "forged" in body else _button(messages, body)
    if "callback_data" not in button:
        return {"button": button, "answer": None, "update_id": None}
    query = api.world.add_query(user, api.options.query_seconds)
    update: Json = {
        "id": query.id,
        "from": user,
        "chat_instance": str(abs(chat.id) * 7919),
        "data": button["callback_data"],
    }
    if inline_id:
        update["inline_message_id"] = inline_id
    elif body.get("inaccessible"):
        update["message"] = {"chat": chat.brief(), "message_id": message["message_id"], "date": 0}
    else:
        update["message"] = message
    update_id = api.updates.add("callback_query", update, ("callback_query", user["id"]))
    return {"button": button, "update_id": update_id, "answer": await _answer(api, query, body)}


def _button(messages: list[Json], body: Json) -> tuple[Json, Json]:
    seen = []
    for message in reversed(messages):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if button["text"] == body.get("label") or (
                    "data" in body and button.get("callback_data") == body["data"]
                ):
                    return message, button
                seen.append(button["text"])
    raise MistakeError(f"no button {body.get('label') or body.get('data')!r}; there are {seen}")


async def _answer(api: Api, query: Query, body: Json) -> Json | None:
    return await api.world.changed.until(lambda: query.answer, float(body.get("wait", 0)))


@command
async def inline(api: Api, body: Json) -> Json:
    """{user, query, offset?, chat_type?, wait?} An inline query; `answer` as answerInlineQuery gave it, checked."""
    user = _user(api, body)
    if len(body["query"]) > MAX_INLINE_QUERY:
        raise MistakeError(f"an inline query has {MAX_INLINE_QUERY} characters at most")
    query = api.world.add_query(user, api.options.query_seconds)
    update = {"id": query.id, "from": user, "query": body["query"], "offset": body.get("offset", "")}
    update |= {"chat_type": body.get("chat_type", "sender")}
    update_id = api.updates.add("inline_query", update, ("inline_query", user["id"]))
    return {"query_id": query.id, "update_id": update_id, "answer": await _answer(api, query, body)}


@command
def choose(api: Api, body: Json) -> Json:
    """{user, query_id, result_id, query?, chat?} A result of an inline query is sent; with buttons it can be edited.

    In a `chat` that the bot is in, it comes to the bot too, as any message there does.
    """
    answer = api.world.queries[body["query_id"]].answer or {"results": []}
    chosen = [result for result in answer["results"] if str(result["id"]) == str(body["result_id"])]
    if not chosen:
        raise MistakeError(f"no result {body['result_id']!r}")
    user, message = _user(api, body), chosen[0]["message"]
    update: Json = {"result_id": str(body["result_id"]), "from": user, "query": body.get("query", "")}
    if "reply_markup" in message:
        update["inline_message_id"] = f"inline{api.world.count('inline')}"
        api.world.inline_messages[update["inline_message_id"]] = message
    api.updates.add("chosen_inline_result", update, ("chosen_inline_result", user["id"]))
    if "chat" in body:
        there = _chat(api, body)
        message = api.world.add_message(there, user, message | {"via_bot": api.world.bot})
        if _heard(api, there, message):
            api.updates.add("message", message, ("chat", there.id))
    return {"message": message, "inline_message_id": update.get("inline_message_id")}


@command
def vote(api: Api, body: Json) -> Json:
    """{user, poll, options: [number]} An answer to a poll, by its id; no options takes it back."""
    poll = api.world.polls[body["poll"]]
    cast_vote(api, poll, _user(api, body), [int(option) for option in body["options"]])
    return poll.body


@command
def react(api: Api, body: Json) -> Json:
    """{user, message_id, emoji, chat?, old?} A reaction; it reaches a bot that asked for such updates."""
    chat = _chat(api, body)
    old, new = ([{"type": "emoji", "emoji": e} for e in body.get(name, "").split()] for name in ("old", "emoji"))
    if any(reaction["emoji"] not in EMOJI for reaction in old + new):
        raise MistakeError("Telegram has no such reaction")
    update = {"chat": chat.brief(), "message_id": int(body["message_id"]), "user": _user(api, body)}
    update |= {"date": int(time.time()), "old_reaction": old, "new_reaction": new}
    return {"update_id": api.updates.add("message_reaction", update, ("reaction", chat.id))}


# What the bot did


@command
async def next_(api: Api, body: Json) -> Json:
    """{chat?, after?, kind?, timeout?, user?} The next thing that the bot did after event number `after`.

    Kinds: sent (the default), edited, deleted, reaction, action, or any. `event` is null when nothing came in time.
    """
    after, kind = int(body.get("after", 0)), body.get("kind", "sent")
    chat_id = int(body["chat"]) if body.get("chat") else None

    def look() -> Json | None:
        for event in api.world.events_in[chat_id] if chat_id else api.world.events:
            if event["number"] > after and kind in ("any", event["kind"]):
                return event
        return None

    return {"event": await api.world.changed.until(look, float(body.get("timeout", 5)))}


@command
def chat(api: Api, body: Json) -> Json:
    """{chat | user} All that is visible in a chat now."""
    there = _chat(api, body)
    return {"messages": list(there.messages.values()), "reply_keyboard": there.reply_keyboard, "topics": there.topics}


@command
def calls(api: Api, body: Json) -> Json:
    """{method?, after?} Every call of the bot since number `after`, with its parameters, result or error, and fault."""
    wanted = str(body.get("method", "")).lower()
    later = api.calls[int(body.get("after", 0)) :]
    return {"calls": [call for call in later if not wanted or call["method"].lower() == wanted], "last": len(api.calls)}


@command
async def awaited(api: Api, body: Json) -> Json:
    """{timeout?} Waits for a bot that wants updates: `method` is getUpdates or setWebhook, null if none came."""

    def look() -> str | None:
        return next((call["method"] for call in api.calls if call["method"].lower() in UPDATE_METHODS), None)

    return {"method": await api.called.until(look, float(body.get("timeout", 5)))}


@command
def updates(api: Api, body: Json) -> Json:
    """{} How delivery stands: pending, delivered, failed attempts, expired, and the webhook."""
    counts = {name: api.updates.counts[name] for name in ("delivered", "failed", "expired")}
    return counts | {"pending": len(api.updates.pending), "webhook": api.updates.info()}


@command
def offered(api: Api, body: Json) -> Json:
    """{user, chat?} The commands and the menu button that a person sees."""
    there, user_id = _chat(api, body), int(body["user"])
    menu = get_chat_menu_button(api, Parameters({"chat_id": there.id if there.type == "private" else 0}))
    return {"commands": commands_seen(api, there.id, user_id), "menu_button": menu}


# What goes wrong


@command
def faults(api: Api, body: Json) -> Json:
    """{rules: [{method, kind, count?, probability?, after?, retry_after?, seconds?, error_code?, description?}]}

    Replaces all rules; without `rules`, only tells them. Fields: tests.botapi.faults.Fault.
    """
    if "rules" in body:
        api.faults.rules = [Fault(**rule) for rule in body["rules"]]
    return {"rules": [dataclasses.asdict(rule) for rule in api.faults.rules]}


@command
def settings(api: Api, body: Json) -> Json:
    """{rates?, next_update_id?} Telegram's own rates enforced or not; update ids go on from another number."""
    api.rates.enforced = bool(body.get("rates", api.rates.enforced))
    api.updates.next_id = int(body.get("next_update_id", api.updates.next_id))
    return {"rates": api.rates.enforced, "next_update_id": api.updates.next_id}


@command
def repeat(api: Api, body: Json) -> Json:
    """{update_id} An update is delivered once more, as after a lost acknowledgement."""
    api.updates.repeat(int(body["update_id"]))
    return {}


@command
def expire(api: Api, body: Json) -> Json:
    """{} Time passes: no open query can be answered any more, and no waiting update is delivered."""
    api.updates.expire()
    for query in api.world.queries.values():
        query.expires_at = 0.0
    return {}
