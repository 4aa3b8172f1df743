"""Groups of phrases with an id and examples each, and lists of words: the data of most signals.

A group is one pattern that finds any of its entries. What a group means, its reader knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules.signals.text.plain import plain_column
from rules.signals.words.notation import END, FEW, START, any_of, plain_entries, to_regex
from rules.signals.words.word_files import parsed

#: Parts of a file that are no groups.
_WORDS: Final = "words"
_HEADINGS: Final = "headings"
#: Entries sought at once: RE2 becomes slow by far where too many free words are open together.
_AT_ONCE: Final = 8
_SIGNS: Final = {"<start>": START, "<end>": END, "<few>": FEW}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A phrase of a group with a text that holds it and one that does not."""

    group: str
    id: str
    pattern: str  # RE2
    says: str
    quiet: str


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """Every group, list of words and heading of some files."""

    entries: tuple[Entry, ...]
    groups: Mapping[str, tuple[str, ...]]  # patterns: a text holds a phrase if one of them is in it
    words: Mapping[str, tuple[str, ...]]
    headings: Mapping[str, str]  # signal -> what such a part of a note begins with, for `re`

    def find(self, group: str, texts: Sequence[str]) -> list[bool]:
        """Tell for each text, as people wrote it, whether it holds a phrase of the group."""
        return self.find_plain(group, plain_column(pa.array(texts, pa.string())))

    def plain(self, texts: Sequence[str]) -> list[str]:
        """Return texts in the form in which they are compared."""
        return [str(one) for one in plain_column(pa.array(texts, pa.string())).to_pylist()]

    def find_plain(self, group: str, plain: pa.Array) -> list[bool]:
        """The same of texts that have been made plain."""
        found: list[bool] = self.says(group, plain).to_pylist()
        return found

    def says(self, group: str, plain: pa.Array) -> Any:
        """The same as a column."""
        return holds_any(plain, self.groups[group])


def holds_any(plain: pa.Array, patterns: Sequence[str]) -> Any:
    """Tell for each plain text whether one of the patterns is in it, as a column."""
    found = [pc.match_substring_regex(plain, pattern=one) for one in patterns]
    return reduce(pc.or_kleene, found)


def parse_phrases(texts: Sequence[str]) -> Phrases:
    """Make groups of the YAML texts of some files; each uses its own lists of words."""
    files = [parsed(text) for text in texts]
    words = {
        name: tuple(plain_entries(some)) for one in files for name, some in one[_WORDS].items()
    }
    entries = [entry for one in files for entry in _entries(one, words)]
    groups: dict[str, list[str]] = {name: [some] for name, some in _lists(words)}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry.pattern)
    return Phrases(
        entries=tuple(entries),
        groups={name: tuple(_together(some)) for name, some in groups.items()},
        words=words,
        headings={
            signal: "|".join(to_regex(some) for some in plain_entries(phrases))
            for one in files
            for signal, phrases in one.get(_HEADINGS, {}).items()
        },
    )


def _together(patterns: Sequence[str]) -> Iterator[str]:
    for n in range(0, len(patterns), _AT_ONCE):
        yield "|".join(patterns[n : n + _AT_ONCE])


def _lists(words: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, some in words.items():
        yield f"word.{name}", any_of(some)


def _entries(file: Mapping[str, Any], words: Mapping[str, Sequence[str]]) -> Iterator[Entry]:
    for group, entries in file.items():
        if group in (_WORDS, _HEADINGS):
            continue
        finds = plain_entries(one["find"] for one in entries.values())
        for (id, one), find in zip(entries.items(), finds, strict=True):
            yield Entry(
                group=group,
                id=id,
                pattern=any_of([_whole(find, words)]),
                says=one["says"],
                quiet=one["quiet"],
            )


def _whole(find: str, words: Mapping[str, Sequence[str]]) -> str:
    """Put the words of each list, and the signs, in the place of their names."""
    for sign, stands_for in _SIGNS.items():
        find = find.replace(sign, stands_for)
    for name, some in words.items():
        find = find.replace(f"<{name}>", "{" + "|".join(some) + "}")
    return find
