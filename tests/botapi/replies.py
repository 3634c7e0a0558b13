"""Methods that take updates, and that answer buttons and inline queries."""

import re
from typing import Any

from .api import Api, method
from .delivery import kinds_of
from .markup import utf16
from .messages import caption_of, inline_keyboard_of, preview_of, text_of
from .wire import Json, Parameters, bad_request

MAX_TOAST = 200
MAX_RESULTS, MAX_RESULT_ID, MAX_OFFSET = 50, 64, 64  # the last two in bytes
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
SECRET = re.compile(r"[A-Za-z0-9_-]*")
RESULT_TYPES = {
    *("article", "photo", "gif", "mpeg4_gif", "video", "audio", "voice", "document", "location", "venue", "contact"),
    *("game", "sticker"),
}


@method
async def get_updates(api: Api, p: Parameters) -> list[Json]:
    limit = p.number("limit", 100)
    allowed = kinds_of(p.nested("allowed_updates") or ([] if "allowed_updates" in p else None))
    return await api.updates.poll(p.number("offset"), min(max(limit, 1), 100), p.number("timeout"), allowed)


@method
async def set_webhook(api: Api, p: Parameters) -> bool:
    """Unlike Telegram's own servers this one takes http and any port, as the official server with `--local` does."""
    url, secret = p.text("url"), p.text("secret_token")
    if not url:
        return await delete_webhook(api, p)
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if not re.match(r"https?://[^\s/]+", url):
        raise bad_request("bad webhook: invalid webhook URL specified")
    allowed = kinds_of(p.nested("allowed_updates") or ([] if "allowed_updates" in p else None))
    connections = min(max(p.number("max_connections", 40), 1), 100)
    await api.updates.set_webhook(url, secret, connections, allowed, p.flag("drop_pending_updates"))
    return True


@method
async def delete_webhook(api: Api, p: Parameters) -> bool:
    await api.updates.delete_webhook(p.flag("drop_pending_updates"))
    return True


@method
def get_webhook_info(api: Api, p: Parameters) -> Json:
    return api.updates.info()


@method
def answer_callback_query(api: Api, p: Parameters) -> bool:
    if utf16(p.text("text")) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    answer: Json = {name: p.text(name) for name in ("text", "url") if p.text(name)}
    answer |= {"show_alert": p.flag("show_alert"), "cache_time": p.number("cache_time")}
    api.world.answer_query(p.text("callback_query_id"), answer)
    return True


@method
def answer_inline_query(api: Api, p: Parameters) -> bool:
    results = p.nested("results") or []
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({str(result.get("id")) for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(p.text("next_offset").encode()) > MAX_OFFSET:
        raise bad_request("NEXT_OFFSET_INVALID")
    answer: Json = {"results": [_result(api, result) for result in results], "next_offset": p.text("next_offset")}
    answer |= {"cache_time": p.number("cache_time", 300), "is_personal": p.flag("is_personal"), "button": _button(p)}
    api.world.answer_query(p.text("inline_query_id"), answer)
    return True


def _button(p: Parameters) -> Json | None:
    button: Json | None = p.nested("button")
    if button and "start_parameter" in button and not START_PARAMETER.fullmatch(str(button["start_parameter"])):
        raise bad_request("START_PARAM_INVALID")
    return button


def _result(api: Api, result: Json) -> Json:
    """An InlineQueryResult, with the message that choosing it would send."""
    if not 1 <= len(str(result.get("id", "")).encode()) <= MAX_RESULT_ID:
        raise bad_request("RESULT_ID_INVALID")
    if result.get("type") not in RESULT_TYPES:
        raise bad_request("can't parse inline query result: unsupported type of the inline query result specified")
    if result["type"] == "article" and not result.get("title"):
        raise bad_request("ARTICLE_TITLE_EMPTY")
    if "photo_file_id" in result and result["photo_file_id"] not in api.world.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    content: Any = result.get("input_message_content")
    if result["type"] == "article" and not content:
        raise bad_request("can't parse inline query result: message content must be specified")
    inner = Parameters(content or result)
    message = text_of(inner, "message_text") | preview_of(inner) if content else caption_of(inner)
    return result | {"message": message | inline_keyboard_of(Parameters(result))}
