"""The admin's lexicon, config/lexicon/*.yaml: read, proven, and laid over the shipped one.

Every mistake of every file comes back at once, each with its place. What an entry finds, and
whether it does, `rules.signals` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from rules.problems import Place, Problem, did_you_mean, problem_at, shown
from rules.signals.purpose.purpose_words import LANGUAGES
from rules.signals.words.lexicon import Lexicon, shipped_lexicon
from rules.signals.words.own_lexicon import (
    WORD_LISTS,
    Known,
    OwnEntry,
    OwnLexicon,
    kinds,
    known_entries,
    known_words,
    of_language,
    with_own,
)
from rules.signals.words.proving import prove
from rules.words import Closed, OneOrMany, Text, Words, reader
from worker.environment import SettingsError
from worker.words_file import Steps, place_of, read_words

DIRECTORY: Final = "lexicon"
MOST_FILES: Final = 50
_LONGEST_ID: Final = 60
_SAY_LANGUAGE: Final = 'Write "language: en" at the top of the file.'


def _id(text: str) -> str:
    if not text or len(text) > _LONGEST_ID or not all(c.isalnum() or c in "-._" for c in text):
        raise ValueError(
            f"{shown(text)} is not a name for an entry. Use letters, digits, hyphens and dots, "
            'such as "en-swing-back".'
        )
    return text


Phrases = Annotated[tuple[Text, ...], OneOrMany()]
_Id = Annotated[str, reader(_id)]
_Language = Annotated[str, Closed("a language that texts are read in", LANGUAGES)]


class EntryWords(Words):
    """An entry that is added."""

    find: Phrases
    says: Text
    quiet: Text


class ChangeWords(Words):
    """A shipped entry that is changed: what is not said stays."""

    find: Phrases
    says: Text | None = None
    quiet: Text | None = None


class LexiconWords(Words):
    """The words of one file of config/lexicon."""

    language: _Language | None = None
    add: dict[str, dict[_Id, EntryWords]] = Field(default_factory=dict)
    change: dict[str, ChangeWords] = Field(default_factory=dict)
    off: Annotated[tuple[Text, ...], OneOrMany()] = ()
    words: dict[Annotated[str, Closed("a list of words", WORD_LISTS)], Phrases] = Field(
        default_factory=dict
    )


@dataclass(frozen=True, kw_only=True)
class LexiconFiles:
    """What the files say, and what is to be said of them."""

    own: OwnLexicon = field(default_factory=OwnLexicon)
    problems: tuple[Problem | str, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_lexicon_files(config: Path) -> LexiconFiles:
    """Read and prove every file; without the directory there is nothing to say."""
    paths = sorted(p for p in (config / DIRECTORY).glob("*") if p.suffix in (".yaml", ".yml"))
    if len(paths) > MOST_FILES:
        place = Place(path=str(config / DIRECTORY), line=1, column=1)
        much = problem_at(place, f"more than {MOST_FILES} files. Put several in one.")
        return LexiconFiles(problems=(much,))
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths)) if paths else _NOTHING


_NOTHING: Final = LexiconFiles()


def lexicon_of(config: Path) -> Lexicon:
    """Return the lexicon to read texts with; for files that were found without mistakes."""
    return _laid_over(read_lexicon_files(config).own.version, config)


@lru_cache(maxsize=4)
def _laid_over(version: str, config: Path) -> Lexicon:
    return with_own(shipped_lexicon(), read_lexicon_files(config).own)


@lru_cache(maxsize=8)
def _read(paths: Sequence[tuple[Path, int]]) -> LexiconFiles:
    problems: list[Problem | str] = []
    files = []
    for path, _ in paths:
        try:
            said = read_words(path, LexiconWords)
            if said.model_fields_set - {"language"}:  # else the shipped lexicon is not looked into
                files.append(_File(path, said, shipped_lexicon()))
        except SettingsError as error:
            problems += error.problems
    warnings: list[Problem] = []
    first: dict[str, str] = {}
    for file in files:
        problems += file.mistakes()
        problems += _twice(file, first)
        for problem, is_mistake in file.proven():
            (problems if is_mistake else warnings).append(problem)
    own = OwnLexicon(
        entries=tuple(entry for file in files for entry in file.entries.values()),
        off=frozenset(id for file in files for id in file.said.off),
        words=_words(files),
    )
    return LexiconFiles(own=own, problems=tuple(problems), warnings=tuple(sorted(warnings)))


def _words(files: Sequence[_File]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for file in files:
        for kind, some in file.said.words.items():
            key = (file.said.language or "", kind)
            found[key] = (*found.get(key, ()), *(word for line in some for word in line.split()))
    return found


def _twice(file: _File, first: dict[str, str]) -> Iterator[Problem]:
    for steps, entry in file.entries.items():
        place = place_of(file.path, (*steps, "[key]"))
        before = first.setdefault(entry.id, str(place))
        if before != str(place):
            yield problem_at(place, f"{shown(entry.id)} stands at {before} already.")


class _File:
    """One file, its words understood."""

    def __init__(self, path: Path, said: LexiconWords, shipped: Lexicon) -> None:
        self.path = path
        self.said = said
        self._shipped = shipped
        self._known = known_entries(shipped)
        self._kinds = kinds(shipped)
        self.entries: dict[Steps, OwnEntry] = {**self._added(), **self._changed()}

    def _added(self) -> dict[Steps, OwnEntry]:
        return {
            ("add", kind, id): OwnEntry(
                id=id,
                kind=kind,
                language=self.said.language if of_language(kind) else None,
                find=one.find,
                says=one.says,
                quiet=one.quiet,
            )
            for kind, some in self.said.add.items()
            if kind in self._kinds
            for id, one in some.items()
        }

    def _changed(self) -> dict[Steps, OwnEntry]:
        return {
            ("change", id): _instead(known, one)
            for id, one in self.said.change.items()
            if (known := self._named(id)) is not None
        }

    def _named(self, id: str) -> Known | None:
        return self._known.get(id) or known_words(id)

    def mistakes(self) -> Iterator[Problem]:
        """Yield what is wrong with names and with what is missing."""
        for steps, sentence in self._wrong():
            yield problem_at(place_of(self.path, steps), sentence)

    def _wrong(self) -> Iterator[tuple[Steps, str]]:
        for kind in self.said.add:
            yield from self._wrong_kind(kind)
        if self.said.words and self.said.language is None:
            yield ("words", "[key]"), f"words are of one language. {_SAY_LANGUAGE}"
        for id, steps in ((entry.id, steps) for steps, entry in self.entries.items()):
            if steps[0] == "add" and id in self._known:
                yield (
                    (*steps, "[key]"),
                    f'{shown(id)} is shipped already. Put it under "change:" to change it.',
                )
        for id in self.said.change:
            yield from self._unknown(id, ("change", id, "[key]"))
        for number, id in enumerate(self.said.off):
            yield from self._unknown(id, ("off", number))
            if id in self.said.change:
                yield ("off", number), f"{shown(id)} is both changed and switched off."

    def _wrong_kind(self, kind: str) -> Iterator[tuple[Steps, str]]:
        if kind not in self._kinds:
            guess = did_you_mean(kind, self._kinds)
            yield ("add", kind, "[key]"), f"{shown(kind)} is not a kind of entry.{guess}"
        elif of_language(kind) and self.said.language is None:
            yield (
                ("add", kind, "[key]"),
                f'entries of "{kind}" are of one language. {_SAY_LANGUAGE}',
            )

    def _unknown(self, id: str, steps: Steps) -> Iterator[tuple[Steps, str]]:
        if self._named(id) is None:
            yield (
                steps,
                f"the lexicon has no entry {shown(id)}.{did_you_mean(id, self._known)} "
                "“signals read” names the entry that decided.",
            )

    def proven(self) -> Iterator[tuple[Problem, bool]]:
        """Yield what is to be said of each entry, and whether it is a mistake."""
        for steps, entry in self.entries.items():
            for remark in prove(entry, self._shipped, self._known):
                inner: Steps = (remark.part,)
                if remark.number is not None:  # a step that a single phrase has not is passed over
                    inner = (*inner, remark.number)
                place = place_of(self.path, (*steps, *inner))
                yield problem_at(place, f"{entry.id}: {remark.sentence}"), remark.is_mistake


def _instead(known: Known, said: ChangeWords) -> OwnEntry:
    return OwnEntry(
        id=known.id,
        kind=known.kind,
        language=known.language,
        find=said.find,
        says=said.says or known.says,
        quiet=said.quiet or known.quiet,
    )
