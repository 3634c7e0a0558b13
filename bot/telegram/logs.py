"""Logs that carry their context and no secret: people read them in a terminal, machines as a JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog

REDACTED = "[secret]"


class Redacting(logging.Formatter):
    """Takes secrets out of what another formatter wrote, tracebacks included, whoever logged it."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        return redacted(line, self._secrets)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """A text without secrets; one may hold another."""
    for secret in sorted({one for one in secrets if one}, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text


def _in_order(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """When, how bad and what before the rest, for eyes that skim."""
    first = {key: entry[key] for key in ("timestamp", "level", "event") if key in entry}
    return {**first, **entry}


def _line(entry: MutableMapping[str, Any], **how: Any) -> str:
    """An entry as JSON that people can read."""
    return _printable(json.dumps(entry, ensure_ascii=False, **how))


def _printable(text: str) -> str:
    """A text on one line, without what a terminal would obey or show the wrong way round."""
    return text if text.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _all_printable(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The renderer for terminals writes texts as they are; of all else it writes what `repr` makes of it."""
    return {key: _printable(value) if isinstance(value, str) else value for key, value in entry.items()}


def _traceback(file: TextIO, error: structlog.typing.ExcInfo) -> None:
    """A traceback in which no message of an error can look like a line of the log."""
    lines = "".join(traceback.format_exception(*error)).split("\n")
    file.write("\n" + "\n".join(f"  {_printable(line)}" for line in lines))


def configure(level: str, secrets: Iterable[str]) -> None:
    """Send the logs of the bot and of its libraries to standard error, from `level` up."""
    terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [_all_printable, structlog.dev.ConsoleRenderer(exception_formatter=_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, _in_order, structlog.processors.JSONRenderer(_line)]
    )
    inner = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(inner, secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for chatty in ("httpx", "httpcore", "aiohttp.access", "aiosqlite", "alembic", "asyncio", "telegram"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
