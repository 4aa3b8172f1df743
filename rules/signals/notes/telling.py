"""What the body of a heading says: something, or only that there is nothing to say.

Nothing in here knows a heading or an activity. Which words say nothing is data (`notes.yaml`,
`clues.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rules.signals.notes.clauses import NAME, SMALL, Clause, Sentence, Word
from rules.signals.notes.clues import folded as folded
from rules.signals.notes.clues import words_in
from rules.signals.notes.small import small_words as small_words

#: Nothing proposed is an answer, too (practices C8).
_NOTHING: Final = frozenset({"nothing", "nichts", "rien", "nada", "niets", "niks", "none"})
#: "x", "n/d", "k.A.": letters that stand for words.
_INITIALS: Final = re.compile(r"[a-z](?:[./][a-z])*")
_FEWEST_LETTERS: Final = 3
_FEW: Final = 4  # words


class Telling:
    """Judges the bodies of headings with one set of words."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._placeholder = frozenset(words["placeholder"])
        self._empty = frozenset(words["empty"])

    def is_placeholder(self, body: str) -> bool:
        """Tell whether a body says no more than that there is nothing to say."""
        words = [folded(word) for word in words_in(body)]
        if sum(map(len, words)) < _FEWEST_LETTERS and not any(c.isdigit() for c in body):
            return True
        return all(word in self._placeholder or _INITIALS.fullmatch(word) for word in words)

    def says_nothing(self, body: str) -> bool:
        """Tell whether a body says that there was nothing."""
        words = [folded(word) for word in words_in(body)]
        return bool(words) and words[0] in _NOTHING and self.is_placeholder(body)

    def discussed(self, some: Sequence[Sentence]) -> str | None:
        """Return the first sentence that tells of the conversation."""
        without = ("warm", "frame", "idle", "unreached", "oneway")
        return self._first(some, lambda one: bool(self._left(one, *without)) or _counts(one))

    def proposed(self, some: Sequence[Sentence]) -> str | None:
        """Return the first sentence that puts something forward."""
        return self._first(some, self._puts_forward)

    def purpose(self, some: Sequence[Sentence]) -> str | None:
        """Return the first sentence that says what comes next for what."""
        return self._first(some, lambda one: bool(self.purposes(one)))

    def purposes(self, one: Clause) -> list[Word]:
        """Return the words of a clause that say what a next contact is for."""
        left = self._left(one, "idle", "talk", "when", "will", "warm", "unreached")
        return [word for word in left if word.plain not in self._empty]

    def _puts_forward(self, one: Clause) -> bool:
        left = self._left(one, "idle", "talk", "unreached")
        named = [word for word in one.words if word.kind == NAME]
        few = len(one.words) <= _FEW and "not" in one.classes
        return bool(one.amount or left or named) and not (few and _denied(one))

    def _left(self, one: Clause, *classes: str) -> list[Word]:
        return [word for word in one.telling(*classes) if word.plain not in self._placeholder]

    def _first(self, some: Sequence[Sentence], says: Callable[[Clause], bool]) -> str | None:
        return next((one.said for one in some if any(map(says, one.clauses))), None)


def _denied(one: Clause) -> bool:
    """Tell whether a clause begins with a denial: "No proposal", "keine Vorschläge"."""
    first = next((word for word in one.words if word.kind != SMALL or word.classes), None)
    return first is not None and "not" in first.classes


def _counts(one: Clause) -> bool:
    """Tell whether a figure that is no time stands beside a word that tells something."""
    return one.number and not one.dated and bool(one.telling("warm", "idle"))
