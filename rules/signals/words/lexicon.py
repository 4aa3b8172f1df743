"""The lexicon: what every reader looks for, and its version. Nothing in here reads a text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.purpose.purpose_words import LANGUAGES, Tongues, shipped_tongues
from rules.signals.words.own_lists import NONE, OwnLists
from rules.signals.words.phrases import Phrases, parse_phrases
from rules.signals.words.word_files import shipped_text

#: The files of phrases, with their groups.
_PHRASES: Final = (
    "promises/promises.yaml",
    "promises/documents.yaml",
    "promises/asking.yaml",
    "words/phrases.yaml",
    "comments/closings.yaml",
    "notes/notes.yaml",
)
#: Words that readers load themselves; what is read with others is read anew.
_WORDS: Final = (
    "promises/grammar.yaml",
    "promises/due.yaml",
    *(f"comments/{name}.yaml" for name in (*LANGUAGES, "scorecard")),
    "notes/small.yaml",
    "notes/clues.yaml",
    "notes/heads.yaml",
    "notes/scorecard.yaml",
    "text/tongue.yaml",
    *(f"purpose/{name}.yaml" for name in (*LANGUAGES, "scorecard")),
    "purpose/model.json",  # its spelling is read without the model, too
)


@dataclass(frozen=True)
class Lexicon:
    """What is looked for."""

    version: str  # changes with any entry
    phrases: Phrases  # of every signal but the purpose of a contact
    tongues: Tongues  # what says nothing, language by language
    own: OwnLists = NONE  # an admin's words for the lists of comments and notes


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that the package holds as data."""
    texts = [shipped_text(name) for name in _PHRASES]
    words = "".join((*texts, *map(shipped_text, _WORDS)))
    return Lexicon(
        version=hashlib.sha256(words.encode()).hexdigest()[:12],
        phrases=parse_phrases(texts),
        tongues=shipped_tongues(),
    )
