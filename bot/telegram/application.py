"""The bot on Telegram: put together, started, and stopped cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from pydantic import SecretStr
from telegram import LinkPreviewOptions, Update
from telegram.constants import ParseMode
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults, ExtBot

from bot import clock, compiled, rereading
from bot.engine import Engine
from bot.pack import Pack
from bot.settings import Settings
from bot.storage import Store, StoreError
from bot.telegram import logs
from bot.telegram.admin import Admin
from bot.telegram.aside import StoppingError, aside
from bot.telegram.broadcast import BroadcastFace, Sender
from bot.telegram.browse import Browse
from bot.telegram.calls import Calls
from bot.telegram.commands import conversation_of
from bot.telegram.daily import Daily, DailyFace
from bot.telegram.door import Door
from bot.telegram.errors import Errors
from bot.telegram.handlers import UPDATES, Handlers
from bot.telegram.health import Health
from bot.telegram.inline import Inline
from bot.telegram.intake import Intake, Raw, whole
from bot.telegram.known import known, recall
from bot.telegram.live import Live, ReloadBusyError, Reloaded
from bot.telegram.mass import Mass
from bot.telegram.menus import Menus
from bot.telegram.metrics import Metrics
from bot.telegram.pace import Pace
from bot.telegram.phrases import PHRASES
from bot.telegram.pictures import Drawings, Pictures
from bot.telegram.polling import MOST_CHATS, Polling
from bot.telegram.privacy import Privacy
from bot.telegram.quiz import QuizFace
from bot.telegram.replicas import Replicas, own_name, summary
from bot.telegram.request import AiohttpRequest
from bot.telegram.retries import Retries, pause
from bot.telegram.start import Start
from bot.telegram.talk import Talk
from bot.telegram.tally import Tally
from bot.telegram.tongue import Tongue
from bot.telegram.webhook import Webhook

log = structlog.get_logger(__name__)

DELIVERIES = 64
"""Updates that Telegram may deliver to a webhook at the same time."""

STOP_SECONDS = 20.0
"""How long a stop waits for answers that are being sent."""

SWITCH_SECONDS = 0.0005
"""How long another thread, the database's or one that loads a pack, may keep the event loop from going on. Python's own
5 ms are many updates."""

YOUNG_OBJECTS = 20_000
"""After so many new objects it is looked for rings of them that nobody needs. The framework makes none."""

_App = Application[Any, Any, Any, Any, Any, Any]


class StartError(Exception):
    """The bot cannot start; the text says why, a line a problem, without secrets."""


def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises PackError when the facts or the phrasing are wrong; exits with 1 and a line on standard error when anything
    else keeps it from starting.
    """
    logs.configure(settings.bot_log, settings.secrets)
    tune()
    try:
        asyncio.run(_serve(settings))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


