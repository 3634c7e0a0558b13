"""What the bot says of itself: name, descriptions, commands by scope and language, menu button."""

import json
import re

from .api import Api, method
from .markup import utf16
from .wire import Json, Parameters, bad_request

MAX_COMMANDS, MAX_COMMAND_TEXT = 100, 256
MAX_NAME, MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION = 64, 512, 120
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SCOPES = {
    "default": (),
    **dict.fromkeys(("all_private_chats", "all_group_chats", "all_chat_administrators"), ()),
    **dict.fromkeys(("chat", "chat_administrators"), ("chat_id",)),
    "chat_member": ("chat_id", "user_id"),
}


@method
def get_me(api: Api, p: Parameters) -> Json:
    name = api.texts.get(("name", ""), api.world.bot["first_name"])
    abilities = {"can_join_groups": True, "can_read_all_group_messages": api.options.read_all}
    more = ("can_connect_to_business", "has_main_web_app", "has_topics_enabled", "allows_users_to_create_topics")
    abilities |= {"supports_inline_queries": True} | dict.fromkeys(more, False)
    return api.world.bot | {"first_name": name} | abilities


def _language(p: Parameters) -> str:
    code = p.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def _set_text(api: Api, p: Parameters, name: str, limit: int, error: str) -> bool:
    """An empty text removes the one of that language."""
    if utf16(p.text(name)) > limit:
        raise bad_request(error)
    api.texts[name, _language(p)] = p.text(name)
    return True


def _get_text(api: Api, p: Parameters, name: str, default: str = "") -> Json:
    """Of the language, or else the one for all languages."""
    return {name: api.texts.get((name, _language(p))) or api.texts.get((name, "")) or default}


@method
def set_my_name(api: Api, p: Parameters) -> bool:
    return _set_text(api, p, "name", MAX_NAME, "BOT_TITLE_INVALID")


@method
def get_my_name(api: Api, p: Parameters) -> Json:
    return _get_text(api, p, "name", api.world.bot["first_name"])


@method
def set_my_description(api: Api, p: Parameters) -> bool:
    return _set_text(api, p, "description", MAX_DESCRIPTION, "BOT_DESCRIPTION_INVALID")


@method
def get_my_description(api: Api, p: Parameters) -> Json:
    return _get_text(api, p, "description")


@method
def set_my_short_description(api: Api, p: Parameters) -> bool:
    return _set_text(api, p, "short_description", MAX_SHORT_DESCRIPTION, "BOT_SHORT_DESCRIPTION_INVALID")


@method
def get_my_short_description(api: Api, p: Parameters) -> Json:
    return _get_text(api, p, "short_description")


def _key(api: Api, p: Parameters) -> tuple[str, str]:
    scope = p.nested("scope") or {"type": "default"}
    fields = SCOPES.get(str(scope.get("type")))
    if fields is None:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if "chat_id" in fields:
        scope = scope | {"chat_id": api.world.chat(scope.get("chat_id", "")).id}
    return json.dumps({name: scope.get(name) for name in ("type", *fields)}), _language(p)


@method
def set_my_commands(api: Api, p: Parameters) -> bool:
    commands = p.nested("commands") or []
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16(command.get("description", "")) <= MAX_COMMAND_TEXT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    api.commands[_key(api, p)] = [c | {"command": c["command"].removeprefix("/")} for c in commands]
    return True


@method
def get_my_commands(api: Api, p: Parameters) -> list[Json]:
    return api.commands.get(_key(api, p), [])


@method
def delete_my_commands(api: Api, p: Parameters) -> bool:
    api.commands.pop(_key(api, p), None)
    return True


def commands_seen(api: Api, chat_id: int, user_id: int) -> list[Json]:
    """What a person is offered in a chat (core.telegram.org/bots/api#determining-list-of-commands)."""
    chat, language = api.world.chat(chat_id), api.world.people[user_id].get("language_code", "")
    here: Json = {"chat_id": chat.id}
    if chat.type == "private":
        scopes: list[Json] = [{"type": "chat"} | here, {"type": "all_private_chats"}]
    else:
        scopes = [
            {"type": "chat_member"} | here | {"user_id": user_id},
            {"type": "chat"} | here,
            {"type": "all_group_chats"},
        ]
        if chat.members.get(user_id) in ("creator", "administrator"):
            scopes[1:1] = [{"type": "chat_administrators"} | here]
            scopes[3:3] = [{"type": "all_chat_administrators"}]
    for scope in [*scopes, {"type": "default"}]:
        for code in (language, ""):
            if found := api.commands.get((json.dumps(scope), code)):
                return found
    return []


@method
def set_chat_menu_button(api: Api, p: Parameters) -> bool:
    button = p.nested("menu_button") or {"type": "default"}
    if button.get("type") not in ("commands", "web_app", "default"):
        raise bad_request("can't parse menu button: unsupported type specified")
    api.menu_buttons[p.number("chat_id")] = button
    return True


@method
def get_chat_menu_button(api: Api, p: Parameters) -> Json:
    return api.menu_buttons.get(p.number("chat_id")) or api.menu_buttons.get(0) or {"type": "commands"}
