"""A language is added by files of its own: texts of entries that other files define, and translations of facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.audit import audit
from bot.clock import today
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import Pack, PackError, load_pack

KNOWLEDGE = """\
pack: {title: The Club, about: club, reviewed: 2026-01-01, languages: [en, eo]}
types: {group: {own: yes}, post: {}}
relations:
  motto: {of: group, value: text, label: motto, asked: [motto]}
sources: {book: {title: The Book, publisher: The Press}}
entities:
  club: {type: group, name: The Club}
  chess:
    type: group
    name: Chess team
    facts: [{motto: Think first, note: Since the start, sources: [book]}]
"""
INTENTS = """\
intents:
  motto:
    templates: {en: ["what is the motto of {group}"]}
    query: {facts: motto, about: $group}
    answer: {en: "{% for fact in rows.facts %}{{ fact.value }} ({{ fact.note }}){% endfor %}"}
    examples: [{ask: "what is the motto of the Chess team?", says: [Think first]}]
"""
KNOWLEDGE_EO = """\
entities: {chess: {name: {eo: Ŝakteamo}}}
relations: {motto: {label: {eo: devizo}}}
translations:
  - {en: Think first, eo: Unue pensu, words: [konsilo]}
  - {en: Since the start, eo: Ekde la komenco}
  - {en: The Press, eo: La Eldonejo}
"""
INTENTS_EO = """\
words: {eo: {stop: [la, de], phrases: {sources: Fontoj}}}
intents:
  motto:
    templates: {eo: ["kio estas la devizo de {group}"]}
    answer: {eo: "{% for fact in rows.facts %}{{ fact.value }} ({{ fact.note }}){% endfor %}"}
    examples: [{ask: "kio estas la devizo de Ŝakteamo?", lang: eo, says: [Unue pensu]}]
"""


def pack_with(tmp_path: Path, knowledge: str = KNOWLEDGE_EO, intents: str = INTENTS_EO) -> Pack:
    for name, text in {
        "knowledge/z.yaml": KNOWLEDGE,
        "knowledge/eo/z.yaml": knowledge,
        "intents/z.yaml": INTENTS,
        "intents/eo/z.yaml": intents,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load_pack(tmp_path / "knowledge", tmp_path / "intents")


@pytest.mark.parametrize(
    ("lang", "ask", "says"),
    [
        ("eo", "kio estas la devizo de Ŝakteamo?", ("Unue pensu (Ekde la komenco)", "La Eldonejo")),
        ("en", "what is the motto of the chess team", ("Think first (Since the start)", "The Press")),
    ],
)
def test_a_language_in_files_of_its_own(tmp_path: Path, lang: str, ask: str, says: tuple[str, str]) -> None:
    reply, _ = Engine(pack_with(tmp_path)).answer(ask, Context(), today=today(), lang=lang)
    assert reply.text.startswith(says[0])
    assert reply.text.endswith(says[1])
    assert [source.publisher for source in reply.sources] == [says[1]]


@pytest.mark.parametrize(
    ("knowledge", "intents", "said"),
    [
        ("", "intents: {motto: {templates: {en: [motto]}}}", "'motto' has 'templates' in 'en' already (at "),
        ("", "intents: {motto: {templates: [motto]}}", "templates"),
        ("", "intents: {motto: {query: {facts: motto}}}", "'motto' is defined twice (first at "),
        ("", "intents:\n  motto:\n    templates: {eo: ['[kio]']}", "z.yaml:3: template '[kio]': every part"),
        ("entities: {club: {name: {en: Club}}}", "", "'club' has 'name' in 'en' already (at "),
        ("entities: {club: {type: post}}", "", "another file may add its texts in other languages, not 'type'"),
        ("translations: [{eo: Pensu}]", "", "a translation has 'en:'"),
        (
            "translations: [{en: Think first, eo: A}, {en: Think first, eo: B}]",
            "",
            "this text is translated to 'eo' already",
        ),
    ],
)
def test_what_another_file_may_not_say(tmp_path: Path, knowledge: str, intents: str, said: str) -> None:
    with pytest.raises(PackError) as error:
        pack_with(tmp_path, knowledge, intents)
    (problem,) = error.value.problems
    assert "/eo/z.yaml:" in str(problem)
    assert said in str(problem)


def test_a_declared_language_that_lacks_a_text_is_an_error(tmp_path: Path) -> None:
    (problem,) = (str(one) for one in audit(pack_with(tmp_path)).errors)
    assert problem.endswith("z.yaml:7: the name of 'club' is missing in 'eo', which the pack says that it speaks")


@pytest.mark.parametrize(
    ("knowledge", "intents", "said"),
    [
        ("translations: [{en: Think frist, eo: Pensu}]", "", "no fact or source has the English text 'Think frist'"),
        ("entities: {clubb: {name: {eo: Klubo}}}", "", "'clubb' is translated here, but stands in no file; did you"),
        ("", "browse: {clubs: {label: {eo: Kluboj}}}", "'clubs' is translated here, but stands in no file"),
        ("", "intents: {gone: {templates: {eo: [kio estas tio]}, examples: [{ask: a, lang: eo}]}}", "'gone' is "),
    ],
)
def test_a_translation_whose_text_has_gone_is_noted_and_harms_nothing(
    tmp_path: Path, knowledge: str, intents: str, said: str
) -> None:
    pack_with(tmp_path)
    for folder, text in (("knowledge", knowledge), ("intents", intents)):
        (tmp_path / folder / "eo" / "gone.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path / "knowledge", tmp_path / "intents")
    assert any(f"gone.yaml:1: {said}" in str(note) for note in audit(pack).notes)
    reply, _ = Engine(pack).answer("kio estas la devizo de Ŝakteamo?", Context(), today=today(), lang="eo")
    assert reply.text.startswith("Unue pensu")
    assert not pack.intents.topics
    assert "gone" not in pack.intents.intents
