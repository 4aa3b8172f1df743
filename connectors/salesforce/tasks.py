"""Read our own tasks: by key, by id, by change. What makes a task ours, `keying` says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.model import Task
from connectors.plain_text import clean
from connectors.salesforce.client import Client, Record, soql
from connectors.salesforce.describe import Describes
from connectors.salesforce.dialect import is_id
from connectors.salesforce.keying import Keying
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.units import units
from connectors.task_keys import askable

TASK_PREFIX: Final = "00T"
DEAL_PREFIX: Final = "006"
_AT_ONCE: Final = 150  # keys or ids in one query: well within the length of a URL
_WANTED: Final = (
    "Id",
    KEY_FIELD,
    "WhatId",
    "OwnerId",
    "Subject",
    "Description",
    "ActivityDate",
    "IsClosed",
    "IsDeleted",
    "CreatedDate",
    "LastModifiedDate",
    "SystemModstamp",
)


class TaskBook:
    """The tasks in the org that are ours, deleted and archived ones included."""

    def __init__(self, client: Client, describes: Describes, keying: Keying) -> None:
        self._client = client
        self._describes = describes
        self.keying = keying

    def since(self, moment: dt.datetime | None) -> Iterator[Task]:
        """Our tasks, changed at or after `moment` (None: all), oldest change first."""
        if not self.keying.readable:
            return
        ours = f"{KEY_FIELD} != null"
        if self.keying.by_mark:
            ours = soql("CreatedById = {me}", me=self.keying.me)
        changed = "" if moment is None else soql(" AND SystemModstamp >= {moment}", moment=moment)
        yield from self._tasks(f"{ours}{changed} ORDER BY SystemModstamp, Id")

    def find(self, keys: Sequence[str]) -> dict[str, Task]:
        """Tasks by key. Of several with one key the living one is meant, else the oldest."""
        wanted = askable(keys)
        if not wanted or not self.keying.readable:
            return {}
        if self.keying.by_mark:  # a text cannot be asked for: all that our user made is looked at
            found = list(self.since(None))
        else:
            found = [
                _task(record, str(record.get(KEY_FIELD))) for record in self._by(KEY_FIELD, wanted)
            ]
        return _meant(found, set(wanted))

    def beside(self, ids: Iterable[str]) -> dict[str, Task]:
        """Our tasks on some deals and accounts, by key; for where only the text says whose."""
        found: list[Task] = []
        every = list(dict.fromkeys(ids))
        for start in range(0, len(every), _AT_ONCE):
            part = every[start : start + _AT_ONCE]
            where = soql("WhatId IN {part} AND CreatedById = {me}", part=part, me=self.keying.me)
            found += self._tasks(where)
        return _meant(found, {task.key for task in found})

    def _tasks(self, where: str) -> Iterator[Task]:
        query = " WHERE ".join((self._select(), where))
        for page in self._client.pages(query):
            for record in page:
                key = self.keying.key_of(record)
                if key is not None:
                    yield _task(record, key)

    def raw(self, ids: Iterable[str]) -> Mapping[str, Record]:
        """Records by id, as they now stand; what is purged or hidden is absent."""
        wanted = [one for one in dict.fromkeys(ids) if is_id(one, TASK_PREFIX)]
        records = {_long(record["Id"]): record for record in self._by("Id", wanted)}
        return {one: records[_long(one)] for one in wanted if _long(one) in records}

    def _by(self, field: str, values: Sequence[str]) -> Iterator[Record]:
        for start in range(0, len(values), _AT_ONCE):
            part = list(values[start : start + _AT_ONCE])
            query = f"{self._select()} WHERE {field} IN "
            yield from self._client.rows(query + soql("{part}", part=part), deleted=True)

    def _select(self) -> str:
        visible = self._describes.fields("Task") or {}
        return " ".join(
            ("SELECT", ", ".join(name for name in _WANTED if name in visible), "FROM Task")
        )


def _meant(found: list[Task], wanted: set[str]) -> dict[str, Task]:
    found.sort(key=lambda task: (task.deleted, task.created_at, task.id), reverse=True)
    return {task.key: task for task in found if task.key in wanted}


def _long(task_id: str) -> str:
    return task_id[:15]  # the 15 characters name the record; three more only guard its case


def _task(record: Mapping[str, Any], key: str) -> Task:
    day, what = record.get("ActivityDate"), record.get("WhatId")
    modified = record.get("SystemModstamp") or record.get("LastModifiedDate")
    return Task(
        id=str(record.get("Id")),
        key=key,
        deal_id=what if is_id(what, DEAL_PREFIX) else None,
        owner_id=record.get("OwnerId"),
        subject=clean(record.get("Subject") or ""),
        body=clean(record.get("Description") or ""),
        due=dt.date.fromisoformat(day) if day else None,
        closed=record.get("IsClosed") is True,
        deleted=record.get("IsDeleted") is True,
        created_at=moment_of(record.get("CreatedDate")),
        modified_at=moment_of(modified),
    )


def moment_of(text: Any) -> dt.datetime:
    """Read a moment as Salesforce sends it (`2026-11-12T09:30:00.000+0000`) as aware UTC."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def moved_text(record: Mapping[str, Any], line: str, limit: int) -> dict[str, str]:
    """The description with our line below it: nothing of the person's text is ever lost.

    Empty where the field is hidden, the line stands there already, or there is no room for it.
    """
    if "Description" not in record:
        return {}
    text = record["Description"] or ""
    longer = f"{text}\n{line}" if text else line
    if line in text.splitlines() or units(longer) > limit:
        return {}
    return {"Description": longer}
