"""The statements of a contact: its sentences, where each stands, and who is named in them.

Nothing in here knows what a word means. Places are those of the text as `newest.zone` reads it:
the text that came, or what was made of its HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

from rules.signals.purpose.judged import Contact
from rules.signals.text.newest import LONGEST_TEXT, Zones, zone

#: What a message says it says in its first statements; no letter has more.
MOST_STATEMENTS: Final = 60
LONGEST_STATEMENT: Final = 1_000  # characters
NOWHERE: Final = -1

_HEADER: Final = re.compile(
    r"\A\s{0,9}(?:subject|betreff|objet|asunto|onderwerp|assunto)"
    r"[ \u00a0]?:[ \u00a0]?([^\n]{0,300})(?:\n|\Z)",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(r"\s*(?:re|aw|wg|fw|fwd|tr|rv|antw|doorst|res|enc)\s?:", re.IGNORECASE)
#: What ends a statement: not a full stop in a figure, nor one behind an initial or a title.
_ENDS: Final = re.compile(
    r"\n+|[!?…]+(?!\w)|;\s|(?<![A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})\.+(?=\s|$)"
    r"|(?<=[A-Z]{2})\.+(?=\s|$)|(?<=[a-z])\.+(?=[A-Z])"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DOUBLED: Final = re.compile(r"(.)\1+")
_BROKEN_AT: Final = 50
_GREETING_WORDS: Final = 5
_LONGEST_NAME: Final = 3  # words
_SHORT_MARK: Final = 3  # letters of "Mr" and of "with"
_SIGNED_WORDS: Final = 7
_SIGNED_LINES: Final = 5
_TOUCHING: Final = (" ", "-", " & ", " und ")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sentence of a contact as it was written."""

    said: str
    start: int
    end: int
    subject: bool = False  # it stands in the subject


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a contact says of its own."""

    statements: tuple[Statement, ...]
    reply: bool  # its subject goes along from an older message


def spoken(contact: Contact) -> Spoken:
    """Return what a contact says itself: without quotes, footers, and who signed it."""
    subject, start = _subject(contact)
    own = _said(zone(contact.text[start:LONGEST_TEXT]), start)
    return Spoken(
        statements=tuple(islice(_all(subject, own), MOST_STATEMENTS)),
        reply=bool(_REPLY.match(subject)),
    )


def words_in(text: str) -> list[str]:
    """Return the words of a text, folded: small letters without accents."""
    return [folded(word) for word in _WORD.findall(text)]


def common_words(text: str) -> list[str]:
    """Return the words of a text that are hardly names, folded: the first and small ones."""
    words = _WORD.findall(text)
    return [folded(word) for n, word in enumerate(words) if n == 0 or not word[0].isupper()]


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """Return a word in the form in which the lexicon holds it."""
    low = word.lower()
    if low.isascii():
        return low
    plain = unicodedata.normalize("NFKD", low.replace("ß", "ss").replace("’", "'"))
    return "".join(one for one in plain if not unicodedata.combining(one))


def _subject(contact: Contact) -> tuple[str, int]:
    """Return the subject and where the text begins; some records hold it in their first line."""
    found = _HEADER.match(contact.text)
    own = contact.subject[:LONGEST_STATEMENT].strip()
    return (own or found[1].strip(), found.end()) if found else (own, 0)


def _all(subject: str, own: Iterator[Statement]) -> Iterator[Statement]:
    if subject:
        yield Statement(said=subject, start=NOWHERE, end=NOWHERE, subject=True)
    yield from own


def _said(zones: Zones, moved: int) -> Iterator[Statement]:
    for n, part in enumerate(zones.kept, 1):
        text = zones.text[part.start : part.end]
        if n == len(zones.kept):
            text = text[: _names_at(text)]
        for place, said in _split(_flat(text)):
            start = moved + part.start + place
            yield Statement(said=said, start=start, end=start + len(said))


def _names_at(text: str) -> int:
    """Return where a last paragraph begins that holds names and posts, and says nothing."""
    above, blank, below = text.rpartition("\n\n")
    lines = below.strip().split("\n")
    if not above.strip() or len(lines) > _SIGNED_LINES or not _is_signed(lines[0]):
        return len(text)
    if any(line.rstrip().endswith(("?", "!")) for line in lines):
        return len(text)
    return len(above) + len(blank)


def _is_signed(line: str) -> bool:
    words = _WORD.findall(line)
    great = sum(word[0].isupper() for word in words)
    said = line.strip()[-1:] in tuple(".?!:;")
    return 0 < len(words) <= _SIGNED_WORDS and great * 2 > len(words) and not said


def _flat(text: str) -> str:
    """Join lines that a mail program has broken; every character keeps its place."""
    lines = text.replace("\r\n", " \n").replace("\r", "\n").split("\n")
    joined = [lines[0]]
    for before, line in pairwise(lines):
        joined.append(" " if _goes_on(before.strip(), line.strip()) else "\n")
        joined.append(line)
    return "".join(joined)


def _goes_on(line: str, following: str) -> bool:
    if not line or not following or not following[0].isalpha():
        return False
    if len(line) >= _BROKEN_AT:
        return True
    greeting = line[-1] in ",:" and len(line.split()) <= _GREETING_WORDS
    return following[0].islower() and not greeting


def _split(flat: str) -> Iterator[tuple[int, str]]:
    """Yield the statements and their places."""
    ends = [found.end() for found in _ENDS.finditer(flat)]
    for start, end in zip([0, *ends], [*ends, len(flat)], strict=True):
        piece = flat[start : min(end, start + LONGEST_STATEMENT)]
        said = piece.strip()
        if said:
            yield start + len(piece) - len(piece.lstrip()), said


def names_in(
    sayings: Sequence[str],
    marks: frozenset[str],
    is_small: Callable[[str], bool],
    *,
    nouns_are_great: bool,
) -> frozenset[str]:
    """Return the words that are written as names are, folded.

    A name has a capital in the middle of a sentence; where every noun has one, another must stand
    beside it, and that is not a small word at the beginning. It may also stand behind one of the
    `marks` (a title, a greeting), or be called out.
    """
    found: set[str] = set()
    for n, said in enumerate(sayings):
        words = list(_WORD.finditer(said))
        found.update(_called(words[:1], said))
        found.update(_marked(words, said, marks, first=n == 0))
        if n and n == len(sayings) - 1 and len(words) <= _LONGEST_NAME:
            found.update(_alone(words))
        found.update(_beside(words, said, is_small) if nouns_are_great else _great(words[1:]))
    return frozenset(found)


def _is_great(word: str) -> bool:
    return word[0].isupper() and (len(word) == 1 or not word.isupper())


def _great(words: Sequence[re.Match[str]]) -> Iterator[str]:
    return (folded(one[0]) for one in words if _is_great(one[0]))


def _alone(words: Sequence[re.Match[str]]) -> Iterator[str]:
    """Yield who signed: a last line of great words and nothing else."""
    return _great(words) if all(_is_great(one[0]) for one in words) else iter(())


def _called(words: Sequence[re.Match[str]], said: str) -> Iterator[str]:
    return (
        folded(one[0])
        for one in words
        if _is_great(one[0]) and said[one.end() : one.end() + 1] == ","
    )


def _marked(
    words: Sequence[re.Match[str]], said: str, marks: frozenset[str], *, first: bool
) -> Iterator[str]:
    """Yield what stands behind a mark; behind a greeting a capital may be missing."""
    marked, end, greets = 0, 0, False
    for one in words:
        word = folded(one[0])
        touches = marked and not said[end : one.start()].strip(" \u00a0.&")
        end = one.end()
        if _marks(one, word, marks):
            marked, greets = _LONGEST_NAME, first and one.start() == 0
        elif touches and (greets or _is_great(one[0])):
            marked, greets = marked - 1, False
            yield word
        else:
            marked = 0


def _marks(one: re.Match[str], word: str, marks: frozenset[str]) -> bool:
    """Tell a greeting or a title from the same word in the middle of a sentence."""
    may_be = len(word) <= _SHORT_MARK or one.start() == 0 or one[0][0].isupper()
    return may_be and (word in marks or _once(word) in marks)


@lru_cache(maxsize=16_384)
def _once(word: str) -> str:
    """Return a word whose doubled letters are made single: *hiii*."""
    return _DOUBLED.sub(r"\1", word)


def _beside(
    words: Sequence[re.Match[str]], said: str, is_small: Callable[[str], bool]
) -> Iterator[str]:
    begins = 1 if words and is_small(folded(words[0][0])) else 0
    for before, one in pairwise(words[begins:]):
        both = _is_great(before[0]) and _is_great(one[0])
        if both and said[before.end() : one.start()] in _TOUCHING:
            yield folded(before[0])
            yield folded(one[0])
