"""Prove an entry of the lexicon before it reads anybody's mail: by its examples and expansions.

A mistake makes an entry unusable; a warning says that it does less, or more, than it seems to. Both
are sentences for the person who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.problems import listed, shown
from rules.signals.text.newest import sentences
from rules.signals.text.plain import plain_column
from rules.signals.words.expansion import REST, NotationError, Run, expansions, parse
from rules.signals.words.lexicon import Lexicon
from rules.signals.words.own_lexicon import Known, OwnEntry, of_purpose, pattern_of
from rules.signals.words.own_lists import of_list
from rules.signals.words.proving_lists import prove_words
from rules.signals.words.remarks import Remark, odd, wrong

_TRIED: Final = 200  # expansions of one phrase
_LARGEST: Final = 10_000  # characters of the pattern that an entry becomes
#: Places of other words in an entry: the matcher is slow where many are open at once.
_MOST_FREE: Final = 12
#: An entry that finds more than this share of unrelated examples finds nearly everything.
_BROAD: Final = 0.2
_NO_WORD: Final = "it would find a text without any word. Write a word outside of brackets."


def prove(entry: OwnEntry, lexicon: Lexicon, known: Mapping[str, Known]) -> list[Remark]:
    """Return every mistake in an entry; where there is none, every warning."""
    if of_list(entry.kind):
        return prove_words(entry)
    runs, mistakes = _read(entry, lexicon)
    if not entry.find:
        mistakes = [wrong("find", "no phrase stands here. Write one.")]
    if mistakes:
        return mistakes
    pattern = pattern_of(entry, lexicon)
    if not _is_bearable(entry, pattern):
        return [wrong("find", "the phrases together are too much to look for. Write two entries.")]
    mistakes = list(_mistakes(entry, pattern, runs))
    return mistakes or list(_warnings(entry, pattern, runs, known))


def _is_bearable(entry: OwnEntry, pattern: str) -> bool:
    """Tell a pattern that costs a text little time; RE2 refuses by itself what would not fit."""
    free = sum(phrase.count("~") + phrase.count(REST) for phrase in entry.find)
    if len(pattern) > _LARGEST or free > _MOST_FREE:
        return False
    try:
        _found(pattern, [""])
    except pa.ArrowInvalid:
        return False
    return True


def _read(entry: OwnEntry, lexicon: Lexicon) -> tuple[list[Run], list[Remark]]:
    lists = {} if of_purpose(entry.kind) else lexicon.phrases.words
    runs: list[Run] = []
    mistakes = []
    for number, phrase in enumerate(entry.find):
        try:
            runs.append(parse(phrase, lists))
        except NotationError as error:
            mistakes.append(wrong("find", str(error), number))
            continue
        if "" in expansions(runs[-1], _TRIED):
            mistakes.append(wrong("find", _NO_WORD, number))
    return runs, mistakes


def _mistakes(entry: OwnEntry, pattern: str, runs: list[Run]) -> Iterator[Remark]:
    says, quiet = _found(pattern, [entry.says, entry.quiet])
    if not says:
        yield wrong("says", f"{shown(entry.says)} should be found, and is not.")
    if quiet:
        yield wrong("quiet", f"{shown(entry.quiet)} should not be found, and is.")
    for number, run in enumerate(runs):
        some = expansions(run, _TRIED)
        lost = [one for one, yes in zip(some, _found(pattern, some), strict=True) if not yes]
        if lost:
            yield wrong(
                "find",
                f"it stands for {shown(lost[0])}, which it does not find. "
                "Write that as a phrase of its own.",
                number,
            )


def _warnings(
    entry: OwnEntry, pattern: str, runs: list[Run], known: Mapping[str, Known]
) -> Iterator[Remark]:
    every = [expansions(run, _TRIED) for run in runs]
    for number, (phrase, some) in enumerate(zip(entry.find, every, strict=True)):
        if not any(len(sentences(one)) == 1 for one in some):
            yield odd(
                f"{shown(phrase)} goes over the end of a sentence. No text can reach it, for "
                "sentences are read one by one.",
                number,
            )
        yield from _shadowed(entry, some, known, number)
    others = [
        text for one in known.values() if one.id != entry.id for text in (one.says, one.quiet)
    ]
    if others and sum(_found(pattern, others)) > _BROAD * len(others):
        yield odd("it finds very many texts. Add a word that says what is meant.", None)


def _shadowed(
    entry: OwnEntry, some: list[str], known: Mapping[str, Known], number: int
) -> Iterator[Remark]:
    """What is found already, by an entry of the same kind, changes nothing."""
    left = set(some)
    by = []
    for one in known.values():
        if one.id != entry.id and one.kind == entry.kind and one.language in (None, entry.language):
            found = {text for text, yes in zip(some, _found(one.pattern, some), strict=True) if yes}
            if found & left:
                by.append(one.id)
                left -= found
        if not left:
            yield odd(
                f"{shown(entry.find[number])} is found already, by {listed(by, 'and')}.", number
            )
            return


def _found(pattern: str, texts: list[str]) -> list[bool]:
    plain = plain_column(pa.array(texts, pa.string()))
    found: list[bool] = pc.match_substring_regex(plain, pattern=pattern).to_pylist()
    return found
