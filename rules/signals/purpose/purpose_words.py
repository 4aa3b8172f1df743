"""Words and phrases of one language that say nothing anybody could act on, and those that do.

What is known of a language is data (`purpose/*.yaml`). Nothing in here judges a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Final

from rules.signals.words.notation import REST, any_of, plain_entries
from rules.signals.words.word_files import parsed, shipped_text

LANGUAGES: Final = ("en", "de", "fr", "es", "nl", "pt")
#: What a word is; an unknown word is something somebody might act on.
FUNCTION: Final = "function"
EMPTY: Final = "empty"
SMALL_TALK: Final = "small_talk"
NEWS: Final = "news"
STRONG: Final = "strong"
CLOSING: Final = "closing"
TITLES: Final = "titles"
ANSWERS: Final = "answers"
ABOUT: Final = "about"
UNKNOWN: Final = ""
#: Of a word that stands in several lists the first counts.
_KINDS: Final = (STRONG, SMALL_TALK, NEWS, FUNCTION, EMPTY, CLOSING, TITLES, ANSWERS, ABOUT)
#: Endings of what nobody can touch (*Verlässlichkeit*), and the things that end like it.
_ENDINGS: Final = "endings"
_THINGS: Final = "things"
#: Things that look like an empty word, or like a misspelt one.
GOODS: Final = "goods"
#: Verbs of talk, wishes and time, which go as `conjugation` says.
VERBS: Final = "verbs"
#: Endings of what people do (*caminamos*, *tournaient*): what they do it to is what tells.
_DEEDS: Final = "deeds"
#: What a phrase may be.
EVIDENCE: Final = "evidence"
DENIAL: Final = "denial"
ATTEMPT: Final = "attempt"
#: Classes in the order in which they are taken away: a denial holds the phrase that it denies.
CLASSES: Final = (
    DENIAL,
    EVIDENCE,
    "placeholder",
    "news",
    "offer",
    "call_again",
    "vague_ask",
    "ask_time",
    "pleasantry",
    "check_in",
    ATTEMPT,
)
_REST_SIGNS: Final = "[^.,;:!?]*"
_SHORTEST_STEM: Final = 3
_SHORTEST_TYPO: Final = 6
_WORD: Final = re.compile(r"(?<![\w\\])[a-z]{2,}")
_DOUBLED: Final = re.compile(r"(.)\1+")
_ONCE: Final = "\x01"  # before a word of the lexicon whose doubled letters were made single


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A phrase of the lexicon, with what it must find and what it must not."""

    id: str
    kind: str  # one of `CLASSES`
    pattern: str  # over plain text, linear time
    like: str
    unlike: str


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """What is known of one language."""

    language: str
    exact: Mapping[str, str]
    stems: Mapping[str, str]
    titles: frozenset[str]  # behind them stand names
    answers: frozenset[str]  # yes and no
    nouns_are_great: bool
    longest_ending: int  # letters that may follow a stem; where words are joined, few
    endings: tuple[str, ...]  # of what nobody can touch, which firms are proud of
    deeds: tuple[str, ...]  # endings of verbs
    goods: frozenset[str]  # unknown whatever the lists say
    conjugation: Mapping[str, str]  # forms of verbs, by the ending of the infinitive
    things: tuple[str, ...]  # beginnings of words that end like one of both
    about: frozenset[str]  # behind them stands what is meant
    entries: tuple[Entry, ...]
    spoken: frozenset[str]  # every word of the phrases
    classes: Mapping[str, str]  # one pattern for all entries of a class
    _known: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def kind_of(self, word: str) -> str:
        """Return what a plain word is; `UNKNOWN` when it stands in no list."""
        found = self._known.get(word)
        if found is None:
            found = self._look_up(word)
            if len(self._known) < _MOST_KNOWN:
                self._known[word] = found
        return found

    def _look_up(self, word: str) -> str:
        if word in self.goods:
            return UNKNOWN
        return (
            next((kind for form in _forms(word) if (kind := self._as_it_stands(form))), UNKNOWN)
            or self.exact.get(_letters(word), UNKNOWN)
            or self._by_ending(word)
        )

    def _by_ending(self, word: str) -> str:
        if word.startswith(self.things):
            return UNKNOWN
        if word.endswith(self.endings):
            return NEWS
        return EMPTY if word.endswith(self.deeds) else UNKNOWN

    def _as_it_stands(self, word: str) -> str:
        if len(word) == 1:
            return EMPTY
        if word in self.exact:
            return self.exact[word]
        for end in range(len(word), _SHORTEST_STEM - 1, -1):
            kind = self.stems.get(word[:end], UNKNOWN)
            if kind == STRONG or (kind and len(word) - end <= min(end + 1, self.longest_ending)):
                return kind
        return UNKNOWN


_MOST_KNOWN: Final = 200_000


def _forms(word: str) -> Iterable[str]:
    yield word
    if "'" in word:
        yield from (part for part in word.split("'", 1) if len(part) > 1)
    once = _DOUBLED.sub(r"\1", word)
    if once != word:
        yield once
        yield f"{_ONCE}{once}"


def _letters(word: str) -> str:
    """The same for a word and for one whose inner letters changed places."""
    if len(word) < _SHORTEST_TYPO:
        return word
    return f"{word[0]}\x00{''.join(sorted(word[1:]))}"


