"""The language that a person chooses: it counts where a message does not tell, and for what the bot says of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.language.scripts import scripts_in
from bot.storage import Store
from tests.botapi.client import Message, Person
from tests.telegram.stage import Stage, running, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = ["English", "Русский", "中文"]
AS_I_WRITE = "✓ As I write"
IN_ENGLISH, IN_RUSSIAN = "who were observers in 2005?", "кто был наблюдателем в 2005 году?"


def scripts_of_poll(message: Message) -> set[str]:
    return scripts_in(message.raw["poll"]["question"])


def is_offered(person: Person, description: str) -> Callable[[], Awaitable[bool]]:
    async def offered() -> bool:
        seen = await person.telegram.control("offered", user=person.id)
        return description in [command["description"] for command in seen["commands"]]

    return offered


async def test_a_chosen_language_counts_where_the_message_does_not_tell(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    url = own.environment["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:")
    async with running(own.environment) as bot, Store.at(url) as store:
        assert "Islamic Republic of Iran" in (await alice.asks("Iran?")).text
        await alice.asks("/subscribe +5")
        quiz = await alice.asks("/quiz")
        assert scripts_of_poll(quiz) == {"latin"}
        menu = await alice.asks("/language")
        assert menu.buttons == [*LANGUAGES, AS_I_WRITE]
        toast = await alice.presses("Русский", menu)
        assert toast["text"].startswith("Выбран язык: Русский")
        assert (await alice.hears_edit()).buttons == ["English", "✓ Русский", "中文", "Как я пишу"]
        await until(is_offered(alice, "Вопросы для тренировки"))
        subscription = await store.subscription(alice.chat, 0)
        assert subscription
        assert subscription.language == "ru", "the daily message follows"
        await alice.presses("Next question", quiz)
        assert "cyrillic" in scripts_of_poll(await alice.hears()), "and so does the quiz"
    async with running(own.environment) as bot:
        assert "Иран" in (await alice.asks("Iran?")).text
        answer = await alice.asks(IN_ENGLISH)
        assert "four observers" in answer.text, "a question is answered in its own language"
        assert "🖼 Chart" in answer.buttons
        assert "Иран" in (await alice.asks(IN_RUSSIAN)).text
        assert (await alice.asks("/browse")).buttons[0] == "Члены"
        assert "викторине" in (await alice.asks("/privacy")).text
        assert "Иран" in (await alice.searches("Iran"))[0]["message"]["text"]
        assert "cyrillic" in scripts_of_poll(await alice.asks("/quiz"))
        menu = await alice.asks("/language")
        back = await presses_and_sees(alice, "Как я пишу", menu)
        assert back.buttons == [*LANGUAGES, AS_I_WRITE]
        assert (await alice.asks("/privacy")).text.startswith("What I keep about you")
        await until(is_offered(alice, "Questions to practise with"))
        assert not bot.errors


async def presses_and_sees(here: Person, label: str, message: Message) -> Message:
    """Presses a button, and sees what becomes of the message."""
    await here.presses(label, message)
    while True:
        edited = await here.hears_edit()
        if edited.id == message.id:
            return edited


async def test_in_a_group_each_person_has_their_own(own: Stage) -> None:
    alice, olga = await own.telegram.person("Alice", language="en"), await own.telegram.person("Olga", language="ru")
    group = await own.telegram.group("Students", alice, olga)
    alice_here, olga_here = alice.inside(group), olga.inside(group)
    async with running(own.environment) as bot:
        menu = await alice_here.asks("/language@test_bot")
        assert menu.buttons == [*LANGUAGES, AS_I_WRITE]
        assert "中文" in (await alice_here.presses("中文", menu))["text"]
        assert "English" in (await olga_here.presses("English", menu))["text"]
    async with running(own.environment) as bot:
        chinese = await alice_here.asks("/privacy@test_bot")
        assert chinese.text.startswith("我保存您的哪些信息")
        assert [(await olga_here.hears()).id for _ in range(2)] == [menu.id, chinese.id]
        assert (await olga_here.asks("/privacy@test_bot")).text.startswith("What I keep about you")
        assert "伊朗" in (await alice.asks("Iran?")).text, "it is the person's in every chat"
        assert not bot.errors


async def test_a_chosen_menu_follows_the_texts_of_a_later_version(own: Stage) -> None:
    alice, olga = await own.telegram.person("Alice", language="en"), await own.telegram.person("Olga", language="ru")

    async with running(own.environment) as bot:
        for person, language in ((alice, "中文"), (olga, "English")):
            await presses_and_sees(person, language, await person.asks("/language"))
        await until(is_offered(alice, "做题练习"))
        await until(is_offered(olga, "Questions to practise with"))
        assert not bot.errors
    for code, said in (("zh", "练一练"), ("en", "Practise")):
        (own.pack.intents / f"menu.{code}.yaml").write_text(
            f"words: {{{code}: {{phrases: {{command_quiz: {said}}}}}}}\n", "utf-8"
        )
    async with running(own.environment) as bot:
        await until(is_offered(alice, "练一练"))
        await until(is_offered(olga, "Practise"))
        await bot.logs("menus.renewed")
    async with running(own.environment) as bot:
        await bot.logs("menus.set")
        assert not [entry for entry in bot.log if entry["event"] == "menus.renewed"], "what is so already is left alone"
        assert not bot.errors


async def test_forgetting_a_person_forgets_their_language(own: Stage) -> None:
    olga, admin = await own.telegram.person("Olga", language="ru"), own.admin
    async with running(own.environment) as bot:
        for person in (olga, admin):
            await presses_and_sees(person, "中文", await person.asks("/language"))
            await until(is_offered(person, "做题练习"))
            assert (await person.asks("/forget")).text.startswith("好了")
        await until(is_offered(olga, "Вопросы для тренировки"))
        await until(is_offered(admin, "How I fare"))
        assert (await olga.asks("/forget")).text == "Я ничего о вас не храню."
        assert not bot.errors


async def test_a_language_that_is_spoken_no_more(own: Stage) -> None:
    alice = await own.telegram.person("Alice", language="en")
    url = own.environment["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:")
    async with Store.at(url) as store:
        await store.choose_language(alice.id, "tlh", "en")
    async with running(own.environment) as bot:
        assert (await alice.asks("/language")).buttons == [*LANGUAGES, "As I write"]
        assert "Islamic Republic of Iran" in (await alice.asks("Iran?")).text
        assert not bot.errors
