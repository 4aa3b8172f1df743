"""What an org derives around tasks and events: closed or open, times, accounts, last activity.

Sources: Object Reference, pages Task, Event, Opportunity (LastActivityDate: the latest of event
due dates and closed-task due dates).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from connectors.simulator.salesforce import errors
from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.store import Row
from connectors.simulator.salesforce.times import day, moment, stamp

_DAY: Final = dt.timedelta(days=1)
_LONGEST: Final = 14 * 24 * 60  # minutes


def task(scene: Scene, change: Change) -> None:
    """Fill in status, priority, account and completion of a task."""
    new = change.new
    new["Status"] = new["Status"] or _default(scene, "TaskStatus", change)
    new["Priority"] = new["Priority"] or _default(scene, "TaskPriority", change)
    new["IsClosed"] = _fact(scene, "TaskStatus", new["Status"], "IsClosed")
    new["IsHighPriority"] = _fact(scene, "TaskPriority", new["Priority"], "IsHighPriority")
    if change.touched("Status") or change.touched("IsClosed"):
        new["CompletedDateTime"] = scene.stamp if new["IsClosed"] else None
    _related(scene, change)


def _default(scene: Scene, entity: str, change: Change) -> str | int | float | None:
    """The org's default word, on create only: emptied later, the field is a missing one."""
    if change.old:
        return None
    return next((r["ApiName"] for r in scene.store.where(entity, "IsDefault", 1)), None)


def _fact(scene: Scene, entity: str, word: object, field: str) -> int:
    rows = scene.store.where(entity, "ApiName", str(word))
    return int(bool(rows and rows[0][field]))


def _related(scene: Scene, change: Change) -> None:
    new = change.new
    if new["WhatId"] and str(new["WhoId"] or "").startswith("00Q"):
        raise errors.integrity(
            "Related To ID: a lead in Name ID allows no other related record", "WhatId"
        )
    new["AccountId"] = _account(scene, new["WhatId"]) or _account(scene, new["WhoId"])


def _account(scene: Scene, record_id: object) -> str | None:
    name = scene.store.object_of(str(record_id or ""))
    if name is None or name == "Account":
        return str(record_id) if name else None
    row = scene.store.get(name, str(record_id)) or {}
    found = row.get("AccountId")
    return str(found) if found else None


def event(scene: Scene, change: Change) -> None:
    """Derive an event's other times from those given."""
    new = change.new
    if new["IsAllDayEvent"]:
        _all_day(change)
    else:
        _timed(scene, change)
    if new["IsRecurrence"] and change.old is None:
        raise errors.NotSimulated("a recurring event")
    _related(scene, change)


