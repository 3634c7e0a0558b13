"""`sco-bot doctor`: what is wrong, and what to do about it, a line each, without the token."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from bot.settings import ROOT
from bot.storage import Store
from tests.databases import execute
from tests.telegram.clocked import MODULE
from tests.telegram.stage import Stage, free_port, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def doctor(own: Stage, changed: Mapping[str, str] | None = None, module: str = "bot") -> tuple[int, list[str]]:
    """Its status and its lines, which hold no secret."""
    environment = own.environment | dict(changed or {})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "doctor"),
        env={"PYTHONPATH": str(ROOT), "BOT_CACHE": os.environ["BOT_CACHE"], **environment},
        cwd=own.pack.knowledge.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    text = said.decode()
    assert environment.get("BOT_TOKEN", "no token").partition(":")[2] not in text or "BOT_TOKEN" not in environment
    assert process.returncode is not None
    return process.returncode, text.splitlines()


def _url(own: Stage) -> str:
    return own.environment["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:")


async def test_all_is_well(own: Stage) -> None:
    async with Store.at(_url(own)):
        status, lines = await doctor(own)
    assert status == 0, lines
    assert [line.split()[:2] for line in lines] == [
        ["ok", f"{what}:"] for what in ("pack", "admins", "database", "api", "token", "webhook")
    ]


async def test_what_is_wrong_has_a_line_that_says_what_to_do(own: Stage) -> None:
    async with Store.at(_url(own)):
        pass
    await execute(_url(own), "UPDATE alembic_version SET version_num = '9999'")
    env = own.pack.knowledge.parent / ".env"
    env.write_text("BOT_LOG=info\n", "utf-8")
    env.chmod(0o644)
    own.pack.replace("type: country", "type: kountry")
    status, lines = await doctor(own, {"BOT_TOKEN": "42:another-one", "BOT_ADMINS": ""})
    assert status == 1
    for begins, says in (
        ("error    pack: ", "`sco-bot check`"),
        ("warning  admins: ", "BOT_ADMINS"),
        ("warning  rights: ", "chmod 600"),
        ("error    database: ", "has schema 9999"),
        ("error    token: ", "BotFather"),
    ):
        assert any(line.startswith(begins) and says in line for line in lines), (begins, lines)


async def test_without_a_network_it_says_so(own: Stage) -> None:
    status, lines = await doctor(own, {"BOT_API_URL": f"http://127.0.0.1:{free_port()}"})
    assert status == 1
    assert any(line.startswith("error    api: 127.0.0.1 is out of reach") for line in lines), lines
    assert any("there is no" in line and "the first start makes it" in line for line in lines), lines


async def test_a_webhook_that_fails_or_is_anothers(own: Stage) -> None:
    bot = own.telegram
    url = f"http://127.0.0.1:{free_port()}/telegram"
    await _set_webhook(own, url)
    await (await bot.person("Alice")).says("hello")
    webhook = {"BOT_WEBHOOK_SECRET": "s3cret", "BOT_WEBHOOK_URL": url}

    async def fails() -> bool:
        return any("deliveries: Connection refused" in line for line in (await doctor(own, webhook))[1])

    await until(fails)
    _, lines = await doctor(own, webhook)
    assert any(line.startswith("ok       webhook: set as") for line in lines), lines
    assert any(line.startswith("warning  updates: ") for line in lines), lines
    _, lines = await doctor(own)
    assert any(
        line.startswith("warning  webhook: Telegram delivers to 127.0.0.1, and this bot polls") for line in lines
    )


async def _set_webhook(own: Stage, url: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{own.telegram.bot_url}/setWebhook", json={"url": url}) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize(("seconds", "state"), [("6", "warning"), ("-3600", "error")])
async def test_a_clock_that_goes_wrong(own: Stage, tmp_path: Path, seconds: str, state: str) -> None:
    (tmp_path / "clock").write_text(seconds, "utf-8")
    status, lines = await doctor(own, {"CLOCK": str(tmp_path / "clock")}, MODULE)
    assert status == (1 if state == "error" else 0)
    assert any(line.startswith(f"{state:<7}  clock: ") and "NTP" in line for line in lines), lines
