"""A pack that is read anew is read by another process, and is the pack that would be read here; what it takes the
place of is let go bit by bit.
"""

from __future__ import annotations

import sys
import threading
import weakref
from pathlib import Path

import pytest

from bot import compiled, letting_go, rereading
from bot.dialogue import Context
from bot.engine import Engine
from bot.letting_go import piecemeal
from bot.pack import Pack, PackError, load_pack
from tests.bench.worlds import Size, World
from tests.test_compiled import TODAY, Club

LARGE = Size(3 * compiled.PIECE, 6 * compiled.PIECE, 20)


@pytest.fixture
def club(tmp_path: Path) -> Club:
    return Club(tmp_path)


def reread(club: Club, folder: Path | None) -> Pack:
    return rereading.load(club.knowledge, club.intents, folder=folder)


def chair(pack: Pack) -> str:
    return Engine(pack).answer("who is the chair?", Context(), today=TODAY)[0].text


@pytest.mark.parametrize("keeps", [True, False])
def test_another_process_reads_the_files(club: Club, keeps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "pack_of", None)
    for old, new in (("ann", "bob"), ("bob", "ann")):
        club.rewrite(club.knowledge / "all.yaml", f"chair: {old}", f"chair: {new}")
        assert chair(reread(club, club.kept if keeps else None)).startswith(new.capitalize())


def test_its_problems_are_those_of_the_files(club: Club) -> None:
    club.rewrite(club.knowledge / "all.yaml", "chair: ann", "chair: nobody")
    told = []
    for load in (rereading.load, compiled.load):
        with pytest.raises(PackError) as error:
            load(club.knowledge, club.intents, folder=club.kept)
        told.append(error.value.problems)
    assert told[0] == told[1]
    assert not club.kept.exists()


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_if_it_comes_to_nothing_the_files_are_read_here(
    club: Club, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    assert chair(reread(club, club.kept)).startswith("Ann")


def test_a_process_loads_nothing_that_other_code_has_kept(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    monkeypatch.setattr(compiled, "_CODE", code)
    club.load()
    (code / "new.py").write_text("changed = True", "utf-8")
    club.load()
    assert len(list(club.kept.iterdir())) == 1


def test_what_is_large_is_kept_in_pieces_and_whole(tmp_path: Path) -> None:
    world = World.of(LARGE)
    world.write(tmp_path)
    folders = tmp_path / "knowledge", tmp_path / "intents"
    read = load_pack(*folders)
    rereading.load(*folders, folder=tmp_path / "kept")
    kept = compiled.load(*folders, folder=tmp_path / "kept")
    assert kept.knowledge == read.knowledge
    one = kept.knowledge.facts[-1]
    assert any(fact is one for fact in kept.knowledge.facts_of(one.subject, one.relation))
    engines = Engine(read), Engine(kept)
    for text in world.questions(50):
        first, second = (engine.answer(text, Context(), today=TODAY) for engine in engines)
        assert first == second


class Thing:
    """Says who frees it."""

    def __init__(self, freed: list[threading.Thread]) -> None:
        weakref.finalize(self, lambda: freed.append(threading.current_thread()))


class Holder:
    """Has many things, in one large container or in small ones within others."""

    def __init__(self, freed: list[threading.Thread], each: int) -> None:
        many = 2 * letting_go.LARGE + 1
        self.things = {n: [[Thing(freed)] for _ in range(n, min(n + each, many))] for n in range(0, many, each)}


@pytest.mark.parametrize("each", [1, 20, 2 * letting_go.LARGE])
def test_contents_are_freed_beside_as_soon_as_nobody_holds_them(each: int) -> None:
    freed: list[threading.Thread] = []
    holder = Holder(freed, each)
    many, in_flight = sum(map(len, holder.things.values())), holder
    freeing = piecemeal(holder)
    del holder
    freeing.join(2 * letting_go.PAUSE_SECONDS)
    assert freeing.is_alive()
    assert not freed
    del in_flight
    freeing.join()
    assert freed == [freeing] * many
