"""Methods that write, change and take away messages, and those about chats and files."""

import re
import struct
import time
from collections.abc import Callable

from .api import Api, method
from .markup import Formatted, formatted, utf16
from .wire import Json, Parameters, Upload, bad_request
from .world import Chat, File

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units after parsing
MAX_PHOTO, MAX_DOWNLOAD = 10 * 2**20, 20 * 2**20  # bytes
MAX_CALLBACK_DATA = 64  # bytes
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}
REACTIONS = """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤️‍🔥
🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨
🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂️ 🤷 🤷‍♀️ 😡
"""
EMOJI = set(REACTIONS.split())  # of ReactionTypeEmoji
BUTTON_ACTIONS = {
    *("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat"),
    *("switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"),
}

Content = Callable[[], Json]  # fields of a message; a mistake in them is raised

# Sending


@method
def send_message(api: Api, p: Parameters) -> Json:
    return post(api, p, lambda: text_of(p) | preview_of(p))


@method
def send_photo(api: Api, p: Parameters) -> Json:
    return post(api, p, lambda: {"photo": _photo(api, p)} | caption_of(p))


@method
def send_document(api: Api, p: Parameters) -> Json:
    return post(api, p, lambda: {"document": _document(api, p)} | caption_of(p))


@method
def send_chat_action(api: Api, p: Parameters) -> bool:
    chat = target(api, p)
    if p.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    api.world.event("action", chat.id, action=p.text("action"), thread=p.number("message_thread_id") or None)
    return True


def target(api: Api, p: Parameters) -> Chat:
    if not p.text("chat_id"):
        raise bad_request("chat_id is empty")
    return api.world.writable(p.text("chat_id"))


def post(api: Api, p: Parameters, content: Content) -> Json:
    """A message of the bot: where it goes is looked at before what it says, as Telegram does."""
    chat = target(api, p)
    fields = content()
    replied = _replied(api, chat, p)
    thread = _thread(chat, p, replied)
    markup = _reply_markup(p)
    api.rates.check(chat.id)
    if "inline_keyboard" in markup:
        fields["reply_markup"] = markup
    elif markup:
        chat.reply_keyboard = None if "remove_keyboard" in markup else markup
    if replied:
        fields["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
    message = api.world.add_message(chat, api.world.bot, fields, thread)
    api.world.event("sent", chat.id, message=message)
    return message


def text_of(p: Parameters, name: str = "text", entities_name: str = "entities") -> Json:
    text = formatted(p, name, entities_name)
    if not text.text:
        raise bad_request("message text is empty")
    return _within(text, MAX_TEXT, "message is too long").fields()


def caption_of(p: Parameters) -> Json:
    caption = formatted(p, "caption", "caption_entities")
    fields = _within(caption, MAX_CAPTION, "message caption is too long").fields("caption", "caption_entities")
    return fields | ({"show_caption_above_media": True} if p.flag("show_caption_above_media") else {})


def _within(text: Formatted, limit: int, error: str) -> Formatted:
    if utf16(text.text) > limit:
        raise bad_request(error)
    return text


def preview_of(p: Parameters) -> Json:
    options = p.nested("link_preview_options")
    if p.flag("disable_web_page_preview"):
        options = {"is_disabled": True}
    return {"link_preview_options": options} if options else {}


def _replied(api: Api, chat: Chat, p: Parameters) -> Json | None:
    reply = p.nested("reply_parameters") or {"message_id": p.number("reply_to_message_id")}
    if not reply.get("message_id"):
        return None
    there = api.world.chat(reply.get("chat_id", chat.id))
    message = there.messages.get(int(reply["message_id"]))
    if message is None and not (reply.get("allow_sending_without_reply") or p.flag("allow_sending_without_reply")):
        raise bad_request("message to be replied not found")
    return message


def _thread(chat: Chat, p: Parameters, replied: Json | None) -> int | None:
    """The topic to write in; an answer goes where its question is. The general topic has no number."""
    thread = p.number("message_thread_id")
    if thread and thread not in chat.topics:
        raise bad_request("message thread not found")
    if not thread and replied and chat.is_forum:
        thread = replied.get("message_thread_id", 0)
    return thread or None


# Buttons


def _reply_markup(p: Parameters) -> Json:
    markup = p.nested("reply_markup") or {}
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    for row in markup.get("inline_keyboard", []):
        for button in row:
            _check_button(button)
    return markup


def inline_keyboard_of(p: Parameters) -> Json:
    """As fields of a message; an edit without a keyboard takes the old one away."""
    markup = _reply_markup(p)
    return {"reply_markup": {"inline_keyboard": markup["inline_keyboard"]}} if markup.get("inline_keyboard") else {}


def _check_button(button: Json) -> None:
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not BUTTON_ACTIONS & button.keys():
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?|tg)://\S+$", str(button["url"])):
        raise bad_request("BUTTON_URL_INVALID")
    if "copy_text" in button and not 1 <= utf16(button["copy_text"].get("text", "")) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


