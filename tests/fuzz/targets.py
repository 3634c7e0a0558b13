"""What is fed with hostile input: the doors through which a person's or an editor's bytes come in.

Each target is made ready once and then takes any bytes; what it raises is a fault. To what is wrong it says no.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import structlog

from bot.settings import ROOT

TODAY = date(2026, 11, 23)
LANGUAGES = ("en", "ru", "zh")

Feed = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """One door: what comes in by it, how much of a thousand inputs, how many inputs in a short run."""

    name: str
    fed: str
    share: int
    short: int
    ready: Callable[[], AbstractContextManager[Feed]]
    seeds: Callable[[], Sequence[bytes]]


def text_of(data: bytes) -> str:
    """Bytes as a text that may hold what no text should: bytes that are no UTF-8 become halves of characters."""
    return data.decode("utf-8", "surrogateescape")


def written(data: bytes) -> str:
    """Bytes as a text that a file can hold."""
    return data.decode("utf-8", "replace")


def _yaml() -> AbstractContextManager[Feed]:
    from bot.knowledge.files import read_file

    return nullcontext(lambda data: read_file("fuzzed.yaml", data, []))


def _templates() -> AbstractContextManager[Feed]:
    from bot.intents.grammar import TemplateError, parse, patterns, phrases

    rules = {"be": parse("(is|are)"), "list": parse("(list|name) [all]")}

    def feed(data: bytes) -> None:
        with suppress(TemplateError):
            node = parse(written(data))
            phrases(node, rules)
            patterns(node, rules, {"be"})

    return nullcontext(feed)


def _answers() -> AbstractContextManager[Feed]:
    from jinja2 import TemplateSyntaxError

    from bot.answers.render import Environment, RenderError

    values = {
        "rows": [{"name": "Ann", "year": 2020}],
        "when": None,
        "listing": ", ".join,
        "given": frozenset(("when",)),
    }

    def feed(data: bytes) -> None:
        environment, text = Environment(), written(data)
        with suppress(TemplateSyntaxError, RenderError, SyntaxError, RecursionError):  # which `check` reports
            if all(name in values for _, _, name, _ in environment.strange(text)):
                environment.compile(text)
                environment.render(text, values)

    return nullcontext(feed)


def _packs() -> AbstractContextManager[Feed]:
    from bot.dialogue import Context
    from bot.engine import Engine
    from bot.examples import run_examples
    from bot.knowledge.folders import Folder
    from bot.pack import PackError, pack_of
    from tests.hostile import INTENTS, KNOWLEDGE, QUESTION

    def folder(name: str, text: bytes) -> Folder:
        return Folder(Path(name), {Path(name, "all.yaml"): text})

    def feed(data: bytes) -> None:
        fuzzed, kind = data[1:], data[:1] < b"\x80"
        knowledge, intents = (fuzzed, INTENTS.encode()) if kind else (KNOWLEDGE.encode(), fuzzed)
        try:
            pack = pack_of(folder("knowledge", knowledge), folder("intents", intents), {})
            run_examples(pack)
        except PackError:
            return
        Engine(pack).answer(QUESTION, Context(), today=TODAY)

    return nullcontext(feed)


def _dates() -> AbstractContextManager[Feed]:
    from bot.knowledge.model import PartialDate
    from bot.language.dates import find_times
    from tests import shipped

    times = [understanding.lexicon.times for understanding in shipped.pack().languages.values()]
    speeches = [understanding.speech for understanding in shipped.pack().languages.values()]

    def feed(data: bytes) -> None:
        text = text_of(data)
        with suppress(ValueError):
            PartialDate.parse(text)
        for known, speech in zip(times, speeches, strict=True):
            find_times(speech.words(text), known, TODAY)

    return nullcontext(feed)


def _buttons() -> AbstractContextManager[Feed]:
    from bot.dialogue import Context
    from bot.telegram import zones
    from bot.telegram.browse import Spot
    from bot.telegram.keyboards import read

    def feed(data: bytes) -> None:
        text = text_of(data)
        read(text)
        Spot.read(text)
        zones.zone(text)
        if text.startswith("daily"):
            zones.read_wish(text, {"moon": "UTC"}, "en")
        Context.from_json(text)

    return nullcontext(feed)


def _bodies() -> AbstractContextManager[Feed]:
    from bot.telegram.intake import lane
    from bot.telegram.webhook import update_of

    def feed(data: bytes) -> None:
        update = update_of(data)
        if update is not None:
            lane(update)
            json.dumps(update)

    return nullcontext(feed)


def _messages() -> AbstractContextManager[Feed]:
    from bot.dialogue import Context
    from bot.engine import Engine
    from tests import shipped

    engine = Engine(shipped.pack())
    context = Context()

    def feed(data: bytes) -> None:
        nonlocal context
        language, text = LANGUAGES[data[0] % 3] if data else None, text_of(data[1:])
        reply, context = engine.answer(text, context, today=TODAY, lang=language)
        engine.related(reply, context, today=TODAY)
        engine.suggest(text, 5)
        Context.from_json(context.to_json())

    return nullcontext(feed)


@contextmanager
def _telegram() -> Iterator[Feed]:
    """The whole bot, with Telegram's part played by a request class that agrees to everything."""
    bot = _Offline()
    yield bot.feed
    bot.close()


