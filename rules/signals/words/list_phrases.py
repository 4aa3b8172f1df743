"""Phrases of lists of words: what an entry of an admin's stands for, and which list has a phrase.

The lists are those of comments and of notes, as their readers know them. Nothing in here judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from rules.signals.comments.opinion_words import KINDS, OpinionWords, opinion_words, said_words
from rules.signals.notes.clues import (
    Clues,
    clues_of,
    folded,
    parse_clues,
    shipped_classes,
    words_in,
)
from rules.signals.words.expansion import NotationError, expansions, parse
from rules.signals.words.own_lists import COMMENT, NOTE, ListWords

#: What one phrase of an entry may stand for: every one of them becomes a phrase of the list.
MOST: Final = 200
LONGEST: Final = 7  # words of a phrase of comments
_FREE: Final = "\u2042"  # stands for `~` while brackets are written out


@cache
def list_kinds() -> tuple[str, ...]:
    """Return the names of all lists, as entries name them."""
    of_notes = dict.fromkeys(name for classes in shipped_classes().values() for name in classes)
    return (*(f"{COMMENT}.{one}" for one in KINDS), *(f"{NOTE}.{one}" for one in of_notes))


def phrases_of(find: Sequence[str]) -> tuple[str, ...]:
    """Return what the phrases of an entry stand for, written out."""
    return tuple(dict.fromkeys(one for phrase in find for one in written_out(phrase, NOTE)))


def written_out(find: str, part: str) -> list[str]:
    """Return what one phrase stands for; raises NotationError for what no list can hold."""
    if part == COMMENT and "~" in find:
        raise NotationError('lists of comments have no "~". Write the words that may stand there.')
    if "<" in find:
        raise NotationError('lists of words have no "<...>". Write the words themselves.')
    parse(find, {})
    some = expansions(parse(find.replace("~", _FREE), {}), MOST + 1)
    if len(some) > MOST:
        raise NotationError(f"it stands for more than {MOST} phrases. Write several entries.")
    return [one.replace(_FREE, "~") for one in some]


def finds(kind: str, language: str, phrases: Sequence[str], text: str) -> bool:
    """Tell whether a text holds one of these phrases, were they all that the list has."""
    part, _, name = kind.partition(".")
    own = [
        ListWords(part=part, language=language, list=name, phrase=one, name="") for one in phrases
    ]
    if part == COMMENT:
        known = OpinionWords(language, {}, own)
        return any(mark.kind == name for mark in known.marks(text))
    return name in set(_classes(parse_clues({name: ", ".join(phrases)}), text))


def stands_in(one: ListWords) -> bool:
    """Tell whether a shipped list has a phrase, all of it, or finds it by a beginning of it."""
    if one.part == COMMENT:
        marks = opinion_words(one.language).marks(one.phrase)
        return [mark.kind for mark in marks] == [one.list]
    entries = shipped_classes()[one.language].get(one.list, "").split(",")
    return folded(one.phrase) in {folded(entry.strip()) for entry in entries}


def is_found_already(kind: str, language: str, phrase: str) -> bool:
    """Tell whether a shipped list finds a phrase, so that to add it changes nothing."""
    part, _, name = kind.partition(".")
    if part == COMMENT:
        marks = opinion_words(language).marks(phrase)
        return [mark.kind for mark in marks] == [name]
    return name in set(_classes(clues_of(language), phrase, whole=True))


def is_too_long(kind: str, language: str, phrase: str) -> bool:
    """Tell whether a phrase has more words than its reader looks at together."""
    return kind.startswith(COMMENT) and len(said_words(phrase, language)) > LONGEST


def _classes(clues: Clues, text: str, *, whole: bool = False) -> Iterator[str]:
    words = [folded(word) for word in words_in(text)]
    if len(words) == 1 or not whole:
        for word in words:
            yield from clues.of(word)
    for start, end, kind in clues.runs(words):
        if not whole or (start, end) == (0, len(words)):
            yield kind
