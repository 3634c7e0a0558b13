"""`sco-bot doctor`: what is wrong, and what to do about it, a line each, without the token."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import inspect, make_url

from bot.settings import ROOT
from bot.storage import Store
from bot.storage.connecting import snapshot
from tests.chaos.wire import Wire, reach_socket
from tests.databases import execute, new_database
from tests.telegram.clocked import MODULE
from tests.telegram.stage import Stage, free_port, until

POSTGRES = "postgresql+asyncpg"

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


async def test_a_postgresql_that_is_new_or_ready_or_of_an_older_version(own: Stage, postgres: str) -> None:
    url = await new_database(postgres)
    assert "database: it has no tables of a version yet; a start makes" in await _of_database(own, url)
    async with Store.at(url):
        pass
    assert "ok       database: it can be written and has schema" in await _of_database(own, url)
    await execute(url, "UPDATE alembic_version SET version_num = '0001'")
    assert "ok       database: it has schema 0001; a start makes that" in await _of_database(own, url)
    async with snapshot(url) as connection:
        tables = await connection.run_sync(lambda one: inspect(one).get_table_names())
    assert "doctor" not in tables, "what it wrote is taken back"


async def test_what_is_wrong_with_a_postgresql(own: Stage, postgres: str) -> None:
    url = await new_database(postgres)
    async with Store.at(url):
        pass
    nobody = make_url(url).set(database="nowhere").render_as_string(hide_password=False)
    assert '"nowhere" does not exist' in await _of_database(own, nobody, wrong=True)

    await execute(
        url, "CREATE ROLE reader LOGIN PASSWORD 's3cret'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"
    )
    await execute(url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    reader = make_url(url).set(username="reader", password="s3cret").render_as_string(hide_password=False)
    line = await _of_database(own, reader, wrong=True)
    assert ("permission denied" in line, "what its user may do" in line) == (True, True)

    strange = make_url(url).set(username="stranger", password="s3cret").render_as_string(hide_password=False)
    assert '"stranger" does not exist' in await _of_database(own, strange, wrong=True)

    await execute(url, "UPDATE alembic_version SET version_num = '9999'")
    assert "has schema 9999" in await _of_database(own, url, wrong=True)


async def test_a_postgresql_out_of_reach(own: Stage, postgres: str) -> None:
    url, nowhere = make_url(await new_database(postgres)), free_port()
    there = url.set(host="127.0.0.1", port=nowhere, query={})
    assert "ConnectionRefusedError" in await _of_database(own, there.render_as_string(hide_password=False), wrong=True)
    async with Wire.to(reach_socket(f"{url.query['host']}/.s.PGSQL.5432")) as wire:
        there = url.set(host="127.0.0.1", port=wire.port, query={})
        wire.delay = 3600.0
        line = await _of_database(own, there.render_as_string(hide_password=False), wrong=True)
    assert "TimeoutError" in line


async def _of_database(own: Stage, url: str, *, wrong: bool = False) -> str:
    """What the doctor says of a database. Nothing else is wrong, and no password is told."""
    status, lines = await doctor(own, {"DATABASE_URL": url.replace(POSTGRES, "postgresql")})
    assert status == (1 if wrong else 0), lines
    assert "s3cret" not in "".join(lines)
    (line,) = (line for line in lines if " database: " in line)
    assert line.startswith("error " if wrong else "ok ")
    return line
