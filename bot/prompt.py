"""The line that a person writes in the terminal: kept for the next time, and completed while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from bot.pack import Pack

MOST = 8
"""Completions of a kind that are offered at once."""

SHORTEST = 2
"""Letters of a word before it is completed."""


def prompt(pack: Pack, commands: Sequence[str], history: Path | None) -> Callable[[], str | None]:
    """A function that reads a line, None at the end (Ctrl-D); Ctrl-C gives up the line. Needs a terminal."""
    session: PromptSession[str] = PromptSession(
        HTML("\n<ansicyan>&gt; </ansicyan>"),
        history=_history(history),
        completer=Questions(pack, commands),
        auto_suggest=AutoSuggestFromHistory(),
        complete_while_typing=True,
        reserve_space_for_menu=MOST,
    )

    def read() -> str | None:
        try:
            return session.prompt()
        except EOFError:
            return None
        except KeyboardInterrupt:
            return ""

    return read


class Questions(Completer):
    """Completes commands, then whole questions (the examples beside the intents), then names."""

    def __init__(self, pack: Pack, commands: Sequence[str]) -> None:
        self._commands = commands
        asks = dict.fromkeys(example.ask for example in pack.examples if example.kind == "answer")
        self._asks = [(ask.casefold(), ask) for ask in asks]
        entities = (pack.knowledge.entities[name] for name in pack.knowledge.subjects)
        names = sorted({name for entity in entities for names in entity.names.values() for name in names.all()})
        self._names = [(name.casefold(), name) for name in names]

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """What the line before the cursor may become."""
        line = document.text_before_cursor.lstrip()
        if line.startswith("/"):
            yield from _completions((one for one in self._commands if one.startswith(line)), line)
            return
        if len(line) < SHORTEST:
            return
        words = line.casefold().split()
        begin = (ask for low, ask in self._asks if low.startswith(line.casefold()))
        hold = (ask for low, ask in self._asks if all(word in low for word in words))
        yield from _completions(dict.fromkeys([*begin, *hold]), line)
        word = line.split(" ")[-1]
        if len(word) >= SHORTEST:
            yield from _completions((name for low, name in self._names if low.startswith(word.casefold())), word)


def _completions(texts: Iterable[str], written: str) -> Iterator[Completion]:
    for _, text in zip(range(MOST), texts, strict=False):
        yield Completion(text, start_position=-len(written))


def _history(file: Path | None) -> History:
    """The lines of earlier times; where no file can be written, only those of this one."""
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))
