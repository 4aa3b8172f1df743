"""The lexicon: phrases as people write them, made into patterns that run in linear time (RE2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.notation import any_of, plain_entries, words_of
from rules.signals.phrases import Phrases, parse_phrases
from rules.signals.purpose_words import LANGUAGES, Tongues, shipped_tongues
from rules.signals.word_files import parsed

#: Kinds of entries under `purpose` that are too vague to speak for one.
_NOT_A_PURPOSE: Final = frozenset({"vague"})
#: The files of every other signal.
_MORE: Final = ("promises.yaml", "documents.yaml", "phrases.yaml", "notes.yaml")
#: Words that readers load themselves; what is read with others is read anew.
_WORDS: Final = ("grammar.yaml", "comments.yaml", "due.yaml", "small.yaml", "tongue.yaml")
_PURPOSE: Final = tuple(f"purpose/{name}.yaml" for name in (*LANGUAGES, "scorecard"))


@dataclass(frozen=True)
class Lexicon:
    """What is looked for: one pattern of all check-ins, one of all signs of purpose."""

    version: str  # changes with any entry
    check_in: str
    purpose: str
    polite: frozenset[str]  # words that say nothing
    about: frozenset[str]  # words after which the thing stands that is meant
    phrases: Phrases  # of every other signal
    tongues: Tongues  # what says nothing, language by language

    def says(self, pattern: str, texts: pa.Array) -> pa.Array:
        """Tell for each plain text whether a pattern of this lexicon is in it."""
        return pc.match_substring_regex(texts, pattern=pattern)


def parse_lexicon(text: str, phrases: Sequence[str] | None = None) -> Lexicon:
    """Make a lexicon of its YAML text and those of the other signals; None: the shipped ones."""
    more, found = _shipped_phrases() if phrases is None else (phrases, parse_phrases(phrases))
    said = parsed(text)
    check_in = [p for language in said["checkin"].values() for p in language["strong"]]
    purpose = [
        p
        for language in said["purpose"].values()
        for kind, patterns in language.items()
        if kind not in _NOT_A_PURPOSE
        for p in patterns
    ]
    return Lexicon(
        version=hashlib.sha256("".join((text, *more, *_other_words())).encode()).hexdigest()[:12],
        check_in=any_of(plain_entries(check_in)),
        purpose=any_of(plain_entries(purpose)),
        polite=words_of(said["polite"]) | words_of(check_in),
        about=words_of(said["about"]),
        phrases=found,
        tongues=shipped_tongues(),
    )


def shipped_lexicon() -> Lexicon:
    """Return the lexicon that the package holds as data."""
    return parse_lexicon(_shipped("lexicon.yaml"))


@cache
def _shipped_phrases() -> tuple[Sequence[str], Phrases]:
    texts = [_shipped(name) for name in _MORE]
    return texts, parse_phrases(texts)


@cache
def _other_words() -> tuple[str, ...]:
    return tuple(_shipped(name) for name in (*_WORDS, *_PURPOSE))


def _shipped(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")
