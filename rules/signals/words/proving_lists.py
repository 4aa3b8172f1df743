"""Prove an entry of a list of words, of comments or of notes, by its phrases and its examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.problems import shown
from rules.signals.words.expansion import NotationError
from rules.signals.words.list_phrases import (
    LONGEST,
    finds,
    is_found_already,
    is_too_long,
    written_out,
)
from rules.signals.words.own_lexicon import OwnEntry
from rules.signals.words.remarks import Remark, odd, wrong

_TOO_LONG: Final = (
    f"no text can reach it: phrases of more than {LONGEST} words are not looked for. Shorten it."
)
_NO_WORD: Final = "it would find a text without any word. Write a word outside of brackets."


def prove_words(entry: OwnEntry) -> list[Remark]:
    """Return every mistake in an entry; where there is none, every warning."""
    if entry.language is None:  # the file is told so
        return []
    every, mistakes = _written(entry)
    if not entry.find:
        mistakes = [wrong("find", "no phrase stands here. Write one.")]
    return mistakes or list(_examples(entry, every)) or list(_warnings(entry, every))


def _written(entry: OwnEntry) -> tuple[list[list[str]], list[Remark]]:
    every: list[list[str]] = []
    mistakes = []
    for number, phrase in enumerate(entry.find):
        try:
            every.append(written_out(phrase, entry.kind.partition(".")[0]))
        except NotationError as error:
            mistakes.append(wrong("find", str(error), number))
            continue
        if any(not any(map(str.isalnum, one)) for one in every[-1]):
            mistakes.append(wrong("find", _NO_WORD, number))
        if any(is_too_long(entry.kind, entry.language or "", one) for one in every[-1]):
            mistakes.append(wrong("find", _TOO_LONG, number))
    return every, mistakes


def _examples(entry: OwnEntry, every: list[list[str]]) -> Iterator[Remark]:
    phrases = [one for some in every for one in some]
    language = entry.language or ""
    if not finds(entry.kind, language, phrases, entry.says):
        yield wrong("says", f"{shown(entry.says)} should be found, and is not.")
    if finds(entry.kind, language, phrases, entry.quiet):
        yield wrong("quiet", f"{shown(entry.quiet)} should not be found, and is.")


def _warnings(entry: OwnEntry, every: list[list[str]]) -> Iterator[Remark]:
    language = entry.language or ""
    for number, (phrase, some) in enumerate(zip(entry.find, every, strict=True)):
        if all(is_found_already(entry.kind, language, one) for one in some):
            yield odd(
                f'{shown(phrase)} is found already, by the shipped list "{entry.kind}".', number
            )
