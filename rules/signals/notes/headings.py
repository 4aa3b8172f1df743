"""The parts of a note: what stands below a heading, and what stands below none.

Headings as phrases that begin a line or stand before a colon (`notes.yaml`), whatever is made of
the words of headings and ends with a colon (`heads.yaml`), else initials. Nothing in here judges
what a part says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.notes.clues import Clues, folded, parse_clues, words_in
from rules.signals.notes.small import small_words
from rules.signals.words.lexicon import Lexicon
from rules.signals.words.word_files import shipped_words

DISCUSSED: Final = "note.discussed"
PROPOSED: Final = "note.proposed"
NEXT: Final = "note.next_purpose"
#: A part that tells who, when and where.
FRAME: Final = "frame"
SIGNALS: Final = (DISCUSSED, PROPOSED, NEXT)
_INITIALS: Final = {"d": DISCUSSED, "p": PROPOSED, "n": NEXT}
_INITIAL: Final = re.compile(r"(?:^|[\s/|.;])([dpn]) ?[:=]", re.MULTILINE)
#: Where initials stand for categories, one of them alone is an abbreviation.
_FEWEST_INITIALS: Final = 2
#: What the words of a heading stand for; the first that one of them is of counts.
_MEANT: Final = {"next": NEXT, "proposed": PROPOSED, "discussed": DISCUSSED, "frame": FRAME}
#: Words before a colon, where a line, a sentence or a cell begins.
_BEFORE_COLON: Final = re.compile(
    r"(?:^|(?<=[.;|/!?])[ \t])[ \t>*•#(¿_-]{0,6}(?:\d{1,2}[.)][ \t]?)?"
    r"(?P<head>[^\W\d][^:=.;|!?\n]{0,59}?)[*_ )?]{0,4}(?:[:=]|[ \t][-–—](?=\s|$))",
    re.MULTILINE,
)
#: A line that begins with a label of its own.
_LABEL: Final = re.compile(r"\n[ \t>*•#]{0,4}[^\W\d][^\n:=.;|,]{0,39}(?::| [-–—]) ")
_MOST_WORDS: Final = 6
MARKS: Final = " \t\n-*•#:=?/|;>.–—()"
#: Words that may stand between a heading and its colon: "Next call tomorrow 8am: ...".
_WORDS_BEHIND: Final = r"(?:[ \t]+[^\s:=?.;]{1,14}){0,3}"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What stands below a heading; without one, `signal` is None."""

    signal: str | None
    body: str
    whole: str = ""  # with its heading and what stands beside that


@dataclass(frozen=True, kw_only=True)
class _Heading:
    start: int
    body: int  # where what stands below it begins
    signal: str


def headings_of(known: Lexicon) -> re.Pattern[str]:
    """Return the pattern of the headings that are known as phrases."""
    return _pattern(tuple(known.phrases.headings.items()))


@cache
def _pattern(phrases: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One pattern: a phrase at the start of a line and of a part, or before a colon elsewhere."""
    names = "|".join(f"(?P<{signal.replace('.', '_')}>{some})" for signal, some in phrases)
    return re.compile(
        rf"(?:(?P<line>^)[ \t>*•#(¿-]{{0,6}}(?:\d{{1,2}}[.)][ \t]?)?[*_¿]{{0,3}}"
        rf"|[.;/|!?,•*)-][ \t*¿]{{0,4}}(?:\d{{1,2}}[.)][ \t]?)?)(?:{names})[*_ ]{{0,3}}"
        rf"(?:(?P<mark>[:=?]|(?: ?[-–](?= ))|$)|{_WORDS_BEHIND}(?P<late>[:?]))",
        re.MULTILINE,
    )


def parts_of(text: str, headings: re.Pattern[str]) -> Iterator[Part]:
    """Yield the parts of a note; the first is what stands above every heading."""
    plain = same_length(text)
    found = {one.start: one for one in (*_made_of_heads(plain), *_phrases(plain, headings))}
    if not any(one.signal != FRAME for one in found.values()):
        found |= {one.start: one for one in _by_initials(plain)}
    some = _apart([found[start] for start in sorted(found)])
    starts = [*(one.start for one in some), len(text)]
    yield Part(signal=None, body=text[: starts[0]])
    for one, end in zip(some, starts[1:], strict=True):
        over = _over(text, one, end)
        body = text[one.body : over].strip(MARKS)
        yield Part(signal=one.signal, body=body, whole=text[one.start : over])
        if over < end:
            yield Part(signal=None, body=text[over:end])


def _over(text: str, one: _Heading, end: int) -> int:
    """Return where a part ends: before the next cell, or a line with a label that is no heading."""
    if text[one.start] == "|" or "|" in text[max(0, one.start - 2) : one.start + 1]:
        cell = text.find("|", one.body, end)
        return end if cell < 0 else cell
    first_line = text.find("\n", one.body, end)
    if first_line < 0 or not text[one.body : first_line].strip(MARKS):
        return end
    label = _LABEL.search(text, first_line, end)
    return end if label is None else label.start()


def same_length(text: str) -> str:
    """Small letters without accents, as many as before: places stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFKD", one.lower())[:1] for one in text)


def _apart(some: list[_Heading]) -> list[_Heading]:
    """Leave out a heading that begins within another."""
    kept: list[_Heading] = []
    for one in some:
        if not kept or one.start >= kept[-1].body:
            kept.append(one)
    return kept


def _phrases(plain: str, headings: re.Pattern[str]) -> Iterator[_Heading]:
    for match in headings.finditer(plain):
        signal = _signal(match)
        if signal is not None:
            behind = match.start("late") if match["late"] else match.end()
            yield _Heading(start=match.start(), body=behind, signal=signal)


def _signal(match: re.Match[str]) -> str | None:
    """Return which heading it is; without a colon it must begin its line."""
    if match["line"] is None and match["mark"] not in (":", "=", "?"):
        return None
    return next(s for s in SIGNALS if match[s.replace(".", "_")])


def _by_initials(plain: str) -> list[_Heading]:
    found = [
        _Heading(start=match.start(), body=match.end(), signal=_INITIALS[match[1]])
        for match in _INITIAL.finditer(plain)
    ]
    return found if len({one.signal for one in found}) >= _FEWEST_INITIALS else []


# -- headings made of words of headings ------------------------------------------------------


@cache
def _heads() -> Clues:
    return parse_clues(shipped_words("notes/heads.yaml"))


def _made_of_heads(plain: str) -> Iterator[_Heading]:
    for match in _BEFORE_COLON.finditer(plain):
        signal = meant_by(match["head"])
        if signal is not None:
            yield _Heading(start=match.start(), body=match.end(), signal=signal)


def meant_by(head: str) -> str | None:
    """Return what a heading in these plain words stands for, if it is one."""
    words = [folded(word) for word in words_in(head)]
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    heads = _heads()
    classes = [set(heads.of(word)) for word in words]
    for start, end, kind in heads.runs(words):
        for place in range(start, end):
            classes[place].add(kind)
    others = sum(
        not some and word not in small_words() and len(word) > 1
        for word, some in zip(words, classes, strict=True)
    )
    every = frozenset().union(*classes)
    meant = next((signal for kind, signal in _MEANT.items() if kind in every), None)
    if meant is None or others > (meant != FRAME and len(words) > 1):
        return None
    return meant
