"""The words that a pack knows, and where they stand in a message: names, rules, statuses, numbers, times.

A message's tokens are matched against a trie of phrases, so the cost grows with the message and not with the number of
names; a word that is neither known nor a real word is read as the known words that are nearest to it (a deletion index
finds them, rapidfuzz measures them). Overlapping readings are all kept: the template decides between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA

from bot.language.dates import TimeWords
from bot.language.deletions import Deletions, reach
from bot.language.remembering import remembered
from bot.language.speech import Speech
from bot.language.text import Token, shouted

MOST_TOKENS = 64
FORM_OF_A_WORD = 0.9
MUCH_MORE_OFTEN = 100
RUN_TOGETHER, LONGEST_WORD, MOST_LETTERS = 5, 60, 20

Stems = tuple[tuple[str, float], ...]


class Meaning(NamedTuple):
    """What a phrase may mean: `kind` is entity, rule, relation; `value` its id."""

    kind: str
    value: str


class Found(NamedTuple):
    """A phrase found in a message: its tokens as a bit mask, all of one kind that it may mean, and how surely it was
    read (1 is exactly)."""

    mask: int
    kind: str
    values: tuple[str, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A message's tokens; for each the known stems that it may be, with their quality, itself first when known.

    `often` says how often each occurs in the language, `right` is each word without its typing error.
    """

    tokens: tuple[Token, ...]
    stems: tuple[Stems, ...]
    real: tuple[bool, ...]
    often: tuple[int, ...]
    right: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The folded words."""
        return [token.word for token in self.tokens]


class Lexicon:
    """Phrases and their meanings for one language. Built once a pack, then only read."""

    def __init__(self, phrases: Iterable[tuple[str, Meaning]], vocabulary: Iterable[str], times: TimeWords,
                 speech: Speech) -> None:  # fmt: skip
        self.times, self.speech = times, speech
        self.real = speech.often
        self._trie: dict[str, Any] = {}
        self.stems: set[str] = {speech.stem(word) for word in vocabulary}
        self._plain_words: set[str] = set(vocabulary)
        for text, meaning in phrases:
            self._add(text, meaning)
        self._shortest: dict[str, str] = {}
        for word in sorted(self._plain_words, key=lambda word: (-len(word), word)):
            self._shortest[speech.stem(word)] = word
        known = sorted(self.stems | self._plain_words)
        self._deletions = Deletions.of(word for word in known if len(word) >= 3 and word.isalpha())
        # these are here, since caches of the class would outlive the pack
        self._near: dict[str, list[tuple[str, float]]] = {}
        self._parted: dict[Token, Sequence[Token]] = {}
        self._readings: dict[tuple[Token, bool], tuple[Stems, bool, int, str]] = {}

    def stems_of(self, text: str) -> tuple[str, ...]:
        """The stems of a phrase."""
        return tuple(token.stem for token in self.speech.tokens_of(text))

    def read(self, message: str) -> Reading:
        """The message as tokens, each with the known words that it may be."""
        joined = self._join_letters(self.speech.tokenize(message))[:MOST_TOKENS]
        tokens = [part for token in joined for part in remembered(self._parted, token, self._split)]
        in_capitals = shouted(tokens)
        read = [remembered(self._readings, (token, in_capitals), self._read_token) for token in tokens]
        stems, real, often, right = zip(*read, strict=True) if read else ((), (), (), ())
        return Reading(tuple(tokens), stems, real, often, right)

    def find(self, reading: Reading) -> Iterator[Found]:
        """Every known phrase in a reading, overlapping ones included."""
        for start in range(len(reading.tokens)):
            ways = [(self._trie, start, 1.0)]
            while ways:
                node, at, quality = ways.pop()
                for kind, values in node.get("", ()):
                    yield Found((1 << at) - (1 << start), kind, values, quality)
                for option, surely in reversed(reading.stems[at]) if at < len(reading.tokens) else ():
                    below = node.get(option)
                    if below is not None:
                        ways.append((below, at + 1, surely if surely < quality else quality))

    def meanings(self, kind: str) -> Iterator[tuple[str, ...]]:
        """All of a kind that each phrase may mean, for every phrase that has such a meaning."""
        below = [self._trie]
        while below:
            node = below.pop()
            below += (further for stem, further in node.items() if stem)
            yield from (values for one, values in node.get("", ()) if one == kind)

    def is_real(self, token: Token) -> bool:
        """Whether a token is a word of the language, and so no typing error."""
        return token.word in self.real or not token.word.isalpha()

    def knows(self, word: str) -> bool:
        """Whether a folded word is one of the pack's or of the language's."""
        return word in self._plain_words or word in self.speech.often or self.speech.stem(word) in self.stems

    def _add(self, text: str, meaning: Meaning) -> None:
        tokens = self.speech.tokens_of(text)
        if not tokens:
            return
        node = self._trie
        for token in tokens:
            self.stems.add(token.stem)
            self._plain_words.add(token.word)
            node = node.setdefault(token.stem, {})
        means = dict(node.get("", ()))
        if meaning.value not in means.get(meaning.kind, ()):
            means[meaning.kind] = (*means.get(meaning.kind, ()), meaning.value)
            node[""] = tuple(means.items())

    def _read_token(self, as_read: tuple[Token, bool]) -> tuple[Stems, bool, int, str]:
        """What a token is read as, in a message in capitals or not: its part of a reading."""
        token, shouted = as_read
        options, real = self._candidates(token, shouted), self.is_real(token)
        best = options[0][0] if options else token.stem
        right = best == token.stem and (real or token.word in self._plain_words)
        corrected = token.word if right else self._shortest.get(best, best)
        return options, real, self.real.frequency(token.word), corrected

    def _candidates(self, token: Token, shouted: bool) -> Stems:
        known = token.stem in self.stems
        if not token.word.isalpha() or (known and (token.word in self._plain_words or self.is_real(token))):
            return ((token.stem, 1.0),)
        acronym = token.raw.isupper() and not shouted and len(token.raw) < 7
        if acronym:
            return ()
        if self.is_real(token):
            return tuple((self.speech.stem(word), FORM_OF_A_WORD) for word in self._swapped(token.word))
        known_as = self.speech.misspelt(token.word)
        near = dict(self._nearest(known_as)) if self.speech.is_spelt(token.word) else {}
        return tuple(({token.stem: FORM_OF_A_WORD} | near if known else near).items())

    def _swapped(self, word: str) -> Iterator[str]:
        """The known words that a rare one becomes when two neighbouring letters change places: "ont" is "not"."""
        often = self.real.frequency(word)
        for n in range(len(word) - 1):
            other = word[:n] + word[n + 1] + word[n] + word[n + 2 :]
            if other in self._plain_words and self.real.frequency(other) > MUCH_MORE_OFTEN * often:
                yield other

    def _nearest(self, word: str) -> list[tuple[str, float]]:
        """The stems of the known words nearest to an unknown one, at most three, each with how near it is."""
        return remembered(self._near, word, self._measured)

    def _measured(self, word: str) -> list[tuple[str, float]]:
        ranked = []
        for known in self._deletions.near(word):
            allowed = min(reach(len(word)), reach(len(known))) if len(word) > 3 else 1
            distance = OSA.distance(word, known, score_cutoff=allowed)
            if distance <= allowed and (
                known[0] == word[0] or (distance == 1 and len(word) > 3) or set(known[:2]) == set(word[:2])
            ):
                ranked.append((distance, known[0] != word[0], -len(known), known))
        ranked.sort()
        best: dict[str, float] = {}
        for distance, _, _, known in ranked[:6]:
            best.setdefault(self._as_stem(known), 1 - distance / (2 * max(len(word), len(known))))
        return list(best.items())[:3]

    def _as_stem(self, known: str) -> str:
        """The stem that a known word or stem stands for."""
        is_stem = known in self.stems and known not in self.speech.numbers
        return known if is_stem else self.speech.token(known, known).stem

    def _join_letters(self, tokens: list[Token]) -> list[Token]:
        """Letters said one by one ("s c o") as the word that they spell, if it is known."""
        letters = [self._is_letter(token.word) for token in tokens]
        if sum(letters) < 2:
            return tokens
        joined: list[Token] = []
        n = 0
        while n < len(tokens):
            end = n
            while end < len(tokens) and letters[end]:
                end += 1
            word = "".join(token.word for token in tokens[n:end])
            if end - n > 1 and self.speech.stem(word) in self.stems:
                joined.append(Token(word, word, self.speech.stem(word)))
                n = end
            else:
                joined.append(tokens[n])
                n += 1
        return joined

    def _is_letter(self, word: str) -> bool:
        return len(word) == 1 and word.isalpha() and self.speech.is_spelt(word)

    def _split(self, token: Token) -> list[Token]:
        """A token in which known words were run together, as those words: as few as can be."""
        word = token.word
        if not RUN_TOGETHER <= len(word) <= LONGEST_WORD or not word.isalpha():
            return [token]
        if token.stem in self.stems or self.is_real(token) or self._nearest(self.speech.misspelt(word)):
            return [token]
        parts = self._pieces(word)
        return [self.speech.token(part, part) for part in parts] if parts else [token]

    def _pieces(self, word: str) -> list[str]:
        """The fewest known words that make up a longer one; none when nothing does."""
        best: list[list[str] | None] = [[], *[None] * len(word)]
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - MOST_LETTERS), end - 1):
                before = best[start]
                if before is not None and self._is_word(word[start:end]):
                    had = best[end]
                    if had is None or len(before) + 1 < len(had):
                        best[end] = [*before, word[start:end]]
        return best[-1] or []

    def _is_word(self, word: str) -> bool:
        return word in self._plain_words or (len(word) > 3 and self.speech.stem(word) in self.stems)


def phrases_of(texts: Sequence[str], kind: str, value: str) -> Iterator[tuple[str, Meaning]]:
    """Phrases that all mean the same."""
    return ((text, Meaning(kind, value)) for text in texts)
