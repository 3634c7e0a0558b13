"""A kept pack is the pack that was read, and never an old one, a damaged one, or somebody else's."""

from __future__ import annotations

import gc
import os
import pickle
import weakref
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from bot import compiled
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import Pack, PackError, load_pack
from tests import shipped

TODAY = date(2026, 11, 23)
KNOWLEDGE = """
pack: {title: Chess Club, about: club, reviewed: 2026-01-01}
types: {thing: {}, club: {is: thing}, person: {is: thing}}
relations:
  chair: {of: club, value: person, label: chair, asked: {en: [chair]}}
entities:
  club: {type: club, name: Chess Club, own: yes, facts: [{chair: ann, from: 2020, unsourced: true}]}
  ann: {type: person, name: Ann}
  bob: {type: person, name: Bob}
"""
INTENTS = """
intents:
  chair:
    templates: {en: ["who is the chair"]}
    query: {facts: chair, about: club}
    answer: {en: "{{ rows.facts[0].value.name }}"}
"""


class Club:
    """A small pack in folders of its own, and a folder to keep it in."""

    def __init__(self, folder: Path) -> None:
        self.knowledge, self.intents, self.kept = folder / "knowledge", folder / "intents", folder / "kept"
        for path, text in ((self.knowledge, KNOWLEDGE), (self.intents, INTENTS)):
            path.mkdir()
            (path / "all.yaml").write_text(text, "utf-8")

    def load(self) -> Pack:
        return compiled.load(self.knowledge, self.intents, folder=self.kept)

    def chair(self) -> str:
        return Engine(self.load()).answer("who is the chair?", Context(), today=TODAY)[0].text

    def file(self) -> Path:
        return next(self.kept.glob("*.pack"))

    def rewrite(self, path: Path, old: str, new: str) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def club(tmp_path: Path) -> Club:
    return Club(tmp_path)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be read from YAML."""

    def refuse(*_: object) -> None:
        raise AssertionError("the files were read")

    monkeypatch.setattr(compiled, "pack_of", refuse)


def test_a_kept_pack_is_not_read_again(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    assert club.chair().startswith("Ann")
    monkeypatch.setattr(compiled, "pack_of", None)
    assert club.chair().startswith("Ann")


def test_a_kept_pack_answers_as_the_one_that_was_read(tmp_path: Path) -> None:
    folders = (shipped.ROOT / "knowledge", shipped.ROOT / "intents")
    compiled.load(*folders, folder=tmp_path)
    read, kept = Engine(load_pack(*folders)), Engine(compiled.load(*folders, folder=tmp_path))
    assert list(kept.pack.languages) == list(read.pack.languages)
    for example in read.pack.examples:
        context = Context()
        for ask in (*example.after, example.ask):
            reply, after = kept.answer(ask, context, today=TODAY, lang=example.lang)
            expected, context = read.answer(ask, context, today=TODAY, lang=example.lang)
            assert (reply, after) == (expected, context), ask


def test_a_changed_file_is_read(club: Club) -> None:
    assert club.chair().startswith("Ann")
    club.rewrite(club.knowledge / "all.yaml", "chair: ann", "chair: bob")
    assert club.chair().startswith("Bob")
    club.rewrite(club.intents / "all.yaml", "{{ rows", "It is {{ rows")
    assert club.chair().startswith("It is Bob")


def test_a_new_file_and_a_moved_one_are_read(club: Club) -> None:
    before = club.load()
    (club.knowledge / "more.yaml").write_text("entities: {cid: {type: person, name: Cid}}", "utf-8")
    assert "cid" in club.load().knowledge.entities
    (club.knowledge / "more.yaml").rename(club.knowledge / "other.yaml")
    assert club.load().knowledge.entities["cid"].where.startswith(str(club.knowledge / "other.yaml"))
    (club.knowledge / "other.yaml").unlink()
    assert club.load().knowledge == before.knowledge


def test_other_code_and_other_packages_read_anew(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    club.load()
    site = tmp_path / "site"
    (site / "jinja2-9.9.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(site))
    club.load()
    assert len(list(club.kept.iterdir())) == 2
    monkeypatch.setattr(compiled, "_CODE", site)
    club.load()
    assert len(list(club.kept.iterdir())) == 3


def test_mistakes_are_told_each_time(club: Club) -> None:
    club.rewrite(club.knowledge / "all.yaml", "chair: ann", "chair: nobody")
    for _ in range(2):
        with pytest.raises(PackError, match="there is no entity 'nobody'"):
            club.load()
    assert not club.kept.exists()


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "another's words"])
def test_a_damaged_file_is_ignored_and_replaced(club: Club, damage: str) -> None:
    club.load()
    file = club.file()
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    file.write_bytes({"cut": whole[:-1], "empty": b"", "flipped": bytes(flipped)}.get(damage, b"abcdnot a pack"))
    assert club.chair().startswith("Ann")
    assert compiled._read(file) is not None


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("writable", ["folder", "file"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_may_write_is_never_run(club: Club, tmp_path: Path, writable: str, mode: int) -> None:
    club.load()
    file, mark = club.file(), tmp_path / "mark"
    body = pickle.dumps(Trap(mark))
    file.write_bytes(compiled._sum(BytesIO(body)) + body)
    place = file if writable == "file" else file.parent
    place.chmod(place.stat().st_mode | mode)
    assert club.chair().startswith("Ann")
    assert not mark.exists()


def test_a_folder_that_cannot_be_made_does_no_harm(club: Club) -> None:
    club.kept.write_text("in the way", "utf-8")
    assert club.chair().startswith("Ann")


def test_the_oldest_packs_make_way_and_what_a_killed_process_left(club: Club) -> None:
    club.load()
    (club.kept / "half.new").write_bytes(b"half a pack")
    for number in range(compiled.MOST_KEPT + 3):
        (club.knowledge / "all.yaml").write_text(f"{KNOWLEDGE}\n# {number}\n", "utf-8")
        club.load()
    assert len(list(club.kept.iterdir())) == compiled.MOST_KEPT
    assert club.chair().startswith("Ann")


def test_a_lexicon_that_was_asked_goes_with_its_pack(club: Club) -> None:
    for _ in ("read", "kept"):
        pack = club.load()
        lexicon = weakref.ref(pack.languages["en"].lexicon)
        assert pack.languages["en"].lexicon.read("who is the chiar").stems[-1]
        del pack
        assert lexicon() is None


def test_a_language_is_made_when_it_is_first_spoken(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load_pack(club.knowledge, club.intents)
    made = pack.languages["en"]
    monkeypatch.setattr("bot.pack._understanding", None)
    assert pack.languages["en"] is made
    asleep = load_pack(club.knowledge, club.intents)
    with pytest.raises(TypeError):
        asleep.wake()


def test_an_engine_and_its_pack_go_when_another_takes_their_place(club: Club) -> None:
    gone: list[weakref.ref[Engine] | weakref.ref[Pack]] = []
    engine = Engine(club.load())
    for chair in ("bob", "ann", "bob"):
        for asked in ("who is the chiar?", "what is the weather?"):
            engine.answer_alone(asked, today=TODAY)
        gone += [weakref.ref(engine), weakref.ref(engine.pack)]
        club.rewrite(club.knowledge / "all.yaml", "chair: ann" if chair == "bob" else "chair: bob", f"chair: {chair}")
        engine = Engine(club.load())
    gc.collect()
    assert not any(one() for one in gone)
