"""Which language a message is in: one that the pack speaks, be it in the letters of another, or one that it does not.

The script tells first, then small words. What is not understood as it stands may have been typed with the keyboard
left in another layout, or be spelled in Latin letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.intents.model import OtherLanguage, WordLists
from bot.language.scripts import script_of, scripts_in, scripts_of
from bot.language.text import clean
from bot.pack import Pack, Understanding

SMALL_WORD = 3.0  # what a word such as "who" counts for its language, where any known word counts 1
IN_SCRIPT = 0.5
NAMES_OF_ALL = "latin"  # the letters in which people of every language write a name
MOST_NAMES = 6  # a longer message than this says more than names
RESPELLED, AS_TYPED = 0.6, 0.5  # the shares of a message's letters that have to, and may, stand in known words
STRANGE_SCRIPT = 0.3  # the share of letters in a script of no language of ours from which it is strange
LEAST_STRANGE = 2


@dataclass(frozen=True)
class Tongues:
    """The languages of one pack."""

    pack: Pack

    def of(self, message: str, hint: str) -> str:
        """The language that a message is in; `hint` where the message does not tell."""
        text = clean(message)
        scripts = scripts_in(text)
        written = [code for code, lists in self._lists.items() if lists.script in scripts]
        if not written:
            return hint
        code = written[0] if len(written) == 1 else max(written, key=lambda one: (self._sounds(text, one), one == hint))
        anybodys = code != hint and self._lists[code].script == NAMES_OF_ALL and self._only_names(text, code)
        return hint if anybodys else code

    def respelled(self, message: str, language: str) -> Iterator[tuple[str, str]]:
        """Other languages that a message may have been meant in, each with the message in its own letters."""
        typed = self._lists[language]
        if self._known(message, language) > AS_TYPED:
            return
        for code, meant in self._lists.items():
            if code == language:
                continue
            for text in (_retyped(message, typed.keyboard, meant.keyboard), _spelled(message, meant.latin)):
                if text != message and self._known(text, code) >= RESPELLED:
                    yield code, text

    def other(self, message: str) -> OtherLanguage | None:
        """The language of a message that is in none of ours, where it can be told."""
        text = clean(message)
        scripts = scripts_of(text)
        ours = {lists.script for lists in self._lists.values()}
        strange = sum(count for script, count in scripts.items() if script not in ours)
        if strange and strange >= STRANGE_SCRIPT * scripts.total():
            found = [one for one in self.pack.intents.others if scripts.keys() - ours & {*one.scripts}]
            return max(found, key=lambda one: one.evidence(text), default=None)
        spoken = max((self._small_words(text, code) for code in self._lists), default=0)
        found = [one for one in self.pack.intents.others if scripts.keys() & {*one.scripts}]
        best = max(found, key=lambda one: one.evidence(text), default=None)
        return best if best and best.evidence(text) >= max(LEAST_STRANGE, 2 * spoken + 1) else None

    @cached_property
    def _lists(self) -> Mapping[str, WordLists]:
        return {code: language.words for code, language in self.pack.intents.languages.items()}

    @cached_property
    def _small(self) -> Mapping[str, frozenset[str]]:
        """Each language's words that say nothing but in which language a message is."""
        return {
            code: frozenset((*one.stop, *one.questions, *one.interrogatives, *one.turning, *one.pronouns))
            for code, one in self._lists.items()
        }

    def _small_words(self, text: str, code: str) -> int:
        return sum(word in self._small[code] for word in self._understanding(code).speech.words(text))

    def _sounds(self, text: str, code: str) -> float:
        """How much of a text is in a language."""
        lexicon, script = self._understanding(code).lexicon, self._lists[code].script
        said = self._understanding(code).speech.words(text)
        words = [word for word in said if any(map(str.isalpha, word)) and (len(word) > 1 or not word.isascii())]
        known = sum(lexicon.knows(word) + IN_SCRIPT * (script_of(word[0]) == script) for word in words)
        return known + SMALL_WORD * sum(word in self._small[code] for word in words)

    def _only_names(self, text: str, code: str) -> bool:
        """Whether a text says nothing but names, numbers and signs."""
        if self._small_words(text, code):
            return False
        lexicon = self._understanding(code).lexicon
        reading = lexicon.read(text)
        if len(reading.tokens) > MOST_NAMES:
            return False
        named = 0
        for found in lexicon.find(reading):
            if found.kind == "entity" and found.quality == 1.0:
                named |= found.mask
        return all(named >> n & 1 or not token.word.isalpha() for n, token in enumerate(reading.tokens))

    def _known(self, text: str, code: str) -> float:
        """The share of a text's letters that stand in known words of a language."""
        words = [word for word in self._understanding(code).speech.words(text) if word.isalpha()]
        lexicon = self._understanding(code).lexicon
        return sum(len(word) for word in words if lexicon.knows(word)) / (sum(map(len, words)) or 1)

    def _understanding(self, code: str) -> Understanding:
        return self.pack.languages[code]


def _retyped(message: str, typed: Sequence[str], meant: Sequence[str]) -> str:
    """A message as the same keys write it in another layout."""
    return message.translate(_keys(tuple(typed), tuple(meant)))


@lru_cache(maxsize=16)
def _keys(typed: tuple[str, ...], meant: tuple[str, ...]) -> Mapping[int, str]:
    return {
        ord(one): other for row, same in zip(typed, meant, strict=False) for one, other in zip(row, same, strict=False)
    }


def _spelled(message: str, letters: Mapping[str, str]) -> str:
    """A message in Latin letters in those of the language, the longest groups of letters first."""
    longest = max(map(len, letters), default=0)
    text, at, spelled = message.casefold(), 0, []
    while at < len(text):
        size = next((size for size in range(longest, 0, -1) if text[at : at + size] in letters), 0)
        spelled.append(letters[text[at : at + size]] if size else text[at])
        at += size or 1
    return "".join(spelled) if longest else message
