"""When something falls due that was promised in words: a table of expressions.

Business days are Monday to Friday; holidays are not known here. What can be read in two ways falls
due at the later of them, and a day that was named beats a vague word.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from rules.signals.notation import plain_entries

_EVENING: Final = dt.time(17)
_NOON: Final = dt.time(12)
_LATE: Final = dt.time(23, 59)
#: Of two readings of 4/12 one that lies further away than this is not meant.
_SOON: Final = dt.timedelta(days=60)
_ORDINAL: Final = r"(?:st|nd|rd|th|er|\.)?"
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NOTHING_SAID: Final = 5  # business days (practices C23), as are the next three
_VAGUE: Final = {"asap": 1, "shortly": 3}
_WHEN_SOMETHING_HAPPENED: Final = 10


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a promise falls due, in UTC, and whether a day was said."""

    at: dt.datetime
    explicit: bool


def read_due(plain: str, at: dt.datetime, zone: ZoneInfo, *, waits: bool = False) -> Due:
    """Return when what a plain sentence promises falls due, said `at` (aware) in `zone`.

    `waits`: it waits for something else to happen first. Never fails; nothing said is 5 business
    days.
    """
    said = at.astimezone(zone)
    found = list(_readings(_in_english(plain), said.replace(tzinfo=None)))
    if found:
        local = max(found)
    else:
        days = _WHEN_SOMETHING_HAPPENED if waits else _vague_days(plain)
        local = dt.datetime.combine(_after_business_days(said.date(), days), _EVENING)
    return Due(at=local.replace(tzinfo=zone).astimezone(dt.UTC), explicit=bool(found))


def _vague_days(plain: str) -> int:
    words = _in_english(plain)
    said = [days for word, days in _VAGUE.items() if re.search(rf"\b{word}\b", words)]
    return max(said, default=_NOTHING_SAID)


# -- words -----------------------------------------------------------------------------------


def _load() -> tuple[re.Pattern[str], Mapping[str, str], Mapping[str, int]]:
    said: dict[str, Any] = yaml.safe_load(
        (resources.files(__package__) / "due.yaml").read_text("utf-8")
    )
    english = {word: name for name, some in said["words"].items() for word in plain_entries(some)}
    longest = sorted(english, key=len, reverse=True)
    months = {word: n for n, some in enumerate(said["months"], 1) for word in plain_entries(some)}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b"), english, months


_WORDS, _ENGLISH, _MONTHS = _load()
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY: Final = "|".join(_DAYS)


def _in_english(plain: str) -> str:
    return _WORDS.sub(lambda found: _ENGLISH[found[0]], plain)


# -- days ------------------------------------------------------------------------------------


def _after_business_days(day: dt.date, count: int) -> dt.date:
    for _ in range(count):
        day = _rolled(day + dt.timedelta(days=1))
    return _rolled(day)


