"""rapidfuzz's `extractOne` over the list of questions: the usual FAQ bot, with the scorer that it takes by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rapidfuzz import fuzz, process, utils

from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """Over `questions`; what is found is the place in them.

    Of rapidfuzz's scorers, WRatio is also the one with the most right less wrong on the suite.
    """
    return over(material["questions"], fuzz.WRatio)


def over(questions: Sequence[str], scorer: Callable[..., float]) -> Answerer:
    """The nearest of some questions by a scorer, without regard to case and punctuation."""
    known = [utils.default_process(question) for question in questions]

    def answer(text: str, begins: bool) -> tuple[int, float]:
        _, score, place = process.extractOne(text, known, scorer=scorer, processor=utils.default_process)
        return place, score / 100

    return answer
