"""Answers to exam papers: a question with options, statements to be judged, or both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from markupsafe import escape

from bot.dialogue import Context
from bot.intents.annotation import Annotation
from bot.knowledge.model import Interval
from bot.language.exam import SHORT_ITEM, Paper, fits, length, odd_one, same_choice, which_hold
from bot.language.lexicon import Reading
from bot.language.text import clean
from bot.reply import Reply
from bot.turn import MOST_TRIED, Said, Turn, Understood

CLAIM_SURE = 0.45
READING_SURE = 0.7

_LETTER = re.compile(r"\b[A-E]\b")
_PAIR = re.compile(r"\s+[-–—:]\s+")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What an answer says: the things and times that it names, and the stems of its words; `apart` are those outside of
    names of several words ("Shanghai" of a pact).
    """

    things: frozenset[str]
    times: tuple[Interval, ...]
    stems: frozenset[str]
    apart: frozenset[str]


class Papers:
    """Answers exam papers in the course of a turn."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.verdicts = turn.phrases.get("verdicts", "").split()
        self._heard: dict[str, _Heard] = {}

    def exam(self, paper: Paper) -> tuple[Reply, Context] | None:
        """The answer to a question with options, or to statements that are to be judged; None when it has none."""
        if paper.statements:
            return self.judged(paper) or self.singled_out(paper)
        if self.asks_for_statements(paper):
            judged = self.judged(replace(paper, statements=tuple(text for _, text in paper.options)))
            found = judged or self.singled_out(paper)
            if found or self.are_sentences(paper):
                return found
        if self.speaks_of_statements(paper) and (found := self.singled_out(paper)):
            return found
        asked, negated = self.positive(paper.question)
        readings = dict.fromkeys((self.with_its_question(asked, paper), asked))
        answers = [said for one in readings for said in self.answers(one)]
        if not answers:
            return None
        picked = ((said, self.chosen(paper, said, negated)) for said in answers)
        shorter = ((said, self.chosen(paper, _without_last_line(said), negated)) for said in answers if negated)
        said, chosen = next(((said, some) for said, some in (*picked, *shorter) if some), (answers[0], []))
        reply, context = self.turn.close(said)
        if not chosen:
            return reply, context
        lines = [f"<b>{letter}) {escape(text)}</b>" for letter, text in chosen]
        return replace(reply, html="\n".join([*lines, "", reply.html])), context

    def claim(self, statement: str) -> tuple[Reply, Context] | None:
        """Whether a sentence is true, and the answer that shows it; None when nothing is known of it."""
        asked = self.asked_whether(statement)
        judged = self.truth(statement, asked) if asked or self.turn.understand(clean(statement)).anchored else None
        if judged is None:
            return None
        true, said = judged
        reply, context = self.turn.close(said)
        verdict = self.turn.phrases["claim_true" if true else "claim_false"]
        return replace(reply, html=f"<b>{verdict}</b>\n\n{reply.html}"), context

    def asks_for_statements(self, paper: Paper) -> bool:
        """Whether the options are sentences, or pairs, of which some hold."""
        texts = [text for _, text in paper.options]
        pairs = bool(texts) and all(map(_PAIR.search, texts))
        told = self.are_sentences(paper) or not any(map(self.is_name, texts))
        return pairs or (self.speaks_of_statements(paper) and told)

    def are_sentences(self, paper: Paper) -> bool:
        """Whether the options are too long to be anything but sentences."""
        return all(length(text) >= SHORT_ITEM for _, text in paper.options)

    def with_its_question(self, asked: str, paper: Paper) -> str:
        """A question with the word that asks for what its options are, where it has none of its own."""
        if self.turn.asks(self.turn.read(asked)):
            return asked
        keys = [self.whole_keys(text) for _, text in paper.options]
        kinds = (("s:place", "asks_place"), ("s:when", "asks_time"))
        phrase = next((name for key, name in kinds if all(key in one for one in keys)), "")
        return f"{self.turn.phrases[phrase]} {asked}" if phrase else asked

    def whole_keys(self, text: str) -> set[str]:
        """What a text as a whole may stand for."""
        reading = self.turn.read(clean(text))
        whole = (1 << len(reading.tokens)) - 1
        return {key for note in self.notes(reading) if note.mask == whole for key in note.keys}

    def speaks_of_statements(self, paper: Paper) -> bool:
        """Whether the question calls the options statements."""
        asking = set(self.turn.phrases.get("statement_words", "").split())
        return bool(asking & set(self.turn.u.lexicon.read(clean(paper.question)).words))

    def positive(self, question: str) -> tuple[str, bool]:
        """A question without the words that turn it round, and whether it has any."""
        asked, negations = clean(question), set(self.turn.phrases.get("negations", "").split())
        words = self.turn.u.lexicon.read(asked).words
        kept = [word for word in words if word not in negations]
        return (" ".join(kept), True) if len(kept) < len(words) else (asked, False)

    def answers(self, asked: str) -> Iterator[Said]:
        """What a question may mean, the best first: the options tell which of its readings is meant."""
        understood = self.turn.understand(asked)
        best = self.turn.best(asked, understood)
        if best is None or best.reply.kind != "answer":
            return
        if not self.denies(asked, best):
            yield best
        for match in islice(understood.matches.favoured(), MOST_TRIED):
            said = self.turn.say_match(asked, match, understood) if match.score > READING_SURE else None
            if said is not None and said.reply.kind == "answer" and not self.denies(asked, said):
                yield said

    def denies(self, asked: str, said: Said) -> bool:
        """Whether an answer is a "no" to a question that is none for yes or no: it tells of no option."""
        return bool(self.verdicts) and not self.turn.is_yes_no(asked) and _begins(said.reply.text, self.verdicts[1])

    def verdict(self, said: Said) -> str:
        """The yes or no that an answer begins with, if it does."""
        return next((one for one in self.verdicts if _begins(said.reply.text, one)), "")

    def chosen(self, paper: Paper, said: Said, negated: bool) -> list[tuple[str, str]]:
        """The options that an answer speaks of, or those that it does not; none when that is all of them."""
        found = [(letter, text) for letter, text in paper.options if self.stands_in(text, said) != negated]
        letters = {letter for letter, _ in found}
        for letter, text in paper.options:
            named = set(_LETTER.findall(text)) - {letter}
            if len(named) > 1 and named == letters - {letter}:  # "both B and C"
                return [(letter, text)]
        return found if len(found) < len(paper.options) else []

    def stands_in(self, option: str, said: Said) -> bool:
        """Whether all that an option names stands in an answer."""
        heard = self.heard(said.reply.text)
        known = (heard.apart if self.is_name(option) else heard.stems) | self.little
        reading = self.turn.u.lexicon.read(clean(option))
        found = sum(1 << n for n, token in enumerate(reading.tokens) if token.stem in known)
        notes = self.notes(reading)
        for note in _things(notes):
            if set(note.value) & heard.things and not note.doubt:
                found |= note.mask
        for mask, time in _times(notes):
            if any(_within(one, time) for one in heard.times):
                found |= mask
        whole = (1 << len(reading.tokens)) - 1
        return bool(reading.tokens) and (found & whole) == whole

    @cached_property
    def little(self) -> frozenset[str]:
        """The stems of words that say nothing by themselves."""
        words = (*self.turn.words.stop, *self.turn.words.jointly)
        return frozenset(map(self.turn.u.speech.stem, words))

    def heard(self, text: str) -> _Heard:
        """What the lines of an answer say, but for what others claim, which is no answer."""
        if text not in self._heard:
            others = self.turn.phrases["disputed"].partition("{")[0].strip()
            lines = [self.turn.u.lexicon.read(line.partition(others)[0]) for line in text.splitlines()]
            notes = list(map(self.notes, lines))
            self._heard[text] = _Heard(
                frozenset(note.value[0] for each in notes for note in _outermost(_things(each))),
                tuple(time for each in notes for _, time in _times(each)),
                frozenset(token.stem for line in lines for token in line.tokens),
                frozenset(stem for line, each in zip(lines, notes, strict=True) for stem in _apart(line, each)),
            )
        return self._heard[text]

    def notes(self, reading: Reading) -> Sequence[Annotation]:
        """What the words of a text may be."""
        return self.turn.u.annotator.annotate(reading, self.turn.today)

    def things(self, reading: Reading) -> Iterator[Annotation]:
        """What a text names."""
        return _things(self.notes(reading))

    def judged(self, paper: Paper) -> tuple[Reply, Context] | None:
        """Which of a paper's statements or names hold, and the option that says so; None when one is not known."""
        named = self.named(paper)
        if not named and any(map(self.is_name, paper.statements)):
            return None
        claims = [self.with_its_subject(text, paper.question) for text in paper.statements]
        verdicts = [*filter(None, named or (self.truth(claim, self.asked_whether(claim)) for claim in claims))]
        if len(verdicts) < len(paper.statements):
            return None
        held = [holds for holds, _ in verdicts]
        said = [one for _, one in verdicts[: 1 if named else None]]
        turned = not named and self.positive(paper.question)[1]
        picked = self.picked(paper, held, turned)
        if named and paper.options and not picked:
            return None
        lines = [f"<b>{escape(line)}</b>" for line in (*picked, self.counted(held))]
        told = paper.statements if named else [one.reply.html for one in said]
        lines += [
            f"{n}. {'✓' if holds else '✗'} {text}" for n, (text, holds) in enumerate(zip(told, held, strict=True), 1)
        ]
        lines += ["", *(one.reply.html for one in said if named)]
        reply, context = self.turn.close(said[-1])
        ids = tuple(dict.fromkeys(name for one in said for fact in one.facts for name in fact.sources))
        tail = "" if named else self.turn.source_line(ids, said[-1].facts)
        sources = self.turn.sources(ids)
        return replace(reply, html="\n".join([*lines, tail]).strip(), sources=sources), context

    def with_its_subject(self, statement: str, question: str) -> str:
        """A statement with our name before it where it names nothing and the question says that it is about us."""
        names = any(note.value for note in self.things(self.turn.read(clean(statement))))
        ours = self.turn.understand(clean(question)).weighed.own
        return (
            f"{self.turn.renderer().thing(self.turn.knowledge.about).name} {statement}"
            if ours and not names
            else statement
        )

    def picked(self, paper: Paper, held: Sequence[bool], turned: bool) -> list[str]:
        """The options that name just the statements that hold, or, where the question is turned round, the others."""
        right = [holds != turned for holds in held]
        if paper.statements == tuple(text for _, text in paper.options):
            return [f"{letter}) {text}" for (letter, text), fits in zip(paper.options, right, strict=True) if fits]
        return [f"{letter}) {text}" for letter, text in paper.options if same_choice(text, right)][:1]

    def counted(self, held: Sequence[bool]) -> str:
        """How many statements hold, and which."""
        phrases = self.turn.phrases
        many = phrases.get(f"all_{len(held)}", "all") if all(held) else sum(held)
        return phrases["statements_hold"].format(which_hold(held, phrases), many)

    def singled_out(self, paper: Paper) -> tuple[Reply, Context] | None:
        """The one option that can be meant by what is known of the statements, with the facts that show it."""
        texts = paper.statements or tuple(text for _, text in paper.options)
        if any(map(self.is_name, texts)):
            return None
        ours = self.turn.understand(clean(paper.question)).anchored
        verdicts = [self.supported(text, ours) for text in texts]
        held, turned = [one[0] if one else None for one in verdicts], self.positive(paper.question)[1]
        if paper.statements:
            fitting = [option for option in paper.options if fits(option[1], held, turned)]
        else:
            odd = odd_one(held, turned)
            fitting = [] if odd is None else [paper.options[odd]]
        shown = [one[1] for one in verdicts if one]
        if len(fitting) != 1 or not shown:
            return None
        reply, context = self.turn.close(shown[0])
        ids = tuple(dict.fromkeys(name for said in shown for fact in said.facts for name in fact.sources))
        told = dict.fromkeys(said.reply.html for said in shown)
        letter, text = fitting[0]
        tail = self.turn.source_line(ids, shown[-1].facts)
        lines = [f"<b>{letter}) {escape(text)}</b>", "", *told, "", tail]
        sources = self.turn.sources(ids)
        return replace(reply, html="\n".join(lines).strip(), sources=sources), context

    def supported(self, statement: str, ours: bool) -> tuple[bool, Said] | None:
        """Whether the facts say a statement, by a template or in their own words; None when nothing is known of it."""
        understood = self.turn.understand(clean(statement))
        if not (ours or understood.anchored):
            return None
        said = self.turn.from_search(clean(statement), replace(understood, anchored=True))
        if said and said.facts[0].holds is False:
            return False, said
        return self.holds(statement) or ((True, said) if said else None)

    def named(self, paper: Paper) -> list[tuple[bool, Said] | None]:
        """Of numbered names ("1. Ann 2. Ben"), whether each stands in the answer to the question about them."""
        if any(length(text) > SHORT_ITEM or _PAIR.search(text) for text in paper.statements):
            return []
        if self.speaks_of_statements(paper) and not any(map(self.is_name, paper.statements)):
            return []
        asked, negated = self.positive(paper.question)
        said = self.turn.best(asked, self.turn.understand(asked))
        if said is None or said.reply.kind != "answer" or said.frame.intent == "search":
            return []
        return [(self.stands_in(text, said) != negated, said) for text in paper.statements]

    def is_name(self, text: str) -> bool:
        """Whether a text does no more than name something, so that there is nothing to be judged."""
        reading = self.turn.u.lexicon.read(clean(text))
        whole = (1 << len(reading.tokens)) - 1
        return not _PAIR.search(text) and any(note.mask == whole for note in self.things(reading))

    def pair(self, statement: str) -> tuple[bool, Said] | None:
        """Whether what stands after a dash is said of what stands before it ("2018 summit - Qingdao")."""
        left, *right = _PAIR.split(statement, maxsplit=1)
        if right and (both := self.told_together(f"{left} {right[0]}")):
            return True, both
        said = self.turn.best(left, self.turn.understand(left)) if right else None
        if said is None or said.reply.kind != "answer":
            return None
        return self.stands_in(right[0], _first_line(said)), said

    def told_together(self, text: str) -> Said | None:
        """What is said of an event that all words of a text tell ("Ufa 2015")."""
        understood = self.turn.understand(clean(text))
        whole = (1 << len(understood.weighed.weights)) - 1
        told = (note for note in understood.notes if "s:event" in note.keys and note.value and note.mask == whole)
        event = next((self.turn.renderer().thing(note.value[0]) for note in told), None)
        if event is None:
            return None
        asked = self.turn.phrases["tell_about"].format(thing=event.asked)
        said = self.turn.best(asked, self.turn.understand(asked))
        return said and _first_line(said)

    def truth(self, statement: str, asked: tuple[bool, Said] | None) -> tuple[bool, Said] | None:
        """Whether a statement is true, which may deny something; None when nothing is known of it. `asked` is what it
        came to as a question: a template's yes or no goes before that of a sentence.
        """
        if asked and asked[1].frame.intent != "search":
            return asked
        claimed, denied = self.positive(statement)
        judged = self.holds(claimed)
        if asked and not (judged and self.verdict(judged[1])):
            return asked
        return judged and (judged[0] != denied, judged[1])

    def asked_whether(self, statement: str) -> tuple[bool, Said] | None:
        """The same by the yes or no that answers the statement as a question; None where none does."""
        claimed, denied = self.positive(statement)
        asked = self.turn.phrases["ask_whether"].format(claimed.rstrip(".。 "))
        said = self.turn.best(asked, self.turn.understand(asked))
        verdict = self.verdict(said) if said and said.reply.kind == "answer" else ""
        return ((verdict == self.verdicts[0]) != denied, said) if said and verdict else None

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
            if verdict := self.verdict(said):
                return verdict == self.verdicts[0], said
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


