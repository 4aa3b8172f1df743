"""What an admin adds to the lexicon, changes in it or switches off; pure, no I/O.

The shipped lexicon stays as it is: a new one is made of it. What is wrong with an entry, `proving`
says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rules.signals.purpose.purpose_words import (
    CLASSES,
    EMPTY,
    LANGUAGES,
    VERBS,
    Tongue,
    inflected,
    phrase_pattern,
    together,
)
from rules.signals.purpose.purpose_words import Entry as ClassEntry
from rules.signals.words.lexicon import Lexicon
from rules.signals.words.list_phrases import list_kinds, phrases_of, stands_in
from rules.signals.words.notation import END, FEW, START, any_of, plain_entries
from rules.signals.words.own_lists import ListWords, OwnLists, of_list, words_named
from rules.signals.words.phrases import Entry as GroupEntry
from rules.signals.words.phrases import Phrases

#: Kinds of words that an admin may add to, as `purpose_words` has them.
WORD_LISTS: Final[Mapping[str, str]] = {
    "empty": "says nothing anybody could act on",
    "small_talk": "family, weather, leisure",
    "news": "what firms are proud of",
    "strong": "a decision, a deed, a fault: what is said with it counts",
    "goods": "a thing that looks like an empty word",
    "verbs": "an infinitive of talk, wishes or time: no form of it says anything",
    "titles": "stands before a name",
    "answers": "yes or no",
    "about": "stands before what is meant",
}
#: Of them those that say what a word is; it may end in `*`, for any ending.
_KINDS: Final = ("empty", "small_talk", "news", "strong")
#: Of them those that are sets of whole words.
_SETS: Final = ("goods", "titles", "answers", "about")
_SIGNS: Final = {"<start>": START, "<end>": END, "<few>": FEW}
_AT_ONCE: Final = 8  # as in `phrases`


@dataclass(frozen=True, kw_only=True)
class OwnEntry:
    """An entry of an admin's: phrases, a text they find and one they do not."""

    id: str
    kind: str  # a class of purpose, or a group of phrases
    language: str | None  # a class of purpose is always of one
    find: tuple[str, ...]
    says: str
    quiet: str

    def as_text(self) -> str:
        """Return everything about it on one line, for the version of the lexicon."""
        return repr((self.id, self.kind, self.language, self.find))


