"""What `sco-bot check` finds in a pack that can be read: each check on a tiny pack, and the shipped pack is clean.

Errors go to standard output and make the exit status 1; notes go to standard error and leave it 0.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.audit import audit
from bot.cli import main
from tests import shipped

ROOT = Path(__file__).resolve().parent.parent

KNOWLEDGE = """\
pack: {title: Chess club, about: club, reviewed: 2026-01-01}
types:
  thing: {}
  person: {is: thing}
  team: {is: thing}
  game: {is: thing, described_by: {when: held}}
  match: {is: thing, required: [held]}
  rank: {is: thing, label: yes}
relations:
  rank:    {of: person, value: rank, succession: {per: subject, among: [novice, master]}, asked: {en: [rank]}}
  chair:   {of: person, value: team, succession: {per: value, gaps: yes}, fresh_for: 12, asked: {en: [chair]}}
  held:    {of: thing, value: date, asked: {en: [held]}}
  size:    {of: thing, value: number, fresh_for: 12, asked: {en: [size]}}
  secret:  {of: thing, value: number}
  motto:   {of: thing, value: text, asked: {en: [motto]}}
sources:
  book: {title: The club's book}
  paper: {title: The club's paper, date: 2025-06}
entities:
  club: {type: team, name: Chess club}
  novice: {type: rank, name: novice}
  master: {type: rank, name: master}
  guest: {type: rank, name: guest}
  ada: {type: person, name: Ada}
  bob: {type: person, name: Bob}
facts:
  - {about: club, motto: Think first., sources: [book]}
  - {about: club, motto: Move later., sources: [paper]}
"""

INTENTS = """\
intents:
  about:
    templates: {en: ["what is {relation} {thing}"]}
    query: {facts: $relation, about: $thing}
    answer: {en: "{% for fact in rows.facts %}{{ fact.value }}{% endfor %}"}
    examples: [{ask: "what is the motto of the Chess club?", says: [Think first]}]
"""


def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str = "", intents: str = "") -> list[str]:
    """The lines that `sco-bot check` prints of the tiny pack and a file more; errors have to make the status 1."""
    for name, text in {
        "knowledge/a.yaml": KNOWLEDGE,
        "knowledge/b.yaml": more,
        "intents/a.yaml": INTENTS,
        "intents/b.yaml": intents,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    status = main(["check", "--knowledge", str(tmp_path / "knowledge"), "--intents", str(tmp_path / "intents")])
    out, err = capsys.readouterr()
    assert status == (1 if out else 0)
    found = [*out.splitlines(), *(line for line in err.splitlines() if ": note: " in line)]
    assert all(re.match(r".*\.yaml:\d+: ", line) for line in found)
    return [line.removeprefix(f"{tmp_path}/") for line in found]


def facts(*texts: str) -> str:
    """A file with these facts, from its second line on."""
    return "facts:\n" + "".join(f"  - {{{text}}}\n" for text in texts)


MASTER = "about: ada, rank: master, from: 2010-05-01, sources: [book]"


def test_the_tiny_pack_itself_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, capsys) == []


@pytest.mark.parametrize("dates", ["from: 2001", "from: 2001, to: 2010-05-02", "from: 2001, to: 2011"])
def test_two_values_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str], dates: str) -> None:
    (found,) = check(tmp_path, capsys, facts(f"about: ada, rank: novice, {dates}, sources: [book]", MASTER))
    assert found.startswith("knowledge/b.yaml:3: ada rank master (2010-05-01..) begins before ada rank novice (2001..")
    assert f"({tmp_path}/knowledge/b.yaml:2)" in found


@pytest.mark.parametrize("end", ["2010-05-01", "2010-05", "2010", "2010-04-30"])
def test_the_day_of_the_change_may_be_in_both_or_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    """A date that is known to the month or year is taken as it fits."""
    assert (
        check(tmp_path, capsys, facts(f"about: ada, rank: novice, from: 2001, to: {end}, sources: [book]", MASTER))
        == []
    )


def test_what_is_not_among_the_succession_may_be_at_the_same_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, capsys, facts("about: ada, rank: guest, from: 2001, sources: [book]", MASTER)) == []


def test_two_things_of_one_value_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = facts(
        "about: ada, chair: club, from: 2001, sources: [paper]",
        "about: bob, chair: club, from: 2025-03, sources: [paper]",
    )
    (found,) = check(tmp_path, capsys, more)
    assert "b.yaml:3: bob chair club (2025-03..) begins before ada chair club (2001..) ends" in found


def test_a_hole_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = facts("about: ada, rank: novice, from: 2001, to: 2010-04-29, sources: [book]", MASTER)
    (found,) = check(tmp_path, capsys, more)
    assert found.startswith(
        "knowledge/b.yaml:3: note: nothing is said of the time from ada rank novice (2001..2010-04-29)"
    )


def test_a_hole_that_the_schema_expects_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = facts(
        "about: ada, chair: club, from: 2001, to: 2002, sources: [book]",
        "about: bob, chair: club, from: 2025-03, sources: [book]",
    )
    assert check(tmp_path, capsys, more) == []


def test_a_thing_without_what_its_type_requires(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = "entities:\n  opening: {type: match, name: Opening}\n"
    assert check(tmp_path, capsys, more) == ["knowledge/b.yaml:2: 'opening' is a match and has no fact held"]


@pytest.mark.parametrize(
    ("others", "clash"),
    [
        ("{type: person, name: Ada Lovelace, aliases: {en: [Bob]}}", True),
        ("{type: person, name: Ada Lovelace, aliases: {en: [BOB]}}", True),
        ("{type: person, name: Ada Lovelace, aliases: {en: [Bob]}, namesakes: [bob]}", False),
        ("{type: rank, name: Bob}", False),
        ("{type: person, name: Bobby}", False),
    ],
)
def test_a_name_of_two_things(tmp_path: Path, capsys: pytest.CaptureFixture[str], others: str, clash: bool) -> None:
    """Labels are told apart by where they stand, and an editor can say that two things are meant to share a name."""
    found = check(tmp_path, capsys, f"entities:\n  other: {others}\n")
    assert len(found) == clash
    assert all(re.match(r"knowledge/b.yaml:2: 'bob' means .*knowledge/a.yaml:\d+\)", line, re.I) for line in found)


def test_things_that_their_facts_tell_apart_may_share_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "entities:\n  one: {type: game, name: Final}\n  two: {type: game, name: Final}\n"
    assert check(tmp_path, capsys, more) == []


@pytest.mark.parametrize(
    ("template", "favour", "clash"),
    [
        ("what is {relation} {thing}", "0", True),
        ("(which|what) is [the] {relation} {thing}", "0", True),
        ("what is {relation} {thing}", "0.1", False),
        ("what was {relation} {thing}", "0", False),
        ("what is {relation} {person}", "0", False),
    ],
)
def test_two_intents_that_claim_the_same_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], template: str, favour: str, clash: bool
) -> None:
    rival = f'  rival:\n    favour: "{favour}"\n    templates: {{en: ["{template}"]}}\n'
    found = [line for line in check(tmp_path, capsys, intents=f"intents:\n{rival}") if " claims " in line]
    assert len(found) == clash
    shared = "claims 'what is {relation} {thing}', as does"
    assert all(line.startswith("intents/b.yaml:2: ") and shared in line and "a.yaml:2)" in line for line in found)


def test_a_source_that_nothing_names_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = check(tmp_path, capsys, "sources:\n  letter: {title: A letter}\n")
    assert found.startswith("knowledge/b.yaml:2: note: no fact names the source 'letter'")


def test_a_source_of_another_claim_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = "disputed: [{value: Move first., sources: [letter]}]"
    more = facts(f"about: ada, motto: Move last., sources: [book], {claim}") + "sources:\n  letter: {title: A letter}\n"
    assert check(tmp_path, capsys, more) == []


@pytest.mark.parametrize(
    ("told", "aged"),
    [
        ("about: club, size: 40, on: 2024, sources: [book]", True),
        ("about: club, size: 40, on: 2025, sources: [book]", False),
        ("about: ada, chair: club, from: 2020, sources: [book]", True),
        ("about: ada, chair: club, from: 2020, sources: [paper]", False),
        ("about: ada, chair: club, from: 2020, to: 2021, sources: [book]", False),
        ("about: ada, rank: master, from: 2020, sources: [book]", False),
    ],
)
def test_what_has_aged_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str], told: str, aged: bool) -> None:
    """The newest figure and what still holds, when they and their sources are older than a year at the review."""
    found = check(tmp_path, capsys, facts(told))
    assert len(found) == aged
    assert all(line.startswith("knowledge/b.yaml:2: note: ") and "is given as of the present" in line for line in found)


def test_only_the_newest_figure_ages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = [f"about: club, size: {year}, on: {year}, sources: [book]" for year in (2010, 2025, 2020)]
    assert check(tmp_path, capsys, facts(*figures)) == []


def test_what_is_still_heard_of_has_not_aged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who took part in a game of last year has been looked at since."""
    more = "entities: {final: {type: game, name: Final}}\n"
    more += "relations: {played: {of: game, value: person, asked: {en: [played]}}}\n"
    more += facts(
        "about: ada, chair: club, from: 2020, sources: [book]",
        "about: final, held: 2025-09-01, on: 2025-09-01, sources: [book]",
        "about: final, played: ada, sources: [book]",
    )
    assert check(tmp_path, capsys, more) == []


def test_facts_that_no_question_finds_are_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = facts("about: club, secret: 1, sources: [book]", "about: club, secret: 2, sources: [book]")
    (found,) = check(tmp_path, capsys, more)
    assert re.match(r"knowledge/a.yaml:\d+: note: no question finds the 2 facts of 'secret', first .*b.yaml:2;", found)


@pytest.mark.parametrize(
    "part",
    [
        "query: {facts: secret, about: $thing}",
        "query: {find: thing, has: [{secret: any}]}",
        "query: {find: thing, except: {find: thing, lacks: {secret: any}}}",
        "answer: {en: \"{{ us.facts('secret') }}\"}",
    ],
)
def test_an_intent_finds_facts_by_its_query_or_its_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    spy = f'  spy:\n    templates: {{en: ["spy {{thing}}"]}}\n    {part}\n'
    found = check(tmp_path, capsys, facts("about: club, secret: 1, sources: [book]"), f"intents:\n{spy}")
    assert [line for line in found if "no question finds" in line] == []


def test_an_intent_without_an_example_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = check(tmp_path, capsys, intents="intents:\n  wave:\n    kind: chat\n    templates: {en: [ahoy]}\n")
    assert found.startswith("intents/b.yaml:2: note: the intent 'wave' has no example")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "types: {bad: {is: thing, required: [heldd]}}",
            "b.yaml:1: there is no relation 'heldd'; did you mean 'held'?",
        ),
        (
            "relations: {bad: {of: thing, value: rank, succession: {per: subject, among: [expert]}}}",
            "b.yaml:1: there is no entity 'expert'",
        ),
        ("relations: {bad: {of: thing, value: rank, succession: {per: rank}}}", "b.yaml:1: per: input should be"),
        (
            "entities: {bad: {type: thing, name: Bad, namesakes: [adda]}}",
            "there is no entity 'adda'; did you mean 'ada'?",
        ),
    ],
)
def test_what_the_checks_are_told_is_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    assert any(said in line for line in check(tmp_path, capsys, more))


def test_the_shipped_pack_is_clean() -> None:
    """Without errors; and what is noted is only what has aged, which is for an editor to look up."""
    errors, notes = audit(shipped.pack())
    assert [str(problem) for problem in errors] == []
    assert [str(note) for note in notes if "as of the present" not in note.message] == []
