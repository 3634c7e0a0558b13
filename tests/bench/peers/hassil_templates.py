"""hassil, Home Assistant's recogniser, over our own templates: their syntax is its."""

from __future__ import annotations

from typing import Any

from hassil import Intents, recognize_best

from tests.bench.peers.worker import Answerer


def build(material: dict[str, Any]) -> Answerer:
    """Over `intents`, in its own YAML's shape; what is found is the intent and the text of each slot.

    Words of courtesy and grammar are skipped: they weigh next to nothing with us. The names of the pack's own
    organisation are skipped too, since no template spells them out, and read as a name when nothing matches so.
    """
    intents = Intents.from_dict(material["intents"])
    own = material["own"]

    def answer(text: str, begins: bool) -> tuple[dict[str, Any] | None, float]:
        best = recognize_best(text, intents, skip_words=own) or recognize_best(text, intents)
        if best is None:
            return None, 0.0
        slots = [(entity.name, str(entity.value)) for entity in best.entities_list]
        return {"intent": best.intent.name, "slots": slots}, 1.0

    return answer