def _first_line(said: Said) -> Said:
    return replace(said, reply=replace(said.reply, html=said.reply.html.split("\n")[0]))


def _things(notes: Iterable[Annotation]) -> Iterator[Annotation]:
    return (note for note in notes if "s:thing" in note.keys and note.value)


def _times(notes: Iterable[Annotation]) -> Iterator[tuple[int, Interval]]:
    """The times that a text names, each with its tokens."""
    return ((note.mask, note.value.anchor) for note in notes if "s:when" in note.keys)


def _apart(line: Reading, notes: Iterable[Annotation]) -> Iterator[str]:
    """The stems of a line outside of names of several words."""
    long = [note.mask for note in _things(notes) if not (note.told or note.several) and note.mask.bit_count() > 1]
    return (token.stem for n, token in enumerate(line.tokens) if not any(mask >> n & 1 for mask in long))


def _outermost(notes: Iterable[Annotation]) -> list[Annotation]:
    """Without the names that are but a part of a longer one."""
    found = list(notes)
    wider = [note for note in found if not (note.told or note.several)]
    return [
        one for one in found if not any(one.mask != note.mask and one.mask & note.mask == one.mask for note in wider)
    ]


def _without_last_line(said: Said) -> Said:
    """An answer without what it adds at its end."""
    return replace(said, reply=replace(said.reply, html=said.reply.html.rpartition("\n")[0]))


def _begins(text: str, word: str) -> bool:
    """Whether a text begins with a word; one in Han characters ends where it ends."""
    return re.match(rf"\W*{re.escape(word)}(?![^\W\u3400-\u9fff])", text.casefold()) is not None


def _within(one: Interval, other: Interval) -> bool:
    """Whether a time is a part of another."""
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return other.start <= one.start and one.end <= other.end
