"""Every kind of bad pack that an editor, a broken copy or an enemy may leave behind: a small good one, spoilt."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

KNOWLEDGE = """\
pack: {title: Chess Club, about: club, reviewed: 2026-01-01}
types: {thing: {}, club: {is: thing}, person: {is: thing}}
relations:
  chair: {of: club, value: person, label: chair, asked: {en: [chair]}}
entities:
  club: {type: club, name: Chess Club, own: yes, facts: [{chair: ann, from: 2020, unsourced: true}]}
  ann: {type: person, name: Ann}
"""
INTENTS = """\
intents:
  chair:
    templates: {en: ["who is the chair"]}
    query: {facts: chair, about: club}
    answer:
      en: |
        The chair is {{ rows.facts[0].value.name }}.
    examples: [{ask: who is the chair?}]
"""
QUESTION, ANSWER = "who is the chair?", "The chair is Ann."


@dataclass(frozen=True)
class Spoilt:
    """A pack's folders, to be spoilt."""

    knowledge: Path
    intents: Path

    @classmethod
    def good(cls, folder: Path) -> Spoilt:
        """A pack that is good so far, in folders of its own."""
        pack = cls(folder / "knowledge", folder / "intents")
        for path, text in ((pack.knowledge, KNOWLEDGE), (pack.intents, INTENTS)):
            path.mkdir(exist_ok=True)
            (path / "all.yaml").write_text(text, "utf-8")
        return pack

    def facts(self, more: str | bytes) -> None:
        """One more file of facts."""
        (self.knowledge / "more.yaml").write_bytes(more if isinstance(more, bytes) else more.encode())

    def asks(self, more: str) -> None:
        """One more file of intents."""
        (self.intents / "more.yaml").write_text(more, "utf-8")

    def says(self, answer: str) -> None:
        """Another answer."""
        text = INTENTS.replace("The chair is {{ rows.facts[0].value.name }}.", answer)
        (self.intents / "all.yaml").write_text(text, "utf-8")

    def file(self) -> Path:
        """Where one more file of facts may be something else."""
        return self.knowledge / "more.yaml"


