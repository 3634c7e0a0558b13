"""Real inputs, changed here and there by Hypothesis: a short run for the tests, and a long one without atheris."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import Target

TOKENS = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r\n", b" " * 64, b"[" * 64, b"(" * 64, b"{{", b"}}",
    b"{%", b"*a", b"&a", b"<<: ", b": ", b"- ", b"!!", b"---\n", b"1" * 32, b"9999-12-31", b"-1", b"null", b"<b>",
    b"&lt;", b"%s", b"';--", "ё".encode(), "上海".encode(), "🇨🇳".encode(), "ＩＩ".encode(), b"/", b":", b"|",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """Some bytes at a place, given as a share of the whole, give way to others, so many times."""

    place: float
    gone: int
    come: bytes
    times: int

    def of(self, text: bytes) -> bytes:
        """The text with it done."""
        at = int(self.place * len(text))
        return (text[:at] + self.come * self.times + text[at + self.gone :])[:4096]


def changed(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Real inputs with some edits."""
    come = st.sampled_from(TOKENS) | st.binary(max_size=8) | st.text(max_size=8).map(lambda text: text.encode())
    edit = st.builds(Edit, st.floats(0, 1), st.integers(0, 12), come, st.sampled_from((1, 1, 1, 2, 50)))
    return st.builds(lambda seed, edits: reduce(lambda text, one: one.of(text), edits, seed),
                     st.sampled_from(seeds), st.lists(edit, max_size=4))  # fmt: skip


@dataclass(frozen=True)
class Fed:
    """How many inputs there were, and how many raised."""

    inputs: int
    unhandled: int


def feed(target: Target, inputs: int, folder: Path | None = None) -> Fed:
    """Feed a target so many inputs. The first that raises is kept in the folder, or raises where there is none."""
    count, last = 0, b""

    @settings(max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(changed(list(target.seeds())))
    def run(data: bytes) -> None:
        nonlocal count, last
        count, last = count + 1, data
        into(data)

    with target.ready() as into:
        try:
            run()
        except Exception:
            if folder is None:
                raise
            (folder / f"{target.name}-crash").write_bytes(last)
            traceback.print_exc()
            return Fed(count, 1)
    return Fed(count, 0)
