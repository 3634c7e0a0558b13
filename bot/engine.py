"""From a message and its context to a reply and the next context: pure, with the day handed in.

message -> readings (language) -> matches (intents) -> results (knowledge) -> words (answers) -> reply
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial

from babel import Locale
from babel.lists import format_list
from markupsafe import escape

from bot import catalogue
from bot.catalogue import Entry
from bot.dialogue import Context
from bot.followups import FollowUps
from bot.intents.model import OtherLanguage
from bot.language.exam import read_claim, read_paper
from bot.language.text import clean
from bot.pack import Pack
from bot.papers import Papers
from bot.related import questions_about, related
from bot.reply import Choice, Explanation, Grounds, Kind, Reply
from bot.suggestions import Suggestions
from bot.tongues import Tongues
from bot.turn import Said, Turn, Understood

MOST_PARTS = 4
MOST_PIECES = 6
MOST_RELATED = 3
MOST_RELATED_TRIED = 6
KEPT = 4096
"""Answers to questions that lean on nothing, each of three kilobytes."""

_SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9]\.)\s+(?=[A-Z])|\n+|(?<=[?!;。])(?=[\u3400-\u9fff])")

_CLAUSE = re.compile(r",(?=[\u3400-\u9fff])")

_PIECE = re.compile(
    r"(?:\s*[,:;–—]\s+|[,:;?!。](?=[\u3400-\u9fff“《])|\s+-\s+|(?<=\w)[?!.]\s+"
    r"|\s+(?=but |because |since |so )|[\n()]+)+"
)


class Engine:
    """Answers messages from one pack. Thread-safe: nothing in it changes."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        starters = (choice.ask for choice in self.greeting().choices)
        self._tongues = Tongues(pack)
        self._suggestions = Suggestions(starters, pack.intents.intents.values())
        # a weak reference, since a pack that is kept alive by a ring of references is never swept
        self._alone = lru_cache(maxsize=KEPT)(partial(Engine._answer_alone, weakref.proxy(self)))
        self._about = lru_cache(maxsize=KEPT)(partial(Engine._questions_about, weakref.proxy(self)))

    def answer(self, message: str, context: Context, *, today: date, lang: str | None = None) -> tuple[Reply, Context]:
        """The reply to a message, and the context for the next one. Never raises on any text."""
        language = self._tongues.of(message, self.pack.language(lang or context.language))
        reply, after = self._reply(message, context, today, language)
        if reply.kind == "unknown":
            for meant, text in self._tongues.respelled(message, language):
                other, follows = self._reply(text, context, today, meant)
                if other.kind != "unknown":
                    return other, follows
            strange = self._tongues.other(message)
            if strange:
                return self._not_spoken(strange), context
        return reply, after

    def _reply(self, message: str, context: Context, today: date, language: str) -> tuple[Reply, Context]:
        reply, after = _Conversation(self._turn(context, today, language)).reply(message)
        written = partial(self.pack.languages[language].speech.in_script_of, message)
        choices = tuple(Choice(written(one.label), one.ask) for one in reply.choices)
        reply = replace(reply, html=written(reply.html), choices=choices, language=language)
        return reply, after if after.language == language else replace(after, language=language)

    def _not_spoken(self, strange: OtherLanguage) -> Reply:
        """What somebody reads who wrote in a language that is not spoken, in that language."""
        names = Locale(strange.code).languages
        spoken = format_list([names[code] for code in self.pack.intents.languages], locale=strange.code)
        said = strange.says.format(spoken)
        return Reply("unknown", str(escape(said)), explain=lambda: Explanation(strange.code, ""), language=strange.code)

    def answer_alone(self, question: str, *, today: date, lang: str | None = None) -> Reply:
        """The reply to a question that leans on nothing said before, as often asked: kept, and so not explained."""
        return self._alone(question, today, self.pack.language(lang))

    def _answer_alone(self, question: str, today: date, language: str) -> Reply:
        reply, _ = self.answer(question, Context(), today=today, lang=language)
        return replace(reply, explain=None)  # it would hold all that the question may have meant, ten times as much

    def related(self, reply: Reply, context: Context, *, today: date, lang: str | None = None) -> tuple[Choice, ...]:
        """At most MOST_RELATED questions that follow from an answer, and that have answers which say something else.

        `context` is the one that came with the reply. Costs what MOST_RELATED_TRIED answers cost, at most.
        """
        language = self.pack.language(context.language or lang)
        if reply.kind != "answer" or context.frame is None or context.frame.intent not in self.pack.intents.intents:
            return ()
        about = partial(self._about, today, language)
        asks = related(self._turn(context, today, language), context.frame, about)
        written = partial(self.pack.languages[language].speech.in_script_of, reply.html)
        said, found = {reply.html}, []
        for ask in itertools.islice(asks, MOST_RELATED_TRIED):
            answer = self._alone(ask, today, language)
            if answer.kind == "answer" and answer.html not in said:
                said.add(answer.html)
                choice = Choice.asking(ask)
                found.append(replace(choice, label=written(choice.label)))
                if len(found) == MOST_RELATED:
                    break
        return tuple(found)

    def _questions_about(self, today: date, language: str, thing: str) -> tuple[str, ...]:
        return questions_about(self._turn(Context(), today, language), thing)

    def topics(self, lang: str | None = None) -> list[Entry]:
        """What one can look through."""
        return catalogue.topics(self._turn(Context(), date.min, self.pack.language(lang)))

    def things(self, topic: str, *, today: date, lang: str | None = None) -> list[Entry]:
        """The things of a topic; none for a topic that there is not."""
        return catalogue.things(self._turn(Context(), today, self.pack.language(lang)), topic)

    def card(self, thing: str, *, today: date, lang: str | None = None) -> tuple[Reply, Context] | None:
        """What is known of a thing, by its id, and the context after that; None when nothing is."""
        return catalogue.card(self._turn(Context(), today, self.pack.language(lang)), thing)

    def suggest(self, text: str, most: int) -> list[str]:
        """At most so many questions, all with answers, that somebody who has written this may be about to ask."""
        return self._suggestions.like(text, most)

    def _turn(self, context: Context, today: date, language: str) -> Turn:
        return Turn(self.pack, self.pack.languages[language], language, context, today)

    def greeting(self, lang: str | None = None) -> Reply:
        """What /start says: what can be asked, with buttons that ask it."""
        return self._fixed("welcome", lang)

    def help(self, lang: str | None = None) -> Reply:
        """What /help says."""
        return self._fixed("help", lang)

    def _fixed(self, name: str, lang: str | None) -> Reply:
        phrases = self.pack.phrases(lang)
        asks = [ask for ask in phrases.get("starters", "").splitlines() if ask]
        choices = tuple(Choice(ask, ask) for ask in asks)
        html = phrases.get(name, "").replace("{title}", escape(self.pack.title_in(lang)))
        return Reply("chat", html, choices, intent=name, language=self.pack.language(lang))


