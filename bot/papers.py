"""Answers to exam papers: a question with options, statements to be judged, or both."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from markupsafe import escape

from bot.dialogue import Context
from bot.language.exam import SHORT_ITEM, Paper, same_choice, which_hold
from bot.language.text import clean
from bot.reply import Reply
from bot.turn import MOST_TRIED, Said, Turn, Understood

CLAIM_SURE = 0.45

_FIRST_WORD = re.compile(r"\W*(\w+)")
_PAIR = re.compile(r"\s+[-–—:]\s+")


class Papers:
    """Answers exam papers in the course of a turn."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def exam(self, paper: Paper) -> tuple[Reply, Context] | None:
        """The answer to a question with options, or to statements that are to be judged; None when it has none."""
        if paper.statements:
            return self.judged(paper)
        asked = clean(paper.question)
        negated = {"not"} & set(self.turn.u.lexicon.read(asked).words)
        positive = (
            " ".join(word for word in self.turn.u.lexicon.read(asked).words if word != "not") if negated else asked
        )
        said = self.turn.best(positive, self.turn.understand(positive))
        if said is None or said.reply.kind != "answer":
            return None
        chosen = [(letter, text) for letter, text in paper.options if self.stands_in(text, said) != bool(negated)]
        reply, context = self.turn.close(said)
        if not chosen or len(chosen) == len(paper.options):
            return reply, context
        lines = [f"<b>{letter}) {escape(text)}</b>" for letter, text in chosen]
        return replace(reply, html="\n".join([*lines, "", reply.html])), context

    def stands_in(self, option: str, said: Said) -> bool:
        """Whether all that an option names stands in an answer."""
        answer = self.turn.u.lexicon.read(said.reply.text)
        known = {token.stem for token in answer.tokens}
        named = {
            note.value[0]
            for note in self.turn.u.annotator.annotate(answer, self.turn.today)
            if "s:thing" in note.keys and note.value
        }
        reading = self.turn.u.lexicon.read(clean(option))
        notes = [
            note
            for note in self.turn.u.annotator.annotate(reading, self.turn.today)
            if "s:thing" in note.keys and note.value
        ]
        found = 0
        for note in notes:
            if set(note.value) & named:
                found |= note.mask
        skip = {self.turn.u.speech.stem(word) for word in (*self.turn.words.stop, *self.turn.words.jointly)}
        for n, token in enumerate(reading.tokens):
            if token.stem in known or token.stem in skip:
                found |= 1 << n
        whole = (1 << len(reading.tokens)) - 1
        return bool(reading.tokens) and (found & whole) == whole

    def judged(self, paper: Paper) -> tuple[Reply, Context] | None:
        verdicts = self.named(paper) or [self.holds(statement) for statement in paper.statements]
        if any(verdict is None for verdict in verdicts):
            return None
        held = [bool(verdict and verdict[0]) for verdict in verdicts]
        chosen = next((f"{letter}) {text}" for letter, text in paper.options if same_choice(text, held)), "")
        count = self.turn.phrases["statements_hold"].format(
            which_hold(held), self.turn.phrases.get(f"all_{len(held)}", "all") if all(held) else sum(held)
        )
        lines = [f"<b>{escape(chosen)}</b>"] if chosen else []
        lines.append(f"<b>{escape(count)}</b>")
        said = [verdict[1] for verdict in verdicts if verdict]
        for n, (statement, holds) in enumerate(zip(said, held, strict=True), 1):
            lines.append(f"{n}. {'✓' if holds else '✗'} {statement.reply.html}")
        reply, context = self.turn.close(said[-1])
        ids = tuple(dict.fromkeys(name for one in said for fact in one.facts for name in fact.sources))
        tail = self.turn.source_line(ids, said[-1].facts)
        sources = tuple(self.turn.pack.sources[name] for name in ids if name in self.turn.pack.sources)
        return replace(reply, html="\n".join([*lines, "", tail]), sources=sources), context

    def named(self, paper: Paper) -> list[tuple[bool, Said] | None]:
        """Of numbered names ("1. China 2. Mongolia"), whether each stands in the answer to the question about them."""
        if any(len(text.split()) > SHORT_ITEM or _PAIR.search(text) for text in paper.statements):
            return []
        asked = clean(paper.question)
        said = self.turn.best(asked, self.turn.understand(asked))
        if said is None or said.reply.kind != "answer":
            return []
        return [(self.stands_in(text, said), said) for text in paper.statements]

    def pair(self, statement: str) -> tuple[bool, Said] | None:
        """Whether what stands after a dash is said of what stands before it ("2018 summit - Qingdao")."""
        left, *right = _PAIR.split(statement, maxsplit=1)
        said = self.turn.best(left, self.turn.understand(left)) if right else None
        return (self.stands_in(right[0], said), said) if said and said.reply.kind == "answer" else None

    def holds(self, statement: str) -> tuple[bool, Said] | None:
        """Whether a statement is what the facts say, with the answer that shows it; None when nothing is known."""
        text = clean(statement)
        if (paired := self.pair(text)) is not None:
            return paired
        if not self.turn.context.focus:
            self.turn.context = replace(self.turn.context, focus=(self.turn.knowledge.about,))
        understood = replace(self.turn.understand(text), anchored=True)  # the paper says what it is about
        for match in islice(understood.matches.favoured(), MOST_TRIED):
            if match.score < CLAIM_SURE:
                break
            said = self.turn.say_match(text, match, understood)
            if said is None or said.reply.kind != "answer":
                continue
            begins = _FIRST_WORD.match(said.reply.text)
            first = begins[1].casefold() if begins else ""
            if first in self.turn.phrases.get("verdicts", "").split():
                return first == self.turn.phrases["verdicts"].split()[0], said
            return self.stands_in(text, said) or self.names_stand_in(understood, said), said
        return None

    def names_stand_in(self, understood: Understood, said: Said) -> bool:
        """Whether every name, number and time of a claim stands in an answer."""
        answer = self.turn.u.lexicon.read(said.reply.text)
        notes = self.turn.u.annotator.annotate(answer, self.turn.today)
        named = {name for note in notes if "s:thing" in note.keys for name in note.value} | {
            fact.subject for fact in said.facts
        }
        named |= {str(fact.value) for fact in said.facts if isinstance(fact.value, str)} | {
            fact.at or "" for fact in said.facts
        }
        spans = [note.value.anchor for note in notes if "s:when" in note.keys]
        for note in understood.notes:
            unnamed = (
                "s:thing" in note.keys and note.value and not set(note.value) & {*named, self.turn.knowledge.about}
            )
            if unnamed and note.mask & ~self.covered(understood, named):
                return False
            if "s:when" in note.keys and not any(note.value.anchor.overlaps(span) for span in spans):
                return False
        return True

    def covered(self, understood: Understood, named: set[str]) -> int:
        mask = 0
        for note in understood.notes:
            if "s:thing" in note.keys and set(note.value) & {*named, self.turn.knowledge.about}:
                mask |= note.mask
        return mask
