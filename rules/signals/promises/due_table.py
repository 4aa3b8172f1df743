"""Expressions for a day, in English words, and the day each of them names.

Nothing in here rolls a day to a business day but where the words speak of business days. A reader
gets what its pattern found and the local moment of saying it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOON: Final = dt.time(12)
LATE: Final = dt.time(23, 59)
#: Of two readings of 4/12 one that lies further away than this is not meant.
_SOON: Final = dt.timedelta(days=60)
_ORDINAL: Final = r"(?:st|nd|rd|th|er|e|de|ste|\.|º|o)?"
_DAY: Final = "|".join(DAYS)
#: An hour without a day is one of today.
_CLOCK: Final = (
    r"(?:the |las |les |den |de |as )?(?:noon|midday|lunch|lunchtime|mittag|midi|mediodia|meio-dia"
    r"|teatime|hours"
    r"|\d\d?(?:[:.h]\d\d)? ?(?:am|pm|a\.m\.|p\.m\.|o'clock|uhr|h))"
)

HOURS: Final = re.compile(
    rf"\b(?:by|before|until|till|bis|vor|avant|antes de|voor|tegen|ate|within) {_CLOCK}\b"
)
_Found = re.Match[str]
Read = Callable[[_Found, dt.datetime], dt.datetime | dt.date | None]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A pattern and the day it names; `back`: the last business day before it is meant."""

    pattern: re.Pattern[str]
    read: Read
    back: bool = False


def after_business_days(day: dt.date, count: int) -> dt.date:
    """Return the business day that many business days later; with 0 the day, or the Monday."""
    for _ in range(count):
        day = rolled(day + dt.timedelta(days=1))
    return rolled(day)


def rolled(day: dt.date) -> dt.date:
    """Return the day, or the Monday after it."""
    return day + dt.timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def rolled_back(day: dt.date) -> dt.date:
    """Return the day, or the Friday before it."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def _weekday(day: dt.date, name: str, weeks: int = 0) -> dt.date:
    """Return the next such day strictly after; with `weeks`, that of a later calendar week."""
    wanted = DAYS.index(name)
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
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


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
        if 0 < day <= calendar.monthrange(first.year, first.month)[1]:
            found = first.replace(day=day)
            if found > said:
                return found
    return None


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
        return (said + dt.timedelta(hours=number)).replace(microsecond=0)
    if unit == "business days":
        return after_business_days(said.date(), number)
    days = {"days": 1, "weeks": 7, "months": 30}[unit]
    return said.date() + dt.timedelta(days=days * number)


def _early_next_month(found: _Found, said: dt.datetime) -> dt.date:
    return after_business_days(_month_after(said.date(), 1) - dt.timedelta(days=1), 5)


def _friday_of(day: dt.date | None) -> dt.date | None:
    return None if day is None else _monday(day) + dt.timedelta(days=4)


def _week_of_year(said: dt.date, week: int) -> dt.date | None:
    """Return the Friday of the next calendar week of that number (ISO 8601)."""
    for year in (said.year, said.year + 1):
        try:
            friday = dt.date.fromisocalendar(year, week, 5)
        except ValueError:
            continue
        if friday >= said:
            return friday
    return None


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, NOON)


def _nothing(found: _Found, said: dt.datetime) -> None:
    """A day that has gone by, or is another thing's."""


