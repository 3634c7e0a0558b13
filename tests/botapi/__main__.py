"""python -m tests.botapi --port 8081 --token 42:TEST"""

import argparse
import asyncio
import contextlib
import os
import sys
import threading

from aiohttp import web

from .api import Options
from .server import application


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.botapi", description="A Telegram Bot API server for tests.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one; the address is printed")
    parser.add_argument("--token", default="42:TEST", help="the bot's token; its number is the bot's id")
    parser.add_argument("--username", default="test_bot")
    parser.add_argument("--read-all", action="store_true", help="privacy mode off: all messages of groups")
    parser.add_argument("--retry-unit", type=float, default=1.0, help="how long a second is between webhook retries")
    parser.add_argument("--query-seconds", type=float, default=150.0, help="how long a query can be answered")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    arguments = parser.parse_args()
    options = Options(
        token=arguments.token,
        username=arguments.username,
        read_all=arguments.read_all,
        retry_unit=arguments.retry_unit,
        query_seconds=arguments.query_seconds,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options, arguments.host, arguments.port, arguments.until_eof))


async def serve(options: Options, host: str, port: int, until_eof: bool) -> None:
    """Until interrupted, or until standard input ends."""
    runner = web.AppRunner(application(options), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        print(f"http://{host}:{runner.addresses[0][1]}", flush=True)
        await (_end_of_input() if until_eof else asyncio.Event().wait())
    finally:
        await runner.cleanup()


async def _end_of_input() -> None:
    """In a thread that nobody waits for, since not every kind of input can be watched by an event loop."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    await ended.wait()


main()