# Changing


@method
def edit_message_text(api: Api, p: Parameters) -> Json | bool:
    return _edit(api, p, "text", lambda: text_of(p) | preview_of(p), ("text", "entities", "link_preview_options"))


@method
def edit_message_caption(api: Api, p: Parameters) -> Json | bool:
    return _edit(api, p, "caption", lambda: caption_of(p), ("caption", "caption_entities"))


@method
def edit_message_media(api: Api, p: Parameters) -> Json | bool:
    return _edit(
        api,
        p,
        "media",
        lambda: _media(api, p),
        ("photo", "document", "text", "entities", "caption", "caption_entities"),
    )


@method
def edit_message_reply_markup(api: Api, p: Parameters) -> Json | bool:
    return _edit(api, p, "reply markup", dict, ())


def _edit(api: Api, p: Parameters, what: str, content: Content, replaced: tuple[str, ...]) -> Json | bool:
    if p.text("inline_message_id"):
        return _edit_inline(api, p, content, replaced)
    chat = target(api, p)
    old = chat.messages.get(p.number("message_id"))
    if old is None:
        raise bad_request("message to edit not found")
    if old["from"]["id"] != api.world.bot["id"]:
        raise bad_request("message can't be edited")
    if (what == "text" and "text" not in old) or (what == "caption" and not {"photo", "document"} & old.keys()):
        raise bad_request(f"there is no {what} in the message to edit")
    new = _changed(old, content() | inline_keyboard_of(p), replaced)
    chat.messages[old["message_id"]] = new = new | {"edit_date": int(time.time())}
    api.world.event("edited", chat.id, message=new)
    return new


def _changed(old: Json, fields: Json, replaced: tuple[str, ...]) -> Json:
    new = {key: value for key, value in old.items() if key not in (*replaced, "reply_markup")} | fields
    if new == old:
        raise bad_request(NOT_MODIFIED)
    return new


def _edit_inline(api: Api, p: Parameters, content: Content, replaced: tuple[str, ...]) -> bool:
    old = api.world.inline_messages.get(p.text("inline_message_id"))
    if old is None:
        raise bad_request("MESSAGE_ID_INVALID")
    new = _changed(old, content() | inline_keyboard_of(p), replaced)
    api.world.inline_messages[p.text("inline_message_id")] = new
    api.world.event("edited", None, message=new)
    return True


