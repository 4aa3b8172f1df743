"""Where an older message begins in a text: quotes, forwarded mails, their headers, who wrote them.

Line by line and once through; what is looked at around a line is bounded. Never judges what is
said, and leaves a line alone when nothing but its form speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rules.signals.text.mail_words import (
    FIELDS,
    FORWARD_LINES,
    FORWARDED,
    FROM,
    OLDER,
    SENT,
    SUBJECT,
    WROTE,
)

QUOTE: Final = "quote"
FORWARD: Final = "forward"
HEADER: Final = "header"  # of the message itself, as a CRM puts it before a logged mail

_BACK: Final = 2  # lines above the last one of a broken "on ... wrote:"
_LONGEST: Final = 240  # characters of such a line
_LONGEST_HEADER: Final = 400  # characters of a header in one line
_LONGEST_FIELD: Final = 24  # characters before the colon of a header
_AHEAD: Final = 8  # lines, of which the blank ones do not count, in which a header goes on
_FEW: Final = 8  # words of a name and an address
_BROKEN_AT: Final = 60  # characters after which a mail program breaks a quoted line
_LINE: Final = 8  # signs of a line that is drawn

_OPENS: Final = re.compile(
    r"(?:on|am|le|el|op|em|at|den|no dia|dia|el día|o dia|vom)\b|a (?=\d)", re.IGNORECASE
)
_WROTE: Final = re.compile(rf"\b(?:{'|'.join(WROTE)})\b", re.IGNORECASE)
#: An hour or an address: no one writes it before quoting from memory.
_EXACT: Final = re.compile(r"@|\b\d{1,2}[:h]\d\d\b|\b\d{1,2}\.\d\d uhr\b", re.IGNORECASE)
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_INNER: Final = re.compile(r"([^\W\d_]+) ?:")
#: The old form of Gmail: moment, name, address.
_DATED: Final = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?,? .{0,80}<[^<>\s]{1,80}@[^<>\s]{1,80}>:$")
_DRAWN: Final = frozenset("-_=*~—–#")


def mark_older(lines: Sequence[str], why: list[str | None]) -> None:
    """Write into `why` the reason for every line that is not of the newest message.

    `lines` have no blanks around them. Below a header nothing is marked line by line, so that
    everything there is older; beside lines marked with ">" what is not marked is an answer.
    """
    place, own = 0, False
    while place < len(lines):
        line = lines[place]
        if line:
            place, end = _look(lines, place, own, why)
            if end:
                return
            own = own or why[place - 1] is None
        else:
            place += 1


def _look(lines: Sequence[str], place: int, own: bool, why: list[str | None]) -> tuple[int, bool]:
    """Return the next place to look at, and whether all the rest is older."""
    line = lines[place]
    if line[0] == ">":
        return _quoted(lines, place, why), False
    found = _begins(lines, place, why)
    if found is not None:
        start, reason = found
        below = _following(lines, place)
        if reason == QUOTE and line[-1] == ":" and _is_quoted(lines, below):
            _mark(why, start, place + 1, QUOTE)
            return place + 1, False
        _mark(why, start, len(lines), reason)
        return len(lines), True
    if not own and (end := _own_header(lines, place)):
        _mark(why, place, end, HEADER)
        return end, False
    return place + 1, False


def _mark(why: list[str | None], start: int, end: int, reason: str) -> None:
    why[start:end] = [reason] * (end - start)


def _quoted(lines: Sequence[str], place: int, why: list[str | None]) -> int:
    """Mark quoted lines, and the end of one that was broken again on its way."""
    while place < len(lines) and lines[place].startswith(">"):
        why[place] = QUOTE
        place += 1
    goes_on = (
        place < len(lines)
        and len(lines[place - 1]) >= _BROKEN_AT
        and lines[place][:1].islower()
        and lines[place + 1 : place + 2] != []
        and lines[place + 1].startswith(">")
    )
    if goes_on:
        why[place] = QUOTE
        place += 1
    return place


def _begins(lines: Sequence[str], place: int, why: Sequence[str | None]) -> tuple[int, str] | None:
    """Return at which line an older message begins if this line says so, and how it came here."""
    line = lines[place]
    if line[-1] == ":":
        if line.rstrip(" :\xa0").lower() in FORWARD_LINES:
            return place, FORWARD
        start = _attribution(lines, place, why)
        if start is not None:
            return start, QUOTE
    if line[0] in _DRAWN and (reason := _divides(lines, place)):
        return place, reason
    if ":" in line[:_LONGEST_FIELD] and _is_header(lines, place):
        return place, QUOTE
    return None


def _attribution(lines: Sequence[str], place: int, why: Sequence[str | None]) -> int | None:
    """Return where "on ... wrote:" begins that ends here; it may be broken over three lines."""
    said, start = lines[place], place
    while len(said) <= _LONGEST:
        if _OPENS.match(said) and _WROTE.search(said):
            return start if _is_meant(lines, start, place, said) else None
        start -= 1
        if start < max(0, place - _BACK) or not lines[start] or why[start]:
            break
        said = f"{lines[start]} {said}"
    line = lines[place]
    if len(line) > _LONGEST:
        return None
    if _DATED.match(line):
        return place
    below = _following(lines, place)
    named = _WROTE.search(line) and ("@" in line or _is_quoted(lines, below))
    return place if named and len(line.split()) <= 2 * _FEW else None


def _is_meant(lines: Sequence[str], start: int, place: int, said: str) -> bool:
    """Tell what a program wrote; a year alone will do for a paragraph of its own."""
    below = _following(lines, place)
    apart = start > 0 and not lines[start - 1]
    return (
        _EXACT.search(said) is not None
        or _is_quoted(lines, below)
        or (apart and _YEAR.search(said) is not None)
        or (below is None and any(sign.isdigit() for sign in said))
    )


def _divides(lines: Sequence[str], place: int) -> str | None:
    """Tell of a line that begins with dashes whether an older message stands below it."""
    line = lines[place]
    inner = line.strip("-_=*~—–# ")
    if not inner:
        below = _following(lines, place)
        drawn = len(line) >= _LINE and line[0] in "_-"
        return QUOTE if drawn and below is not None and _field(lines[below]) == FROM else None
    if len(line) - len(line.lstrip("-_=*~—–#")) < 2 or len(inner.split()) > _FEW:
        return None
    small = inner.lower()
    if any(word in small for word in FORWARDED):
        return FORWARD
    return QUOTE if any(word in small for word in OLDER) and _closed(line) else None


def _closed(line: str) -> bool:
    """Tell a heading between dashes, or set by a program, from an item of a list."""
    return line[-1] in _DRAWN or line.startswith("-----") or "original" in line.lower()


def _is_header(lines: Sequence[str], place: int) -> bool:
    """Tell whether the header of an older mail begins here; "from" and "to" alone are a journey."""
    first = _field(lines[place])
    if first is None:
        return False
    below = _fields_below(lines, place)
    if first != FROM:
        return FROM in below and (first == SUBJECT or SUBJECT in below)
    addressed = "@" in lines[place] and bool(below)
    return SUBJECT in below or below[:1] == [SENT] or addressed or _in_one_line(lines[place])


def _in_one_line(line: str) -> bool:
    """Tell a header whose lines were put into one."""
    fields = {FIELDS.get(word.lower()) for word in _INNER.findall(line[:_LONGEST_HEADER])}
    return {FROM, SENT, SUBJECT} <= fields


def _own_header(lines: Sequence[str], place: int) -> int:
    """Return the line after the header that a CRM put above the message itself, or 0."""
    first = _field(lines[place]) if ":" in lines[place][:_LONGEST_FIELD] else None
    below = _fields_below(lines, place)
    if first is None or first == FROM or not (SUBJECT in below or (first == SUBJECT and below)):
        return 0
    end = place
    for ahead in range(place, min(len(lines), place + _AHEAD)):
        if lines[ahead].lower() == "body:":
            return ahead + 1
        if lines[ahead]:
            if _field(lines[ahead]) is None:
                break
            end = ahead + 1
    return end


def _fields_below(lines: Sequence[str], place: int) -> list[str]:
    """Return which fields the next lines name, as far as they do so one after the other."""
    found: list[str] = []
    for line in lines[place + 1 : place + 1 + _AHEAD]:
        if line:
            field = _field(line)
            if field is None:
                break
            found.append(field)
    return found


def _field(line: str) -> str | None:
    head, colon, _ = line.partition(":")
    if not colon or len(head) > _LONGEST_FIELD:
        return None
    return FIELDS.get(head.strip("* \t\xa0").lower())


def _following(lines: Sequence[str], place: int) -> int | None:
    """Return the next line that is not blank."""
    return next((n for n in range(place + 1, len(lines)) if lines[n]), None)


def _is_quoted(lines: Sequence[str], place: int | None) -> bool:
    return place is not None and lines[place].startswith(">")
