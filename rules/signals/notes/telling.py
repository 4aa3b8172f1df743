"""What a sentence of a note tells, by what is left of it when the words that say nothing are gone.

Nothing in here knows a heading or an activity. Which words say nothing, propose, or look ahead is
data (`notes.yaml`); names and numbers say nothing of a conversation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from rules.signals.promises.due import time_words
from rules.signals.text.tongue import tongues
from rules.signals.words.word_files import shipped_words

_WORD: Final = re.compile(r"[^\W_]+(?:[./'’-][^\W_]+)*[%€$£]?")
_CLAUSE: Final = re.compile(r"[,;:!?()\n]|\.(?=\s|$)|\s[-–—/+]\s|\s->\s", re.MULTILINE)
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)
_BESIDE: Final = 2  # words
_PRICE: Final = re.compile(r"\d")
#: Nothing proposed is an answer, too (practices C8).
_NOTHING: Final = frozenset({"nothing", "nichts", "rien", "nada", "niets"})
_SHORTEST: Final = 3  # letters of a word that tells something
_ENOUGH: Final = 2  # such words, where nothing announces them
_LONG: Final = 4_000  # characters of a sentence that are read


class Telling:
    """Judges sentences and the bodies of headings with one set of words."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._lists = {name: frozenset(some) for name, some in words.items()}
        self._attempts = tuple(one for one in words["attempt"] if " " in one)
        self._small = small_words()

    def among(self, name: str, word: str) -> bool:
        """Tell whether a plain word is of a list."""
        return word in self._lists[name]

    def is_placeholder(self, plain: str) -> bool:
        """Tell whether a plain body says no more than that there is nothing to say."""
        words = _plain_words(plain)
        return all(word in self._lists["placeholder"] or len(word) == 1 for word in words)

    def says_nothing(self, plain: str) -> bool:
        """Tell whether a plain body says that there was nothing."""
        words = _plain_words(plain)
        return bool(words) and words[0] in _NOTHING and self.is_placeholder(plain)

    def is_attempt(self, plain: str) -> bool:
        """Tell whether a plain sentence says that nobody was reached."""
        if any(one in plain for one in self._attempts):
            return True
        return any(self.among("attempt", word) for word in _plain_words(plain))

    def left(self, text: str, *lists: str) -> list[str]:
        """Return the plain words that are neither small, nor names, nor in these lists."""
        found = []
        german = "de" in tongues(text)
        for n, word in enumerate(_WORD.findall(_ELIDED.sub("", text[:_LONG]))):
            plain = folded(word)
            if self._is_empty(plain, lists) or (n and not german and _is_name(word)):
                continue
            found.append(plain)
        return found

    def _is_empty(self, plain: str, lists: Sequence[str]) -> bool:
        if len(plain) < _SHORTEST or not plain[0].isalpha() or plain in self._small:
            return True
        return any(plain in self._lists[name] for name in lists)

    def tells(self, plain: str) -> bool:
        """Tell whether a plain word is neither small nor a time."""
        return not self._is_empty(plain, ())

    def has_purpose(self, text: str) -> bool:
        """Tell whether the body of a next contact says what it is for."""
        return bool(self.left(text, "empty"))


def told_of(sentence: str, telling: Telling) -> Iterator[str]:
    """Yield what a sentence tells: `discussed`, `proposed`, `next`, each at most once.

    What follows a proposal or a next contact in the same sentence belongs to it.
    """
    clauses = [one.strip() for one in _CLAUSE.split(sentence[:_LONG]) if one and one.strip()]
    facts: list[str] = []
    for n, clause in enumerate(clauses):
        rest = " , ".join(clauses[n:])
        kind = _ahead_of(clause, rest, telling) or _proposal_in(clause, rest, telling)
        if kind is None:
            facts.append(clause)
            continue
        if kind != "idle":
            yield kind
        if kind == "proposed":
            yield from (k for k in _later(clauses[n + 1 :], telling) if k == "next")
        break
    if _tells_facts(" , ".join(facts), telling):
        yield "discussed"


def _later(clauses: Sequence[str], telling: Telling) -> Iterator[str]:
    for n, clause in enumerate(clauses):
        if _ahead_of(clause, " , ".join(clauses[n:]), telling) == "next":
            yield "next"
            return


def _ahead_of(clause: str, rest: str, telling: Telling) -> str | None:
    """Return `next` where a clause begins a next contact with a purpose, `idle` without one."""
    words = _plain_words(folded(clause))
    gone = any(telling.among("gone", word) for word in words)
    ahead = any(telling.among("ahead", word) for word in words)
    if not ahead or gone or any(telling.among("propose", word) for word in words):
        return None
    if telling.left(rest, "empty", "ahead"):
        return "next" if _begins(words, telling) or _is_dated(words) else None
    return "idle"


def _begins(words: Sequence[str], telling: Telling) -> bool:
    """Tell whether the step stands first, but for small words: "Will call", "On Monday I ring"."""
    first = next((word for word in words if telling.tells(word)), "")
    return telling.among("ahead", first) or words[0] in ("i", "will", "ill", "i'll", "ich", "je")


def _is_dated(words: Sequence[str]) -> bool:
    times = time_words()
    return any(word.removesuffix("'s") in times or word[0].isdigit() for word in words)


def _proposal_in(clause: str, rest: str, telling: Telling) -> str | None:
    words = _plain_words(folded(clause))
    if not any(telling.among("propose", word) for word in words):
        return None
    if _is_taken_back(words, telling):
        return "idle"
    behind = telling.left(rest, "empty", "propose")
    return "proposed" if behind or _PRICE.search(rest) else "idle"


def _is_taken_back(words: Sequence[str], telling: Telling) -> bool:
    """Tell whether "no" or "nothing" stands beside the proposal."""
    places = [n for n, word in enumerate(words) if telling.among("propose", word)]
    return any(
        telling.among("unproposed", word) and any(abs(n - one) <= _BESIDE for one in places)
        for n, word in enumerate(words)
    )


def _tells_facts(text: str, telling: Telling) -> bool:
    plain = folded(text)
    if telling.is_attempt(plain):
        return False
    left = telling.left(text, "empty", "pleasant", "placeholder", "discuss")
    words = (word.partition("'")[0] for word in _plain_words(plain))  # "they're"
    announced = any(telling.among("discuss", word) for word in words)
    return len(left) >= (1 if announced else _ENOUGH)


# -- words -----------------------------------------------------------------------------------


def _plain_words(plain: str) -> list[str]:
    return _WORD.findall(_ELIDED.sub("", plain[:_LONG]))


def _is_name(word: str) -> bool:
    """Tell a name from an abbreviation: a capital, then small letters."""
    return word[0].isupper() and word[1:].islower()


def folded(text: str) -> str:
    """Return small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(one for one in apart if not unicodedata.combining(one)).replace("ß", "ss")


@cache
def small_words() -> frozenset[str]:
    """Return the small words of the six languages, and those that speak of time, plain."""
    said = shipped_words("notes/small.yaml")
    some = (word.strip() for words in said.values() for word in words.split(","))
    return frozenset(map(folded, some)) | {one for one in time_words() if " " not in one}
