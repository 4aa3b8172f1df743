"""What the words of a clause speak for: classes of words, language by language (`clues.yaml`).

A class is found by words, by beginnings of words, and by runs of words with others between them.
Everything takes one pass over the words of a clause. Nothing in here weighs what it finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from rules.signals.words.own_lists import ListWords
from rules.signals.words.word_files import shipped_words

#: Other words that may stand where a phrase has `~`.
GAP: Final = 5
_SHORTEST_STEM: Final = 2
_LONGEST_WORD: Final = 60  # letters
_MOST_KNOWN: Final = 50_000
_WORD: Final = re.compile(r"[^\W_]+(?:[./'’-][^\W_]+)*[%€$£]?|[€$£]")
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu)['’](?=\w)", re.IGNORECASE)

#: A phrase: its words, `~` among them, and its class.
Phrase = tuple[tuple[str, ...], str]


def folded(text: str) -> str:
    """Return small letters without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(one for one in apart if not unicodedata.combining(one)).replace("ß", "ss")


def words_in(text: str) -> list[str]:
    """Return the words of a text as they are written, without what is elided before them."""
    return _WORD.findall(_ELIDED.sub("", text))


@dataclass(frozen=True, kw_only=True)
class Clues:
    """The classes of words of one language."""

    exact: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]
    ends: Mapping[str, tuple[str, ...]]  # how compounds end
    phrases: Mapping[str, tuple[Phrase, ...]]  # by their first word
    free_phrases: Mapping[str, tuple[Phrase, ...]]  # those with `~` or `*`
    stem_phrases: Mapping[str, tuple[Phrase, ...]]  # by the beginning of their first word
    _known: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def of(self, word: str) -> frozenset[str]:
        """Return the classes of a plain word by itself."""
        found = self._known.get(word)
        if found is None:
            found = frozenset(self._look_up(word))
            if len(self._known) < _MOST_KNOWN:
                self._known[word] = found
        return found

    def _look_up(self, word: str) -> Iterator[str]:
        word = word[:_LONGEST_WORD]
        base = word.partition("'")[0]  # "Bill's", "they're"
        for form in {word, base}:
            yield from self.exact.get(form, ())
        for end in range(_SHORTEST_STEM, len(word) + 1):
            yield from self.stems.get(word[:end], ())
        for start in range(1, len(word) if self.ends else 0):
            yield from self.ends.get(word[start:], ())

    def runs(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """Yield where each phrase begins and ends in plain words, and its class."""
        for start, word in enumerate(words):
            for phrase, kind in self._beginning(word):
                end = start + len(phrase)
                if tuple(words[start:end]) == phrase:
                    yield start, end, kind
            for phrase, kind in self._beginning_free(word):
                place = _end_of(phrase, words, start)
                if place is not None:
                    yield start, place, kind

    def _beginning(self, word: str) -> Sequence[Phrase]:
        return self.phrases.get(word, ())

    def _beginning_free(self, word: str) -> Iterator[Phrase]:
        yield from self.free_phrases.get(word, ())
        for end in range(_SHORTEST_STEM, len(word) + 1):
            yield from self.stem_phrases.get(word[:end], ())


def _end_of(phrase: Sequence[str], words: Sequence[str], start: int) -> int | None:
    """Return the place behind a phrase that begins at a word, if it stands there."""
    at, free, many = start, 0, len(words)
    for part in phrase:
        if part == "~":
            free = GAP
            continue
        last = min(many, at + free + 1)
        while at < last and not _fits(part, words[at]):
            at += 1
        if at >= last:
            return None
        at, free = at + 1, 0
    return at


def _fits(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    if part.startswith("*"):
        return word.endswith(part[1:])
    return word == part


@cache
def shipped_classes() -> Mapping[str, Mapping[str, str]]:
    """Return the classes of words of each language as they are written."""
    classes: Mapping[str, Mapping[str, str]] = shipped_words("notes/clues.yaml")
    return classes


@lru_cache(maxsize=24)
def clues_of(language: str, own: tuple[ListWords, ...] = ()) -> Clues:
    """Return the clues of a language, with what an admin added and without what is off."""
    classes = dict(shipped_classes()[language])
    for one in own:
        kept = [entry for _, entry in _entries({one.list: classes.get(one.list, "")})]
        mine = [entry for _, entry in _entries({one.list: one.phrase})]
        kept = [entry for entry in kept if entry not in mine]
        classes[one.list] = ", ".join(kept if one.off else [*kept, *mine])
    return parse_clues(classes)


def parse_clues(classes: Mapping[str, str]) -> Clues:
    """Make clues of classes of words, each written as one text with commas."""
    exact: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    phrases: dict[str, list[Phrase]] = {}
    free_phrases: dict[str, list[Phrase]] = {}
    stem_phrases: dict[str, list[Phrase]] = {}
    ends: dict[str, list[str]] = {}
    for kind, entry in _entries(classes):
        first, *rest = entry.split()
        if rest:
            one = (tuple(entry.split()), kind)
            free = free_phrases if "~" in entry or "*" in entry else phrases
            target = stem_phrases if first.endswith("*") else free
            target.setdefault(first.rstrip("*"), []).append(one)
        else:
            table = stems if first.endswith("*") else ends if first.startswith("*") else exact
            table.setdefault(first.strip("*"), []).append(kind)
    return Clues(
        exact={word: tuple(some) for word, some in exact.items()},
        stems={word: tuple(some) for word, some in stems.items()},
        ends={word: tuple(some) for word, some in ends.items()},
        phrases={word: tuple(some) for word, some in phrases.items()},
        free_phrases={word: tuple(some) for word, some in free_phrases.items()},
        stem_phrases={word: tuple(some) for word, some in stem_phrases.items()},
    )


def _entries(classes: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for kind, some in classes.items():
        for entry in _ELIDED.sub("", folded(str(some))).split(","):
            if entry.strip():
                yield kind, entry.strip()
