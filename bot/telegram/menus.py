"""The command menus and descriptions that Telegram shows, set through the API when they are not so already."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog
from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import TelegramError

from bot.telegram import words

log = structlog.get_logger(__name__)


async def set_menus(bot: Bot, title: str, admins: Collection[int]) -> None:
    """Set what differs. A menu that cannot be set, as for an admin who never wrote to the bot, is only logged."""
    everybody = [BotCommand(name, what) for name, what in words.COMMANDS]
    more = [BotCommand(name, what) for name, what in words.ADMIN_COMMANDS]
    await _commands(bot, everybody, BotCommandScopeDefault())
    for admin in sorted(admins):
        await _commands(bot, [*everybody, *more], BotCommandScopeChat(admin))
    try:
        if (await bot.get_my_description()).description != words.description(title):
            await bot.set_my_description(words.description(title))
        if (await bot.get_my_short_description()).short_description != words.short_description(title):
            await bot.set_my_short_description(words.short_description(title))
    except TelegramError as error:
        log.warning("menus.no_description", error=str(error))


async def _commands(bot: Bot, commands: Sequence[BotCommand], scope: BotCommandScope) -> None:
    try:
        if tuple(await bot.get_my_commands(scope=scope)) != tuple(commands):
            await bot.set_my_commands(commands, scope=scope)
    except TelegramError as error:
        log.warning("menus.no_commands", scope=scope.to_dict(), error=str(error))
