"""Every kind of bad YAML is reported as `file:line: message`, all of it in one run, and never with a traceback."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.pack import PackError, load_pack

ROOT = Path(__file__).resolve().parent.parent

GOOD = """\
pack: {title: Chess club, about: club, reviewed: 2026-01-01}
types:
  thing: {}
  person: {is: thing}
relations:
  chair: {of: thing, value: person}
  founded: {of: thing, value: date}
  motto: {of: thing, value: text}
  size: {of: thing, value: number}
sources:
  book: {title: The club's book}
entities:
  club:
    type: thing
    name: Chess club
    facts:
      - founded: 1950
        sources: [book]
  ada: {type: person, name: Ada}
"""


def fact(text: str) -> str:
    """The good pack with one fact more, on line 20."""
    return f"{GOOD}facts:\n  - about: club\n{text}"


MISTAKES = {
    "syntax": ("entities: [", 2, "not valid YAML"),
    "a tab": ("entities:\n\tx: y\n", 2, "not with tabs"),
    "a text with a comma": (
        GOOD + "facts:\n  - {about: club, motto: Play, and think, sources: [book]}\n", 21, "quotation marks",
    ),
    "unknown top key": (GOOD + "entitys: {}\n", 20, "did you mean 'entities'"),
    "unknown key of a fact": (fact("    chair: ada\n    form: 1999\n    sources: [book]\n"), 23, "unknown key 'form'"),
    "unknown relation": (fact("    chiar: ada\n    sources: [book]\n"), 22, "did you mean 'chair'"),
    "no relation": (fact("    sources: [book]\n"), 21, "exactly one relation"),
    "dangling entity": (fact("    chair: adda\n    sources: [book]\n"), 22, "did you mean 'ada'"),
    "wrong type of entity": (fact("    chair: club\n    sources: [book]\n"), 22, "a person is wanted"),
    "dangling source": (fact("    chair: ada\n    sources: [bok]\n"), 23, "did you mean 'book'"),
    "no source": (fact("    chair: ada\n"), 21, "names no source"),
    "no number": (fact("    size: many\n    sources: [book]\n"), 22, "no number"),
    "no such day": (fact("    chair: ada\n    from: 2001-02-30\n    sources: [book]\n"), 23, "does not exist"),
    "no date": (fact("    chair: ada\n    from: last year\n    sources: [book]\n"), 23, "is no date"),
    "reversed dates": (
        fact("    chair: ada\n    from: 2005\n    to: 2004\n    sources: [book]\n"), 23, "ends (2004) before it begins",
    ),
    "on and from": (fact("    chair: ada\n    on: 2005\n    from: 2004\n    sources: [book]\n"), 23, "either 'on'"),
    "duplicate key": (GOOD.replace("    name: Chess club\n", "    name: Club\n    name: Club\n"), 16, "here twice"),
    "unknown type": (GOOD.replace("type: person, name", "type: persn, name"), 19, "did you mean 'person'"),
    "unknown parent": (GOOD.replace("is: thing}", "is: thnig}"), 4, "did you mean 'thing'"),
    "no id": (GOOD + "  Ada L: {type: person, name: Ada}\n", 20, "is no id"),
    "an alias": (GOOD.replace("facts:\n", "facts: &a\n", 1) + "facts: *a\n", 16, "anchors and aliases"),
    "a list at the top": ("- a\n- b\n", 1, "should be a valid dictionary"),
    "nothing at all": ("", 1, "no file has the key 'pack'"),
}  # fmt: skip


def problems_of(tmp_path: Path, knowledge: str | bytes, intents: str = "") -> list[str]:
    """What a pack with these two files is told."""
    for name, text in (("knowledge", knowledge), ("intents", intents)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PackError) as caught:
        load_pack(tmp_path / "knowledge", tmp_path / "intents")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_facts_is_named_at_its_line(tmp_path: Path, name: str) -> None:
    text, line, said = MISTAKES[name]
    problems = problems_of(tmp_path, text)
    assert any(said in problem and re.search(rf":{line}: ", problem) for problem in problems), problems


def test_all_mistakes_are_reported_in_one_run(tmp_path: Path) -> None:
    text = fact("    chair: adda\n    from: 2005\n    to: 2004\n    sources: [bok]\n")
    assert len(problems_of(tmp_path, text)) == 3


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, GOOD.encode() + b"# caf\xe9\n")
    assert any(":20: the file is not UTF-8" in problem for problem in problems)


def test_a_file_of_a_hundred_megabytes(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (tmp_path / "intents").mkdir()
    with (folder / "a.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(PackError) as caught:
        load_pack(folder, tmp_path / "intents")
    assert "larger than" in str(caught.value)


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert any("anchors and aliases" in problem for problem in problems_of(tmp_path, "\n".join(lines)))


def test_the_same_id_in_two_files(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder)
    (folder / "zz.yaml").write_text("entities:\n  china: {type: country, name: China}\n", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder, ROOT / "intents")
    (problem,) = caught.value.problems
    assert problem.line == 2
    assert "'china' is defined twice (first at " in problem.message


def intent(rest: str) -> str:
    """An intents file whose intent `x` has these lines."""
    return f"intents:\n  x:\n{rest}"


def picture(*changed: str) -> str:
    """Lines of an intents file with the picture `seats`, some of its keys changed or added."""
    keys = {"kind": "kind: timeline", **{line.partition(":")[0]: line for line in changed}}
    keys = {**keys, **{key: f"{key}: x" for key in ("title", "alt") if key not in keys}}
    return "pictures:\n  seats:\n" + "".join(f"    {line}\n" for line in keys.values())


INTENT_MISTAKES = {
    "bracket": (intent('    templates: {en: ["who (is|are"]}\n'), 3, "never closed"),
    "closing bracket": (intent('    templates: {en: ["who is]"]}\n'), 3, "closes nothing"),
    "unknown slot": (intent('    templates: {en: ["who is {persn}"]}\n'), 3, "did you mean 'person'"),
    "unknown rule": (intent('    templates: {en: ["<whoo> is"]}\n'), 3, "there is no rule <whoo>"),
    "all optional": (intent('    templates: {en: ["[who] [is]"]}\n'), 3, "match anything"),
    "rules in a circle": ('rules:\n  en:\n    a: "<b>"\n    b: "<a>"\n', 3, "round in a circle"),
    "unknown key": (intent("    qeury: {}\n"), 3, "did you mean 'query'"),
    "no number": (intent("    favour: much\n"), 3, "should be a valid number"),
    "query without find": (intent("    query: {order: name}\n"), 3, "either 'find'"),
    "query of an unknown relation": (intent("    query: {facts: chiar}\n"), 3, "did you mean 'chair'"),
    "query of an unknown type": (intent("    query: {find: persn}\n"), 3, "did you mean 'person'"),
    "answer that cannot be read": (intent('    answer: {en: "{% if %}"}\n'), 3, "its answer"),
    "topic of an unknown type": (
        "browse:\n  people: {label: People, query: {find: persn}}\n",
        2,
        "did you mean 'person'",
    ),
    "topic without a label": ("browse:\n  people: {query: {find: person}}\n", 2, "label"),
    "topic that is no link": (
        "browse:\n  All People: {label: People, query: {find: person}}\n",
        2,
        "is no name of a topic",
    ),
    "related question that cannot be read": (intent('    related: ["{% if %}"]\n'), 3, "its related question"),
    "unknown picture": (
        intent("    picture: seatz\n") + picture(),
        3,
        "there is no picture 'seatz'; did you mean 'seats'",
    ),
    "kind of picture": (picture("kind: pie"), 3, "should be 'timeline', 'growth', 'shares' or 'events'"),
    "colour of a picture": (picture("groups: {ada: blue}"), 4, "write one like"),
    "group of a picture": (picture('groups: {adda: "#2369a8"}'), 4, "did you mean 'ada'"),
    "dates of a picture": (picture("kind: events", "dated: chiar"), 2, "did you mean 'chair'"),
    "words of a picture": (picture('alt: "{% if %}"'), 2, "its words"),
    "query of a picture": (picture("query: {facts: chiar}"), 4, "did you mean 'chair'"),
    "two of one name": (intent("    kind: chat\n") + "rules: {}\nintents: {}\n", 5, "stands here twice"),
}


@pytest.mark.parametrize("name", INTENT_MISTAKES)
def test_a_mistake_in_the_intents_is_named_at_its_line(tmp_path: Path, name: str) -> None:
    text, line, said = INTENT_MISTAKES[name]
    problems = problems_of(tmp_path, GOOD, text)
    assert any(said in problem and re.search(rf":{line}: ", problem) for problem in problems), problems


def test_check_prints_the_problems_and_exits_with_1(tmp_path: Path) -> None:
    problems_of(tmp_path, fact("    chair: adda\n    sources: [bok]\n"))
    command = [
        sys.executable,
        "-m",
        "bot",
        "check",
        "--knowledge",
        str(tmp_path / "knowledge"),
        "--intents",
        str(tmp_path / "intents"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line.split("a.yaml:")[1].split(":")[0] for line in done.stdout.splitlines()] == ["22", "23"]
    assert "Traceback" not in done.stderr


def test_files_may_share_a_languages_words_and_not_say_them_twice(tmp_path: Path) -> None:
    """One file's phrases stand beside another's; a phrase in both is reported where it is said again."""
    (tmp_path / "knowledge").mkdir()
    intents = tmp_path / "intents"
    intents.mkdir()
    (tmp_path / "knowledge" / "pack.yaml").write_text(GOOD)
    (intents / "a.yaml").write_text("words:\n  en:\n    stop: [the]\n    phrases:\n      welcome: Hello\n")
    (intents / "b.yaml").write_text("words:\n  en:\n    stop: [a]\n    phrases:\n      help: Ask\n")
    pack = load_pack(tmp_path / "knowledge", intents)
    assert pack.phrases("en")["welcome"] == "Hello"
    assert pack.phrases("xx")["help"] == "Ask"
    assert pack.intents.languages["en"].words.stop[-2:] == ["the", "a"]
    (intents / "b.yaml").write_text("words:\n  en:\n    phrases:\n      welcome: Ask\n")
    with pytest.raises(PackError) as error:
        load_pack(tmp_path / "knowledge", intents)
    assert [(p.line, "'welcome' already" in p.message) for p in error.value.problems] == [(4, True)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "{en: {phrases: {source_list: '{cuont} sources'}}}",
            "the phrase 'source_list': there is no value {cuont} here",
        ),
        ("{en: {phrases: {source_list: '{count sources'}}}", "the phrase 'source_list': .*brace.*"),
        (
            "{en: {phrases: {source_list: '{count:>999999999} sources'}}}",
            "the phrase 'source_list': in {count} nothing stands behind the name.*",
        ),
        ("{eo: {phrases: {welcome: Saluton}}}", "the phrase 'too_old' of 'eo' is missing"),
    ],
)
def test_a_phrase_that_a_face_needs_is_there_and_whole(tmp_path: Path, words: str, said: str) -> None:
    intents = tmp_path / "intents"
    shutil.copytree(ROOT / "intents", intents)
    (intents / "more.yaml").write_text(f"words: {words}\n", "utf-8")
    knowledge = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", knowledge)
    pack = knowledge / "pack.yaml"
    pack.write_text(pack.read_text("utf-8").replace("languages: [en", "languages: [en, eo"), "utf-8")
    command = [sys.executable, "-m", "bot", "check", "--knowledge", str(knowledge), "--intents", str(intents)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(rf"^\S*more\.yaml:1: {said}", done.stdout, re.MULTILINE), done.stdout