def _all_day(change: Change) -> None:
    new, given = change.new, change.given
    names = ("ActivityDate", "StartDateTime", "ActivityDateTime")
    named = [new[name] for name in names if name in given and new[name]]
    start = str((named or [new["ActivityDate"]])[0] or "")[:10]
    if not start:
        raise errors.missing(["ActivityDate"])
    first = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    if "EndDateTime" in given and new["EndDateTime"] and "DurationInMinutes" not in given:
        last = moment(str(new["EndDateTime"]))
    else:
        last = first + (_minutes(new) or _DAY) - _DAY
    _bounded((last - first + _DAY).total_seconds() / 60)
    _set_times(new, first, last, start, last.date().isoformat())
    new["DurationInMinutes"] = int((last - first + _DAY).total_seconds() // 60)


def _timed(scene: Scene, change: Change) -> None:
    new = change.new
    first = _start(change)
    last = _end(change, first) if first else None
    if first is None or last is None:
        raise errors.missing(["DurationInMinutes", "ActivityDateTime"])
    _bounded((last - first).total_seconds() / 60)
    _set_times(new, first, last, day(stamp(first), scene.zone), day(stamp(last), scene.zone))
    new["DurationInMinutes"] = int((last - first).total_seconds() // 60)


def _start(change: Change) -> dt.datetime | None:
    new = change.new
    names = ("StartDateTime", "ActivityDateTime")
    named = [new[name] for name in names if name in change.given and new[name]]
    value = (named or [new["StartDateTime"]])[0]
    return moment(str(value)) if value else None


def _end(change: Change, first: dt.datetime) -> dt.datetime | None:
    """The end the caller named; a moved start keeps the duration."""
    new, given = change.new, change.given
    by_end = "EndDateTime" in given and new["EndDateTime"]
    if by_end and "DurationInMinutes" not in given:
        return moment(str(new["EndDateTime"]))
    if new["DurationInMinutes"] is None:
        return None
    return first + _minutes(new)


def _bounded(minutes: float) -> None:
    if minutes < 0:
        raise errors.integrity("End Date/Time: Event duration cannot be negative", "EndDateTime")
    if minutes > _LONGEST:
        raise errors.integrity(
            "Duration: An event can't last longer than 14 days", "DurationInMinutes"
        )


def _minutes(new: Row) -> dt.timedelta:
    """The duration a caller named; anything absurd is cut before dates overflow."""
    named = int(new["DurationInMinutes"] or 0)
    return dt.timedelta(minutes=min(max(named, -1), _LONGEST + 1))


def _set_times(
    new: Row, first: dt.datetime, last: dt.datetime, first_day: str, last_day: str
) -> None:
    new.update(
        StartDateTime=stamp(first),
        ActivityDateTime=None if new["IsAllDayEvent"] else stamp(first),
        EndDateTime=stamp(last),
        ActivityDate=first_day,
        EndDate=last_day,
    )


def roll_up(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Refresh what the related records say of their activities; their modstamps stay."""
    for row in (change.old or {}, change.new):
        for field in ("WhatId", "WhoId", "AccountId"):
            if row.get(field):
                refresh(scene, field, str(row[field]))
    yield from ()


def refresh(scene: Scene, field: str, record_id: str) -> None:
    """Recompute LastActivityDate, and for a deal HasOpenActivity, of one record."""
    name = scene.store.object_of(record_id)
    entity = scene.schema.object(name or "")
    if entity is None or entity.field("LastActivityDate") is None:
        return
    found = scene.store.execute(_SUMMARY[field], record_id, scene.stamp)
    changes: Row = {
        "LastActivityDate": max((str(r["day"]) for r in found if r["day"]), default=None)
    }
    if entity.name == "Opportunity":
        changes["HasOpenActivity"] = int(any(row["open"] for row in found))
    scene.store.update(entity.name, record_id, changes)


#: By the field that names the related record: its last closed task and its last event, and
#: whether a task is open or an event ahead. Parameters: the record, the moment.
_SUMMARY: Final = {
    field: f'''
        SELECT max(CASE WHEN "IsClosed" THEN "ActivityDate" END) AS "day",
               max(NOT "IsClosed") AS "open"
          FROM "Task" WHERE "{field}" = ?1 AND "IsDeleted" = 0
        UNION ALL
        SELECT max("ActivityDate"), max("EndDateTime" > ?2)
          FROM "Event" WHERE "{field}" = ?1 AND "IsDeleted" = 0
    '''  # noqa: S608  # the fields are the three named here
    for field in ("WhatId", "WhoId", "AccountId")
}


def overdue(scene: Scene) -> None:
    """Bring Opportunity.HasOverdueTask up to the moment; it changes with time alone."""
    scene.store.execute(
        'UPDATE "Opportunity" SET "HasOverdueTask" = EXISTS (SELECT 1 FROM "Task" AS t '
        'WHERE t."WhatId" = "Opportunity"."Id" AND t."IsDeleted" = 0 AND t."IsClosed" = 0 '
        'AND t."ActivityDate" < ?)',
        day(scene.stamp, scene.zone),
    )


def archive(scene: Scene) -> int:
    """Mark activities as archived that are a year old (facts: API guide, archived activities)."""
    year_ago = scene.now - 365 * _DAY
    dated, made = year_ago.date().isoformat(), stamp(year_ago)
    old_tasks = (
        '"IsClosed" = 1 AND '
        '("ActivityDate" <= ? OR ("ActivityDate" IS NULL AND "CreatedDate" <= ?))'
    )
    changed = 0
    for name, condition, values in (
        ("Task", old_tasks, (dated, made)),
        ("Event", '"ActivityDate" <= ?', (dated,)),
    ):
        rows = scene.store.execute(
            f'UPDATE "{name}" SET "IsArchived" = 1 '  # noqa: S608  # names and condition stand above
            f'WHERE "IsArchived" = 0 AND {condition} RETURNING "Id"',
            *values,
        )
        changed += len(rows)
    return changed
