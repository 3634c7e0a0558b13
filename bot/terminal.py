"""The chat in the terminal: the same engine, with numbers in place of buttons."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import clock
from bot.anniversaries import Anniversaries
from bot.dialogue import Context
from bot.engine import Engine
from bot.picture import Picture
from bot.quiz import Question, Quiz
from bot.reply import Reply

COMMANDS = ("/explain", "/help", "/picture", "/quit", "/quiz", "/start", "/today")

STYLES = {"b": "bold", "strong": "bold", "i": "dim italic", "em": "dim italic", "code": "green", "blockquote": "dim"}

ReadLine = Callable[[], str | None]
"""The next line that somebody wrote, None at the end."""


def chat(engine: Engine, pictures: Path, font: Path | None = None, history: Path | None = None) -> None:
    """Answer line by line until the input ends. Without a terminal at the other end, only the answers are printed.

    `pictures` is the folder for pictures, `font` a font for them, `history` the file of what was written before.
    """
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    read: ReadLine = _plain_line
    if interactive:
        from bot.prompt import prompt  # which takes a while to import

        read = prompt(engine.pack, COMMANDS, history)
    console = Console(highlight=False, soft_wrap=not interactive)
    talk = Chat(engine, console, Album(console, engine.pack.phrases(None), pictures, font), offering=interactive)
    if interactive:
        talk.take("/start")
    while (line := read()) is not None and talk.take(line):
        continue


class Chat:
    """One conversation: what is said goes to a console. With `offering`, it says which answers have a picture."""

    def __init__(self, engine: Engine, console: Console, album: Album, *, offering: bool) -> None:
        self._engine, self._console, self._album, self._offering = engine, console, album, offering
        self._phrases = engine.pack.phrases(None)
        self._context = Context()
        self._last: Reply | None = None
        self._explaining = False
        self._questions: Iterator[Question] | None = None
        self._asked: Question | None = None

    def take(self, line: str) -> bool:
        """Answer a line. Whether the conversation goes on."""
        line = line.strip()
        if line in ("/quit", "/exit"):
            return False
        if line == "/explain":
            self._explaining = not self._explaining
            self._console.print(f"[dim]explanations are {'on' if self._explaining else 'off'}[/dim]")
        elif line == "/picture":
            self._album.show(self._last)
        elif line == "/quiz":
            self._ask()
        elif line.isdecimal() and self._asked:
            self._judge(self._asked, int(line))
        elif line:
            self._answer(line)
        return True

    def _answer(self, line: str) -> None:
        self._asked = None
        choices = self._last.choices if self._last else ()
        if line.isdecimal() and 1 <= int(line) <= len(choices):
            line = choices[int(line) - 1].ask
        today = clock.today()
        if line in ("/start", "/help"):
            reply = self._engine.greeting() if line == "/start" else self._engine.help()
        elif line == "/today":
            reply = Anniversaries(self._engine.pack, "en").on(today)
        else:
            reply, self._context = self._engine.answer(line, self._context, today=today)
        self._last = reply
        self._show(reply)

    def _show(self, reply: Reply) -> None:
        self._console.print(styled(reply.html))
        for number, choice in enumerate(reply.choices, 1):
            said = choice.label in reply.text
            self._console.print(
                f"  [{number}]{'' if said else ' ' + choice.label}",
                markup=False, style="cyan", end=" " if said else "\n",
            )  # fmt: skip
        if reply.choices:
            self._console.print()
        if reply.pictured:
            self._album.show(reply)
        elif reply.picture and self._offering:
            self._console.print(self._phrases["picture_offered"], style="dim", markup=False)
        if self._explaining and reply.explanation:
            self._console.print("\n".join(reply.explanation.lines()), style="dim", markup=False)

    def _ask(self) -> None:
        """The next question of the quiz, its options by number."""
        if self._questions is None:
            self._questions = Quiz(self._engine.pack, "en", clock.today()).series(secrets.randbits(31))
        self._asked = next(self._questions, None)
        if self._asked is None:
            self._console.print(self._phrases["quiz_over"])
            return
        self._console.print(self._asked.text, style="bold", markup=False)
        for number, option in enumerate(self._asked.options, 1):
            self._console.print(f"  [{number}] {option}", markup=False, style="cyan")

    def _judge(self, question: Question, number: int) -> None:
        if not 1 <= number <= len(question.options):
            return
        self._asked = None
        right = number - 1 == question.right
        verdict = self._phrases["quiz_right" if right else "quiz_wrong"].format(question.options[question.right])
        self._console.print(verdict, style="green" if right else "red", markup=False)
        self._console.print(question.explanation, style="dim", markup=False)


class Album:
    """The pictures of replies, as files in a folder."""

    def __init__(self, console: Console, phrases: Mapping[str, str], folder: Path, font: Path | None) -> None:
        self._console, self._phrases, self._folder, self._font = console, phrases, folder, font

    def show(self, reply: Reply | None) -> None:
        """Save the picture of a reply, and say where. A folder that cannot be written to costs the picture alone."""
        if reply is None or reply.picture is None:
            self._console.print(self._phrases["picture_none"], markup=False)
            return
        file = self._folder / f"{reply.picture.chart.kind}-{reply.picture.digest[:8]}.png"
        try:
            save(reply.picture, file, self._font)
        except OSError as error:
            self._console.print(f"{file}: {error.strerror}", markup=False)
            return
        self._console.print(self._phrases["picture_saved"].format(file), markup=False, soft_wrap=True)


def save(picture: Picture, file: Path, font: Path | None = None) -> None:
    """Draw a picture into a PNG file, making its folder. Raises OSError."""
    from bot.answers.charts import draw  # half a second, for those only who want to look

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(draw(picture, font))


def styled(markup: str) -> Text:
    """Telegram HTML as text in colours; links lead where they say in terminals that know links."""
    reader = _Styled()
    reader.feed(markup)
    reader.close()
    return reader.text


class _Styled(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = Text()
        self._styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        self._styles.append(f"underline link {address}" if address else STYLES.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data, " ".join(filter(None, self._styles)))


def _plain_line() -> str | None:
    try:
        return input()
    except EOFError:
        return None
    except UnicodeDecodeError:
        return ""
