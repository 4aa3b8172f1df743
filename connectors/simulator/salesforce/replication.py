"""The routes `updated` and `deleted`: what the replication log says of one object.

Facts, salesforce 3.2; REST API guide, "sObject Get Updated" and "sObject Get Deleted".
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce import errors
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.store import Row
from connectors.simulator.salesforce.times import stamp, wire

_UPDATED_BACK: Final = dt.timedelta(days=30)
_DELETED_BACK: Final = dt.timedelta(days=15)
_MOST: Final = 600_000


def updated(call: Call) -> Response:
    """List the ids of what changed in a span of time, and how far that is certain."""
    start, end = _span(call, _UPDATED_BACK)
    found = [row["Id"] for row in _rows(call, start, end) if not row["IsDeleted"]]
    return answer({"ids": found, "latestDateCovered": wire(stamp(_covered(call, end)))})


def deleted(call: Call) -> Response:
    """List what was deleted in a span of time, and how far that is certain."""
    start, end = _span(call, _DELETED_BACK)
    found = [
        {"id": row["Id"], "deletedDate": wire(str(row["SystemModstamp"]))}
        for row in _rows(call, start, end)
        if row["IsDeleted"]
    ]
    entity = call.entity().name
    found += [
        {"id": record_id, "deletedDate": wire(when)}
        for record_id, when in call.org.purged.between(entity, stamp(start), stamp(end))
    ]
    return answer(
        {
            "deletedRecords": found,
            "earliestDateAvailable": wire(stamp(call.scene.now - _DELETED_BACK)),
            "latestDateCovered": wire(stamp(_covered(call, end))),
        }
    )


def _rows(call: Call, start: dt.datetime, end: dt.datetime) -> list[Row]:
    entity = call.entity()
    rows = call.scene.store.between(entity.name, "SystemModstamp", stamp(start), stamp(end))
    if len(rows) > _MOST:
        raise SalesforceError("EXCEEDED_ID_LIMIT", "too many records in the span of time")
    return rows


def _covered(call: Call, end: dt.datetime) -> dt.datetime:
    """The start of the oldest change under way, where that is before the end."""
    limits = (end, call.scene.now, call.org.under_way_since)
    return min(one for one in limits if one is not None)


def _span(call: Call, back: dt.timedelta) -> tuple[dt.datetime, dt.datetime]:
    start, end = (_moment(call, name) for name in ("start", "end"))
    if end - start < dt.timedelta(minutes=1):
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", "The end date must be at least a minute after the start"
        )
    if start < call.scene.now - back:
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", f"startDate cannot be more than {back.days} days ago"
        )
    return start, end


def _moment(call: Call, name: str) -> dt.datetime:
    given = call.parameter(name)
    if not given:
        raise errors.missing([name])
    try:
        moment = dt.datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SalesforceError("INVALID_REPLICATION_DATE", f"{name} is not a date and time")
    return moment.astimezone(dt.UTC).replace(microsecond=0)
