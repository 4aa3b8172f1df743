"""Who acts in a clause, and what stands behind what. Nothing in here knows a promise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rules.signals.promises.clauses import Clause, describes

NEAR: Final = 4  # words between two that belong together
THOSE: Final = ("it", "those")


def ours(clause: Clause, n: int) -> bool:
    """Tell whether our side acts in the verb at n: who stands nearest before it decides."""
    if _another_before(clause, n):
        return False
    for place in range(n - 1, -1, -1):
        word = clause.words[place]
        if word.has("own", "we"):
            return True
        if word.has("they") or (word.has("you") and clause.language == "en"):
            return False
    before = clause.words[:n]
    if clause.noted and all(one.has("time", "when", "todo", "future") for one in before):
        return True
    if clause.noted and before[0].has("beside") and len(before) <= NEAR // 2:
        return True
    return _is_colleague(clause, n)


def _another_before(clause: Clause, n: int) -> bool:
    """ "I hear the city will issue it": a noun with its article, no preposition before, acts."""
    if clause.language != "en":
        return False
    place = n - 1
    while place > 0 and clause.words[place].has("time", "fine", "when"):
        place -= 1
    if place < 1 or not describes(clause.words[place]):
        return False
    while place > 0 and describes(clause.words[place]):
        place -= 1
    before = clause.words[place - 1] if place else None
    article = clause.words[place].has("the", "theirs") and not clause.words[place].has("beside")
    return article and not (before is not None and before.has("beside", "with"))


def _is_colleague(clause: Clause, n: int) -> bool:
    """ "Priya from sales will send you": a name, where the client is spoken to."""
    named = any(one.name for one in clause.words[:n])
    to_you = any(one.has("you") for one in clause.words[n : n + NEAR + 1])
    possessed = any(one.has("possessed") for one in clause.words[:n])
    return named and to_you and not possessed


def acts_on(clause: Clause, first: Iterable[int], *classes: str) -> list[int]:
    """Return where a word of these classes stands behind one of these, nobody else its subject."""
    start = min(first, default=len(clause.words))
    who = ("we", "you", "they") if clause.language == "en" else ("we", "they")
    return [
        n for n in clause.at(*classes) if n >= start and not (n and clause.words[n - 1].has(*who))
    ]


def follows(clause: Clause, first: Iterable[int], *classes: str, within: int = NEAR) -> list[int]:
    """Return where a word of these classes stands at most so many words behind one of these."""
    later = clause.at(*classes)
    return [n for n in later if any(0 < n - one <= within for one in first)]


def is_timed(clause: Clause) -> bool:
    return clause.has("time", "then") or clause.dated


def theirs(clause: Clause) -> bool:
    return any(n and clause.words[n - 1].has("theirs") for n in clause.objects)
