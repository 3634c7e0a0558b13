"""A bot that sends back what it is told, on the framework of the real one, with the same requests and the same door."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from bot.telegram.request import AiohttpRequest


async def echo(update: Update, _: Any) -> None:
    """Send a text back."""
    if update.effective_message and update.effective_message.text:
        await update.effective_message.reply_text(update.effective_message.text)


async def main() -> None:
    """Answer what is posted to the webhook's address, until killed."""
    hook = urlsplit(os.environ["BOT_WEBHOOK_URL"])
    builder = Application.builder().token(os.environ["BOT_TOKEN"]).base_url(f"{os.environ['BOT_API_URL']}/bot")
    application = builder.request(AiohttpRequest(256)).updater(None).concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    await application.initialize()

    async def take(request: web.Request) -> web.Response:
        await application.process_update(Update.de_json(await request.json(), application.bot))
        return web.Response()

    server = web.Application()
    server.router.add_post(hook.path, take)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", hook.port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