class _Conversation:
    """In which order a message is tried: as a paper, as a follow-up, as a whole, sentence by sentence."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def reply(self, message: str) -> tuple[Reply, Context]:
        """The answer to a message; one that asks for a picture is answered as if it did not, and is shown it."""
        rest = self.turn.without_picturing(message)
        if rest == message:
            return self.answer(message)
        understood = self.turn.understand(rest)
        again = FollowUps(self.turn).again(understood)
        reply, context = self.turn.close(again) if again else self.answer(rest)
        if reply.picture is None:
            reply, context = self.answer(message)
        return replace(reply, pictured=reply.picture is not None), context

    def answer(self, message: str) -> tuple[Reply, Context]:
        paper = read_paper(message)
        if paper and (replied := Papers(self.turn).exam(paper)):
            return replied
        claim = read_claim(message, self.turn.phrases["judging"].split(", "))
        if claim:
            return self.judged(claim)
        text = " ".join(dict.fromkeys(_SENTENCE.split(clean(message))))  # said twice is asked once
        whole = self.turn.understand(text)
        said = self.single(text, whole)
        # a fact may hold words of several questions
        if said is None or said.frame.intent == "search" or len(self.clauses(text)) > 1:
            parts = self.parts(text)
            if len(parts) > (said is not None):
                return self.together(parts)
        said = said or self.gist(text)
        if said is None:
            return self.unknown(whole), self.kept(whole)
        return self.turn.close(said)

    def judged(self, claim: str) -> tuple[Reply, Context]:
        """Whether a claim is true; where it cannot be told, the facts that have its words."""
        judged = Papers(self.turn).claim(claim)
        if judged:
            return judged
        understood = self.turn.understand(clean(claim))
        said = self.turn.from_search(clean(claim), understood)
        return self.turn.close(said) if said else (self.unknown(understood), self.kept(understood))

    def single(self, text: str, understood: Understood) -> Said | None:
        """The answer to one question: as a follow-up, as it stands, with what it leaves out."""
        leaning = FollowUps(self.turn)
        said = leaning.follow_up(text, understood) or self.turn.best(text, understood)
        return said or leaning.filled_in(text, understood)

    def parts(self, text: str) -> list[Said]:
        """The answers to the questions of a message that asks more than one thing; each may lean on the one before."""
        pieces = (part for sentence in _SENTENCE.split(text) for part in self.questions(sentence))
        sentences = list(dict.fromkeys(part.strip() for part in pieces if part.strip()))
        if len(sentences) < 2:
            return []
        found = []
        for sentence in sentences[:30]:
            said = self.single(sentence, self.turn.understand(sentence))
            if said and said.reply.kind != "chat":
                found.append(said)
                self.turn.context = self.turn.close(said)[1]
        return found[:MOST_PARTS]

    def questions(self, sentence: str) -> list[str]:
        """The questions that a sentence joins: "where is the one and where is the other?"."""
        words = self.turn.words
        joints, asking = "|".join(map(re.escape, words.jointly)), "|".join(map(re.escape, words.interrogatives))
        joined = re.split(rf"(?i),?\s+(?:{joints})\s+(?=(?:{asking})\b)", sentence) if joints and asking else [sentence]
        return [clause for one in joined for clause in self.clauses(one)]

    def clauses(self, sentence: str) -> list[str]:
        """A sentence cut at its commas where each clause asks something."""
        found = _CLAUSE.split(sentence)
        return found if len(found) > 1 and all(map(self.asks, found)) else [sentence]

    def gist(self, text: str) -> Said | None:
        """The answer to the part of a message that asks of ours, with talk before or after it that names nothing."""
        pieces = [piece for piece in _PIECE.split(text) if piece.strip()][:MOST_PIECES]
        ends = range(1, len(pieces))
        for piece, rest in (
            *((" ".join(pieces[n:]), pieces[:n]) for n in ends),
            *((" ".join(pieces[:-n]), pieces[-n:]) for n in ends),
        ):
            talk = [self.turn.understand(one) for one in rest]
            understood = self.turn.understand(piece)
            ours = understood.anchored or any(one.weighed.own for one in talk)
            asks_more = any(map(self.asks, rest)) and not self.asks(piece)
            if ours and not asks_more and not any(self.names_something(one) for one in talk):
                said = self.turn.best(piece, replace(understood, anchored=True))
                if said and said.reply.kind != "chat":
                    return said
        return None

    def names_something(self, understood: Understood) -> bool:
        """Whether a piece of a message names a thing other than ours, a time, or something that nobody knows."""
        ours = (self.turn.knowledge.about,)
        notes = (note for note in understood.notes if note.value and note.value != ours)
        return any(note.keys & {"s:thing", "s:when"} for note in notes) or bool(understood.weighed.foreign)

    def asks(self, piece: str) -> bool:
        """Whether a piece of a message has a question word."""
        return self.turn.asks(self.turn.read(piece))

    def together(self, parts: list[Said]) -> tuple[Reply, Context]:
        closed = [self.turn.close(said) for said in parts]
        if len(closed) == 1:
            return closed[0]
        replies = [reply for reply, _ in closed]
        sources = tuple(dict.fromkeys(source for reply in replies for source in reply.sources))
        html = "\n\n".join(dict.fromkeys(reply.html for reply in replies))
        kind: Kind = "answer" if any(reply.kind == "answer" for reply in replies) else replies[0].kind
        last = replies[-1]
        return replace(
            last, kind=kind, html=html, sources=sources,
            ground=partial(_joined, replies),
            draw=lambda: next((reply.picture for reply in replies if reply.picture), None),
        ), closed[-1][1]  # fmt: skip

    def kept(self, understood: Understood) -> Context:
        """The context after a message without an answer: if it named the organisation, that is what is spoken of."""
        context = self.turn.context
        return replace(context, focus=(self.turn.knowledge.about,)) if understood.weighed.own else context

    def unknown(self, understood: Understood) -> Reply:
        """ "I don't know", with what was not understood and the nearest questions that have answers."""
        us = self.turn.renderer().thing(self.turn.knowledge.about)
        lines = [self.turn.phrases["unknown"].format(us.official or us.name)]
        choices = tuple(map(Choice.asking, self.near(understood)))
        if choices:
            lines += [self.turn.phrases["you_can_ask"], *(f"• {escape(choice.label)}" for choice in choices)]
        return Reply("unknown", "\n".join(lines), choices, explain=partial(self.not_understood, understood))

    def not_understood(self, understood: Understood) -> Explanation:
        """What was not understood, and the templates that came nearest."""
        best = list(itertools.islice(understood.matches, 3))
        weighed = understood.weighed
        return Explanation(
            self.turn.language,
            " ".join(weighed.reading.words),
            candidates=tuple((match.intent, round(match.score, 2), match.template) for match in best),
            unexplained=best[0].unexplained if best else weighed.words((1 << len(weighed.weights)) - 1),
        )

    def near(self, understood: Understood) -> Iterator[str]:
        seen: set[str] = set()
        for match in itertools.islice(understood.matches, 20):
            intent = self.turn.pack.intents.intents[match.intent]
            asks = (example.ask for example in intent.examples if example.lang == self.turn.language)
            ask = next(asks, "") if intent.kind == "answer" else ""
            if match.score > 0.15 and intent.id not in seen and ask:
                seen.add(intent.id)
                if len(seen) <= 3:
                    yield ask


def _joined(replies: Sequence[Reply]) -> Grounds:
    """What all of several replies rest on, and what the last was taken to be asked about."""
    found = [reply.grounds for reply in replies if reply.grounds]
    return Grounds(found[-1].about, tuple(dict.fromkeys(one for each in found for one in each.evidence)))
