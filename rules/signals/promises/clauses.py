"""The clauses of a sentence, and the documents each of them is about.

Nothing in here knows what a promise is. A clause ends at a mark, at "but", before a condition, and
where "and" brings somebody else who acts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rules.signals.promises.grammar import Token, tokens

#: Documents whose name may stand for another named just before it: "the contract documents".
_MERE_FORM: Final = frozenset(
    {"document", "documents", "documentation", "paperwork", "template", "form"}
)
_PRONOUNS: Final = ("we", "you", "they", "own", "us")
_VERBS: Final = ("now", "send", "sends", "receive", "will_receive", "future", "i_will", "comes")
_BUT: Final = frozenset({"but", "aber", "mais", "pero", "maar", "mas", "sondern", "however"})
_OF_US: Final = re.compile(r"ons\b")
#: Words behind which the same subject goes on.
AND: Final = frozenset({"and", "und", "et", "y", "en", "e", "then", "so", "dann", "puis"})


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A part of a sentence with one thing to say."""

    words: tuple[Token, ...]
    language: str
    waits: bool  # it is a condition of another clause
    noted: bool  # it stands in what we write for ourselves
    todo: bool = False  # it stands below "next step:"
    held: bool = False  # the clause behind it is a condition
    named: str | None = None  # the document that "it" stands for
    objects: tuple[int, ...] = field(default=())

    def at(self, *classes: str) -> list[int]:
        """Return where words of these classes stand."""
        return [n for n, one in enumerate(self.words) if one.has(*classes)]

    def has(self, *classes: str) -> bool:
        """Tell whether there is any."""
        return any(one.has(*classes) for one in self.words)

    @property
    def text(self) -> str:
        """The words, with blanks between them."""
        return " ".join(one.text for one in self.words)


def clauses(sentence: str, language: str, *, noted: bool) -> list[Clause]:
    """Return the clauses of a sentence, in order, with the documents each of them is about."""
    some: list[Clause] = []
    for words, waits in _parts(tokens(sentence, language)):
        if words:
            todo = bool(some) and all(one.has("todo") for one in some[-1].words)
            clause = Clause(
                words=tuple(words), language=language, waits=waits, noted=noted, todo=todo
            )
            some.append(_with_objects(clause))
    behind = [*(one.waits for one in some), False][1:]
    return [replace(one, held=held) for one, held in zip(some, behind, strict=True)]


def _parts(some: Sequence[Token]) -> Iterator[tuple[list[Token], bool]]:
    part: list[Token] = []
    waits = False
    for n, token in enumerate(some):
        condition = _is_condition(token, first=not part)
        if token.has("break") or token.text in _BUT or (condition and part) or _anew(some, n):
            yield part, waits
            part, waits = [], False
        waits = waits or condition
        if not token.has("break"):
            part.append(token)
    yield part, waits


def _is_condition(token: Token, *, first: bool) -> bool:
    """A short word is one only where a clause begins: `si`, `se`, `als` mean much besides."""
    return token.has("once") and (first or len(token.text) > len("als"))


def _anew(some: Sequence[Token], n: int) -> bool:
    """Tell whether "and" begins another clause, with somebody who acts."""
    following = some[n + 1] if n + 1 < len(some) else Token(text="")
    return some[n].text in AND and following.has("we", "you", "own", "they")


def _with_objects(clause: Clause) -> Clause:
    words = [_told(_pronoun(clause.words, n), clause) for n in range(len(clause.words))]
    asked = clause.has("allow")  # "give us two days for the quote"
    objects = [
        n for n, one in enumerate(words) if one.document and (asked or not _beside(words, n))
    ]
    return replace(clause, words=tuple(words), objects=tuple(_heads(words, objects)))


def _told(token: Token, clause: Clause) -> Token:
    """What we said that we would do lies ahead."""
    if token.text != "would" or not clause.has("reported"):
        return token
    return replace(token, classes=token.classes | {"future"})


def _pronoun(words: Sequence[Token], n: int) -> Token:
    """Make an article with no noun behind it what it is: "die stuur ik u", "je le ferai suivre"."""
    token = words[n]
    following = words[n + 1] if n + 1 < len(words) else None
    if not token.has("the"):
        return _we_or_us(token, words)
    if token.has("us"):  # "ons voorstel", "stuur ons de SLA"
        possessed = following is not None and not following.has(*_VERBS, *_PRONOUNS, "the", "time")
        return replace(token, classes=token.classes - {"us" if possessed else "the"})
    alone = following is None or following.has(*_VERBS, "we", "you", "time", "to")
    kept = (token.classes | {"it"}) if alone else (token.classes - {"it"})
    return replace(token, classes=kept)


def _we_or_us(token: Token, words: Sequence[Token]) -> Token:
    """French says "nous" for both; the end of the verb tells."""
    acts = any(one.has("now") and _OF_US.search(one.text) for one in words)
    return replace(token, classes=token.classes - {"us"}) if acts else token


def _beside(words: Sequence[Token], n: int) -> bool:
    """Tell whether the document belongs to something else: "about the quote", "quote number"."""
    if n + 1 < len(words) and words[n + 1].has("about_it"):
        return True
    before = n - 1
    for _ in range(2):
        if before >= 0 and describes(words[before]):
            before -= 1
    if before >= 0 and words[before].has("the") and not words[before].has("beside"):
        before -= 1
    return before >= 0 and words[before].has("beside", "look")


def describes(token: Token) -> bool:
    """Tell whether nothing is known of a word, so that it may say what a document is like."""
    return not token.classes and token.document is None


def _heads(words: Sequence[Token], objects: Sequence[int]) -> Iterator[int]:
    """Of nouns side by side the last says what it is, unless it is a mere form."""
    for n in objects:
        beside_next = n + 1 in objects and words[n + 1].text not in _MERE_FORM
        after_one = n - 1 in objects and words[n].text in _MERE_FORM
        if not beside_next and not after_one:
            yield n
