"""The Bot API server of the tests, over real HTTP: against the documentation, and read by a client that is not ours."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiogram import Bot, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat, TelegramRetryAfter
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, MessageHandler, filters

from tests.botapi.client import Json, Message, NothingCameError, Person, Telegram, server
from tests.botapi.faults import Rates
from tests.botapi.wire import ApiError

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4) + b"\x08\x02\0\0\0"
FLAG = "🇲🇳"  # four UTF-16 units, eight bytes


@pytest.fixture(scope="module")
def shared_server() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
async def shared(shared_server: str) -> AsyncIterator[Telegram]:
    """A server for the tests that leave nothing behind."""
    async with Telegram.at(shared_server) as running:
        yield running


@pytest.fixture
async def anna(shared: Telegram) -> Person:
    return await shared.person("Anna", started=True)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram.started("--retry-unit", "0.05") as running:
        yield running


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    """aiogram's client: its models have to understand every answer."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    yield Bot(telegram.token, session=session)
    await (await session.create_session()).close()


@pytest.fixture
async def alice(telegram: Telegram) -> Person:
    return await telegram.person("Alice", language="en", username="alice_a", started=True)


async def call(telegram: Telegram, method: str, **body: Any) -> Json:
    """A method, as JSON; the whole answer."""
    async with aiohttp.ClientSession() as session, session.post(f"{telegram.bot_url}/{method}", json=body) as answer:
        result: Json = await answer.json()
        assert answer.status == (200 if result["ok"] else result["error_code"])
        return result


async def refusal(telegram: Telegram, method: str, **body: Any) -> str:
    """The description of an error, without "Bad Request: "."""
    answer = await call(telegram, method, **body)
    assert not answer["ok"], answer
    return str(answer["description"]).removeprefix("Bad Request: ")


