"""Business time as tables: whose calendar is whose, and which days each counts.

    calendars        calendar, hours, zone, opens_second, day_seconds
    calendar_days    hours, day, working, ordinal
    owner_calendars  hours, owner_key, calendar

`owner_calendars.hours` is what a rule calls a calendar, or `default`; `owner_key` NULL is everybody
the mirror does not know. Days hang on the hours alone, so that people of many zones share them;
only who has holidays or leave of their own has days of their own. What a calendar means stands in
`rules.calendars`; nothing in here decides it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Final

import pyarrow as pa

from rules import select
from rules.calendars import Calendar, Hours
from rules.org import Org
from rules.select import Connection

#: How far back and ahead of a judgement the tables reach.
BACK: Final = dt.timedelta(days=3700)
AHEAD: Final = dt.timedelta(days=3700)
#: A rule's `as_of` lies a little before now, that of a test case far.
_MARGIN: Final = dt.timedelta(days=400)

_CALENDARS: Final = pa.schema(
    [
        ("calendar", pa.string()),
        ("hours", pa.string()),
        ("zone", pa.string()),
        ("opens_second", pa.int64()),
        ("day_seconds", pa.int64()),
    ]
)
_DAYS: Final = pa.schema(
    [
        ("hours", pa.string()),
        ("day", pa.date32()),
        ("working", pa.bool_()),
        ("ordinal", pa.int64()),  # how many working days came before this day
    ]
)
_OWNERS: Final = pa.schema(
    [("hours", pa.string()), ("owner_key", pa.uint64()), ("calendar", pa.string())]
)

_LAY_CALENDARS: Final = "CREATE OR REPLACE TEMP TABLE calendars AS SELECT * FROM laid"
_LAY_DAYS: Final = "CREATE OR REPLACE TEMP TABLE calendar_days AS SELECT * FROM laid"
_LAY_OWNERS: Final = "CREATE OR REPLACE TEMP TABLE owner_calendars AS SELECT * FROM laid"

#: Person's key -> the calendar of each word that a rule may use for one.
_Theirs = Mapping[int | None, Mapping[str, Calendar]]


def lay_calendars(connection: Connection, org: Org, now: dt.datetime) -> None:
    """Lay the three tables for everybody in `people_now`, from `BACK` before now to `AHEAD`."""
    first, last = (now - BACK - _MARGIN).date(), (now + AHEAD).date()
    theirs = _calendars_of_people(connection, org)
    known = {one.id: one for some in theirs.values() for one in some.values()}
    _lay(connection, _LAY_CALENDARS, _heads(known))
    _lay(connection, _LAY_DAYS, _days(known.values(), first, last))
    _lay(connection, _LAY_OWNERS, _owners(theirs))


def _calendars_of_people(connection: Connection, org: Org) -> _Theirs:
    people = select.rows(connection, "SELECT key, email, time_zone FROM people_now")
    theirs: dict[int | None, Mapping[str, Calendar]] = {
        row["key"]: {
            hours: org.calendar_of(row["email"], row["time_zone"], hours) for hours in org.hours
        }
        for row in people
    }
    theirs[None] = {hours: org.calendar(None, hours) for hours in org.hours}
    return theirs


def _heads(known: Mapping[str, Calendar]) -> pa.Table:
    rows = [
        {
            "calendar": key,
            "hours": one.hours.name,
            "zone": one.zone,
            "opens_second": one.hours.opens_second,
            "day_seconds": one.hours.day_seconds,
        }
        for key, one in known.items()
    ]
    return pa.Table.from_pylist(rows, schema=_CALENDARS)


def _days(calendars: Iterable[Calendar], first: dt.date, last: dt.date) -> pa.Table:
    hours = {one.hours.name: one.hours for one in calendars}
    return pa.concat_tables([_days_of(one, first, last) for one in hours.values()])


@lru_cache(maxsize=64)
def _days_of(hours: Hours, first: dt.date, last: dt.date) -> pa.Table:
    """Return the days of one kind of hours, both ends included; by week, as there are many."""
    count = (last - first).days + 1
    week = [(first.weekday() + offset) % 7 in hours.weekdays for offset in range(7)]
    working = (week * (count // 7 + 1))[:count]
    for free in hours.free:
        if first <= free <= last:
            working[(free - first).days] = False
    epoch = (first - dt.date(1970, 1, 1)).days
    return pa.table(
        [
            pa.repeat(hours.name, count),
            pa.array(range(epoch, epoch + count), pa.int32()).cast(pa.date32()),
            pa.array(working),
            pa.array(list(accumulate(working, initial=0))[:count], pa.int64()),
        ],
        schema=_DAYS,
    )


def _owners(theirs: _Theirs) -> pa.Table:
    rows = [
        {"hours": hours, "owner_key": key, "calendar": calendar.id}
        for key, some in theirs.items()
        for hours, calendar in some.items()
    ]
    return pa.Table.from_pylist(rows, schema=_OWNERS)


def _lay(connection: Connection, statement: str, laid: pa.Table) -> None:
    connection.register("laid", laid)
    connection.execute(statement)
    connection.unregister("laid")
