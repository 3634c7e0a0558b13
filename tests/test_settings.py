"""Settings come from the environment or `.env`; a wrong one is a line that names it and tells no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import ROOT, Settings, SettingsError

TOKEN = "123456789:AAE4vXzVerySecret_-x"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no `.env` but the test's own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_is_needed() -> None:
    settings = Settings.load()
    assert settings.bot_token is None
    assert settings.bot_admins == frozenset()
    assert (settings.bot_knowledge, settings.bot_intents) == (ROOT / "knowledge", ROOT / "intents")
    assert settings.database_url.get_secret_value() == f"sqlite+aiosqlite:///{ROOT / 'bot.sqlite3'}"
    assert settings.listen == ("127.0.0.1", 8080)


def test_all_can_be_said_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {
        "BOT_TOKEN": TOKEN,
        "BOT_ADMINS": "12, 7000000000 13",
        "BOT_API_URL": "http://127.0.0.1:8081/",
        "BOT_WEBHOOK_URL": "https://bot.example.org/hook",
        "BOT_WEBHOOK_SECRET": "s3cret",
        "BOT_LISTEN": "[::]:9000",
        "DATABASE_URL": "postgresql://bot:p%40ss@db/bot",
        "BOT_KNOWLEDGE": str(tmp_path),
        "BOT_INTENTS": ".",
        "BOT_PICTURES": str(tmp_path / "charts"),
        "BOT_LOG": "DEBUG",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.bot_admins == {12, 7_000_000_000, 13}
    assert settings.bot_api_url == "http://127.0.0.1:8081"
    assert settings.listen == ("::", 9000)
    assert settings.database_url.get_secret_value() == "postgresql+asyncpg://bot:p%40ss@db/bot"
    assert settings.bot_knowledge == settings.bot_intents == tmp_path
    assert settings.bot_pictures == tmp_path / "charts"
    assert settings.bot_log == "debug"
    assert set(settings.secrets) == {TOKEN, "AAE4vXzVerySecret_-x", "s3cret", "p%40ss", "p@ss"}
    for secret in settings.secrets:
        assert secret not in repr(settings) + str(settings)


def test_the_command_line_beats_the_environment_which_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("BOT_LOG=error\nBOT_ADMINS=1\nBOT_TOKEN=\nOTHER=1\nBOT_LISTEN=0.0.0.0:1\n", "utf-8")
    monkeypatch.setenv("BOT_LOG", "warning")
    monkeypatch.setenv("BOT_ADMINS", "2")
    settings = Settings.load(bot_log="debug", bot_knowledge=None)
    assert settings.bot_log == "debug"
    assert settings.bot_admins == {2}
    assert settings.bot_listen == "0.0.0.0:1"
    assert settings.bot_token is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BOT_TOKEN", "hunter2hunter2", "BotFather"),
        ("BOT_TOKEN", "123:hunter2 hunter2", "BotFather"),
        ("BOT_ADMINS", "12, bob", "'bob' is no user id"),
        ("BOT_ADMINS", "-5", "'-5' is no user id"),
        ("BOT_ADMINS", "[1, 2]", "'[1' is no user id"),
        ("BOT_API_URL", "localhost:8081", "address"),
        ("BOT_API_URL", "http://user:hunter2@host", "without a user name"),
        ("BOT_API_URL", "http://host:99999", "address"),
        ("BOT_WEBHOOK_URL", "ftp://host", "address"),
        ("BOT_WEBHOOK_SECRET", "hunter2 with spaces", "openssl rand"),
        ("BOT_LISTEN", "8080", "host:port"),
        ("BOT_LISTEN", "localhost:80800", "host:port"),
        ("BOT_LISTEN", "::1:80", "host:port"),
        ("DATABASE_URL", "mysql://bot:hunter2@db/bot", "postgresql://"),
        ("DATABASE_URL", "hunter2", "sqlite:///"),
        ("DATABASE_URL", "postgresql://bot:hunter2@[db/bot", "sqlite:///"),
        ("BOT_KNOWLEDGE", "nowhere", "there is no folder 'nowhere'"),
        ("BOT_INTENTS", "nowhere", "there is no folder 'nowhere'"),
        ("BOT_FONT", "nowhere.ttf", "'nowhere.ttf' is no font file"),
        ("BOT_LOG", "loud", "debug, info, warning or error"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert says in message
    assert "\n" not in message
    assert "hunter2" not in message
    assert caught.value.__cause__ is None


def test_all_problems_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_ADMINS", "bob")
    monkeypatch.setenv("BOT_LOG", "loud")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["BOT_ADMINS", "BOT_LOG"]


def test_a_webhook_needs_its_secret_and_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_WEBHOOK_URL", "http://bot.example.org/hook")
    with pytest.raises(SettingsError, match=r"^BOT_WEBHOOK_SECRET: "):
        Settings.load()
    monkeypatch.setenv("BOT_WEBHOOK_SECRET", "s3cret")
    with pytest.raises(SettingsError, match=r"^BOT_WEBHOOK_URL: .*https"):
        Settings.load()
    monkeypatch.setenv("BOT_API_URL", "http://127.0.0.1:8081")
    assert Settings.load().bot_webhook_url == "http://bot.example.org/hook"


def test_an_unreadable_env_file_is_a_line_too() -> None:
    Path(".env").write_bytes(b"BOT_TOKEN=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env: "):
        Settings.load()


def test_the_example_has_every_setting_in_order_and_says_what_holds_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    example = (ROOT / ".env.example").read_text("utf-8").splitlines()
    assert max(map(len, example)) <= 120
    lines = [found for line in example if (found := re.fullmatch(r"#?([A-Z_]+)=(.*)", line))]
    said = {line[1]: line[2] for line in lines}
    assert [name.lower() for name in said] == list(Settings.model_fields)

    without = Settings.load()
    font = tmp_path / Path(said["BOT_FONT"]).name
    font.touch()
    monkeypatch.chdir(ROOT)
    for name, value in (said | {"BOT_FONT": str(font)}).items():
        monkeypatch.setenv(name, value)
    with_all = Settings.load()
    examples = {"bot_webhook_url", "bot_webhook_secret", "bot_health_listen", "bot_cache", "bot_font"}
    for name in Settings.model_fields.keys() - examples - {"database_url", "bot_pictures"}:
        assert getattr(with_all, name) == getattr(without, name), name
    assert with_all.bot_pictures.name == without.bot_pictures.name
    assert all(getattr(with_all, name) for name in examples)
    file = with_all.database_url.get_secret_value().removeprefix("sqlite+aiosqlite:///")
    assert without.database_url.get_secret_value() == f"sqlite+aiosqlite:///{ROOT / file}"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", "utf-8")
    monkeypatch.setenv("BOT_TOKEN_FILE", str(file))
    token = Settings.load().bot_token
    assert token
    assert token.get_secret_value() == TOKEN


@pytest.mark.parametrize("content", [None, b"\xff", b"hunter2"])
def test_a_wrong_file_of_a_secret_is_a_line_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("BOT_TOKEN_FILE", str(file))
    with pytest.raises(SettingsError, match=r"^BOT_TOKEN(_FILE)?: ") as caught:
        Settings.load()
    assert "hunter2" not in str(caught.value)
