"""The question suite: what people ask, what a right reply is, and how the bot does on it.

A file of `tests/questions` is a category. It says what it is `about`, which replies its questions `expect` unless they
say otherwise, the `lang` that they are asked in, and its `questions`: a text, or a mapping with

    ask      the message; `turns` instead is a conversation, a list of such mappings
    says     what has to stand in the reply: each of the list, where "a | b" is one or the other
    never    what must not stand there
    expect   the kinds of reply that are right; `says` is asked of the first of them
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.dialogue import Context
from bot.engine import Engine
from bot.knowledge import folders
from bot.knowledge.files import Document, read_file, read_folder
from bot.knowledge.problems import PackError, Problem
from bot.pack import Pack
from bot.reply import Kind, Reply

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTIONS = ROOT / "tests" / "questions"

TODAY = date(2026, 11, 24)
"""The day on which all questions are asked: what is right must not depend on when it is asked."""

NO_ANSWER: tuple[Kind, ...] = ("unknown", "clarify", "chat")
ANY: tuple[Kind, ...] = ("answer", *NO_ANSWER)

Verdict = Literal["right", "wrong", "silent"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "silent")

_FOLD = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("’‘", "'"))
_SOURCES = re.compile(r"\n+(?:Sources?: |来源：)[^\n]*$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = r"[^\W\u3400-\u9fff]"


def _kinds(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    groups = {"no answer": NO_ANSWER, "anything": ANY}
    return [kind for name in names for kind in groups.get(name, (name,))]


def _alternatives(value: Any) -> Any:
    return [[one.strip() for one in text.split(" | ")] for text in value]


Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_kinds)]
Alternatives = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_alternatives)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(_Shape):
    """One message, and which replies to it are right."""

    ask: str
    says: Alternatives = ()
    never: tuple[str, ...] = ()
    expect: Kinds = ()


class _Conversation(_Shape):
    turns: Annotated[tuple[Message, ...], Field(min_length=1)]


class _File(_Shape):
    about: str
    lang: str | None = None
    expect: Kinds
    questions: list[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One or several messages of one conversation. `where` is `category:line`."""

    category: str
    where: str
    turns: tuple[Message, ...]
    expect: tuple[Kind, ...]
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A message, the reply to it, and what that is worth; `why` is empty when it is right.

    `where` is `category:line`, of a conversation with the number of the turn.
    """

    category: str
    where: str
    message: Message
    reply: Reply
    verdict: Verdict
    why: str


def load(path: Path = QUESTIONS) -> list[Question]:
    """Every question of a folder, or of a file. Raises PackError with each mistake as `file:line: message`."""
    problems: list[Problem] = []
    if path.is_file():
        documents = [read_file(folders.shown(path), path.read_bytes(), problems)]
    else:
        documents = [*read_folder(folders.read(path), problems)]
    questions = [one for document in documents if document for one in _read(document, problems)]
    if problems:
        raise PackError(problems)
    return questions


def _read(document: Document, problems: list[Problem]) -> Iterator[Question]:
    category = Path(document.name).stem
    try:
        file = _File.model_validate(document.value)
    except ValidationError as error:
        problems.extend(_problems(document, (), error))
        return
    for n, raw in enumerate(file.questions):
        try:
            if isinstance(raw, dict) and "turns" in raw:
                turns = _Conversation.model_validate(raw).turns
            else:
                turns = (Message.model_validate(raw if isinstance(raw, dict) else {"ask": raw}),)
        except ValidationError as error:
            problems.extend(_problems(document, ("questions", n), error))
            continue
        yield Question(category, f"{category}:{document.line('questions', n)}", turns, file.expect, file.lang)


def _problems(document: Document, path: tuple[str | int, ...], error: ValidationError) -> Iterator[Problem]:
    for one in error.errors():
        place = (*path, *one["loc"])
        yield Problem(document.name, document.line(*place), f"{one['loc'][-1] if one['loc'] else 'here'}: {one['msg']}")


def put(questions: Sequence[Question], pack: Pack) -> list[Scored]:
    """Every question put to a new engine, each conversation from an empty context."""
    engine = Engine(pack)
    scored = []
    for question in questions:
        context = Context()
        for n, message in enumerate(question.turns, 1):
            reply, context = engine.answer(message.ask, context, today=TODAY, lang=question.lang)
            where = question.where if len(question.turns) == 1 else f"{question.where} turn {n}"
            scored.append(Scored(question.category, where, message, reply, *judge(message, reply, question.expect)))
    return scored


def judge(message: Message, reply: Reply, expect: Sequence[Kind]) -> tuple[Verdict, str]:
    """Whether a reply is right, wrong (an answer that is not right) or silent (no answer where one was expected)."""
    kinds = message.expect or expect
    text = _read_text(reply)
    banned = [words for words in message.never if stands_in(words, text)]
    if banned:
        return "wrong", f"says {banned}"
    if reply.kind not in kinds:
        return "wrong" if reply.kind == "answer" else "silent", f"is {reply.kind}, not {kinds[0]}"
    missing = [" | ".join(words) for words in message.says if not any(stands_in(one, text) for one in words)]
    if missing and reply.kind == kinds[0]:
        return "wrong" if reply.kind == "answer" else "silent", f"lacks {missing}"
    return "right", ""


def _read_text(reply: Reply) -> str:
    """What of a reply is judged, folded: its text and its buttons."""
    return fold("\n".join([body(reply), *(choice.label for choice in reply.choices)]))


def body(reply: Reply) -> str:
    """A reply without the line of its sources, whose names and years are no answer."""
    return _SOURCES.sub("", reply.text)


def fold(text: str) -> str:
    """A text without regard to case, kinds of dashes and apostrophes, and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLD).casefold().split())


def stands_in(words: str, text: str) -> bool:
    """Whether words stand in a folded text, singular or plural, beginning and ending where words or numbers do.

    Chinese words have no beginning and no end.
    """
    if _HAN.search(words):
        return fold(words) in text
    return (
        re.search(rf"(?<!{_LETTER})(?<!\d[.,]){re.escape(fold(words))}('?s)?(?!{_LETTER})(?![.,]\d)", text) is not None
    )


def tally(scored: Sequence[Scored]) -> dict[str, Counter[str]]:
    """How many messages of each category were right, wrong and silent."""
    counts: dict[str, Counter[str]] = {}
    for one in scored:
        counts.setdefault(one.category, Counter())[one.verdict] += 1
    return counts
