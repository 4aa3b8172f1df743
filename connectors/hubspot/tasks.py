"""Read our own tasks: by key, by id, by change. What makes a task ours, `keying` says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Wanted
from connectors.hubspot.keying import Keying
from connectors.hubspot.objects import ATTACHMENTS, KEY_PROPERTY, SOURCES
from connectors.hubspot.portal import Portal
from connectors.hubspot.rows import modified_at
from connectors.hubspot.values import millis, moment_of, value_of
from connectors.hubspot.words import COMPLETED
from connectors.model import Task
from connectors.plain_text import clean, to_text
from connectors.task_keys import askable

TASKS: Final = "tasks"
CLOSE_OF_BUSINESS: Final = dt.time(17)  # rulings: business time

#: All of a task that we write, or look at before we write.
PROPERTIES: Final = (
    KEY_PROPERTY,
    "hs_task_subject",
    "hs_task_body",
    "hs_task_status",
    "hs_timestamp",
    "hubspot_owner_id",
    "hs_createdate",
    "hs_lastmodifieddate",
    ATTACHMENTS,
)
_WANTED: Final = Wanted(properties=PROPERTIES)


class TaskBook:
    """The tasks of the account that carry our key, archived ones included."""

    def __init__(self, client: Client, portal: Portal, keying: Keying) -> None:
        self._client = client
        self._portal = portal
        self.keying = keying

    def since(self, when: dt.datetime | None) -> Iterator[Task]:
        """Tasks with a key, changed at or after `when`; None: all there are.

        All are read by listing, which asks the records themselves: a ledger that was lost must find
        also what the search index does not show yet.
        """
        if not self.keying.readable:
            return
        present = self._client.listed(TASKS, _WANTED) if when is None else self._changed(when)
        for records in present:
            yield from self._tasks(self._ours(records))
        for records in self._client.listed(TASKS, _WANTED, archived=True):
            yield from self._tasks(
                [
                    one
                    for one in self._ours(records)
                    if when is None or modified_at(one, SOURCES[TASKS]) >= when
                ]
            )

    def _ours(self, records: list[Record]) -> list[Record]:
        return [one for one in records if self.keying.key_of(one) is not None]

    def _changed(self, when: dt.datetime) -> Iterator[list[Record]]:
        since = str(millis(when))
        filters = [{"propertyName": SOURCES[TASKS].changed, "operator": "GTE", "value": since}]
        if not self.keying.by_mark:
            filters.append({"propertyName": KEY_PROPERTY, "operator": "HAS_PROPERTY"})
        return self._client.found(TASKS, filters, PROPERTIES)

    def find(self, keys: Sequence[str]) -> dict[str, Task]:
        """Tasks by key, the living one before an archived one."""
        wanted = askable(keys)
        if not wanted or not self.keying.readable:
            return {}
        if self.keying.by_mark:
            return self._read_through(wanted)
        found: dict[str, Task] = {}
        for is_archived in (False, True):
            missing = [key for key in wanted if key not in found]
            for records in self._client.read(
                TASKS, missing, _WANTED, by=KEY_PROPERTY, archived=is_archived
            ):
                for task in self._tasks(records):
                    found.setdefault(task.key, task)
        return {key: found[key] for key in wanted if key in found}

    def _read_through(self, wanted: Sequence[str]) -> dict[str, Task]:
        """Look for marks in the text of every task: in the records, since the index may be late."""
        found: dict[str, Task] = {}
        for is_archived in (False, True):
            for records in self._client.listed(TASKS, _WANTED, archived=is_archived):
                marked = [one for one in records if self.keying.key_of(one) in wanted]
                for task in self._tasks(marked):
                    found.setdefault(task.key, task)
        return {key: found[key] for key in wanted if key in found}

    def beside(self, kind: str, ids: Sequence[str]) -> dict[str, Task]:
        """Our tasks on records of an object, by key, as the records themselves have them."""
        links = self._client.linked(kind, TASKS, list(dict.fromkeys(ids)))
        there = dict.fromkeys(link.id for found in links.values() for link in found)
        found: dict[str, Task] = {}
        for records in self._client.read(TASKS, list(there), _WANTED):
            for task in self._tasks(self._ours(records)):
                found.setdefault(task.key, task)
        return found

    def holder(self, key: str) -> Task | None:
        """The task that has a key which HubSpot says is taken, wherever it may be."""
        found = self.find([key]).get(key)
        if found is not None or not self.keying.readable:
            return found
        # Whether an archived record can be read by its key nobody has verified (facts 7).
        for records in self._client.listed(TASKS, _WANTED, archived=True):
            for task in self._tasks([one for one in records if value_of(one, KEY_PROPERTY) == key]):
                return task
        return None

    def now(self, task_id: str) -> Record | None:
        """A task as it stands at this moment; None where it is gone or archived."""
        return self._client.one(TASKS, task_id, _WANTED)

    def _tasks(self, records: list[Record]) -> list[Task]:
        """Make tasks of records; an archived one has no associations any more."""
        living = [str(one["id"]) for one in records if one.get("archived") is not True]
        deals = self._client.linked(TASKS, "deals", living)
        first = {one: next((link.id for link in found), None) for one, found in deals.items()}
        return [
            _task(one, self.keying.key_of(one) or "", first.get(str(one["id"])), self._zone)
            for one in records
        ]

    @property
    def _zone(self) -> dt.tzinfo:
        return self._portal.zone


def _task(record: Mapping[str, Any], key: str, deal_id: str | None, zone: dt.tzinfo) -> Task:
    due = value_of(record, "hs_timestamp")
    created = value_of(record, "hs_createdate") or record.get("createdAt")
    return Task(
        id=str(record["id"]),
        key=key,
        deal_id=deal_id,
        owner_id=value_of(record, "hubspot_owner_id"),
        subject=clean(value_of(record, "hs_task_subject") or ""),
        body=clean(to_text(value_of(record, "hs_task_body") or "")),
        due=moment_of(due, "hs_timestamp").astimezone(zone).date() if due else None,
        closed=value_of(record, "hs_task_status") == COMPLETED,
        deleted=record.get("archived") is True,
        created_at=moment_of(created, "hs_createdate"),
        modified_at=modified_at(record, SOURCES[TASKS]),
    )


def due_moment(day: dt.date, zone: dt.tzinfo) -> str:
    """When a task due on `day` is due, in epoch milliseconds: at close of business there.

    HubSpot keeps a moment and shows it in each reader's own zone: midnight UTC would be the day
    before in all of America.
    """
    return str(millis(dt.datetime.combine(day, CLOSE_OF_BUSINESS, zone).astimezone(dt.UTC)))
