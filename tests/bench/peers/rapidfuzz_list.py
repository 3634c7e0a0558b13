"""rapidfuzz's `extractOne` over the list of questions: the usual FAQ bot."""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz, process, utils

from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """Over `questions`; what is found is the place in them.

    The scorer is the one of rapidfuzz's that did best on the suite. Its default, WRatio, takes a short question for
    any longer one that holds it.
    """
    questions = [utils.default_process(question) for question in material["questions"]]

    def answer(text: str, begins: bool) -> tuple[int | None, float]:
        best = process.extractOne(text, questions, scorer=fuzz.token_sort_ratio, processor=utils.default_process)
        return (best[2], best[1] / 100) if best else (None, 0.0)

    return answer