class _Offline:
    def __init__(self) -> None:
        from bot.engine import Engine
        from bot.telegram import application
        from bot.telegram.live import Live
        from tests import shipped

        self.failures: list[MutableMapping[str, Any]] = []
        structlog.configure(processors=[self._note])
        self._live = Live(Engine(shipped.pack()), shipped.pack, asyncio.Event())
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count(1)
        self._intake: Any = None
        vars(application).update(AiohttpRequest=_Agreeing, Polling=self._polling)
        self._bot = self._loop.create_task(self._run(application))
        self._loop.run_until_complete(self._started())

    async def _run(self, application: Any) -> None:
        from bot.settings import Settings
        from bot.storage import Store

        with tempfile.TemporaryDirectory() as folder:
            kept = f"sqlite:///{folder}/bot.sqlite3"
            settings = Settings.load(bot_token="42:TEST-of_the-bot", bot_admins="1", database_url=kept)
            async with Store.at(settings.database_url.get_secret_value()) as store:
                await application._answer(settings, self._live, store, None)

    async def _started(self) -> None:
        while self._intake is None:
            if self._bot.done():
                self._bot.result()
            await asyncio.sleep(0.01)

    def close(self) -> None:
        """Stop the bot."""
        self._bot.cancel()
        self._loop.run_until_complete(asyncio.wait([self._bot]))
        self._loop.close()

    def _polling(self, _: str, __: str, intake: Any) -> Any:
        self._intake = intake
        return self

    async def run(self) -> None:
        """In the place of polling."""
        await asyncio.Event().wait()

    def _note(self, _: Any, __: str, event: MutableMapping[str, Any]) -> NoReturn:
        if event["event"] in ("handler.failed", "intake.failed", "update.unreadable"):
            self.failures.append(event)
        raise structlog.DropEvent

    def feed(self, data: bytes) -> None:
        """One update."""
        update = {"update_id": next(self._numbers), **_update(data)}
        self._loop.run_until_complete(self._intake.deliver(update))
        if self.failures:
            failed = self.failures.pop()
            raise failed["exc_info"] if isinstance(failed.get("exc_info"), BaseException) else AssertionError(failed)


def _update(data: bytes) -> dict[str, Any]:
    """An update of one of the kinds that people can make, with a text of theirs."""
    kind, number, text = data[:1] or b"\0", data[1:2] or b"\0", text_of(data[2:])
    person = {
        "id": 1 + number[0] % 2,
        "is_bot": False,
        "first_name": text[:64],
        "language_code": LANGUAGES[number[0] % 3],
    }
    chat = {"id": person["id"], "type": "private", "first_name": text[:64]}
    message = {"message_id": 7, "date": 1_700_000_000, "chat": chat, "from": person}
    match kind[0] % 5:
        case 0:
            return {"message": {**message, "text": text[:4096] or "?"}}
        case 1:
            query = {"id": "1", "from": person, "chat_instance": "1", "data": text[:64]}
            return {"callback_query": {**query, "message": {**message, "text": "Hello"}}}
        case 2:
            return {"inline_query": {"id": "1", "from": person, "query": text[:256], "offset": ""}}
        case 3:
            link = {"type": "bot_command", "offset": 0, "length": 6}
            return {"message": {**message, "text": f"/start {text[:64]}", "entities": [link]}}
        case _:
            word = text.split(" ")[0][:32]
            command = {"type": "bot_command", "offset": 0, "length": 1 + len(word)}
            return {"message": {**message, "text": f"/{text[:4000]}", "entities": [command]}}


