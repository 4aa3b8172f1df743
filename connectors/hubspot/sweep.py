"""What there is, by listing the records themselves: it finds what search was too late to show.

Stamps alone are listed; the records of which the mirror has none, or an older version, are then
fetched by id. HubSpot's lists know no dates, so a sweep costs a call for a hundred records.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from connectors.base import RELATED, STAMPS, Batch
from connectors.hubspot import pull, rows
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Wanted
from connectors.hubspot.linking import linked_inline
from connectors.hubspot.mapping import Known, Linked
from connectors.hubspot.objects import ACTIVITIES, KEY_PROPERTY
from connectors.hubspot.reach import Selection

#: What is read to tell our own tasks from people's.
_OURS: Final = (KEY_PROPERTY, "hs_task_body")


def stamps(client: Client, one: Selection, since: dt.datetime | None) -> Iterator[Any]:
    """Yield id and moment of change of the living records, our own left out.

    Of activities all, with their deals, which the list brings for nothing.
    """
    own = _OURS if one.name == "tasks" else ()
    properties = (one.source.changed, *(name for name in own if name in one.properties))
    links = ("deals",) if one.name in ACTIVITIES and "deals" in one.links else ()
    for page in client.listed(one.name, Wanted(properties=properties, links=links)):
        kept = rows.without_ours(one.name, page)
        if links:
            deals = linked_inline(client, replace(one, links=links), kept)
            yield _table(one, kept, deals.ids("deals", [str(record["id"]) for record in kept]))
        else:
            yield _table(
                one,
                [record for record in kept if since is None or _at(one, record) >= since],
                None,
            )


def _table(one: Selection, records: list[Record], deals: Any) -> Any:
    columns: dict[str, Any] = {
        "id": [str(record["id"]) for record in records],
        "modified_at": [_at(one, record) for record in records],
    }
    schema = STAMPS
    if deals is not None:
        columns["deal_ids"], schema = deals, RELATED
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _at(one: Selection, record: Record) -> dt.datetime:
    return rows.modified_at(record, one.source)


def fetch(
    client: Client,
    ones: Sequence[Selection],
    ids: Sequence[str],
    known: Callable[[str], Known],
    now: dt.datetime,
    *,
    whole: bool,
) -> Iterator[Batch]:
    """Yield records of the first object as they now stand: living, archived, or gone.

    `ones` are that object and those whose properties fill its stream as well. Several objects fill
    the activities, and some may be hidden, so that an id that is not found may be another object's:
    only where these are all that fill the stream (`whole`) is such a record gone for good.
    """
    missing = dict.fromkeys(ids)
    main = ones[0].source.stream
    for one in ones:
        if missing:
            yield from _stand(client, one, missing, known(one.name), main)
    if missing and whole:
        for stream in dict.fromkeys((main, *(each.stream for each in ones[0].mapped))):
            yield rows.gone(stream, list(missing), now)


def _stand(
    client: Client, one: Selection, missing: dict[str, None], known: Known, stream: str
) -> Iterator[Batch]:
    """Yield what there is of an object, and cross off what the stream then knows of."""
    for kept in pull.living(client, one, list(missing)):
        for found in pull.whole(client, one, kept, known):
            yield found
            if found.stream == stream:
                _cross_off(missing, found)
    wanted = Wanted(properties=one.properties)
    for page in client.read(one.name, list(missing), wanted, archived=True):
        if kept := rows.without_ours(one.name, page):
            beside = rows.of_mapped(one, kept, Linked())
            for found in (rows.main(one, kept, known, Linked()), *beside):
                yield found
                if found.stream == stream:
                    _cross_off(missing, found)


def _cross_off(missing: dict[str, None], found: Batch) -> None:
    for record_id in found.rows.column("id").to_pylist():
        missing.pop(record_id, None)
