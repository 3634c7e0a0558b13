"""The settings of the bot, from the environment or a `.env` file, checked before anything starts.

A setting is named like its variable, in lower case. Secrets are `SecretStr`, and an error names the variable and what
would be right but never repeats a value that may be a secret.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: where `knowledge/`, `intents/` and, unless told otherwise, the database are."""

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_IN_FILES = ("bot_token", "bot_webhook_secret", "database_url")
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg"}

Level = Literal["debug", "info", "warning", "error"]


class SettingsError(ValueError):
    """A setting is missing or wrong. Its text is one line a problem, each naming the variable."""


def _own_cache() -> Path | None:
    """The folder for what can be made again, as the XDG base directories have it; a user without a home has none."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sco-bot"
    except RuntimeError:
        return None


def _from_files() -> dict[str, Any]:
    """The secrets whose files the environment names: BOT_TOKEN_FILE for BOT_TOKEN. Raises SettingsError."""
    named = {name: os.environ.get(f"{name.upper()}_FILE") for name in _IN_FILES}
    return {name: _content(f"{name.upper()}_FILE", Path(file)) for name, file in named.items() if file}


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{name}: {_short(str(file))} cannot be read as UTF-8 text: {type(error).__name__}"
        ) from None


class Settings(BaseSettings):
    """What the environment says. Build it with `Settings.load`, which turns problems into a `SettingsError`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    bot_token: SecretStr | None = None
    bot_admins: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_api_url: str = "https://api.telegram.org"
    bot_webhook_url: str | None = None
    bot_webhook_secret: SecretStr | None = None
    bot_listen: str = "127.0.0.1:8080"
    bot_health_listen: str | None = None
    database_url: SecretStr = Field(default=SecretStr(f"sqlite+aiosqlite:///{ROOT / 'bot.sqlite3'}"))
    bot_knowledge: Path = ROOT / "knowledge"
    bot_intents: Path = ROOT / "intents"
    bot_cache: Path | None = Field(default_factory=_own_cache)
    bot_font: Path | None = None
    bot_pictures: Path = Path(tempfile.gettempdir()) / "sco-bot"
    bot_log: Level = "info"

    @classmethod
    def load(cls, **given: Any) -> Self:
        """The settings, those in `given` (as from the command line, None meaning "not given") before all others.

        Raises SettingsError.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            raise SettingsError("\n".join(_problem(one["loc"], one["msg"]) for one in error.errors())) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f".env: it cannot be read as UTF-8 text: {type(error).__name__}") from None

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # a source is any callable
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Callable[[], dict[str, Any]], ...]:
        """Where settings come from: what comes before goes before."""
        return init_settings, env_settings, _from_files, dotenv_settings

    @property
    def listen(self) -> tuple[str, int]:
        """`bot_listen` as host and port."""
        return _address(self.bot_listen)

    @property
    def health_listen(self) -> tuple[str, int] | None:
        """`bot_health_listen` as host and port."""
        return _address(self.bot_health_listen) if self.bot_health_listen else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every string that must not be seen in a log: the token and its secret half, the webhook's, a password."""
        found: list[str] = []
        if self.bot_token:
            token = self.bot_token.get_secret_value()
            found += [token, token.partition(":")[2]]
        if self.bot_webhook_secret:
            found.append(self.bot_webhook_secret.get_secret_value())
        password = urlsplit(self.database_url.get_secret_value()).password or ""
        found += [password, unquote(password)]
        return tuple(dict.fromkeys(one for one in found if one))

    @field_validator("bot_token")
    @classmethod
    def _a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("this is no token; BotFather gives one like 123456789:AAE4...")
        return value

    @field_validator("bot_admins", mode="before")
    @classmethod
    def _user_ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        words = value.replace(",", " ").split()
        wrong = [word for word in words if not word.isascii() or not word.isdigit()]
        if wrong:
            raise ValueError(f"{_short(wrong[0])} is no user id; write numbers with commas between, like 12345, 67890")
        return frozenset(int(word) for word in words)

    @field_validator("bot_api_url", "bot_webhook_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        wrong = ValueError("this is no address; write one like https://example.org/telegram")
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise wrong
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("write the address without a user name, a password, a ? part or a # part")
        return value.rstrip("/")

    @field_validator("bot_webhook_secret")
    @classmethod
    def _a_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("write 1 to 256 letters, digits, - or _ (`openssl rand -hex 32` makes a good one)")
        return value

    @field_validator("bot_listen", "bot_health_listen")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is None:
            return None
        host, _, port = value.rpartition(":")
        digits = port.isascii() and port.isdigit()
        if not host or not digits or not 0 <= int(port) <= 65535 or (":" in host and not host.startswith("[")):
            raise ValueError(f"{_short(value)} is no host:port; write one like 127.0.0.1:8080 or [::]:8080")
        return value

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: SecretStr) -> SecretStr:
        scheme, separator, rest = value.get_secret_value().partition("://")
        scheme = _DRIVERS.get(scheme, scheme)
        try:
            urlsplit(value.get_secret_value())
        except ValueError:
            separator = ""
        if scheme not in _DRIVERS.values() or not separator or not rest:
            raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
        if scheme.endswith("asyncpg") and importlib.util.find_spec("asyncpg") is None:
            raise ValueError("PostgreSQL needs the package asyncpg, which is not installed")
        return SecretStr(f"{scheme}://{rest}")

    @field_validator("bot_knowledge", "bot_intents")
    @classmethod
    def _a_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError(f"there is no folder {_short(str(value))}")
        return value.resolve()

    @field_validator("bot_cache", mode="before")
    @classmethod
    def _a_cache(cls, value: Any) -> Any:
        return None if value == "off" else value

    @field_validator("bot_font")
    @classmethod
    def _a_font(cls, value: Path | None) -> Path | None:
        if value is not None and (not value.is_file() or value.suffix.lower() not in (".ttf", ".otf", ".ttc")):
            raise ValueError(f"{_short(str(value))} is no font file; name a .ttf, .otf or .ttc file")
        return value.resolve() if value else None

    @field_validator("bot_log", mode="before")
    @classmethod
    def _a_level(cls, value: Any) -> Any:
        level = value.strip().lower() if isinstance(value, str) else value
        if level not in get_args(Level):
            raise ValueError("write debug, info, warning or error")
        return level

    @model_validator(mode="after")
    def _a_webhook_is_whole(self) -> Self:
        if self.bot_webhook_url is None:
            return self
        if self.bot_webhook_secret is None:
            raise ValueError("BOT_WEBHOOK_SECRET: it is needed with BOT_WEBHOOK_URL (try `openssl rand -hex 32`)")
        local = urlsplit(self.bot_api_url).hostname != "api.telegram.org"
        if not self.bot_webhook_url.startswith("https:") and not local:
            raise ValueError("BOT_WEBHOOK_URL: Telegram delivers to https:// addresses only")
        return self


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _short(text: str) -> str:
    """A value as an error may repeat it: on one line and no longer than a line."""
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _problem(where: tuple[int | str, ...], message: str) -> str:
    """One line for one problem, led by the variable's name."""
    message = message.removeprefix("Value error, ")
    return f"{str(where[0]).upper()}: {message}" if where else message