@method
def delete_message(api: Api, p: Parameters) -> bool:
    chat = target(api, p)
    message = chat.messages.get(p.number("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    own = message["from"]["id"] == api.world.bot["id"]
    if not own and chat.type != "private" and chat.bot_status != "administrator":
        raise bad_request("message can't be deleted")
    _delete(api, chat, message["message_id"])
    return True


@method
def delete_messages(api: Api, p: Parameters) -> bool:
    chat, ids = target(api, p), p.nested("message_ids") or []
    if not 1 <= len(ids) <= 100:
        raise bad_request(
            "message identifiers are not specified" if not ids else "too many message identifiers specified"
        )
    for message_id in ids:
        if int(message_id) in chat.messages:  # those that are not found are skipped
            _delete(api, chat, int(message_id))
    return True


def _delete(api: Api, chat: Chat, message_id: int) -> None:
    api.world.event("deleted", chat.id, message=chat.messages.pop(message_id))


@method
def set_message_reaction(api: Api, p: Parameters) -> bool:
    chat, reactions = target(api, p), p.nested("reaction") or []
    if p.number("message_id") not in chat.messages:
        raise bad_request("message to react not found")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction.get("type") != "emoji" or reaction.get("emoji") not in EMOJI for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    emoji = [reaction["emoji"] for reaction in reactions]
    api.world.event("reaction", chat.id, message_id=p.number("message_id"), emoji=emoji)
    return True


# Files


def _file(api: Api, p: Parameters, value: str, folder: str, limit: int | None = None) -> File:
    """A file that comes with the request, or one that the server has already."""
    upload = p.upload(value)
    if upload is None and value in api.world.files:
        return api.world.files[value]
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")  # nothing is fetched from anywhere
    if upload is None:
        what = (
            f"there is no {folder.removesuffix('s')} in the request"
            if not value
            else "wrong file identifier/HTTP URL specified"
        )
        raise bad_request(what)
    if limit and len(upload.content) > limit:
        size = len(upload.content)
        raise bad_request(f"file of size {size} bytes is too big for a photo; the maximum size is {limit} bytes")
    if not upload.content:
        raise bad_request("file must be non-empty")
    return api.world.add_file(upload.name, upload.content, folder)


def _photo(api: Api, p: Parameters, value: str | None = None) -> list[Json]:
    return photo_sizes(_file(api, p, p.text("photo") if value is None else value, "photos", MAX_PHOTO))


def photo_sizes(file: File) -> list[Json]:
    """PhotoSizes of a picture: PNG or JPEG, sides of at most 10,000 together, ratio of at most 20."""
    width, height = _dimensions(file.content)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return [file.fields() | {"width": width, "height": height}]


def _dimensions(content: bytes) -> tuple[int, int]:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    frame = (
        re.search(rb"\xff[\xc0-\xc2]..\x08(..)(..)", content, re.DOTALL) if content.startswith(b"\xff\xd8") else None
    )
    if frame is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return int.from_bytes(frame[2]), int.from_bytes(frame[1])


def _document(api: Api, p: Parameters, value: str | None = None) -> Json:
    value = p.text("document") if value is None else value
    return document(_file(api, p, value, "documents"), p.upload(value))


def document(file: File, upload: Upload | None) -> Json:
    kind = {"mime_type": upload.content_type} if upload else {}
    return file.fields() | {"file_name": file.name} | kind


def _media(api: Api, p: Parameters) -> Json:
    media = p.nested("media") or {}
    inner = Parameters(media, p.uploads)
    if media.get("type") == "photo":
        return {"photo": _photo(api, inner, inner.text("media"))} | caption_of(inner)
    if media.get("type") == "document":
        return {"document": _document(api, inner, inner.text("media"))} | caption_of(inner)
    raise bad_request("can't parse InputMedia: type must be photo or document here")


@method
def get_file(api: Api, p: Parameters) -> Json:
    file = api.world.files.get(p.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file.fields() | {"file_path": file.path}


# Chats


@method
def get_chat(api: Api, p: Parameters) -> Json:
    """ChatFullInfo; the gifts and colours are there because the type demands them."""
    chat = api.world.chat(p.text("chat_id"))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return chat.brief() | full


@method
def get_chat_member(api: Api, p: Parameters) -> Json:
    return api.world.member(api.world.chat(p.text("chat_id")), p.number("user_id"))


@method
def get_chat_administrators(api: Api, p: Parameters) -> list[Json]:
    chat = api.world.chat(p.text("chat_id"))
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [api.world.member(chat, u) for u, status in chat.members.items() if status in ("creator", "administrator")]


@method
def get_chat_member_count(api: Api, p: Parameters) -> int:
    chat = api.world.chat(p.text("chat_id"))
    return 2 if chat.type == "private" else sum(status not in ("left", "kicked") for status in chat.members.values())


@method
def leave_chat(api: Api, p: Parameters) -> bool:
    chat = target(api, p)
    chat.bot_status = chat.members[api.world.bot["id"]] = "left"
    return True
