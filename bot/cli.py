"""The command line: run, chat, ask, check, new, schema; doctor, backup, restore."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from bot import clock, compiled
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import Pack, PackError, load_pack
from bot.reply import Reply
from bot.settings import Settings, SettingsError

_Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 0 when all went well, 1 for problems in the pack or the database, an error that
    the doctor found, a backup that is none, or a picture that an answer does not have, 2 for wrong settings or a file
    that cannot be written.
    """
    options = _parser().parse_args(arguments)
    try:
        settings = _settings(options)
        status: int = options.command(options, settings)
        return status
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except PackError as error:
        for problem in error.problems:
            print(problem)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    except OSError as error:
        print(f"{error.filename}: {error.strerror}" if error.filename else f"sco-bot: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    folders = argparse.ArgumentParser(add_help=False)
    folders.add_argument("--knowledge", type=Path, metavar="DIR", help="the folder of facts (or BOT_KNOWLEDGE)")
    folders.add_argument("--intents", type=Path, metavar="DIR", help="the folder of templates (or BOT_INTENTS)")
    parser = argparse.ArgumentParser(prog="sco-bot", description="Answers questions from dated, sourced facts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: _Command, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        said = f"{text[:1].upper()}{text[1:]}."
        made = commands.add_parser(name, parents=parents, help=text, description=said)
        made.set_defaults(command=do)
        return made

    command("run", _run, "answer on Telegram when BOT_TOKEN is set, else here in the terminal", folders)
    command("chat", _chat, "answer in the terminal", folders)
    backup = command("backup", _backup, "write all that is stored to a file", folders)
    backup.add_argument("file", type=Path, metavar="FILE", help="the file, which appears when it is whole")
    restore = command("restore", _restore, "fill an empty database from a backup", folders)
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup")
    restore.add_argument("--replace", action="store_true", help="take away what the database has, if it is not empty")
    command("doctor", _doctor, "look at token, API, clock, webhook, database, pack and rights", folders)
    check = command("check", _check, "check the facts and templates", folders)
    check.add_argument("--stats", action="store_true", help="and count what there is")
    schema = command("schema", _schema, "write JSON Schemas of the files, for editors", folders)
    schema.add_argument("folder", type=Path, metavar="DIR", help="the folder to write them to")
    new = command("new", _new, "make a pack to begin with, for an organisation of your own")
    new.add_argument("folder", type=Path, metavar="DIR", help="a folder that is new or empty")
    new.add_argument("--lang", default="en", metavar="CODE", help="the language that it is written in: en, ru, zh")
    new.set_defaults(knowledge=None, intents=None)
    ask = command("ask", _ask, "answer one question, or many as JSON lines", folders)
    ask.add_argument("question", nargs="?", help="the question")
    ask.add_argument("--lang", metavar="CODE", help="the language of the reply where the question does not tell")
    ask.add_argument("--json", action="store_true", help="print one object")
    ask.add_argument("--jsonl", action="store_true", help="read questions from standard input, a JSON object a line")
    ask.add_argument("--explain", action="store_true", help="say how the question was understood")
    ask.add_argument("--picture", type=Path, metavar="FILE", help="save the answer's picture as a PNG file")
    ask.add_argument("--today", type=_day, metavar="DATE", help="answer as on this day (YYYY-MM-DD)")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one like 2005-07-05") from None


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.load(bot_knowledge=options.knowledge, bot_intents=options.intents)


def _load(settings: Settings) -> Pack:
    return compiled.load(settings.bot_knowledge, settings.bot_intents, folder=settings.bot_cache)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if settings.bot_token is None:
        return _chat(options, settings)
    from bot.telegram.application import run

    run(settings)
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from bot.audit import audit
    from bot.examples import run_examples
    from bot.telegram.phrases import PHRASES

    pack = load_pack(settings.bot_knowledge, settings.bot_intents, PHRASES)
    errors, notes = audit(pack)
    passed, failures = run_examples(pack)
    for problem in (*errors, *failures):
        print(problem)
    for note in notes:
        print(f"{note.file}:{note.line}: note: {note.message}", file=sys.stderr)
    print(
        f"{len(pack.knowledge.facts)} facts, {len(pack.intents.intents)} intents, {passed} examples right",
        file=sys.stderr,
    )
    if options.stats:
        from bot.stats import show, tallies

        show(tallies(pack))
    return 1 if errors or failures else 0


def _schema(options: argparse.Namespace, settings: Settings) -> int:
    from bot import schemas

    schemas.write(_load(settings).knowledge, options.folder)
    return 0


def _new(options: argparse.Namespace, settings: Settings) -> int:
    from bot.new import NewPackError, create

    folder: Path = options.folder
    try:
        create(folder, options.lang)
    except NewPackError as error:
        print(error, file=sys.stderr)
        return 2
    folders = f"--knowledge {shlex.quote(f'{folder}/knowledge')} --intents {shlex.quote(f'{folder}/intents')}"
    print(f"{folder}/ holds a pack with examples to write over. Go on with")
    print("\n".join(f"  sco-bot {command} {folders}" for command in ("check", "chat")))
    return 0


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    from bot.storage import backup

    return _move(settings, backup(settings.database_url.get_secret_value(), options.file), options.file)


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    from bot.storage import restore

    url = settings.database_url.get_secret_value()
    return _move(settings, restore(url, options.file, replace=options.replace), options.file)


def _move(settings: Settings, work: Coroutine[Any, Any, Counter[str]], file: Path) -> int:
    """Move rows between the database and a file, and say how many there were."""
    from bot.storage import BackupError, StoreError
    from bot.telegram import logs

    logs.configure(settings.bot_log, settings.secrets)
    try:
        rows = asyncio.run(work)
    except (BackupError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file}: {rows.total()} rows of {len(rows)} tables", file=sys.stderr)
    return 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from bot.telegram import logs
    from bot.telegram.doctor import examine

    async def tell() -> int:
        states = []
        async for finding in examine(settings):
            print(finding, flush=True)
            states.append(finding.state)
        return 1 if "error" in states else 0

    logs.configure("error", settings.secrets)
    return asyncio.run(tell())


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    from bot.terminal import chat

    chat(Engine(_load(settings)), settings.bot_pictures, settings.bot_font, _state() / "history")
    return 0


def _state() -> Path:
    """The folder for what is kept of a person's chats here, as the XDG base directories have it."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sco-bot"


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    engine = Engine(_load(settings))
    today, spoken = options.today, engine.pack.intents.languages
    if options.lang and options.lang not in spoken:
        print(f"sco-bot ask: --lang {options.lang}: not spoken here; give one of {', '.join(spoken)}", file=sys.stderr)
        return 2
    if options.jsonl:
        for line in answer_lines(engine, sys.stdin, today, options.lang):
            print(line, flush=True)
        return 0
    if not options.question:
        print("sco-bot ask: give a question, or --jsonl to read them from standard input", file=sys.stderr)
        return 2
    reply, _ = engine.answer(options.question, Context(), today=today or clock.today(), lang=options.lang)
    if options.json:
        print(_written(_plain(reply)))
    else:
        print(reply.text)
    if options.explain and reply.explanation:
        print("\n".join(["", *reply.explanation.lines()]))
    return _save_picture(reply, options.picture, settings, engine.pack) if options.picture else 0


def _save_picture(reply: Reply, file: Path, settings: Settings, pack: Pack) -> int:
    from bot.terminal import save

    if reply.picture is None:
        print(pack.phrases(None)["picture_none"], file=sys.stderr)
        return 1
    save(reply.picture, file, settings.bot_font)
    return 0


def answer_lines(engine: Engine, lines: TextIO, today: date | None, lang: str | None = None) -> Iterator[str]:
    """An answer line for each question line, in order; a line that is no question gets an error line. `lang` is the
    language of lines that say none.
    """
    for line in lines:
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            if not isinstance(asked, dict) or not asked.keys() & {"text", "turns"}:
                raise TypeError("it is an object with 'text' or 'turns'")
            turns = asked["turns"] if "turns" in asked else [asked["text"]]
            if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
                raise TypeError("'text' is a string, 'turns' a list of strings")
            if not isinstance(asked.get("lang"), str | None):
                raise TypeError("'lang' is a string")
        except (ValueError, TypeError, RecursionError) as error:
            yield _written({"id": None, "error": f"not a question line: {error}"})
            continue
        context, replies = Context(), []
        for turn in turns:
            start = time.perf_counter()
            reply, context = engine.answer(turn, context, today=today or clock.today(), lang=asked.get("lang") or lang)
            replies.append({**_plain(reply), "ms": round((time.perf_counter() - start) * 1000, 3)})
        yield _written({"id": asked.get("id"), "replies": replies})


def _written(value: dict[str, Any]) -> str:
    """A value as a line of JSON, its letters as they are unless one is half a character, which no file takes."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.encode(errors="replace").decode() == text else json.dumps(value)


def _plain(reply: Reply) -> dict[str, Any]:
    return {
        "kind": reply.kind,
        "text": reply.text,
        "intent": reply.intent,
        "slots": dict(reply.slots),
        "sources": [source.id for source in reply.sources],
    }
