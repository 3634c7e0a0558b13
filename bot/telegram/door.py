"""The door to what only admins can do. For anybody else it is not there: no name of a command, no word of refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.telegram.commands import message_of, place_of
from bot.telegram.handlers import acknowledge
from bot.telegram.talk import Place

log = structlog.get_logger(__name__)

_Context = ContextTypes.DEFAULT_TYPE

Command = Callable[[Place, Message], Awaitable[None]]
Button = Callable[[Place, CallbackQuery, str], Awaitable[None]]
"""Gets what the button carries behind its prefix. It has to acknowledge the press."""


class Door:
    """Lets admins in, known by their user id alone and in private only, and logs each use."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], admins: Collection[int]) -> None:
        self._application = application
        self._admins = frozenset(admins)
        self._allowed = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & filters.User(self._admins)

    def command(self, name: str, do: Command) -> None:
        """Add a command; from others it falls through to the unknown ones."""

        async def handle(update: Update, context: _Context) -> None:
            message = message_of(update)
            place = place_of(message)
            log.info("admin.used", command=name, person=place.person)
            await do(place, message)

        self._application.add_handler(CommandHandler(name, handle, self._allowed))

    def button(self, prefix: str, do: Button) -> None:
        """Add buttons whose data begin with a prefix. A press by anybody else is acknowledged and does nothing."""

        async def handle(update: Update, context: _Context) -> None:
            query = update.callback_query
            if query is None:
                return
            message = query.message
            if message is None or query.from_user.id not in self._admins or message.chat.type != ChatType.PRIVATE:
                await acknowledge(query)
                return
            log.info("admin.used", button=query.data, person=query.from_user.id)
            await do(Place.of(message, query.from_user), query, (query.data or "").removeprefix(prefix))

        self._application.add_handler(CallbackQueryHandler(handle, pattern=f"^{prefix}"))