def table(months: Mapping[str, int]) -> tuple[Expression, ...]:
    """Return the expressions, in this order; what one has read no other reads again.

    `months`: the names of the months in every language, plain, with their numbers.
    """
    month = "|".join(sorted(months, key=len, reverse=True))
    back = (
        (
            r"\b(?:end of (?:the |this )?(?:months?)|months?[- ]end|this months?)\b",
            lambda m, at: _end_of_month(at.date()),
        ),
        (r"\b(?:end of )?next months?\b", lambda m, at: _end_of_month(at.date(), 1)),
        (
            rf"\bend of (?:this )?({month})\b",
            lambda m, at: _end_of_month(at.date(), (months[m[1]] - at.month) % 12),
        ),
        (
            r"\b(?:end of (?:the |this )?quarter|eoq|this quarter)\b",
            lambda m, at: _end_of_month(at.date(), (3 - at.month) % 3),
        ),
        (
            r"\bend of q([1-4])\b",
            lambda m, at: _end_of_month(at.date(), (3 * int(m[1]) - at.month) % 12),
        ),
        (
            r"\b(?:end of (?:the |this )?year|eoy|before (?:the )?new year)\b",
            lambda m, at: dt.date(at.year, 12, 31),
        ),
        (
            r"\bbefore (?:the )?(?:holidays|christmas)\b",
            lambda m, at: _date(None, 12, 23, at.date()),
        ),
    )
    first: tuple[tuple[str, Read], ...] = (
        (
            rf"\b(?:last|since|past|previous) (?:{_DAY}|weeks|months)\b|\b24/7\b"
            rf"|\b(?:{_DAY}|weeks|months) (?:passad[oa]|pasad[oa]|dernier|derniere)\b",
            _nothing,
        ),
        (
            r"\b(?:valid|meeting|call|appointment|visit|meets|meet) (?:until|till|on) "
            rf"(?:{_DAY})\b",
            _nothing,
        ),
        (
            r"\b(20\d\d)-(\d\d?)-(\d\d?)\b",
            lambda m, at: _date(m[1], int(m[2]), int(m[3]), at.date()),
        ),
        (
            rf"\bweekof (?:[a-z]{{2,3}} )?(\d\d?){_ORDINAL} (?:of |de )?({month})\b",
            lambda m, at: _friday_of(_date(None, months[m[2]], int(m[1]), at.date())),
        ),
        (
            rf"\bweekof (?:the )?({month}) (\d\d?){_ORDINAL}",
            lambda m, at: _friday_of(_date(None, months[m[1]], int(m[2]), at.date())),
        ),
        (
            r"\bweekof (?:[a-z]{2,3} )?(\d\d?)[/.](\d\d?)\b\.?",
            lambda m, at: _friday_of(_date(None, int(m[2]), int(m[1]), at.date())),
        ),
        (
            rf"\bweekof (?:[a-z]{{2,3}} )?(\d\d?){_ORDINAL}",
            lambda m, at: _friday_of(_next_day_of_month(at.date(), int(m[1]))),
        ),
        (
            r"\bweek number ?(\d\d?)\b|\b(\d\d?)\. week number\b"
            r"|(?<!\d )\bweeks (\d\d)\b(?! ?(?:business|days|hours|weeks|months))",
            lambda m, at: _week_of_year(at.date(), int(m[1] or m[2] or m[3])),
        ),
        (r"\b(\d\d?)[/.-](\d\d?)[/.-](\d{4}|\d\d)\b", _numbers),
        (r"\b(\d\d?)/(\d\d?)\b()", _numbers),
        (r"\b(\d\d?)\.(\d\d?)\.()(?!\d)", _numbers),
        (
            rf"\b(\d\d?){_ORDINAL} (?:of |de )?({month})\b(?: (?:de )?(20\d\d))?",
            lambda m, at: _date(m[3], months[m[2]], int(m[1]), at.date()),
        ),
        (
            rf"\b({month}) (\d\d?)(?:st|nd|rd|th)?\b(?!:)(?:,? (20\d\d))?",
            lambda m, at: _date(m[3], months[m[1]], int(m[2]), at.date()),
        ),
        (
            r"\b(?:middle of |mid[- ]?|mi-|half |mitte |mediados de |medio |meados de )"
            rf"({month})\b",
            lambda m, at: _date(None, months[m[1]], 15, at.date()),
        ),
        (
            r"\bthe (\d\d?)(?:st|nd|rd|th)\b|\b(?:de|den) (\d\d?)(?:e|de|ste)\b"
            r"|\b(?:am|bis zum|zum|den|dem) (\d\d?)\.(?= |,|$)"
            r"|\bdays (\d\d?)\b(?! ?(?:days|weeks|hours|%|€))"
            r"|\b(?:le|el) (\d\d?)\b(?! ?[a-z%€$])",
            lambda m, at: _next_day_of_month(at.date(), int(next(n for n in m.groups() if n))),
        ),
        (
            r"\b(\d) weeks tomorrow\b|\btomorrow weeks\b",
            lambda m, at: at.date() + dt.timedelta(days=1 + 7 * int(m[1] or 1)),
        ),
        (
            r"\b(?:christmas eve|heiligabend|nochebuena|kerstavond)\b",
            lambda m, at: _date(None, 12, 24, at.date()),
        ),
        (
            r"\b(?:new year's eve|silvester|nochevieja|oudejaarsavond)\b",
            lambda m, at: _date(None, 12, 31, at.date()),
        ),
        (r"\bearly next weeks?\b", lambda m, at: _weekday(at.date(), "tuesday", 1)),
        (
            r"\b(?:middle of|mid|midweek) (?:of )?next weeks?\b",
            lambda m, at: _weekday(at.date(), "wednesday", 1),
        ),
        (
            rf"\bnext ({_DAY})\b"
            rf"|\b({_DAY}) (?:(?:of |de |da |der |in der )?(?:the )?next )?weeks?\b"
            rf"|\b1 weeks (?:from|on) ({_DAY})\b"
            rf"|\bnext weeks?,? (?:on |am |op |le |el |na )?({_DAY})\b"
            rf"|\b({_DAY}) (?:in |over )?1 weeks\b",
            lambda m, at: _weekday(at.date(), next(n for n in m.groups() if n), 1),
        ),
        (r"\b(?:end of )?next weeks?\b", lambda m, at: _end_of_week(at.date(), 1)),
        (
            r"\b(?:end of (?:the |this )?(?:end of )?weeks?|this weeks?)\b",
            lambda m, at: _end_of_week(at.date()),
        ),
        (
            r"\b(?:over|at|on|this) (?:the )?weekend\b",
            lambda m, at: _noon(_weekday(at.date(), "sunday")),
        ),
        (r"\bbefore the weekend\b", lambda m, at: _end_of_week(at.date())),
        (r"\bearly (?:in )?next months?\b", _early_next_month),
        (
            r"\bmid(?:dle of)? next months?\b",
            lambda m, at: _month_after(at.date(), 1).replace(day=15),
        ),
    )
    last: tuple[tuple[str, Read], ...] = (
        (
            rf"\bfirst thing (?:on )?({_DAY})\b|\b({_DAY}) morning\b",
            lambda m, at: _noon(_weekday(at.date(), m[1] or m[2])),
        ),
        (
            r"\b(?:tomorrow (?:morning|first thing)|first thing tomorrow)\b",
            lambda m, at: _noon(at.date() + dt.timedelta(days=1)),
        ),
        (r"\btonight\b", lambda m, at: dt.datetime.combine(at.date(), LATE)),
        (r"\b(?:eod |today )?tomorrow\b", lambda m, at: at.date() + dt.timedelta(days=1)),
        (rf"\b({_DAY})\b", lambda m, at: _weekday(at.date(), m[1])),
        (
            r"\b(?:by|on|this|next|until|till|before|due) (mon|tue|wed|sat|sun)\b",
            lambda m, at: _weekday(at.date(), next(d for d in DAYS if d.startswith(m[1]))),
        ),
        (r"\bfortnight\b", lambda m, at: at.date() + dt.timedelta(days=14)),
        (r"\b(\d{1,3}) ?(business days|days|weeks|hours|months)\b", _in_some),
        (r"\b(?:today|eod)\b", _today),
        (r"\bovernight\b", lambda m, at: at.date() + dt.timedelta(days=1)),
        (
            r"\b(mon|tue|wed|sat|sun)\b(?=$| (?:\d|am\b|pm\b|morning|latest|at the latest|noon))",
            lambda m, at: _weekday(at.date(), next(d for d in DAYS if d.startswith(m[1]))),
        ),
        (HOURS.pattern, _today),
    )
    ends = tuple(Expression(pattern=re.compile(p), read=r, back=True) for p, r in back)
    return (*_expressions(first), *ends, *_expressions(last))


def _expressions(some: tuple[tuple[str, Read], ...]) -> tuple[Expression, ...]:
    return tuple(Expression(pattern=re.compile(pattern), read=read) for pattern, read in some)


def _today(found: _Found, said: dt.datetime) -> dt.date:
    """Today, or once the working day is over the next one."""
    return said.date() if said.hour < 17 else after_business_days(said.date(), 1)
