"""The words of opinions, language by language: how they are written, where they stand in a text.

The lists are data (`comments/en.yaml` and its sisters); what each does, the first
of them says. Nothing in here judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Final

from rules.signals.notes.telling import folded
from rules.signals.text.tongue import LANGUAGES
from rules.signals.words.own_lists import ListWords
from rules.signals.words.word_files import shipped_words

PRAISE: Final = "praise"
GOOD: Final = "good"
BAD: Final = "bad"
AWFUL: Final = "awful"
#: Lists whose phrases are looked for; of one phrase in two lists the first has it.
KINDS: Final = (
    "liked", "missed", "idle", "feared", "faint", "solved", AWFUL, PRAISE, BAD, GOOD, "not", "but",
    "past", "wish", "rival", "apart", "us", "others", "again", "thanked", "told", "forced", "fate",
    "thanks", "ask", "plan", "own",
)  # fmt: skip
#: Stands for what parts clauses.
PAUSE: Final = "|"
#: What an admin took out of its list is a word like any other.
_OFF: Final = "off"

_LONGEST: Final = 7  # words of a phrase
_SHORTEST_STEM: Final = 3  # letters before a `*`
_MOST_WORDS: Final = 160  # of a sentence that are read
_TOKEN: Final = re.compile(r"[^\W_]+(?:['.][^\W_]+)*|[,;:!?()–—…]|\.\.+|(?<=\s)-+(?=\s)|/")
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)")
_OWNED: Final = re.compile(r"'s\b")
#: The parts of an entry: the name of a class, a word, a stem.
_ENTRY: Final = re.compile(r"<\w+>|[^\W_]+(?:['.][^\W_]+)*\*?")
_SHORT: Final = (
    ("can't", "can not"), ("cannot", "can not"), ("won't", "will not"), ("n't", " not"),
    ("'ll", " will"), ("'d", " would"), ("'m", " am"), ("'re", " are"), ("'ve", " have"),
)  # fmt: skip
_RUN_ON: Final = {
    f"{verb}nt": f"{verb} not"
    for verb in ("did", "does", "do", "is", "was", "could", "would", "should", "have", "has", "are")
} | {"cant": "can not", "wont": "will not"}
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True)
class Mark:
    """A word or phrase of a sentence and the list it is in; "" for none."""

    kind: str
    words: str
    theme: str = ""  # the part of its list
    cheer: bool = False  # irony likes it
    parts: bool = False  # it parts what is good from what is bad, too: "shame"
    name: str = ""  # of an admin's entry


@dataclass
class _Node:
    kind: str = ""
    theme: str = ""
    name: str = ""
    next: dict[str, _Node] = field(default_factory=dict)


def said_words(sentence: str, language: str) -> list[str]:
    """Return the words of a sentence as the lists are compared with them, and its punctuation."""
    found = _TOKEN.findall(_plain(sentence, language))[:_MOST_WORDS]
    if language != "en":
        return found
    return [one for word in found for one in _RUN_ON.get(word, word).split()]


def _plain(text: str, language: str) -> str:
    low = text.lower().replace("’", "'").replace("´", "'")
    if language == "de":
        low = low.translate(_UMLAUTS)
    plain = folded(low)
    if language == "en":
        for short, whole in _SHORT:
            plain = plain.replace(short, whole)
        plain = _OWNED.sub("", plain)
    return _ELIDED.sub("", plain)


_NOTHING: Final = _Node()


class OpinionWords:
    """What one language has for good and bad, and for what turns the one into the other."""

    def __init__(
        self, language: str, said: Mapping[str, Any], own: Sequence[ListWords] = ()
    ) -> None:
        self.language = language
        self._classes = {
            name: [_ENTRY.findall(one) for one in _listed(some, language)]
            for name, some in said.get("classes", {}).items()
        }
        self._root = _Node()
        self._stems: set[str] = set()
        self._seen: dict[str, tuple[str, ...]] = {}
        for one in own:  # of one phrase in two lists the first has it
            phrase = _ENTRY.findall(_plain(one.phrase, language))
            self._learn(phrase, _OFF if one.off else one.list, "", one.name)
        for kind in KINDS:
            for theme, some in _themes(said.get(kind, "")):
                for entry in _listed(some, language):
                    self._learn(_ENTRY.findall(entry), kind, theme)
        self._cheer, self._but = (
            frozenset(
                " ".join(_ENTRY.findall(one)) for one in _listed(said.get(name, ""), language)
            )
            for name in ("cheer", "but")
        )

    def marks(self, sentence: str) -> list[Mark]:
        """Return what a sentence is made of, the longest phrases first, in order."""
        return list(self._marked(said_words(sentence, self.language)))

    def _marked(self, words: Sequence[str]) -> Iterator[Mark]:
        at = 0
        while at < len(words):
            if not words[at][0].isalnum():
                yield Mark(kind=PAUSE, words=words[at])
                at += 1
                continue
            taken, node = self._longest(words, at)
            said = " ".join(words[at : at + taken])
            yield Mark(
                kind="" if node.kind == _OFF else node.kind,
                words=said,
                theme=node.theme,
                cheer=said in self._cheer,
                parts=said in self._but,
                name=node.name,
            )
            at += taken

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, _Node]:
        best, found = 1, _NOTHING
        nodes = [self._root]
        for length, word in enumerate(words[at : at + _LONGEST], start=1):
            keys = self._keys(word)
            nodes = [node.next[key] for node in nodes for key in keys if key in node.next]
            if not nodes:
                break
            here = next((node for node in nodes if node.kind), None)
            if here is not None:
                best, found = length, here
        return best, found

    def _keys(self, word: str) -> tuple[str, ...]:
        """Return the word itself and the stems it begins with, the longest first."""
        known = self._seen.get(word)
        if known is None:
            lengths = range(len(word), _SHORTEST_STEM - 1, -1)
            stems = (f"{word[:end]}*" for end in lengths)
            known = (word, *(one for one in stems if one in self._stems))
            if len(self._seen) < 50_000:
                self._seen[word] = known
        return known

    def _learn(self, entry: Sequence[str], kind: str, theme: str, name: str = "") -> None:
        parts = [self._classes.get(one.strip("<>"), [[one]]) for one in entry]
        for some in product(*parts) if any(one[0] == "<" for one in entry) else [[[*entry]]]:
            node = self._root
            for key in (key for part in some for key in part):
                if key.endswith("*"):
                    self._stems.add(key)
                node = node.next.setdefault(key, _Node())
            if not node.kind:
                node.kind, node.theme, node.name = kind, theme, name


def _themes(said: Any) -> Iterator[tuple[str, str]]:
    """Yield the themes of a list, "" where there are none, and what is in each."""
    for theme, some in (said if isinstance(said, Mapping) else {"": said}).items():
        yield theme, str(some)


def _listed(some: str, language: str) -> list[str]:
    """Return the entries of a list as texts are compared with them."""
    return [one.strip() for one in _plain(some, language).split(",") if one.strip()]


@lru_cache(maxsize=24)
def opinion_words(language: str, own: tuple[ListWords, ...] = ()) -> OpinionWords:
    """Return the words of a language with an admin's before them, read once a process."""
    return OpinionWords(language, shipped_words(f"comments/{language}.yaml"), own)


def praise_entries() -> Iterator[str]:
    """Yield what is praise worth collecting, in all languages, as it is written in the files."""
    for language in LANGUAGES:
        for _, some in _themes(shipped_words(f"comments/{language}.yaml")[PRAISE]):
            yield from (" ".join(one.split()) for one in some.split(",") if one.strip())
