"""A short run of what `make fuzz` does at length."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from bot.telegram import application
from bot.telegram.browse import Browse
from tests.fuzz.blind import feed
from tests.fuzz.targets import TARGETS


@pytest.fixture
def put_back() -> Iterator[None]:
    """What the whole bot's target puts in the place of the network and the log."""
    kept, configured = dict(vars(application)), structlog.get_config()
    yield
    vars(application).update(kept)
    structlog.configure(**configured)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.usefixtures("put_back")
def test_whatever_comes_in_is_handled(name: str) -> None:
    target = TARGETS[name]
    assert feed(target, target.short).inputs >= target.short // 2


@pytest.mark.usefixtures("put_back")
def test_what_a_handler_raises_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot goes on after an error, and the fuzzer does not."""
    monkeypatch.setattr(Browse, "open", lambda *_: 1 / 0)
    with TARGETS["telegram"].ready() as into, pytest.raises(ZeroDivisionError):
        into(b"\x03\0people")
