"""A bot that sends back what it is told, on the framework of the real one, with the same requests and the same door.

`RUNG` says how many of the real one's promises it keeps, in the same store: see what each of them costs.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, MessageHandler, filters

from bot.storage import Answer, Conversation, Store
from bot.telegram import logs
from bot.telegram.application import tune
from bot.telegram.request import AiohttpRequest

RUNGS = (
    "an echo bot",
    "... that has each update on record, before and after",
    "... and that it is about to send",
    "... and reads what was last said, and keeps what it says",
    "... which is as long as an answer, with buttons",
)
ECHO, ONCE, INTENT, CONTEXT, BUTTONS = range(len(RUNGS))

LINES = "\n".join(f"• <b>A thing of some length</b> (since {year})" for year in range(2001, 2011))
KEYS = [InlineKeyboardButton(f"What of the {n}th?", callback_data=f"a:what of the {n}th thing?") for n in range(4, 12)]
MARKUP = InlineKeyboardMarkup([KEYS[:1], KEYS[1:2], KEYS[2:3], KEYS[3:5], KEYS[5:]])


async def main(store: Store, rung: int) -> None:
    """Answer what is posted to the webhook's address, until killed."""

    async def echo(update: Update, _: Any) -> None:
        message, person = update.effective_message, update.effective_user
        if message is None or person is None or message.text is None:
            return
        where, text = Conversation(message.chat.id, person.id), message.text
        if rung >= CONTEXT:
            await store.recall(where)
        if rung >= INTENT:
            await store.sending(update.update_id)
        if rung >= BUTTONS:
            text = LINES
            sent = await message.reply_text(text, parse_mode="HTML", reply_markup=MARKUP)
        else:
            sent = await message.reply_text(text)
        if rung >= CONTEXT:
            said = Answer(where.chat, sent.message_id, message.message_id, text)
            await store.remember(where, message.message_id, "{}", said, update.update_id)

    async def take(request: web.Request) -> web.Response:
        update = Update.de_json(await request.json(), application.bot)
        if rung >= ONCE:
            await store.claim(update.update_id)
        await application.process_update(update)
        if ONCE <= rung < CONTEXT:
            await store.finish(update.update_id)
        return web.Response()

    hook = urlsplit(os.environ["BOT_WEBHOOK_URL"])
    builder = Application.builder().token(os.environ["BOT_TOKEN"]).base_url(f"{os.environ['BOT_API_URL']}/bot")
    application = builder.request(AiohttpRequest(256)).updater(None).concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    await application.initialize()
    server = web.Application()
    server.router.add_post(hook.path, take)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", hook.port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


async def _with_store() -> None:
    logs.configure("warning", ())
    tune()
    async with Store.at(os.environ["DATABASE_URL"]) as store:
        await main(store, int(os.environ["RUNG"]))


if __name__ == "__main__":
    asyncio.run(_with_store())
