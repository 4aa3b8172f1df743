"""The newest message of a text: what was written last, without quotes, signature and footers.

`zone` tells for every line of a text whether it is of the message, and if not, why; the spans are
places in the text that was given. Nothing in here judges what is said. Everything runs in linear
time on at most 64 KiB.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.signals.text.html_text import readable
from rules.signals.text.older import FORWARD, QUOTE, mark_older
from rules.signals.text.signature import mark_rest

LONGEST_TEXT: Final = 64 * 1024  # characters; what follows is not read (rulings: Text)
MOST_LINES: Final = 1_500  # nor what follows these; no letter is longer

_ENDS: Final = re.compile(r"\r\n|\r|\n")
#: A full stop inside a figure or an address, as in 25.11. or www.nw.example, ends nothing; nor does
#: one behind a day and before its month, as in "am 9. Oktober".
_MONTH: Final = (
    r"(?:Jan|Feb|Mär|März|Apr|Mai|Juni?|Juli?|Aug|Sept?|Okt|Nov|Dez|Dec|Januar|Jänner|Februar|April|August"
    r"|September|Oktober|November|Dezember)\b"
)
_SENTENCE: Final = re.compile(
    rf"(?:[^.!?\n]|(?<=\w)\.(?=[a-z\d])|(?<=\d)\.(?= {_MONTH}))+[.!?]*",
)
#: Mail programs break lines at about 76 characters; what goes on below belongs to the sentence.
_BROKEN_AT: Final = 50
_GREETING_WORDS: Final = 5
#: What is cut may bring together what was apart; so often it is looked at again.
_AGAIN: Final = 6
_GAP: Final = -1  # in place of a line: something was cut here


@dataclass(frozen=True, kw_only=True)
class Span:
    """A part of a text, from `start` up to `end`, in characters."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Cut(Span):
    """A part that is not of the newest message.

    `why`: quote, forward, header, signature, device, disclaimer, footer, banner or reference.
    """

    why: str


@dataclass(frozen=True, kw_only=True)
class Zones:
    """What of a text is the newest message, in order, and what is not."""

    text: str  # all places are places in it: what was given, from HTML the text made of it, cut
    kept: tuple[Span, ...]
    cuts: tuple[Cut, ...]

    @property
    def message(self) -> str:
        """The newest message; between two parts of it stands a blank line."""
        return "\n\n".join(_ENDS.sub("\n", self.text[one.start : one.end]) for one in self.kept)


@dataclass(frozen=True, kw_only=True)
class Said(Span):
    """A sentence as it is read, broken lines joined, and where it stands in the text."""

    sentence: str


def zone(text: str) -> Zones:
    """Return what of a text is the newest message; text made from HTML is read as that text."""
    text = readable(text[:LONGEST_TEXT])
    lines = _lines(text)[:MOST_LINES]
    said = [text[start:end].strip() for start, end in lines]
    why: list[str | None] = [None] * len(said)
    parts = _parts(said, why)
    for _ in range(_AGAIN):
        if not _mark(said, why, parts):
            break
        parts = _parts(said, why)
    kept = tuple(Span(start=lines[first][0], end=lines[last][1]) for first, last in parts)
    return Zones(text=text, kept=kept, cuts=_cuts(lines, why))


def newest(text: str) -> str:
    """Return the newest message, answers below and between quotes with it."""
    return zone(text).message


def unquoted(text: str) -> str:
    """Return a text without what is quoted or passed on in it, footers and signature left in."""
    zones = zone(text)
    start, parts = 0, []
    for cut in zones.cuts:
        if cut.why in (QUOTE, FORWARD):
            parts.append(zones.text[start : cut.start])
            start = cut.end
    return "".join([*parts, zones.text[start:]])


def sentences(text: str) -> list[str]:
    """Return the sentences of a message, in order, without blanks around them."""
    return [one.sentence for one in _sentences(text, 0, len(text))]


def sentences_in(zones: Zones) -> list[Said]:
    """Return the sentences of the newest message and where each stands in `zones.text`."""
    return [one for part in zones.kept for one in _sentences(zones.text, part.start, part.end)]


