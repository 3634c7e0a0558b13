"""The order that is found as far as somebody looks is the order of all, sorted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import Context
from bot.intents.ranking import Batch, Candidates, Ranking
from bot.turn import Turn
from tests import shipped
from tests.test_compiled import TODAY


@dataclass(frozen=True)
class Scored:
    """A score, and what it is favoured by."""

    n: int
    score: float
    favour: float

    @property
    def favoured(self) -> float:
        return self.score + self.favour


NUMBERS = st.integers(0, 6).map(lambda number: number / 4)
ENTRIES = st.lists(st.tuples(st.none() | NUMBERS, NUMBERS, NUMBERS, st.integers(0, 1)), max_size=12)


@given(ENTRIES)
def test_the_order_is_that_of_sorting_all(entries: list[tuple[float | None, float, float, int]]) -> None:
    found = [None if score is None else Scored(n, score, favour) for n, (score, favour, _, _) in enumerate(entries)]
    most = [(n, (score or 0.0) + slack, favour, batch) for n, (score, favour, slack, batch) in enumerate(entries)]

    def listed(batch: int) -> list[Candidates]:
        """Those of a bound and a favour together, as rules of one shape are."""
        alike: dict[tuple[float, float], list[int]] = {}
        for n, bound, favour, its in most:
            if its == batch:
                alike.setdefault((bound, favour), []).append(n)
        return [Candidates(bound, favour, numbers) for (bound, favour), numbers in alike.items()]

    batches: list[Batch] = [
        (max((group.most + group.favour for group in listed(batch)), default=0.0), partial(listed, batch))
        for batch in (0, 1)
    ]
    ranking = Ranking(batches, found.__getitem__)
    scored = [one for one in found if one]
    assert list(ranking.favoured()) == sorted(scored, key=lambda one: (-one.favoured, -one.score, one.n))
    assert list(ranking) == sorted(scored, key=lambda one: (-one.score, one.n))
    assert list(islice(ranking, 2)) == list(ranking)[:2]


def test_only_what_may_be_best_is_looked_into() -> None:
    looked = []

    def look(n: int) -> Scored:
        looked.append(n)
        return Scored(n, 0.9 if n == 7 else 0.1, 0.0)

    def never() -> list[Candidates]:
        raise AssertionError("nothing of these can be best")

    candidates = [Candidates(1.0, 0.0, [7]), Candidates(0.8, 0.0, [n for n in range(100) if n != 7])]
    assert next(iter(Ranking([(1.0, lambda: candidates), (0.5, never)], look))).n == 7
    assert looked == [7]


def test_no_bound_is_below_a_score() -> None:
    """On the shipped pack: what a message's templates score in their order is what they score when all are tried."""
    pack = shipped.pack()
    for code, understanding in pack.languages.items():
        asked = [example.ask for example in pack.examples if example.lang == code]
        for text in asked[:: max(1, len(asked) // 100)]:
            understood = Turn(pack, understanding, code, Context(), TODAY).understand(text)
            scores = [match.score for match in understood.matches]
            assert scores == sorted(scores, reverse=True), text
            favoured = [match.favoured for match in understood.matches.favoured()]
            assert favoured == sorted(favoured, reverse=True), text