def tune() -> None:
    """Have the interpreter work for many short tasks."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS)


async def _serve(settings: Settings) -> None:
    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number, event in ((signal.SIGTERM, stop), (signal.SIGINT, stop), (signal.SIGHUP, reload)):
        loop.add_signal_handler(number, event.set)
    with contextlib.suppress(StoppingError):
        live = await _load(settings, stop)
        await _until(stop, _work(settings, live, reload))
    log.info("bot.stopped")


async def _work(settings: Settings, live: Live, reload: asyncio.Event) -> None:
    """Be on Telegram until cancelled, with a database."""
    try:
        async with Store.at(settings.database_url.get_secret_value()) as store:
            replicas = Replicas(store, live, own_name()) if settings.bot_webhook_url else None  # only one can poll
            reloading = asyncio.create_task(_reload_whenever(reload, live, replicas))
            try:
                await _answer(settings, live, store, replicas)
            finally:
                reloading.cancel()
    except StoreError as error:
        raise StartError(f"DATABASE_URL: {error}") from None


async def _answer(settings: Settings, live: Live, store: Store, replicas: Replicas | None) -> None:
    """Be on Telegram until cancelled."""
    tally = Tally()
    retries = Retries(Pace(), tally.retries)
    application = _build(settings, retries)
    bot = application.bot
    errors = Errors(live, tally.notices)
    intake = Intake(store, _handler(application, store, tally, errors))
    health = Health(
        Metrics(tally, live, intake, store),
        lambda: live.engine.pack.version,
        {"database": store.ping, "telegram": bot.get_me},
    )
    try:
        if settings.health_listen:
            await _listen(health, settings.health_listen)
        await _patiently(application.initialize)
        mass = Mass(bot, store)
        pictures = Pictures(bot, live, store, Drawings(settings.bot_font))
        pictures.register(application)
        talk = Talk(Calls(bot.base_url, bot.request, retries), live, store, pictures, tally)
        sender, daily = Sender(bot, mass, live, store), Daily(mass, live, store, clock.now)
        door = Door(application, settings.bot_admins)
        Admin(bot, talk, live, store, tally, clock.today, replicas).register(door)
        BroadcastFace(talk, live, store, sender).register(door)
        DailyFace(talk, live, store, clock.now).register(application)
        QuizFace(bot, talk, live, store, clock.today).register(application)
        menus = Menus(bot, live, store, settings.bot_admins)
        Privacy(talk, live, store, menus).register(application)
        Tongue(talk, live, store, menus).register(application)
        Inline(live, pictures, clock.now).register(application)
        browse = Browse(live, talk, clock.today)
        browse.register(application)
        Start(live, talk, browse, clock.today).register(application)
        Handlers(bot.bot, talk, live, store).register(application)
        application.add_error_handler(errors.tell)
        application.add_error_handler(tally.failed)
        beside = [
            asyncio.create_task(menus.keep()),
            asyncio.create_task(daily.run()),
            asyncio.create_task(sender.run()),
        ]
        if replicas:
            beside.append(asyncio.create_task(replicas.run()))
        try:
            if settings.bot_webhook_url:
                await _by_webhook(settings, settings.bot_webhook_url, bot, intake)
            else:
                await _by_polling(settings, bot, intake)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
    except InvalidToken:
        raise StartError(
            "BOT_TOKEN: Telegram does not know this token; /token makes BotFather say the right one"
        ) from None
    except TelegramError as error:
        raise StartError(f"Telegram refuses to start the bot: {error.message}") from None
    finally:
        await health.stop()
        await application.shutdown()
        await bot.shutdown()  # which the line before leaves out when the start did not come to its end


async def _listen(health: Health, address: tuple[str, int]) -> None:
    try:
        await health.start(*address)
    except OSError as error:
        raise StartError(f"BOT_HEALTH_LISTEN: cannot listen on port {address[1]}: {error.strerror}") from None


async def _by_polling(settings: Settings, bot: ExtBot[str], intake: Intake) -> None:
    await _patiently(bot.delete_webhook)
    intake.start(take_over=True)
    await intake.inherit()
    log.info("bot.started", mode="polling", username=bot.username)
    try:
        await Polling(settings.bot_api_url, _plain(settings.bot_token), intake).run()
    finally:
        await intake.stop(STOP_SECONDS)


async def _by_webhook(settings: Settings, url: str, bot: ExtBot[str], intake: Intake) -> None:
    secret = _plain(settings.bot_webhook_secret)
    server = Webhook(url, secret, intake)
    intake.start(take_over=False)
    try:
        await server.start(*settings.listen)
        await _patiently(
            lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES, max_connections=DELIVERIES)
        )
        log.info("bot.started", mode="webhook", username=bot.username, listen=settings.bot_listen)
        await asyncio.Event().wait()
    except OSError as error:
        raise StartError(f"BOT_LISTEN: cannot listen on {settings.bot_listen}: {error.strerror}") from None
    finally:
        await server.stop()
        await intake.stop(STOP_SECONDS)


def _build(settings: Settings, retries: Retries) -> _App:
    bot = ExtBot(
        _plain(settings.bot_token),
        base_url=f"{settings.bot_api_url}/bot",
        base_file_url=f"{settings.bot_api_url}/file/bot",
        request=AiohttpRequest(connections=2 * MOST_CHATS),
        get_updates_request=AiohttpRequest(connections=1),
        defaults=Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=retries,
    )
    builder = ApplicationBuilder().bot(bot).updater(None).job_queue(None)
    return builder.build()


def _handler(
    application: _App, store: Store, tally: Tally, errors: Errors
) -> Callable[[Raw, bool], Coroutine[Any, Any, None]]:
    async def handle(raw: Raw, unsure: bool) -> None:
        tally.updates[next((kind for kind in UPDATES if kind in raw), "other")] += 1
        try:
            update = Update.de_json(dict(whole(raw)), application.bot)
        except Exception:  # whatever the framework cannot read would be repeated for a day
            log.exception("update.unreadable", update=raw.get("update_id"))
            return
        known.set(await recall(store, conversation_of(update)))
        work = errors.interrupted(update, application.bot) if unsure else application.process_update(update)
        await work

    return handle


async def _reload_whenever(asked: asyncio.Event, live: Live, replicas: Replicas | None) -> None:
    """Reload whenever a signal asks for it, once more if it does so meanwhile. The outcome is in the log."""
    while True:
        await asked.wait()
        asked.clear()
        try:
            outcome = await live.reload()
            if replicas and isinstance(outcome, Reloaded):
                log.info("reload.replicas", summary=summary(await replicas.announce(), outcome.version, live.words()))
        except ReloadBusyError:
            log.info("reload.under_way")
        except StoppingError:
            return
        except Exception:
            log.exception("reload.failed")


async def _load(settings: Settings, stop: asyncio.Event) -> Live:
    def read(load: Callable[..., Pack]) -> Pack:
        pack = load(settings.bot_knowledge, settings.bot_intents, PHRASES, settings.bot_cache)
        pack.wake()
        return pack

    log.info("pack.loading", knowledge=str(settings.bot_knowledge), intents=str(settings.bot_intents))
    pack = await aside(lambda: read(compiled.load), stop)
    log.info("pack.loaded", title=pack.title, version=pack.version, reviewed=pack.reviewed)
    return Live(Engine(pack), lambda: read(rereading.load), stop)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


async def _patiently(call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Make a call that the bot cannot do without, until it succeeds or can never succeed."""
    attempt = 1
    while True:
        try:
            await call()
            return
        except TelegramError as error:
            delay = pause(error, attempt)
            if delay is None:
                raise
            log.warning("telegram.unreachable", error=str(error), seconds=round(delay, 2))
        attempt = min(attempt + 1, 8)
        await asyncio.sleep(delay)


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work until it ends by itself or a stop is asked for; then let it put things away."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        log.info("bot.stopping")
        working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