def _rolled(day: dt.date) -> dt.date:
    """Return the day, or the Monday after it."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _rolled_back(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def _at(day: dt.date, time: dt.time = _EVENING) -> dt.datetime:
    return dt.datetime.combine(_rolled(day), time)


def _weekday(day: dt.date, name: str, weeks: int = 0) -> dt.date:
    """Return the next such day strictly after; with `weeks`, that of a later calendar week."""
    wanted = _DAYS.index(name)
    if weeks:
        return _monday(day) + dt.timedelta(days=7 * weeks + wanted)
    return day + dt.timedelta(days=(wanted - day.weekday() - 1) % 7 + 1)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _end_of_week(day: dt.date, weeks: int = 0) -> dt.date:
    if not weeks and day.weekday() > 4:
        weeks = 1
    return _monday(day) + dt.timedelta(days=7 * weeks + 4)


def _end_of_month(day: dt.date, months: int = 0) -> dt.date:
    first = _month_after(day, months)
    last = calendar.monthrange(first.year, first.month)[1]
    return _rolled_back(first.replace(day=last))


def _month_after(day: dt.date, months: int) -> dt.date:
    whole = day.year * 12 + day.month - 1 + months
    return dt.date(whole // 12, whole % 12 + 1, 1)


def _date(year: str | None, month: int, day: int, said: dt.date) -> dt.date | None:
    """Return the date, without a year the next such one; None if there is no such day."""
    number = int(year) if year else said.year
    number += 2000 if number < 100 else 0
    try:
        found = dt.date(number, month, day)
        return found if year or found > said else found.replace(year=number + 1)
    except ValueError:
        return None


def _next_day_of_month(said: dt.date, day: int) -> dt.date | None:
    for months in range(3):
        first = _month_after(said, months)
        if day <= calendar.monthrange(first.year, first.month)[1]:
            found = first.replace(day=max(1, day))
            if found > said:
                return found
    return None


# -- the table -------------------------------------------------------------------------------

_Found = re.Match[str]
_Read = Callable[[_Found, dt.datetime], dt.datetime | dt.date | None]


def _numbers(found: _Found, said: dt.datetime) -> dt.date | None:
    """Read 4/12 both ways, unless one is no day; the later of those that are near is meant."""
    first, second, year = int(found[1]), int(found[2]), found[3]
    both = [_date(year, m, d, said.date()) for d, m in ((first, second), (second, first))]
    some = sorted(one for one in both if one is not None)
    near = [one for one in some if one - said.date() <= _SOON]
    return near[-1] if near else (some[0] if some else None)


def _in_some(found: _Found, said: dt.datetime) -> dt.datetime | dt.date | None:
    number, unit = min(int(found[1]), 366), found[2]
    if unit == "hours":
        then = said + dt.timedelta(hours=number)
        return _at(then.date(), then.time().replace(microsecond=0))
    if unit == "business days":
        return _after_business_days(said.date(), number)
    days = {"days": 1, "weeks": 7, "months": 30}[unit]
    return said.date() + dt.timedelta(days=days * number)


def _early_next_month(found: _Found, said: dt.datetime) -> dt.date:
    return _after_business_days(_month_after(said.date(), 1) - dt.timedelta(days=1), 5)


def _end_of_named_month(found: _Found, said: dt.datetime) -> dt.date:
    ahead = (_MONTHS[found[1]] - said.month) % 12
    return _end_of_month(said.date(), ahead)


def _end_of_quarter(found: _Found, said: dt.datetime) -> dt.date:
    return _end_of_month(said.date(), (3 - said.month) % 3)


def _today(found: _Found, said: dt.datetime) -> dt.datetime | dt.date:
    return said.date() if said.time() < _EVENING else _after_business_days(said.date(), 1)


def _nothing(found: _Found, said: dt.datetime) -> None:
    """A day that has gone by, or is another thing's."""


