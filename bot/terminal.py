"""The chat in the terminal: the same engine, with numbers in place of buttons."""

from __future__ import annotations

import sys

from rich.console import Console

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from bot.reply import Reply


def chat(engine: Engine) -> None:
    """Answer line by line until the input ends. Without a terminal at the other end, only the answers are printed."""
    console = Console(highlight=False)
    interactive = sys.stdin.isatty()
    if interactive:
        _show(console, engine.greeting())
    context, last, explaining = Context(), None, False
    while (line := _read(console, interactive)) is not None:
        if line in ("/quit", "/exit"):
            break
        if line == "/explain":
            explaining = not explaining
            console.print(f"[dim]explanations are {'on' if explaining else 'off'}[/dim]")
            continue
        if line.isdigit() and last and 1 <= int(line) <= len(last.choices):
            line = last.choices[int(line) - 1].ask
        if not line:
            continue
        if line in ("/start", "/help"):
            last = engine.greeting() if line == "/start" else engine.help()
        else:
            last, context = engine.answer(line, context, today=clock.today())
        _show(console, last)
        if explaining and last.explanation:
            console.print("\n".join(last.explanation.lines()), style="dim", markup=False)


def _read(console: Console, interactive: bool) -> str | None:
    try:
        return input("\n> " if interactive else "").strip()
    except EOFError:
        return None
    except UnicodeDecodeError:
        return ""


def _show(console: Console, reply: Reply) -> None:
    console.print(reply.text, markup=False)
    for number, choice in enumerate(reply.choices, 1):
        said = choice.label in reply.text
        console.print(
            f"  [{number}]{'' if said else ' ' + choice.label}", markup=False, style="cyan", end=" " if said else "\n"
        )
    if reply.choices:
        console.print()