@dataclass(frozen=True, kw_only=True)
class OwnLexicon:
    """Everything that admins wrote in config/lexicon."""

    entries: tuple[OwnEntry, ...] = ()  # one with the id of a shipped entry takes its place
    off: frozenset[str] = frozenset()
    words: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """What changes with every entry and word; empty where nothing was written."""
        if not (self.entries or self.off or self.words):
            return ""
        told = [*(one.as_text() for one in self.entries), *sorted(self.off)]
        told += [repr(one) for one in sorted(self.words.items())]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry of the shipped lexicon, whichever part of it holds it."""

    id: str
    kind: str
    language: str | None
    pattern: str
    says: str
    quiet: str


def known_entries(lexicon: Lexicon) -> dict[str, Known]:
    """Return every entry of a lexicon by its id."""
    found = [
        Known(
            id=one.id,
            kind=one.kind,
            language=tongue.language,
            pattern=one.pattern,
            says=one.like,
            quiet=one.unlike,
        )
        for tongue in lexicon.tongues.known.values()
        for one in tongue.entries
    ]
    found += [
        Known(
            id=one.id,
            kind=one.group,
            language=None,
            pattern=one.pattern,
            says=one.says,
            quiet=one.quiet,
        )
        for one in lexicon.phrases.entries
    ]
    return {one.id: one for one in found}


def known_words(id: str) -> Known | None:
    """Return what is named by a word of a shipped list; nothing where no list has it."""
    one = words_named(id, LANGUAGES)
    if one is None or not stands_in(one):
        return None
    return Known(id=id, kind=one.kind, language=one.language, pattern="", says=one.phrase, quiet="")


def of_language(kind: str) -> bool:
    """Tell whether entries of this kind are of one language."""
    return of_purpose(kind) or of_list(kind)


def kinds(lexicon: Lexicon) -> tuple[str, ...]:
    """Return what an entry may be: the classes of purpose first, then the groups of phrases."""
    groups = (one.group for one in lexicon.phrases.entries)
    return tuple(dict.fromkeys((*CLASSES, *groups, *list_kinds())))


def of_purpose(kind: str) -> bool:
    """Tell whether entries of this kind are of one language and of the purpose of a contact."""
    return kind in CLASSES


def pattern_of(entry: OwnEntry, lexicon: Lexicon) -> str:
    """Return the pattern that finds any phrase of an entry; linear time, over plain text."""
    if of_purpose(entry.kind):
        return phrase_pattern(entry.find)
    return any_of(_whole(one, lexicon.phrases.words) for one in plain_entries(entry.find))


def with_own(shipped: Lexicon, own: OwnLexicon) -> Lexicon:
    """Return the shipped lexicon with what an admin added, changed and switched off."""
    if not own.version:
        return shipped
    version = hashlib.sha256(f"{shipped.version} {own.version}".encode()).hexdigest()[:12]
    return replace(
        shipped,
        version=version,
        phrases=_phrases(shipped, own),
        own=OwnLists(tuple(_list_words(own))),
        tongues=together(_tongue(one, shipped, own) for one in shipped.tongues.known.values()),
    )


def _list_words(own: OwnLexicon) -> Iterator[ListWords]:
    """Yield what is put into lists of words; then what is taken out of them, or changed."""
    for one in own.entries:
        part, _, name = one.kind.partition(".")
        if of_list(one.kind):
            for phrase in phrases_of(one.find):
                yield ListWords(
                    part=part, language=one.language or "", list=name, phrase=phrase, name=one.id
                )
    for id in sorted({*own.off, *(one.id for one in own.entries)}):
        named = words_named(id, LANGUAGES)
        if named is not None:
            yield named


# -- groups of phrases -------------------------------------------------------------------------


def _phrases(shipped: Lexicon, own: OwnLexicon) -> Phrases:
    added = [one for one in own.entries if not of_language(one.kind)]
    gone = own.off | {one.id for one in added}
    kept = [one for one in shipped.phrases.entries if one.id not in gone]
    new = [
        GroupEntry(
            group=one.kind,
            id=one.id,
            pattern=pattern_of(one, shipped),
            says=one.says,
            quiet=one.quiet,
        )
        for one in added
    ]
    touched = {one.group for one in (*shipped.phrases.entries, *new) if one.id in gone}
    patterns: dict[str, list[str]] = {group: [] for group in sorted(touched)}
    for one in (*kept, *new):
        if one.group in touched:
            patterns[one.group].append(one.pattern)
    groups = {group: tuple(_together(some)) for group, some in patterns.items()}
    return replace(
        shipped.phrases, entries=(*kept, *new), groups={**shipped.phrases.groups, **groups}
    )


def _together(patterns: Sequence[str]) -> Iterator[str]:
    if not patterns:
        yield any_of(())  # a group that was emptied finds nothing
    for n in range(0, len(patterns), _AT_ONCE):
        yield "|".join(patterns[n : n + _AT_ONCE])


def _whole(find: str, words: Mapping[str, Sequence[str]]) -> str:
    for sign, stands_for in _SIGNS.items():
        find = find.replace(sign, stands_for)
    for name, some in words.items():
        find = find.replace(f"<{name}>", "{" + "|".join(some) + "}")
    return find


# -- languages ---------------------------------------------------------------------------------


def _tongue(tongue: Tongue, shipped: Lexicon, own: OwnLexicon) -> Tongue:
    added = [one for one in own.entries if of_purpose(one.kind) and one.language == tongue.language]
    gone = own.off | {one.id for one in added}
    lists = {
        kind: some for (language, kind), some in own.words.items() if language == tongue.language
    }
    if not lists and not any(one.id in gone for one in tongue.entries) and not added:
        return tongue
    entries = (
        *(one for one in tongue.entries if one.id not in gone),
        *(_class_entry(one, shipped) for one in added),
    )
    return replace(
        _with_words(tongue, {kind: plain_entries(some) for kind, some in lists.items()}),
        entries=entries,
        classes=_classes(entries),
        _known={},
    )


def _with_words(tongue: Tongue, lists: Mapping[str, Sequence[str]]) -> Tongue:
    """Return a language with words of an admin's, which count before those that were shipped."""
    exact, stems = dict(tongue.exact), dict(tongue.stems)
    own = [(word, kind) for kind, some in lists.items() if kind in _KINDS for word in some]
    own += [(word, EMPTY) for word in inflected(lists.get(VERBS, ()), tongue.conjugation)]
    for word, kind in sorted(own, key=lambda one: not one[0].endswith("*")):
        stem = word.rstrip("*")
        if stem != word:
            stems[stem] = kind
            exact = {known: of for known, of in exact.items() if not _begins(known, stem, tongue)}
        else:
            exact[word] = kind
    for name in _SETS[1:]:
        for word in lists.get(name, ()):
            exact.setdefault(word, name)
    sets = {name: getattr(tongue, name).union(lists.get(name, ())) for name in _SETS}
    sets["goods"] = sets["goods"].difference(word for word, _ in own)
    return replace(tongue, exact=exact, stems=stems, **sets)


def _begins(known: str, stem: str, tongue: Tongue) -> bool:
    return known.startswith(stem) and len(known) - len(stem) <= tongue.longest_ending


def _class_entry(one: OwnEntry, shipped: Lexicon) -> ClassEntry:
    return ClassEntry(
        id=one.id,
        kind=one.kind,
        pattern=pattern_of(one, shipped),
        like=one.says,
        unlike=one.quiet,
    )


def _classes(entries: Iterable[ClassEntry]) -> dict[str, str]:
    patterns: dict[str, list[str]] = {}
    for one in entries:
        patterns.setdefault(one.kind, []).append(one.pattern)
    return {kind: "|".join(patterns[kind]) for kind in CLASSES if kind in patterns}