#: In this order; what one has read no other reads again.
_TABLE: Final[tuple[tuple[str, _Read], ...]] = (
    (rf"\b(?:last|since|past|previous) (?:{_DAY}|weeks|months)\b|\b24/7\b", _nothing),
    (rf"\b(?:valid|meeting|call|appointment|visit) (?:until|till|on) (?:{_DAY})\b", _nothing),
    (r"\b(20\d\d)-(\d\d?)-(\d\d?)\b", lambda m, at: _date(m[1], int(m[2]), int(m[3]), at.date())),
    (r"\b(\d\d?)[/.](\d\d?)[/.](\d{4}|\d\d)\b", _numbers),
    (r"\b(\d\d?)/(\d\d?)\b()", _numbers),
    (r"\b(\d\d?)\.(\d\d?)\.()(?!\d)", _numbers),
    (
        rf"\b(\d\d?){_ORDINAL} (?:of |de )?({_MONTH})\b(?: (?:de )?(20\d\d))?",
        lambda m, at: _date(m[3], _MONTHS[m[2]], int(m[1]), at.date()),
    ),
    (
        rf"\b({_MONTH}) (\d\d?)(?:st|nd|rd|th)?\b(?!:)(?:,? (20\d\d))?",
        lambda m, at: _date(m[3], _MONTHS[m[1]], int(m[2]), at.date()),
    ),
    (r"\bthe (\d\d?)(?:st|nd|rd|th)\b", lambda m, at: _next_day_of_month(at.date(), int(m[1]))),
    (r"\bearly next weeks?\b", lambda m, at: _weekday(at.date(), "tuesday", 1)),
    (
        r"\b(?:middle of|mid|midweek) (?:of )?next weeks?\b",
        lambda m, at: _weekday(at.date(), "wednesday", 1),
    ),
    (
        rf"\bnext ({_DAY})\b|\b({_DAY}) (?:weeks?|next weeks?)\b|\b1 weeks from ({_DAY})\b",
        lambda m, at: _weekday(at.date(), m[1] or m[2] or m[3], 1),
    ),
    (r"\b(?:end of )?next weeks?\b", lambda m, at: _end_of_week(at.date(), 1)),
    (
        r"\b(?:end of (?:the |this )?(?:end of )?weeks?|this weeks?)\b",
        lambda m, at: _end_of_week(at.date()),
    ),
    (
        r"\b(?:over|at|on|this) (?:the )?weekend\b",
        lambda m, at: _at(_weekday(at.date(), "monday"), _NOON),
    ),
    (r"\bbefore the weekend\b", lambda m, at: _end_of_week(at.date())),
    (r"\bearly (?:in )?next months?\b", _early_next_month),
    (
        r"\bmid(?:dle of)? next months?\b",
        lambda m, at: _month_after(at.date(), 1).replace(day=15),
    ),
    (r"\b(?:end of )?next months?\b", lambda m, at: _end_of_month(at.date(), 1)),
    (
        r"\b(?:end of (?:the |this )?months?|months?[- ]end|this months?)\b",
        lambda m, at: _end_of_month(at.date()),
    ),
    (rf"\bend of ({_MONTH})\b", _end_of_named_month),
    (r"\b(?:end of (?:the |this )?quarter|eoq|this quarter)\b", _end_of_quarter),
    (
        r"\b(?:end of (?:the |this )?year|eoy|before (?:the )?new year)\b",
        lambda m, at: _rolled_back(dt.date(at.year, 12, 31)),
    ),
    (
        r"\bbefore (?:the )?(?:holidays|christmas)\b",
        lambda m, at: _rolled_back(_date(None, 12, 23, at.date()) or at.date()),
    ),
    (
        rf"\bfirst thing (?:on )?({_DAY})\b|\b({_DAY}) morning\b",
        lambda m, at: _at(_weekday(at.date(), m[1] or m[2]), _NOON),
    ),
    (
        r"\b(?:tomorrow (?:morning|first thing)|first thing tomorrow)\b",
        lambda m, at: _at(at.date() + dt.timedelta(days=1), _NOON),
    ),
    (r"\btonight\b", lambda m, at: _at(at.date(), _LATE)),
    (r"\b(?:eod |today )?tomorrow\b", lambda m, at: at.date() + dt.timedelta(days=1)),
    (rf"\b({_DAY})\b", lambda m, at: _weekday(at.date(), m[1])),
    (
        r"\b(?:by|on|this|next|until|till|before|due) (mon|tue|wed|sat|sun)\b",
        lambda m, at: _weekday(at.date(), next(d for d in _DAYS if d.startswith(m[1]))),
    ),
    (r"\bfortnight\b", lambda m, at: at.date() + dt.timedelta(days=14)),
    (r"\b(\d{1,3}) (business days|days|weeks|hours|months)\b", _in_some),
    (r"\b(?:today|eod)\b", _today),
)
_COMPILED: Final = tuple((re.compile(pattern), read) for pattern, read in _TABLE)


def _readings(words: str, said: dt.datetime) -> Iterator[dt.datetime]:
    for pattern, read in _COMPILED:
        for match in pattern.finditer(words):
            found = read(match, said)
            if isinstance(found, dt.datetime):
                yield found
            elif found is not None and found >= said.date():
                yield _at(found)
        words = pattern.sub(" ; ", words)