def _parts(said: Sequence[str], why: Sequence[str | None]) -> list[tuple[int, int]]:
    """Return the first and the last line of every part of the message, blank lines off."""
    parts: list[tuple[int, int]] = []
    open_part = False
    for place, line in enumerate(said):
        if why[place] is not None:
            open_part = False
        elif line:
            first = parts.pop()[0] if open_part else place
            parts.append((first, place))
            open_part = True
    return parts


def _mark(said: Sequence[str], why: list[str | None], parts: Sequence[tuple[int, int]]) -> bool:
    """Mark what of the parts is none of the message, and tell whether there was any such line."""
    places = [place for first, last in parts for place in (*range(first, last + 1), _GAP)]
    lines = [said[place] if place != _GAP else "" for place in places]
    found: list[str | None] = [None] * len(lines)
    mark_older(lines, found)
    for first, last in _unmarked(found):
        mark_rest(lines, first, last, found)
    for place, reason in zip(places, found, strict=True):
        if place != _GAP:
            why[place] = reason
    return any(found)


def _unmarked(why: Sequence[str | None]) -> list[tuple[int, int]]:
    """Return from where up to where lines stand without a reason to leave them out."""
    runs: list[tuple[int, int]] = []
    start = 0
    for place in range(len(why) + 1):
        if place == len(why) or why[place] is not None:
            if place > start:
                runs.append((start, place))
            start = place + 1
    return runs


def _cuts(lines: Sequence[tuple[int, int]], why: Sequence[str | None]) -> tuple[Cut, ...]:
    """Return the parts that are left out, lines with the same reason together."""
    cuts: list[Cut] = []
    for place, reason in enumerate(why):
        if reason is None:
            continue
        start, end = lines[place]
        if cuts and place and why[place - 1] == reason:
            start = cuts.pop().start
        cuts.append(Cut(start=start, end=end, why=reason))
    return tuple(cuts)


def _lines(text: str) -> list[tuple[int, int]]:
    """Return where each line begins and ends, without what ends it."""
    lines: list[tuple[int, int]] = []
    start = 0
    if "\r" not in text:
        for line in text.split("\n"):
            lines.append((start, start + len(line)))
            start += len(line) + 1
        return lines
    for found in _ENDS.finditer(text):
        lines.append((start, found.start()))
        start = found.end()
    return [*lines, (start, len(text))]


def _sentences(text: str, start: int, end: int) -> Iterator[Said]:
    """Yield the sentences of a part of a text; each is read as one line."""
    for group in _unbroken(text, start, end):
        whole = " ".join(text[first:last] for first, last in group)
        begins = [0]
        for first, last in group[:-1]:
            begins.append(begins[-1] + last - first + 1)
        for found in _SENTENCE.finditer(whole):
            said = found[0].strip()
            if said:
                first = found.start() + found[0].index(said)
                yield Said(
                    sentence=said,
                    start=_place(group, begins, first),
                    end=_place(group, begins, first + len(said) - 1) + 1,
                )


def _place(group: Sequence[tuple[int, int]], begins: Sequence[int], at: int) -> int:
    """Return the place in the text of a place in lines that were joined."""
    line = bisect_right(begins, at) - 1
    return group[line][0] + at - begins[line]


def _unbroken(text: str, start: int, end: int) -> list[list[tuple[int, int]]]:
    """Join lines that a mail program has broken; a greeting stands alone."""
    groups: list[list[tuple[int, int]]] = []
    before = ""
    for first, last in _lines(text[start:end]):
        raw = text[start + first : start + last]
        line = raw.strip()
        if line:
            place = start + first + raw.index(line)
            if before and _goes_on(before, line):
                groups[-1].append((place, place + len(line)))
            else:
                groups.append([(place, place + len(line))])
        before = line
    return groups


def _goes_on(line: str, following: str) -> bool:
    if len(line) >= _BROKEN_AT:
        return True
    greeting = line.endswith(",") and len(line.split()) <= _GREETING_WORDS
    return following[0].islower() and not greeting
