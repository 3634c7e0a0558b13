"""The index of near words finds all that trying each word finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.language.deletions import Deletions, reach

WORDS = st.text("abcdé", min_size=1, max_size=9)


@given(st.sets(WORDS, max_size=30), WORDS)
def test_no_near_word_is_missed(known: set[str], word: str) -> None:
    near = Deletions.of(known).near(word)
    within = {one for one in known if OSA.distance(one, word) <= min(reach(len(one)), reach(len(word)))}
    assert within <= near <= known
