"""The command menus and descriptions that Telegram shows, set through the API when they are not so already."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog
from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat, BotCommandScopeDefault
from telegram.constants import BotDescriptionLimit
from telegram.error import TelegramError

from bot.telegram.live import Live

log = structlog.get_logger(__name__)

COMMANDS = ("ask", "help", "sources", "start")
ADMIN_COMMANDS = ("reload",)
"""What each does is said by the phrase `command_NAME`."""

PHRASES = {
    **{f"command_{name}": () for name in (*COMMANDS, *ADMIN_COMMANDS)},
    "description": (),
    "short_description": (),
}

DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
SHORT_DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)


async def set_menus(bot: Bot, live: Live, admins: Collection[int]) -> None:
    """Set what differs. A menu that cannot be set, as for an admin who never wrote to the bot, is only logged."""
    words = live.words()
    everybody = [BotCommand(name, words.plain(f"command_{name}")) for name in COMMANDS]
    more = [BotCommand(name, words.plain(f"command_{name}")) for name in ADMIN_COMMANDS]
    await _commands(bot, everybody, BotCommandScopeDefault())
    for admin in sorted(admins):
        await _commands(bot, [*everybody, *more], BotCommandScopeChat(admin))
    description = words.plain("description")[:DESCRIPTION_CHARACTERS]
    short = words.plain("short_description")[:SHORT_DESCRIPTION_CHARACTERS]
    try:
        if (await bot.get_my_description()).description != description:
            await bot.set_my_description(description)
        if (await bot.get_my_short_description()).short_description != short:
            await bot.set_my_short_description(short)
    except TelegramError as error:
        log.warning("menus.no_description", error=str(error))


async def _commands(bot: Bot, commands: Sequence[BotCommand], scope: BotCommandScope) -> None:
    try:
        if tuple(await bot.get_my_commands(scope=scope)) != tuple(commands):
            await bot.set_my_commands(commands, scope=scope)
    except TelegramError as error:
        log.warning("menus.no_commands", scope=scope.to_dict(), error=str(error))