def _large(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _many_large(pack: Spoilt) -> None:
    for n in range(128):
        _large(pack.knowledge / f"{n}.yaml", 8 << 20)


def _many(pack: Spoilt) -> None:
    for n in range(5001):
        (pack.knowledge / f"{n}.yaml").touch()


def _gone(pack: Spoilt) -> None:
    pack.knowledge.rename(pack.knowledge.with_name("elsewhere"))


def _link(pack: Spoilt, target: str) -> None:
    pack.file().symlink_to(target)


def _template(text: str) -> str:
    return f'intents:\n  more:\n    templates: {{en: ["{text}"]}}\n'


def _rules(levels: int, text: str) -> str:
    return (
        "rules:\n  en:\n"
        + "".join(f'    r{n}: "{text.format(n + 1)}"\n' for n in range(levels))
        + f'    r{levels}: "a"\n'
    )


BOMB = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" if n else "a0: &a0 [x, x]\n" for n in range(40))

KINDS: Mapping[str, tuple[Callable[[Spoilt], object], str]] = {
    "no YAML": (lambda p: p.facts("entities: ["), r"more.yaml:\d+: this is not valid YAML"),
    "1 GB in a file": (lambda p: _large(p.file(), 1 << 30), r"more.yaml:1: the file is larger than 8 MB"),
    "1 GB in many files": (_many_large, r"knowledge:1: its files are larger than 256 MB together"),
    "many files": (
        _many,
        r"knowledge:1: there are 5002 files in it; 5000 are the most",
    ),
    "many places": (lambda p: p.facts("a: [" + "b," * 1_000_000 + "]"), r"more than 1,000,000 things; split it"),
    "aliases in aliases": (lambda p: p.facts(BOMB), r"more.yaml:2: anchors and aliases"),
    "brackets without end": (lambda p: p.facts("a: " + "[" * 1_000_000), r"more.yaml:1: this is nested too deeply"),
    "braces without end": (lambda p: p.facts("a: " + "{a: " * 100_000), r"more.yaml:1: this is nested too deeply"),
    "a tag with depths": (lambda p: p.facts("a: !x " + "[" * 100_000), r"more.yaml:1: "),
    "a tag": (lambda p: p.facts("a: !!python/object/apply:os.system [ls]\n"), r"more.yaml:1: the tag .* is not used"),
    "a merge key": (lambda p: p.facts("entities:\n  <<: {}\n"), r"more.yaml:2: merge keys \(<<\) are not used"),
    "a key twice": (
        lambda p: p.facts("entities: {}\nentities: {}\n"),
        r"more.yaml:2: the key 'entities' stands here twice",
    ),
    "two documents": (
        lambda p: p.facts("entities: {}\n---\nentities: {}\n"),
        r"more.yaml:2: another document begins",
    ),
    "NUL": (lambda p: p.facts("entities:\n  a\0b: {}\n"), r"more.yaml:2: the character 0x0000 cannot stand here"),
    "no UTF-8": (lambda p: p.facts(b"entities: {}\n# caf\xe9\n"), r"more.yaml:2: the file is not UTF-8"),
    "half a character": (
        lambda p: p.facts('entities:\n  bob: {type: person, name: "\\ud800"}\n'),
        r"more.yaml:2: this is not valid YAML",
    ),
    "a FIFO": (lambda p: os.mkfifo(p.file()), r"more.yaml:1: this is no plain file"),
    "a device": (lambda p: _link(p, "/dev/zero"), r"more.yaml:1: this is no plain file"),
    "a link to itself": (lambda p: _link(p, "more.yaml"), r"more.yaml:1: this cannot be read: Too many levels"),
    "a link that leads nowhere": (lambda p: _link(p, "nowhere"), r"more.yaml:1: this cannot be read: No such file"),
    "a folder that is gone": (_gone, r"knowledge:1: there is no such folder"),
    "a language that there is not": (lambda p: p.asks("words: {qq: {}}\n"), r"more.yaml:1: qq: 'qq' is no language"),
    "a number that is none": (
        lambda p: p.asks("words:\n  en:\n    numbers: {five: V}\n"),
        r"more.yaml:3: five: .*valid integer",
    ),
    "alternatives that multiply": (
        lambda p: p.asks(_template("(a|{person}) " * 20)),
        r"more.yaml:3: .*stands for 512 patterns or more",
    ),
    "words that multiply": (
        lambda p: p.asks(_template("{person} (" + "(a|b) " * 20 + "|c)")),
        r"more.yaml:3: .*stands for 8192 phrases or more",
    ),
    "rules that multiply": (
        lambda p: p.asks(_rules(3, "(" + "|".join(["<r{0}>"] * 100) + ")")),
        r"more.yaml:4: it stands for \d+ phrases or more",
    ),
    "rules in rules": (lambda p: p.asks(_rules(30, "<r{0}>")), r"more.yaml:3: its rules go round in a circle"),
    "brackets in brackets": (
        lambda p: p.asks(_template("(" * 100_000)),
        r"more.yaml:3: .*nested too deeply, more than 12 levels",
    ),
    "an answer that loops": (
        lambda p: p.says("{% for n in range(10000) %}{% for m in range(10000) %}{% endfor %}{% endfor %}"),
        r"all.yaml:6: intent 'chair': its answer fails, line 1: it repeats, calls or says too much",
    ),
    "an answer that never begins": (
        lambda p: p.says("{% for n in range(1000000000) %}x{% endfor %}"),
        r"all.yaml:6: .*range\(\) is longer than 10,000",
    ),
    "an answer that calls itself": (
        lambda p: p.says("{% macro a() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}"),
        r"all.yaml:6: .*its answer fails",
    ),
    "an answer that grows": (
        lambda p: p.says("{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 60),
        r"all.yaml:6: .*says too much",
    ),
    "an answer that adds up": (
        lambda p: p.says("{% set x = [1] %}" + "{% set x = x + x %}" * 60),
        r"all.yaml:6: .*says too much",
    ),
    "an answer that lists lists": (
        lambda p: p.says("{% set x = [1] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}"),
        r"all.yaml:6: .*a list cannot be said as it is",
    ),
    "an answer times a thousand million": (
        lambda p: p.says("{{ 'x' * 1000000000 }}"),
        r"all.yaml:6: .*'\*' is not used here",
    ),
    "an answer that says too much": (
        lambda p: p.says("{% for n in range(9999) %}" + "many words " * 20 + "{% endfor %}"),
        r"all.yaml:6: .*says too much",
    ),
    "an answer that fails": (lambda p: p.says("{{ 1 / 0 }}"), r"all.yaml:6: .*fails, line 1: division by zero"),
    "an answer that looks behind the scenes": (
        lambda p: p.says("{{ rows.__class__.__mro__ }}"),
        r"all.yaml:6: .*unsafe",
    ),
    "an answer nested too deeply": (
        lambda p: p.says("{% if 1 %}" * 500 + "{% endif %}" * 500),
        r"all.yaml:6: .*nested too deeply",
    ),
    "loops in loops in loops": (
        lambda p: p.says("{% for n in rows %}" * 30 + "{% endfor %}" * 30),
        r"all.yaml:6: .*nested too deeply",
    ),
    "a filter that there is not": (
        lambda p: p.says("{{ rows|lisst }}"),
        r"all.yaml:6: .*line 1: there is no filter 'lisst'; did you mean 'list'",
    ),
    "a test that there is not": (
        lambda p: p.says("{{ 1 is noon }}"),
        r"all.yaml:6: .*line 1: there is no test 'noon'",
    ),
    "a function that there is not": (
        lambda p: p.says("{{ lissting(rows) }}"),
        r"all.yaml:6: .*there is no value 'lissting'; did you mean 'listing'",
    ),
}
"""What each does to the pack, and what its editor has to be told."""