class _Agreeing:
    """Telegram, as far as the framework can tell: every call is carried out."""

    read_timeout = 5.0

    def __init__(self, connections: int) -> None:
        self.connections = connections

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def post(self, url: str, request_data: Any = None, **_: Any) -> Any:
        """The result of a call."""
        method = url.rpartition("/")[2]
        user = {"id": 42, "is_bot": True, "first_name": "Bot", "username": "test_bot"}
        if method == "getMe":
            return user
        chat = {"id": 1, "type": "private", "first_name": "Ann"}
        sent = {"message_id": 8, "date": 1_700_000_000, "chat": chat, "from": user, "text": "Hello"}
        return sent if method.startswith(("sendMessage", "sendPhoto", "sendDocument", "sendPoll", "edit")) else True


def _pieces(*patterns: str) -> list[bytes]:
    """The beginnings of real files."""
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return [path.read_bytes()[:600] for path in files]


def _lines(pattern: str, words: str) -> Iterator[bytes]:
    """Lines of real files that hold something."""
    for path in sorted(ROOT.glob(pattern)):
        yield from (line.strip().encode() for line in path.read_text("utf-8").splitlines() if words in line)


def _asked() -> list[bytes]:
    """The examples of real intents in all languages, the first byte saying which."""
    pack = _lines("intents/**/*.yaml", "ask: ")
    texts = [line.partition(b"ask: ")[2].strip(b'"{}') for line in pack]
    return [bytes([n % 3]) + text for n, text in enumerate(texts)]


def _packs_seeds() -> list[bytes]:
    from tests.hostile import INTENTS, KNOWLEDGE

    return [b"\0" + KNOWLEDGE.encode(), b"\xff" + INTENTS.encode()]


def _some(found: Iterable[bytes], most: int = 200) -> list[bytes]:
    """A few of many, from all over them."""
    kept = list(dict.fromkeys(found))
    return kept[:: max(1, len(kept) // most)]


BUTTONS = b"a:who? c:2:9f86d081 p:2 h:2 v:1 - b:people:2:9f86d081 daily:Asia/Tashkent:480 g:0011".split()
COMMANDS = b"quiz 10,today,subscribe Tashkent 8:30,privacy,forget,missed,status,browse,broadcast a".split(b",")

TARGETS = {
    target.name: target
    for target in (
        Target("yaml", "pieces of real files to the YAML reader", 250, 400, _yaml,
               lambda: _pieces("knowledge/*.yaml", "intents/*.yaml")),
        Target("templates", "templates to their parser", 260, 400, _templates,
               lambda: _some(line.strip(b'- "') for line in _lines("intents/**/*.yaml", "- \""))),
        Target("buttons", "what buttons carry, contexts, wishes for a time", 250, 400, _buttons,
               lambda: [*BUTTONS, b'{"frame": null, "focus": [], "listed": [], "sources": [], "pending": null}']),
        Target("bodies", "bodies of the webhook", 206, 400, _bodies,
               lambda: [json.dumps({"update_id": 1, **_update(bytes([n]) + b"\0who?")}).encode() for n in range(5)]),
        Target("dates", "times in three languages", 15, 100, _dates,
               lambda: [*_some(_asked()), b"2005-07-05", b"from June 2001 to 2003", b"the 1990s"]),
        Target("answers", "answer templates to the sandbox", 8, 100, _answers,
               lambda: _some(_lines("intents/*.yaml", "{{"))),
        Target("packs", "a whole small pack, read, tested and asked", 1, 30, _packs, _packs_seeds),
        Target("messages", "messages in three languages to the engine", 6, 60, _messages, lambda: _some(_asked())),
        Target("telegram", "updates of every kind to the whole bot", 4, 60, _telegram,
               lambda: [bytes([n, n]) + text for n, text in enumerate((*BUTTONS, *COMMANDS, *_some(_asked(), 40)))]),
    )
}  # fmt: skip
