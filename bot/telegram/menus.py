"""The command menus, the menu button and the descriptions that Telegram shows, set through the API where they differ.

They are set for each language of the pack, and for everybody else in its first. In private chats everybody sees all
commands and an admin their own too; in groups one sees those that make sense there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)
from telegram.constants import BotDescriptionLimit
from telegram.error import TelegramError

from bot.telegram.live import Live
from bot.telegram.words import Words

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the menus. What it does is said by the phrase `command_NAME`."""

    name: str
    in_groups: bool = False
    for_admins: bool = False

    @property
    def phrase(self) -> str:
        return f"command_{self.name}"


COMMANDS = (
    Command("ask", in_groups=True),
    Command("browse", in_groups=True),
    Command("help", in_groups=True),
    Command("privacy", in_groups=True),
    Command("quiz", in_groups=True),
    Command("sources"),
    Command("start"),
    Command("subscribe", in_groups=True),
    Command("today", in_groups=True),
    Command("broadcast", for_admins=True),
    Command("missed", for_admins=True),
    Command("reload", for_admins=True),
    Command("status", for_admins=True),
)

PHRASES = {**{command.phrase: () for command in COMMANDS}, "description": (), "short_description": ()}

DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
SHORT_DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)


async def keep_menus(bot: Bot, live: Live, admins: Collection[int]) -> None:
    """Set the menus now and after each reload, until cancelled."""
    while True:
        engine = live.engine
        await _set_menus(bot, live, admins)
        await live.replaced(engine)


async def _set_menus(bot: Bot, live: Live, admins: Collection[int]) -> None:
    """Set what differs. A menu that cannot be set, as for an admin who never wrote to the bot, is only logged."""
    for code, words in _languages(live):
        for scope, commands in _scopes(admins):
            await _commands(bot, [BotCommand(one.name, words.plain(one.phrase)) for one in commands], scope, code)
        await _descriptions(bot, words, code)
    try:
        if not isinstance(await bot.get_chat_menu_button(), MenuButtonCommands):
            await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    except TelegramError as error:
        log.warning("menus.no_button", error=str(error))
    log.info("menus.set")


def _languages(live: Live) -> Iterator[tuple[str | None, Words]]:
    """The words for whoever has none of the pack's languages (None), then those of each other than the first."""
    first, *others = live.engine.pack.intents.languages
    yield None, live.words(first)
    yield from ((code, live.words(code)) for code in others)


def _scopes(admins: Collection[int]) -> Iterator[tuple[BotCommandScope, list[Command]]]:
    everybody = [command for command in COMMANDS if not command.for_admins]
    yield BotCommandScopeAllPrivateChats(), everybody
    yield BotCommandScopeAllGroupChats(), [command for command in everybody if command.in_groups]
    more = [command for command in COMMANDS if command.for_admins]
    yield from ((BotCommandScopeChat(admin), [*everybody, *more]) for admin in sorted(admins))


async def _commands(bot: Bot, commands: Sequence[BotCommand], scope: BotCommandScope, code: str | None) -> None:
    try:
        if tuple(await bot.get_my_commands(scope=scope, language_code=code)) != tuple(commands):
            await bot.set_my_commands(commands, scope=scope, language_code=code)
    except TelegramError as error:
        log.warning("menus.no_commands", scope=scope.to_dict(), error=str(error))


async def _descriptions(bot: Bot, words: Words, code: str | None) -> None:
    description = words.plain("description")[:DESCRIPTION_CHARACTERS]
    short = words.plain("short_description")[:SHORT_DESCRIPTION_CHARACTERS]
    try:
        if (await bot.get_my_description(language_code=code)).description != description:
            await bot.set_my_description(description, language_code=code)
        if (await bot.get_my_short_description(language_code=code)).short_description != short:
            await bot.set_my_short_description(short, language_code=code)
    except TelegramError as error:
        log.warning("menus.no_description", error=str(error))
