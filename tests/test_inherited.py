"""What a pack inherits: intents that fit its schema, in the languages that it speaks; what it says itself is meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.audit import audit
from bot.dialogue import Context
from bot.engine import Engine
from bot.examples import run_examples
from bot.pack import Pack, PackError, load_pack

TODAY = date(2026, 3, 1)
KNOWLEDGE = """\
pack: {title: Garden Guild, about: guild, reviewed: 2026-01-01}
types:
  thing: {}
  guild: {is: thing, own: yes, name: guild}
  party: {is: thing}
  gardener: {is: party, name: gardener}
  status: {is: thing, label: yes, name: status}
relations:
  status: {of: gardener, value: status, told_by: join, told_as: grower, label: status}
  motto: {of: guild, value: text, label: motto, asked: [motto]}
sources: {book: {title: The Book}}
entities:
  guild: {type: guild, name: Garden Guild, own: yes, facts: [{motto: Dig first, sources: [book]}]}
  grower: {type: status, name: grower}
  ivy-moss:
    type: gardener
    name: Ivy Moss
    facts: [{status: grower, from: 2010-04-01, sources: [book]}]
"""
FAIRS = """\
  place: {is: thing}
  event: {is: thing}
  fair: {is: event, own: yes, name: fair, nouns: [fair, fairs]}
"""
BARE = "words: {en: {phrases: {starters: Who are the growers?}}}\n"


def made(folder: Path, intents: str = BARE, knowledge: str = KNOWLEDGE) -> Pack:
    for name, text in (("knowledge", knowledge), ("intents", intents)):
        (folder / name).mkdir()
        (folder / name / "all.yaml").write_text(text, encoding="utf-8")
    return load_pack(folder / "knowledge", folder / "intents")


def says(pack: Pack, question: str) -> str:
    return Engine(pack).answer(question, Context(), today=TODAY)[0].text


WHOLE = KNOWLEDGE.replace("reviewed: 2026-01-01", "reviewed: 2026-01-01, languages: [LANGUAGE]").replace(
    "relations:\n",
    f"""{FAIRS}\
  person: {{is: party, name: person}}
  office: {{is: thing, label: yes, name: office}}
  kind: {{is: thing, label: yes, name: kind}}
  document: {{is: thing, own: yes, named_by: kind, name: document, nouns: [document]}}
  organisation: {{is: thing}}
relations:
  founded: {{of: thing, value: date, told_by: founding, label: founded}}
  founder: {{of: thing, value: party, label: founder}}
  seat: {{of: thing, value: place, label: seat}}
  purpose: {{of: thing, value: text, label: purpose}}
  office: {{of: person, value: office, label: office}}
  held: {{of: event, value: place, label: held}}
  host: {{of: event, value: party, label: host}}
  attended: {{of: event, value: person, label: attended}}
  guest: {{of: event, value: person, label: guest}}
  decided: {{of: event, value: text, label: decided}}
  adopted: {{of: event, value: document, label: adopted}}
  kind: {{of: document, value: kind, label: kind}}
  signed: {{of: document, value: date, told_by: sign, label: signed}}
  signed_in: {{of: document, value: place, label: signed in}}
  signed_by: {{of: document, value: party, label: signed by}}
  in_force: {{of: document, value: date, label: in force}}
  provides: {{of: document, value: text, label: provides}}
  subject: {{of: document, value: text, label: subject}}
""",
)
"""A schema with all that is inherited in any pack."""


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_what_is_inherited_is_whole(tmp_path: Path, language: str) -> None:
    """The base's templates need no rule and its answers no macro of a pack's, in any language."""
    pack = made(tmp_path, BARE.replace("en:", f"{language}:"), WHOLE.replace("LANGUAGE", language))
    assert list(pack.intents.languages) == [language]
    assert {"who_has_status", "list_events", "who_attended_event", "who_held_office", "list_documents", "who_of"} <= {
        intent.id for intent in pack.intents.intents.values() if intent.templates[language]
    }
    assert audit(pack).errors == ()
    assert run_examples(pack)[1] == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("who are the growers?", "Ivy Moss (since 1 April 2010)"),
        ("when did Ivy Moss join?", "became a grower on 1 April 2010"),
        ("how long has Ivy Moss been a grower?", "15 years"),
        ("what is the motto of the guild?", "Dig first"),
        ("hello", "Ask me about the Garden Guild"),
    ],
)
def test_a_pack_without_an_intent_answers(tmp_path: Path, question: str, answer: str) -> None:
    """The usual status stands where none is named, and the pack's own organisation where none is."""
    knowledge = KNOWLEDGE.replace("name: Garden Guild, own", "name: Garden Guild, aliases: [the guild], own")
    assert answer in says(made(tmp_path, knowledge=knowledge), question)