def kinds(entities: list[Json]) -> list[tuple[str, int, int]]:
    return [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


# Requests


async def test_requests_come_in_four_ways_and_any_case(telegram: Telegram, alice: Person) -> None:
    markup = json.dumps({"inline_keyboard": [[{"text": "More", "callback_data": "m"}]]})
    fields = {"chat_id": str(alice.id), "text": "hi", "reply_markup": markup}
    url = f"{telegram.bot_url}/SENDmessage"
    form = aiohttp.FormData(fields, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        answers = [
            await session.get(url, params=fields),
            await session.post(url, data=fields),
            await session.post(url, data=form),
            await session.post(url, json=fields),
        ]
        assert [(await answer.json())["ok"] for answer in answers] == [True] * 4
    assert [message.buttons for message in await alice.messages()] == [["More"]] * 4


async def test_unknown_methods_and_tokens_are_refused(telegram: Telegram) -> None:
    assert (await call(telegram, "sendDice"))["error_code"] == 404
    async with aiohttp.ClientSession() as session, session.get(f"{telegram.url}/bot43:OTHER/getMe") as answer:
        assert await answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_who_cannot_be_written_to(telegram: Telegram, bot: Bot, alice: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(987, "hi")
    stranger = await telegram.person("Bob")
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger.id, "hi")
    await alice.blocks()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(alice.id, "hi")
    group = await telegram.group("Old", alice, type="group")
    moved = (await telegram.control("migrate", chat=group))["id"]
    with pytest.raises(TelegramMigrateToChat) as error:
        await bot.send_message(group, "hi")
    assert error.value.migrate_to_chat_id == moved
    assert (await bot.send_message(moved, "hi")).chat.type == "supergroup"
    await telegram.control("member", chat=moved, status="kicked")
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await bot.send_message(moved, "hi")


# HTML


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>4</b> observers", "4 observers", [("bold", 0, 1)]),
        (f"{FLAG} <i>{FLAG}</i>", f"{FLAG} {FLAG}", [("italic", 5, 4)]),
        ("a &lt;b&gt; &amp; &#x41;&#66; &nbsp; &", "a <b> & AB &nbsp; &", []),
        ("<b>x <u>y</u></b>", "x y", [("bold", 0, 3), ("underline", 2, 1)]),
        ("<B>x</b >", "x", [("bold", 0, 1)]),
        ("  <b> x</b>  ", "x", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("<code><b>x</b></code>", "x", [("code", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<a href='https://sectsco.org'>SCO</a>", "SCO", [("text_link", 0, 3)]),
        ("<a href='nowhere'>SCO</a>", "SCO", []),
        ("ask @test_bot /help at un.org, please", "ask @test_bot /help at un.org, please",
         [("mention", 4, 9), ("bot_command", 14, 5), ("url", 23, 6)]),
    ],
)  # fmt: skip
async def test_html_becomes_entities(
    shared: Telegram, anna: Person, html: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    sent = (await call(shared, "sendMessage", chat_id=anna.id, text=html, parse_mode="HTML"))["result"]
    assert (sent["text"], kinds(sent.get("entities", []))) == (text, entities)


async def test_entities_carry_what_they_need(telegram: Telegram, bot: Bot, alice: Person) -> None:
    html = '<pre><code class="language-py">x</code></pre> <a href="https://SECTSCO.org">s</a> <a href="tg://user?id=7">u</a>'
    sent = await bot.send_message(alice.id, html, parse_mode="HTML")
    assert [(e.type, e.language, e.url, e.user and e.user.id) for e in sent.entities or []] == [
        ("pre", "py", None, None),
        ("text_link", None, "https://sectsco.org/", None),
        ("text_mention", None, None, 7),
    ]


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
        (f"{FLAG}é <h1>", 'Unsupported start tag "h1" at byte offset 11'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("ä</b>", "Unexpected end tag at byte offset 2"),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href='x>y", "Unclosed start tag at byte offset 0"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x_y>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("&#xd83d;x", "Text contains invalid Unicode characters after decoding HTML entities, "
         "check for unmatched surrogate code units"),
    ],
)  # fmt: skip
async def test_html_errors_are_those_of_telegram(shared: Telegram, anna: Person, html: str, error: str) -> None:
    said = await refusal(shared, "sendMessage", chat_id=anna.id, text=html, parse_mode="HTML")
    assert said == f"can't parse entities: {error}"
    assert await anna.messages() == []


# Limits


async def test_limits_of_texts_count_after_parsing(telegram: Telegram, bot: Bot, alice: Person) -> None:
    longest = "🌍" * 2048
    assert (await bot.send_message(alice.id, f"<b>{longest}</b>", parse_mode="HTML")).text == longest
    for text, error in ((longest + "x", "message is too long"), ("", "text is empty"), ("<b> </b>", "text is empty")):
        with pytest.raises(TelegramBadRequest, match=error):
            await bot.send_message(alice.id, text, parse_mode="HTML")
    photo = types.BufferedInputFile(PNG, "p.png")
    assert (await bot.send_photo(alice.id, photo, caption="c" * 1024)).caption
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_photo(alice.id, photo, caption="c" * 1025)


@pytest.mark.parametrize(
    ("button", "error"),
    [
        ({"text": "x", "callback_data": "я" * 32}, None),
        ({"text": "x", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "x", "url": "not an address"}, "BUTTON_URL_INVALID"),
    ],
)
async def test_limits_of_buttons(shared: Telegram, anna: Person, button: Json, error: str | None) -> None:
    markup = {"inline_keyboard": [[button]]}
    answer = await call(shared, "sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    assert answer["ok"] is (error is None)
    assert error is None or error in answer["description"]


async def test_limits_of_photos(telegram: Telegram, bot: Bot, alice: Person) -> None:
    async def refused(content: bytes, error: str) -> None:
        with pytest.raises(TelegramBadRequest, match=error):
            await bot.send_photo(alice.id, types.BufferedInputFile(content, "p.png"))

    await refused(PNG + bytes(10 * 2**20), "file of size 10485789 bytes is too big for a photo")
    await refused(b"<svg/>", "IMAGE_PROCESS_FAILED")
    await refused(PNG[:16] + (9000).to_bytes(4) + (1001).to_bytes(4), "PHOTO_INVALID_DIMENSIONS")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"question": "q" * 301}, "poll question length must not exceed 300"),
        ({"options": ["a", "o" * 101]}, "poll options length must not exceed 100"),
        ({"options": [str(n) for n in range(13)]}, "poll can't have more than 12 options"),
        ({"correct_option_ids": [2]}, "wrong correct option ID specified"),
        ({"explanation": "e" * 201}, "MESSAGE_TOO_LONG"),
        ({"explanation": "a\nb\nc\nd"}, "MESSAGE_TOO_LONG"),
        ({"open_period": 4}, "OPEN_PERIOD_INVALID"),
    ],
)
async def test_limits_of_polls(shared: Telegram, anna: Person, fields: Json, error: str) -> None:
    quiz = {"question": "q", "options": ["a", "b"], "type": "quiz", "correct_option_ids": [0], "chat_id": anna.id}
    assert await refusal(shared, "sendPoll", **(quiz | fields)) == error


