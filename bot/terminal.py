"""The chat in the terminal: the same engine, with numbers in place of buttons."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from bot.picture import Picture
from bot.reply import Reply


def chat(engine: Engine, pictures: Path, font: Path | None = None) -> None:
    """Answer line by line until the input ends. Without a terminal at the other end, only the answers are printed.

    `pictures` is the folder for pictures, `font` a font for them.
    """
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
        if line == "/picture":
            _show_picture(console, engine, last, pictures, font)
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
        if last.pictured:
            _show_picture(console, engine, last, pictures, font)
        elif last.picture and interactive:
            console.print(engine.pack.phrases(None)["picture_offered"], style="dim", markup=False)
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


def _show_picture(console: Console, engine: Engine, reply: Reply | None, folder: Path, font: Path | None) -> None:
    """Save the picture of a reply, and say where. A folder that cannot be written to costs the picture alone."""
    phrases = engine.pack.phrases(None)
    if reply is None or reply.picture is None:
        console.print(phrases["picture_none"], markup=False)
        return
    file = folder / f"{reply.picture.chart.kind}-{reply.picture.digest[:8]}.png"
    try:
        save(reply.picture, file, font)
    except OSError as error:
        console.print(f"{file}: {error.strerror}", markup=False)
        return
    console.print(phrases["picture_saved"].format(file), markup=False, soft_wrap=True)


def save(picture: Picture, file: Path, font: Path | None = None) -> None:
    """Draw a picture into a PNG file, making its folder. Raises OSError."""
    from bot.answers.charts import draw  # half a second, for those only who want to look

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(draw(picture, font))