def test_what_the_schema_has_not_is_left_out(tmp_path: Path) -> None:
    pack = made(tmp_path)
    assert "founders" not in pack.intents.intents
    slots = {
        name for intent in pack.intents.intents.values() for names in intent.roles("en").values() for name in names
    }
    assert "party" in slots
    assert "place" not in slots
    assert audit(pack).notes == ()


def test_what_cannot_be_looked_up_is_not_missed(tmp_path: Path) -> None:
    """Events have a place and a time here, and neither a host nor a number; nobody is of a country."""
    knowledge = (
        KNOWLEDGE.replace("relations:", f"{FAIRS}relations:\n  held: {{of: event, value: place, label: held}}")
        + "  barn: {type: place, name: Red Barn}\n"
        + "  may-fair: {type: fair, name: May Fair, facts: [{held: barn, on: 2019-05-04, sources: [book]}]}\n"
        + "  june-fair: {type: fair, name: June Fair, facts: [{held: barn, on: 2020-06-04, sources: [book]}]}\n"
    )
    pack = made(tmp_path, knowledge=knowledge)
    assert "Red Barn" in says(pack, "where was the May Fair?")
    assert says(pack, "how many fairs were held in the Red Barn?").startswith("Two")
    assert "May Fair" in says(pack, "what was the first fair?")
    assert "June Fair" not in says(pack, "list the fairs of 2019")


def test_only_languages_of_the_pack_are_spoken(tmp_path: Path) -> None:
    pack = made(tmp_path)
    assert list(pack.intents.languages) == ["en"]
    assert {code for intent in pack.intents.intents.values() for code in intent.templates} == {"en"}
    passed, failures = run_examples(pack)
    assert (passed > 0, failures) == (True, [])


def test_its_own_words_are_said(tmp_path: Path) -> None:
    """The templates stay; an answer is replaced, and examples are added to those that are inherited."""
    example = "{ask: good evening, says: [morning], kind: chat}"
    own = f"intents: {{greeting: {{answer: {{en: Good morning!}}, examples: [{example}]}}}}"
    pack = made(tmp_path, own)
    assert says(pack, "hello") == "Good morning!"
    asked = [example.ask for example in pack.intents.intents["greeting"].examples]
    assert asked == ["hello", "good evening"]
    assert run_examples(pack)[1] == []


def test_what_it_looks_up_instead_it_says_whole(tmp_path: Path) -> None:
    own = """\
intents:
  who_has_status:
    queries: {growers: {facts: status, value: grower}}
    answer: {en: "Growers: {{ growers|length }}."}
"""
    pack = made(tmp_path, own)
    assert list(pack.intents.intents["who_has_status"].queries) == ["growers"]
    assert says(pack, "who are the growers?").startswith("Growers: 1.")


def test_a_macro_of_its_own_is_meant(tmp_path: Path) -> None:
    own = 'words: {en: {phrases: {macros: "{%- macro never(c, status) -%}Not {{ c.name }}!{%- endmacro -%}"}}}'
    knowledge = KNOWLEDGE + "  oak-fern: {type: gardener, name: Oak Fern}\n"
    assert says(made(tmp_path, own, knowledge), "when did Oak Fern become a grower?").startswith("Not Oak Fern!")


def test_a_mistake_in_what_it_says_of_an_inherited_intent_is_its_own(tmp_path: Path) -> None:
    with pytest.raises(PackError) as error:
        made(tmp_path, "intents:\n  who_has_status:\n    templates: {en: ['who is {grdener}']}\n")
    (problem,) = error.value.problems
    assert str(problem).endswith(
        "intents/all.yaml:3: template 'who is {grdener}': there is no type 'grdener'; did you mean 'gardener'?"
    )
