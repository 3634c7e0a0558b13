"""The command menus, the menu button and the descriptions that Telegram shows, set through the API where they differ.

They are set for each language of the pack, and for everybody else in its first. In private chats everybody sees all
commands and an admin their own too, and who has chosen a language sees them in that; in groups one sees those that make
sense there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
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

from bot.storage import Conversation, Store, StoreError
from bot.telegram.known import recall
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
    Command("language", in_groups=True),
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

EVERYBODYS = tuple(command for command in COMMANDS if not command.for_admins)

RENEWAL_SECONDS = 1.0
"""How far apart people's own menus are set, which are as many as have chosen a language."""

PHRASES = {**{command.phrase: () for command in COMMANDS}, "description": (), "short_description": ()}

DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
SHORT_DESCRIPTION_CHARACTERS = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)


class Menus:
    """Sets what differs. A menu that cannot be set, as for an admin who never wrote to the bot, is only logged."""

    def __init__(self, bot: Bot, live: Live, store: Store, admins: Collection[int]) -> None:
        self._bot, self._live, self._store, self._admins = bot, live, store, frozenset(admins)

    async def keep(self) -> None:
        """Set the menus now and after each reload, until cancelled."""
        while True:
            engine = self._live.engine
            await self._set()
            await self._renew()
            await self._live.replaced(engine)

    async def show(self, person: int, language: str | None) -> None:
        """The menu of a person's own chat: in the language that they have chosen; in none, as everybody's."""
        more = [command for command in COMMANDS if command.for_admins] if person in self._admins else []
        menu, done = self._digest(), True
        for code, words in self._languages():
            own = self._live.words(language) if language else words
            commands = _said([*EVERYBODYS, *more], own) if language or more else []
            done = await self._commands(commands, BotCommandScopeChat(person), code) and done
        if language and done:
            with _unless_failing():
                await self._store.menu_set(person, menu)

    async def _renew(self) -> None:
        """Show their menu to those who have chosen a language and whose commands have come to say something else."""
        people: Sequence[tuple[int, str]] = ()
        with _unless_failing():
            people = await self._store.with_another_menu(self._digest())
        for person, language in people:
            await self.show(person, language)
            await asyncio.sleep(RENEWAL_SECONDS)
        if people:
            log.info("menus.renewed", people=len(people))

    def _digest(self) -> str:
        """What all commands say in all languages."""
        said = [(code, *_said(COMMANDS, words)) for code, words in self._languages()]
        return hashlib.sha256(repr(said).encode()).hexdigest()

    async def _set(self) -> None:
        for code, words in self._languages():
            await self._commands(_said(EVERYBODYS, words), BotCommandScopeAllPrivateChats(), code)
            in_groups = [command for command in EVERYBODYS if command.in_groups]
            await self._commands(_said(in_groups, words), BotCommandScopeAllGroupChats(), code)
            await self._descriptions(words, code)
        for admin in sorted(self._admins):
            await self.show(admin, (await recall(self._store, Conversation(admin, admin))).language)
        try:
            if not isinstance(await self._bot.get_chat_menu_button(), MenuButtonCommands):
                await self._bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        except TelegramError as error:
            log.warning("menus.no_button", error=str(error))
        log.info("menus.set")

    def _languages(self) -> Iterator[tuple[str | None, Words]]:
        """The words for whoever has none of the pack's languages (None), then those of each other than the first."""
        first, *others = self._live.engine.pack.intents.languages
        yield None, self._live.words(first)
        yield from ((code, self._live.words(code)) for code in others)

    async def _commands(self, commands: Sequence[BotCommand], scope: BotCommandScope, code: str | None) -> bool:
        """Set commands that are not set so. Whether they are now."""
        bot = self._bot
        try:
            if tuple(await bot.get_my_commands(scope=scope, language_code=code)) == tuple(commands):
                return True
            if commands:
                await bot.set_my_commands(commands, scope=scope, language_code=code)
            else:
                await bot.delete_my_commands(scope=scope, language_code=code)
        except TelegramError as error:
            log.warning("menus.no_commands", scope=scope.to_dict(), error=str(error))
            return False
        return True

    async def _descriptions(self, words: Words, code: str | None) -> None:
        bot = self._bot
        description = words.plain("description")[:DESCRIPTION_CHARACTERS]
        short = words.plain("short_description")[:SHORT_DESCRIPTION_CHARACTERS]
        try:
            if (await bot.get_my_description(language_code=code)).description != description:
                await bot.set_my_description(description, language_code=code)
            if (await bot.get_my_short_description(language_code=code)).short_description != short:
                await bot.set_my_short_description(short, language_code=code)
        except TelegramError as error:
            log.warning("menus.no_description", error=str(error))


@contextmanager
def _unless_failing() -> Iterator[None]:
    """What the store cannot do now is done at the next start."""
    try:
        yield
    except StoreError as error:
        log.warning("menus.not_kept", error=str(error))


def _said(commands: Iterable[Command], words: Words) -> list[BotCommand]:
    return [BotCommand(command.name, words.plain(command.phrase)) for command in commands]
