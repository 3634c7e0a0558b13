"""What the bot writes and rewrites, as plain JSON.

The framework makes an object of each message that was sent, with all that a message may have, and one of each button;
an answer needs the number alone, and has its buttons kept. That is a tenth of the work of an update.
"""

from __future__ import annotations

from typing import Any

from telegram.constants import ParseMode
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # a part of RequestData, exported nowhere else

from bot.telegram.retries import Retries

Buttons = dict[str, Any]
"""A keyboard as Telegram reads it."""


class Calls:
    """Calls to the Bot API at an address that ends with the token. They raise the framework's errors."""

    def __init__(self, address: str, request: BaseRequest, retries: Retries) -> None:
        self._address = address
        self._request = request
        self._retries = retries

    async def send(
        self,
        chat: int,
        html: str,
        buttons: Buttons | None = None,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Send a message, in reply to another if that is still there. Returns its id."""
        reply = {"message_id": reply_to, "allow_sending_without_reply": True} if reply_to is not None else None
        sent = await self._write(
            "sendMessage",
            {"chat_id": chat, "message_thread_id": thread, "text": html, "reply_parameters": reply},
            buttons,
        )
        return int(sent["message_id"])

    async def edit(self, chat: int, message: int, html: str, buttons: Buttons | None = None) -> None:
        """Put a text and buttons in the place of those of a message."""
        await self._write("editMessageText", {"chat_id": chat, "message_id": message, "text": html}, buttons)

    async def _write(self, method: str, what: dict[str, Any], buttons: Buttons | None) -> Any:
        how = {"parse_mode": ParseMode.HTML, "link_preview_options": {"is_disabled": True}, "reply_markup": buttons}
        data = {name: value for name, value in {**what, **how}.items() if value is not None}
        return await self._retries.process_request(self._post, (method, data), {}, method, data, None)

    async def _post(self, method: str, data: dict[str, Any]) -> Any:
        parameters = [RequestParameter(name, value, None) for name, value in data.items()]
        return await self._request.post(f"{self._address}/{method}", RequestData(parameters))