@pytest.mark.parametrize(
    ("method", "fields", "error"),
    [
        ("setMyCommands", {"commands": [{"command": "a", "description": "a"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "a"}]}, "BOT_COMMAND_INVALID"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": "a" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ("setMyDescription", {"description": "d" * 513}, "BOT_DESCRIPTION_INVALID"),
        ("setMyShortDescription", {"short_description": "d" * 121}, "BOT_SHORT_DESCRIPTION_INVALID"),
        ("setMyName", {"name": "n" * 65}, "BOT_TITLE_INVALID"),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action in request"),
        ("sendMessage", {"text": "x", "message_thread_id": 5}, "message thread not found"),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": 5}}, "message to be replied not found"),
        ("editMessageText", {"text": "x", "message_id": 5}, "message to edit not found"),
        ("deleteMessage", {"message_id": 5}, "message to delete not found"),
        ("answerCallbackQuery", {"callback_query_id": "5", "text": "t" * 201}, "MESSAGE_TOO_LONG"),
        ("setWebhook", {"url": "https://x.y/", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_other_limits(shared: Telegram, anna: Person, method: str, fields: Json, error: str) -> None:
    assert await refusal(shared, method, chat_id=anna.id, **fields) == error


async def test_rates_are_telegrams(telegram: Telegram, bot: Bot, alice: Person) -> None:
    await telegram.control("settings", rates=True)
    for _ in range(5):
        await bot.send_message(alice.id, "a burst passes")
    with pytest.raises(TelegramRetryAfter) as error:
        await bot.send_message(alice.id, "and then no more")
    assert 1 <= error.value.retry_after <= 5
    others = [await telegram.person(f"P{n}", started=True) for n in range(60)]
    results = await asyncio.gather(*(bot.send_message(p.id, "x") for p in others), return_exceptions=True)
    assert 25 <= sum(isinstance(result, types.Message) for result in results) < 60


def test_a_group_takes_twenty_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    rates, clock = Rates(), 1000.0
    rates.enforced = True
    monkeypatch.setattr("tests.botapi.faults.time.monotonic", lambda: clock)
    for _ in range(20):
        rates.check(-100)
        clock += 2
    with pytest.raises(ApiError) as error:
        rates.check(-100)
    assert error.value.parameters == {"retry_after": 20}


# Polling


async def test_polling_confirms_by_offset(telegram: Telegram, bot: Bot, alice: Person) -> None:
    ids = [(await alice.says(f"question {n}"))["update_id"] for n in range(5)]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
    assert [update.update_id for update in await bot.get_updates(offset=ids[2])] == ids[2:]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == ids[4:]
    assert [update.update_id for update in await bot.get_updates()] == ids[4:]
    assert await bot.get_updates(offset=ids[4] + 1) == []
    assert (await telegram.control("updates"))["pending"] == 0


async def test_a_long_poll_ends_with_the_first_update(telegram: Telegram, bot: Bot, alice: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.is_polled()
    await alice.says("hello")
    assert [update.message and update.message.text for update in await poll] == ["hello"]


async def test_the_second_poll_ends_the_first(telegram: Telegram) -> None:
    first = asyncio.create_task(call(telegram, "getUpdates", timeout=30))
    await telegram.is_polled()
    second = asyncio.create_task(call(telegram, "getUpdates", timeout=1))
    text = "terminated by other getUpdates request; make sure that only one bot instance is running"
    assert await first == {"ok": False, "error_code": 409, "description": f"Conflict: {text}"}
    assert await second == {"ok": True, "result": []}


async def test_a_webhook_ends_polling(telegram: Telegram) -> None:
    poll = asyncio.create_task(call(telegram, "getUpdates", timeout=30))
    await telegram.is_polled()
    assert (await call(telegram, "setWebhook", url="http://127.0.0.1:9/"))["ok"]
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    refused = await call(telegram, "getUpdates")
    assert refused["error_code"] == 409
    assert "can't use getUpdates method while webhook is active" in refused["description"]
    again = await call(telegram, "setWebhook", url="http://127.0.0.1:9/")
    assert (again["error_code"], again["parameters"]) == (429, {"retry_after": 1})
    assert (await call(telegram, "deleteWebhook"))["ok"]
    assert (await call(telegram, "getUpdates"))["ok"]


async def test_only_the_updates_asked_for(telegram: Telegram, bot: Bot, alice: Person) -> None:
    sent = await bot.send_message(alice.id, "react to me")
    assert (await alice.reacts(Message({"message_id": sent.message_id}), "👍"))["update_id"] is None
    await bot.get_updates(allowed_updates=["message_reaction"])
    assert (await alice.says("unheard"))["update_id"] is None
    await alice.reacts(Message({"message_id": sent.message_id}), "👍")
    (update,) = await bot.get_updates()
    assert update.message_reaction is not None
    assert [reaction.model_dump()["emoji"] for reaction in update.message_reaction.new_reaction] == ["👍"]


# Webhook


Handler = Callable[[Json, web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    """The address of a webhook."""

    async def handle(request: web.Request) -> web.Response:
        return await handler(await request.json(), request)

    app = web.Application()
    app.router.add_post("/hook", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.01)


async def test_a_webhook_gets_updates_with_the_secret(telegram: Telegram, bot: Bot, alice: Person) -> None:
    got: list[tuple[str | None, str]] = []

    async def handler(update: Json, request: web.Request) -> web.Response:
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update["message"]["text"]))
        return web.json_response({"method": "sendMessage", "chat_id": alice.id, "text": "in the answer"})

    await alice.says("before")
    async with listening(handler) as url:
        await bot.set_webhook(url, secret_token="s-3_cret", max_connections=7)
        await alice.says("after")
        assert (await alice.hears()).text == "in the answer"
        await until(lambda: len(got) == 2)
        assert got == [("s-3_cret", "before"), ("s-3_cret", "after")]
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections) == (url, 7)
    assert {made.get("via") for made in await telegram.calls("sendMessage")} == {"webhook"}


async def test_one_at_a_time_in_each_lane(telegram: Telegram, bot: Bot) -> None:
    """Messages by chat; lanes side by side, up to max_connections."""
    busy: set[int] = set()
    most, order, overlaps = 0, [], 0

    async def handler(update: Json, request: web.Request) -> web.Response:
        nonlocal most, overlaps
        chat = update["message"]["chat"]["id"]
        overlaps += chat in busy
        busy.add(chat)
        most = max(most, len(busy))
        await asyncio.sleep(0.02)
        busy.discard(chat)
        order.append((chat, update["message"]["text"]))
        return web.Response()

    people = [await telegram.person(f"P{n}") for n in range(6)]
    async with listening(handler) as url:
        await bot.set_webhook(url, max_connections=4)
        await asyncio.gather(*(_says_in_turn(person, 5) for person in people))
        await until(lambda: len(order) == 30)
    assert (most, overlaps) == (4, 0)
    for person in people:
        assert [text for chat, text in order if chat == person.id] == [str(n) for n in range(5)]


async def _says_in_turn(person: Person, times: int) -> None:
    for n in range(times):
        await person.says(str(n))


async def test_buttons_and_messages_go_in_lanes_of_their_own(telegram: Telegram, bot: Bot, alice: Person) -> None:
    arrived: list[str] = []
    free = asyncio.Event()

    async def handler(update: Json, request: web.Request) -> web.Response:
        arrived.append("message" if "message" in update else "callback_query")
        if "message" in update:
            await free.wait()
        return web.Response()

    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[types.InlineKeyboardButton(text="x", callback_data="x")]])
    await bot.send_message(alice.id, "press", reply_markup=keyboard)
    async with listening(handler) as url:
        await bot.set_webhook(url)
        await alice.says("one")
        await alice.says("two")
        await telegram.control("press", user=alice.id, label="x")
        await until(lambda: len(arrived) == 2)
        assert arrived == ["message", "callback_query"]
        free.set()
        await until(lambda: len(arrived) == 3)


async def test_only_2xx_acknowledges(telegram: Telegram, bot: Bot, alice: Person) -> None:
    """The first retry comes at once, then the delay doubles; a chat waits for its first message."""
    answers = [503, 302, 500, 204, 200]
    got: list[tuple[str, float]] = []

    async def handler(update: Json, request: web.Request) -> web.Response:
        got.append((update["message"]["text"], time.monotonic()))
        return web.Response(status=answers[len(got) - 1], headers={"Location": str(request.url)})

    async with listening(handler) as url:
        await bot.set_webhook(url)
        await alice.says("one")
        await alice.says("two")
        await until(lambda: len(got) == 5)
        assert [text for text, _ in got] == ["one", "one", "one", "one", "two"]
        gaps = [later - earlier for (_, earlier), (_, later) in pairwise(got)]
        assert gaps[0] < 0.09  # the unit is 0.05 here
        assert gaps[1] >= 0.1
        assert gaps[2] >= 0.2
        info = await bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        counts = await telegram.control("updates")
        assert (counts["failed"], counts["delivered"] + counts["pending"]) == (3, 2)


async def test_retry_after_wins(telegram: Telegram, bot: Bot, alice: Person) -> None:
    at: list[float] = []

    async def handler(update: Json, request: web.Request) -> web.Response:
        at.append(time.monotonic())
        return web.Response(status=429 if len(at) == 1 else 200, headers={"Retry-After": "1"})

    async with listening(handler) as url:
        await bot.set_webhook(url)
        await alice.says("one")
        await until(lambda: len(at) == 2)
    assert at[1] - at[0] >= 1


async def test_what_a_webhook_did_not_acknowledge_is_polled(telegram: Telegram, bot: Bot, alice: Person) -> None:
    async def handler(update: Json, request: web.Request) -> web.Response:
        return web.Response(status=500)

    async with listening(handler) as url:
        await bot.set_webhook(url)
        said = await alice.says("still here")
        await bot.delete_webhook()
    assert [update.update_id for update in await bot.get_updates()] == [said["update_id"]]
    await telegram.control("repeat", update_id=said["update_id"])
    assert [update.update_id for update in await bot.get_updates()] == [said["update_id"]]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_updates_do_not_live_for_ever(telegram: Telegram, bot: Bot, alice: Person) -> None:
    await alice.says("too long ago")
    await telegram.control("expire")
    assert await bot.get_updates() == []
    assert (await telegram.control("updates"))["expired"] == 1


# Faults


async def test_faults_on_demand(telegram: Telegram, bot: Bot, alice: Person) -> None:
    async def send() -> tuple[int, str, str]:
        fields = {"chat_id": alice.id, "text": "hi"}
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{telegram.bot_url}/sendMessage", json=fields)
            return answer.status, answer.headers.get("Retry-After", ""), await answer.text()

    await telegram.fails("sendMessage", "429", retry_after=3)
    status, after, body = await send()
    assert (status, after, json.loads(body)["parameters"]) == (429, "3", {"retry_after": 3})
    await telegram.fails("*", "502")
    assert (await send())[::2] == (502, "<html><h1>502 Bad Gateway</h1></html>")
    await telegram.fails("send*", "500")
    assert json.loads((await send())[2])["description"] == "Internal Server Error"
    await telegram.fails("sendMessage", "error", error_code=403, description="Forbidden: user is deactivated")
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await bot.send_message(alice.id, "hi")
    assert await alice.messages() == []
    await telegram.fails("sendMessage", "reset", count=2)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await send()
    assert await alice.messages() == []
    await telegram.fails("sendMessage", "half")
    with pytest.raises(aiohttp.ClientPayloadError):
        await send()
    await telegram.fails("sendMessage", "reset", after=True)
    with pytest.raises(aiohttp.ClientError):
        await send()
    assert len(await alice.messages()) == 2  # those two arrived, and the bot does not know
    await telegram.fails("sendMessage", "slow", seconds=0.3)
    began = time.monotonic()
    assert (await send())[0] == 200
    assert time.monotonic() - began >= 0.3
    await telegram.fails("getMe", "500", count=None)
    assert (await send())[0] == 200
    await telegram.recovers()
    assert (await bot.me()).username == "test_bot"
    wrong = [made.get("fault") for made in await telegram.calls("sendMessage")]
    assert wrong == ["429", "502", "500", "error", "reset", "reset", "half", "reset", "slow", None]


async def test_faults_by_chance(telegram: Telegram) -> None:
    await telegram.fails("getMe", "500", count=None, probability=0.5)
    answers = [(await call(telegram, "getMe"))["ok"] for _ in range(60)]
    assert 5 < sum(answers) < 55


# Chats, buttons, inline mode: what a person can do


async def test_edits_and_deletions(telegram: Telegram, bot: Bot, alice: Person) -> None:
    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[types.InlineKeyboardButton(text="x", callback_data="x")]])
    sent = await bot.send_message(alice.id, "one", reply_markup=keyboard)
    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message content"):
        await bot.edit_message_text("one", chat_id=alice.id, message_id=sent.message_id, reply_markup=keyboard)
    edited = await bot.edit_message_text("<b>two</b>", chat_id=alice.id, message_id=sent.message_id, parse_mode="HTML")
    assert isinstance(edited, types.Message)
    assert (edited.text, edited.edit_date is None, edited.reply_markup) == ("two", False, None)
    assert (await alice.hears_edit()).parts("bold") == ["two"]
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot.edit_message_caption(chat_id=alice.id, message_id=sent.message_id, caption="c")
    said = await alice.says("mine")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("yours", chat_id=alice.id, message_id=said["message"]["message_id"])
    assert await bot.edit_message_reply_markup(chat_id=alice.id, message_id=sent.message_id, reply_markup=keyboard)
    assert await bot.delete_message(alice.id, sent.message_id)
    assert await bot.delete_messages(alice.id, [said["message"]["message_id"], 999])
    assert await alice.messages() == []
    await alice.edits((await alice.says("typo"))["message"]["message_id"], "no typo")
    assert [u.edited_message and u.edited_message.text for u in await bot.get_updates(offset=-1)] == ["no typo"]


async def test_a_button_is_pressed_and_answered(telegram: Telegram, bot: Bot, alice: Person) -> None:
    keyboard = types.InlineKeyboardMarkup(
        inline_keyboard=[
            [types.InlineKeyboardButton(text="More", callback_data="more:1")],
            [types.InlineKeyboardButton(text="Source", url="https://sectsco.org/")],
        ]
    )
    await bot.send_message(alice.id, "4 observers", reply_markup=keyboard)
    message = await alice.hears()
    assert message.rows == [["More"], ["Source"]]
    assert (await alice.presses("Source"))["url"] == "https://sectsco.org/"
    pressing = asyncio.create_task(alice.presses("More", message))
    (update,) = await bot.get_updates(timeout=5)
    assert update.callback_query is not None
    assert (update.callback_query.data, update.callback_query.from_user.id) == ("more:1", alice.id)
    assert isinstance(update.callback_query.message, types.Message)
    assert await bot.answer_callback_query(update.callback_query.id, "Here it is")
    assert (await pressing)["text"] == "Here it is"
    with pytest.raises(NothingCameError):
        await alice.presses("More", seconds=0.1)
    with pytest.raises(ValueError, match="no button 'Less'; there are"):
        await alice.presses("Less")
    await telegram.control("press", user=alice.id, label="More", inaccessible=True)
    (old,) = await bot.get_updates(offset=-1)
    assert old.callback_query is not None
    assert isinstance(old.callback_query.message, types.InaccessibleMessage)
    await telegram.control("expire")
    with pytest.raises(
        TelegramBadRequest, match="query is too old and response timeout expired or query ID is invalid"
    ):
        await bot.answer_callback_query(old.callback_query.id)


async def test_a_reply_keyboard_is_said(telegram: Telegram, bot: Bot, alice: Person) -> None:
    keyboard = types.ReplyKeyboardMarkup(keyboard=[[types.KeyboardButton(text="Quiz")]])
    await bot.send_message(alice.id, "menu", reply_markup=keyboard)
    assert (await alice.presses("Quiz"))["message"]["text"] == "Quiz"
    await bot.send_message(alice.id, "gone", reply_markup=types.ReplyKeyboardRemove(remove_keyboard=True))
    assert (await alice.content())["reply_keyboard"] is None


def article(number: int, **fields: Any) -> types.InlineQueryResultUnion:
    content = types.InputTextMessageContent(message_text=f"<b>{number}</b>", parse_mode="HTML")
    known: Json = {"id": str(number), "title": "t", "input_message_content": content}
    return types.InlineQueryResultArticle(**(known | fields))


async def test_deep_links(alice: Person) -> None:
    assert (await alice.opens(f"https://t.me/test_bot?start={'x' * 64}"))["message"]["text"] == f"/start {'x' * 64}"
    for link in (
        f"https://t.me/test_bot?start={'x' * 65}",
        "https://t.me/test_bot?start=a.b",
        "https://t.me/other_bot",
    ):
        with pytest.raises(ValueError, match="no link to this bot"):
            await alice.opens(link)


async def test_inline_mode(telegram: Telegram, bot: Bot, alice: Person) -> None:
    searching = asyncio.create_task(alice.searches("observers"))
    (update,) = await bot.get_updates(timeout=5)
    query = update.inline_query
    assert query is not None
    assert (query.query, query.from_user.id) == ("observers", alice.id)
    for results, error in (
        ([article(n) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([article(1), article(1)], "RESULT_ID_DUPLICATE"),
        ([article(1, id="x" * 65)], "RESULT_ID_INVALID"),
    ):
        with pytest.raises(TelegramBadRequest, match=error):
            await bot.answer_inline_query(query.id, results)
    with pytest.raises(TelegramBadRequest, match="START_PARAM_INVALID"):
        await bot.answer_inline_query(
            query.id, [], button=types.InlineQueryResultsButton(text="b", start_parameter="a b")
        )
    button = types.InlineKeyboardButton(text="x", callback_data="x")
    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.answer_inline_query(query.id, [article(1, reply_markup=keyboard), article(2)], cache_time=60)
    found = await searching
    assert [kinds(result["message"]["entities"]) for result in found] == [[("bold", 0, 1)]] * 2
    chosen = await telegram.control("choose", user=alice.id, query_id=query.id, result_id="1")
    await telegram.control("press", user=alice.id, inline_message_id=chosen["inline_message_id"], label="x")
    updates = await bot.get_updates()
    assert updates[-2].chosen_inline_result is not None
    assert updates[-1].callback_query is not None
    assert updates[-1].callback_query.message is None
    assert await bot.edit_message_text("2", inline_message_id=updates[-1].callback_query.inline_message_id) is True
    await telegram.control("choose", user=alice.id, query_id=query.id, result_id="2", chat=alice.id)
    sent = (await bot.get_updates())[-1].message
    assert sent is not None
    assert sent.via_bot is not None
    assert sent.via_bot.username == "test_bot"


async def test_quizzes(telegram: Telegram, bot: Bot, alice: Person) -> None:
    options: list[types.InputPollOption | str] = [types.InputPollOption(text="1996"), "2001"]
    sent = await bot.send_poll(
        alice.id, "When?", options, type="quiz", correct_option_ids=[1], explanation="<i>15 June</i>",
        explanation_parse_mode="HTML", is_anonymous=False,
    )  # fmt: skip
    assert sent.poll is not None
    assert (sent.poll.type, sent.poll.correct_option_ids, sent.poll.explanation) == ("quiz", [1], "15 June")
    message = await alice.hears()
    await alice.votes(message, 1)
    with pytest.raises(ValueError, match="REVOTE_NOT_ALLOWED"):
        await alice.votes(message, 0)
    state, answer = await bot.get_updates()
    assert state.poll is not None
    assert [option.voter_count for option in state.poll.options] == [0, 1]
    assert answer.poll_answer is not None
    assert answer.poll_answer.option_ids == [1]
    assert (await bot.stop_poll(alice.id, sent.message_id)).is_closed
    for message_id, error in (
        (sent.message_id, "poll has already been closed"),
        (99, "message with poll to stop not found"),
    ):
        with pytest.raises(TelegramBadRequest, match=error):
            await bot.stop_poll(alice.id, message_id)


async def test_groups_and_privacy_mode(telegram: Telegram, bot: Bot, alice: Person) -> None:
    group = await telegram.group("Students", alice)
    there = alice.inside(group)
    assert (await there.says("just talking"))["update_id"] is None
    assert (await there.says("/start@other_bot"))["update_id"] is None
    for text in ("/start", "/start@test_bot", "hey @Test_Bot, who joined?"):
        assert (await there.says(text))["update_id"] is not None
    answer = await bot.send_message(group, "India and Pakistan", reply_parameters=types.ReplyParameters(message_id=5))
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.message_id == 5
    assert (await there.says("and Iran?", reply_to=answer.message_id))["update_id"] is not None
    await there.hears()
    await there.hears_nothing(0.05)
    assert [update.message and update.message.text for update in (await bot.get_updates())[1:]] == [
        "/start", "/start@test_bot", "hey @Test_Bot, who joined?", "and Iran?",
    ]  # fmt: skip
    assert (await bot.get_chat_member(group, alice.id)).status == "creator"
    assert [member.status for member in await bot.get_chat_administrators(group)] == ["creator"]
    assert await bot.get_chat_member_count(group) == 2
    await telegram.control("member", chat=group, status="administrator")
    assert (await there.says("now all is heard"))["update_id"] is not None
    assert await bot.leave_chat(group)


async def test_topics(telegram: Telegram, bot: Bot, alice: Person) -> None:
    forum = await telegram.group("Forum", alice, is_forum=True)
    topic = await telegram.control("topic", chat=forum, name="History", user=alice.id)
    said = (await alice.inside(forum, topic["message_thread_id"]).says("/start"))["message"]
    assert said["is_topic_message"]
    answer = await bot.send_message(forum, "x", reply_parameters=types.ReplyParameters(message_id=said["message_id"]))
    assert answer.message_thread_id == topic["message_thread_id"]
    assert (await bot.send_message(forum, "to all")).message_thread_id is None
    opening = (await bot.get_updates())[-1].message
    assert opening is not None
    assert opening.reply_to_message is not None, "who replies to nobody in a topic replies to its opening"
    assert opening.reply_to_message.forum_topic_created is not None


async def test_who_a_message_in_a_group_is_from(telegram: Telegram, bot: Bot, alice: Person) -> None:
    there = alice.inside(await telegram.group("Students", alice))
    wrote = (await there.says("/ask who joined in 2017?"))["message"]["message_id"]
    await there.says("/ask", reply_to=wrote, quote="in 2017")
    for sender in ("group", "channel", "post"):
        await there.says("/ask@test_bot", sender=sender)
    messages = [update.message for update in (await bot.get_updates())[-4:] if update.message]
    quoting, admin, channel, post = messages
    assert quoting.quote is not None
    assert (quoting.quote.text, quoting.quote.position) == ("in 2017", 16)
    for message, name in ((admin, "GroupAnonymousBot"), (channel, "Channel_Bot")):
        assert message.from_user is not None
        assert (message.from_user.is_bot, message.from_user.username) == (True, name)
    assert admin.sender_chat is not None
    assert admin.sender_chat.id == there.chat
    assert post.sender_chat == channel.sender_chat
    assert post.is_automatic_forward


async def test_a_button_can_be_forged(telegram: Telegram, bot: Bot, alice: Person) -> None:
    await alice.says("/start")
    message = await bot.send_message(alice.id, "x")
    await telegram.control("press", user=alice.id, message_id=message.message_id, forged="no button says this")
    pressed = (await bot.get_updates())[-1].callback_query
    assert pressed is not None
    assert pressed.data == "no button says this"


async def test_files_and_photos(telegram: Telegram, bot: Bot, alice: Person) -> None:
    await alice.sends("facts.yaml", b"- fact\n", caption="/upload")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    assert update.message.caption_entities is not None
    downloaded = await bot.download(update.message.document)
    assert downloaded is not None
    assert downloaded.read() == b"- fact\n"
    photo = await bot.send_photo(
        alice.id, types.BufferedInputFile(PNG, "chart.png"), caption="<b>c</b>", parse_mode="HTML"
    )
    assert photo.photo is not None
    assert (photo.photo[0].width, photo.photo[0].height) == (640, 480)
    again = await bot.send_photo(alice.id, photo.photo[0].file_id)
    sheet = types.InputMediaDocument(media=types.BufferedInputFile(b"a,b", "table.csv"), caption="table")
    edited = await bot.edit_message_media(sheet, chat_id=alice.id, message_id=again.message_id)
    assert isinstance(edited, types.Message)
    assert edited.document is not None
    assert (edited.document.file_name, edited.photo) == ("table.csv", None)
    with pytest.raises(TelegramBadRequest, match="invalid file_id"):
        await bot.get_file("nothing")


async def test_what_the_bot_says_of_itself(telegram: Telegram, bot: Bot, alice: Person) -> None:
    assert (await bot.get_me()).supports_inline_queries
    await bot.set_my_name("SCO")
    await bot.set_my_name("ШОС", language_code="ru")
    assert [(await bot.get_my_name(code)).name for code in (None, "ru", "de")] == ["SCO", "ШОС", "SCO"]
    await bot.set_my_description("d")
    await bot.set_my_short_description("s")
    assert (await bot.get_my_description()).description == "d"
    assert (await bot.get_my_short_description()).short_description == "s"
    await bot.set_my_commands([types.BotCommand(command="help", description="Help")])
    await bot.set_my_commands([types.BotCommand(command="help", description="Hilfe")], language_code="de")
    scope = types.BotCommandScopeChat(chat_id=alice.id)
    await bot.set_my_commands([types.BotCommand(command="reload", description="Reload")], scope=scope)
    german = await telegram.person("Bernd", language="de")
    offered = [(await telegram.control("offered", user=who.id))["commands"] for who in (alice, german)]
    assert offered == [
        [{"command": "reload", "description": "Reload"}],
        [{"command": "help", "description": "Hilfe"}],
    ]
    assert [command.command for command in await bot.get_my_commands(scope=scope)] == ["reload"]
    await bot.delete_my_commands(scope=scope)
    assert await bot.get_my_commands(scope=scope) == []
    await bot.set_chat_menu_button(alice.id, types.MenuButtonDefault())
    assert (await bot.get_chat_menu_button(alice.id)).type == "default"
    assert (await bot.get_chat(alice.id)).first_name == "Alice"


async def test_actions_and_reactions_are_seen(telegram: Telegram, bot: Bot, alice: Person) -> None:
    said = (await alice.says("hello"))["message"]
    await bot.send_chat_action(alice.id, "typing")
    assert (await alice.sees("action"))["action"] == "typing"
    await bot.set_message_reaction(alice.id, said["message_id"], [types.ReactionTypeEmoji(emoji="👀")])
    assert (await alice.sees("reaction"))["emoji"] == ["👀"]
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(alice.id, said["message_id"], [types.ReactionTypeEmoji(emoji="🇲🇳")])
    with pytest.raises(NothingCameError):
        await alice.hears(0.05)


async def test_every_call_is_on_record(telegram: Telegram, bot: Bot, alice: Person) -> None:
    await bot.send_message(alice.id, "hi")
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(alice.id, "")
    good, bad = await telegram.calls("sendMessage")
    assert (good["parameters"]["text"], good["result"]["message_id"]) == ("hi", 1)
    assert bad["error"]["error_code"] == 400
    assert await telegram.calls(after=bad["number"]) == []


async def test_python_telegram_bot_cannot_tell_it_from_telegram(telegram: Telegram, alice: Person) -> None:
    async def answer(update: Update, context: Any) -> None:
        assert update.effective_message is not None
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await update.effective_message.reply_html("<b>4</b> observers", reply_markup=markup)

    async def more(update: Update, context: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Here")
        await update.callback_query.edit_message_text("Mongolia, India, Iran, Pakistan")

    builder = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.url}/bot")
    application = builder.base_file_url(f"{telegram.url}/file/bot").build()
    application.add_handlers([MessageHandler(filters.TEXT, answer), CallbackQueryHandler(more)])
    async with application:
        assert application.updater is not None
        await application.updater.start_polling()
        await application.start()
        assert (await alice.asks("who were observers in 2005?")).parts("bold") == ["4"]
        assert (await alice.presses("More"))["text"] == "Here"
        assert (await alice.hears_edit()).text.startswith("Mongolia")
        await application.updater.stop()
        await application.stop()