def parse_tongue(text: str) -> Tongue:
    """Make the words of a language of their YAML text."""
    said = parsed(text)
    lists = {kind: _plain(str(some).split()) for kind, some in said["words"].items()}
    lists[EMPTY] += inflected(lists.get(VERBS, ()), said.get("conjugation", {}))
    exact, stems = _by_word(lists)
    phrases = iter(_plain([phrase for one in said["phrases"] for phrase in one["say"]]))
    entries = tuple(_entry(one, list(islice(phrases, len(one["say"])))) for one in said["phrases"])
    return Tongue(
        language=said["language"],
        exact=_misspelt(exact) | exact,
        stems=stems,
        titles=frozenset(lists[TITLES]),
        answers=frozenset(lists[ANSWERS]),
        about=frozenset(lists[ABOUT]),
        endings=tuple(lists.get(_ENDINGS, ())),
        deeds=tuple(lists.get(_DEEDS, ())),
        conjugation=said.get("conjugation", {}),
        goods=frozenset(lists.get(GOODS, ())),
        things=tuple(word.rstrip("*") for word in lists.get(_THINGS, ())),
        nouns_are_great=said.get("nouns_are_great", False),
        longest_ending=said["longest_ending"],
        entries=entries,
        spoken=frozenset(_WORD.findall(" ".join(one.pattern for one in entries))),
        classes={
            kind: "|".join(one.pattern for one in entries if one.kind == kind)
            for kind in CLASSES
            if any(one.kind == kind for one in entries)
        },
    )


def _plain(some: Sequence[str]) -> list[str]:
    """Make many plain at once; what stands for the rest of a clause stays."""
    return plain_entries(one.replace(">>", REST) for one in some)


def inflected(verbs: Iterable[str], conjugation: Mapping[str, str]) -> Iterator[str]:
    """Yield the forms of verbs, and one of no known ending as it stands.

    Irregular ones stand in the lists.
    """
    for verb in verbs:
        ending = next((one for one in conjugation if verb.endswith(one)), None)
        forms = "~" if ending is None else conjugation[ending]
        yield from forms.replace("~", verb.removesuffix(ending or "")).split()


def _by_word(lists: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the kinds of whole words, and those of stems."""
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    for kind in _KINDS:
        for word in lists.get(kind, ()):
            (stems if word.endswith("*") else exact).setdefault(word.rstrip("*"), kind)
    return exact, stems


def _misspelt(exact: Mapping[str, str]) -> dict[str, str]:
    """Return the kinds of words with doubled letters, or whose letters changed places."""
    once = {_ONCE + _DOUBLED.sub(r"\1", word): kind for word, kind in exact.items()}
    moved = {_letters(word): kind for word, kind in exact.items() if len(word) >= _SHORTEST_TYPO}
    return once | moved


def _entry(said: Mapping[str, Any], plain: Sequence[str]) -> Entry:
    return Entry(
        id=said["id"],
        kind=said["class"],
        pattern=_pattern(plain),
        like=said["like"],
        unlike=said["unlike"],
    )


def phrase_pattern(phrases: Sequence[str]) -> str:
    """Return the pattern of an entry: any of its phrases; `>>` is the rest of the clause."""
    return _pattern(_plain(phrases))


def _pattern(plain: Sequence[str]) -> str:
    pattern = any_of(plain)
    return pattern.replace(f" {REST}", _REST_SIGNS).replace(REST, _REST_SIGNS)


@dataclass(frozen=True, kw_only=True)
class Tongues:
    """All languages that are known."""

    known: Mapping[str, Tongue]
    votes: Mapping[str, tuple[tuple[str, float], ...]]  # of a word, for languages

    def of(self, words: Sequence[str]) -> Tongue:
        """Return the language that words are of; where nothing tells, the first that is known."""
        given = dict.fromkeys(self.known, 0.0)
        words = list(dict.fromkeys(words))[:_ENOUGH]
        for word in words:
            for language, vote in self.votes.get(word, ()):
                given[language] += vote
        first, second = sorted(given.values())[-2:][::-1] if len(given) > 1 else (1.0, 0.0)
        if first - second < _CLOSE:
            for language, tongue in self.known.items():
                given[language] += sum(tongue.kind_of(word) != UNKNOWN for word in words)
        return self.known[max(given, key=given.__getitem__)]


_ENOUGH: Final = 150  # words; more would tell no more
_CLOSE: Final = 1.0  # votes


def together(some: Iterable[Tongue]) -> Tongues:
    """Make one of several languages; a word of several votes for each a little."""
    known = {one.language: one for one in some}
    spoken: dict[str, dict[str, float]] = {}
    for one in known.values():
        for word in one.spoken:
            spoken.setdefault(word, {})[one.language] = _PHRASE_VOTE
        for word, kind in one.exact.items():
            if kind in _VOTES and not word.startswith(_ONCE) and "\x00" not in word:
                spoken.setdefault(word, {})[one.language] = _VOTES[kind]
    return Tongues(
        known=known,
        votes={
            word: tuple((language, vote / len(votes)) for language, vote in votes.items())
            for word, votes in spoken.items()
        },
    )


_PHRASE_VOTE: Final = 0.5
_VOTES: Final = {FUNCTION: 1.0, EMPTY: 0.6, SMALL_TALK: 0.6, STRONG: 0.6, CLOSING: 0.6, TITLES: 0.6}


@cache
def shipped_tongues() -> Tongues:
    """Return the languages that the package holds as data."""
    return together(parse_tongue(shipped_text(f"purpose/{one}.yaml")) for one in LANGUAGES)
