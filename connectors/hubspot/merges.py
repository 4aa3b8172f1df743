"""What a merge moved without a stamp of its own: the activities of what is left of it.

HubSpot moves associations when two records become one, and the activities at their other end keep
their stamps: they still hang on a record that is no more, until they are read again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client, Wanted
from connectors.hubspot.reach import Selection
from connectors.hubspot.values import moment_of, value_of

MERGED_IDS: Final = "hs_merged_object_ids"


def recent(
    client: Client, one: Selection, records: Sequence[Record], since: dt.datetime
) -> list[str]:
    """The ids of records that others were merged into at or after `since`.

    A record whose history HubSpot does not tell counts as one of them.
    """
    ids = [str(record["id"]) for record in records if value_of(record, MERGED_IDS)]
    wanted = Wanted(properties=(), history=(MERGED_IDS,))
    told = (record for page in client.read(one.name, ids, wanted) for record in page)
    return [str(record["id"]) for record in told if _last(record, since) >= since]


def _last(record: Mapping[str, Any], otherwise: dt.datetime) -> dt.datetime:
    kept = record.get("propertiesWithHistory")
    entries = kept.get(MERGED_IDS) if isinstance(kept, dict) else None
    stamps = [one.get("timestamp") for one in entries or () if isinstance(one, dict)]
    return max((moment_of(at, MERGED_IDS) for at in stamps), default=otherwise)


def moved(
    client: Client, kind: str, winners: Sequence[str], activities: Callable[[], Sequence[Selection]]
) -> Iterator[tuple[Selection, list[str]]]:
    """Yield the ids of the activities that hang on records, object by object."""
    for one in activities() if winners else ():
        links = client.linked(kind, one.name, winners)
        ids = list(dict.fromkeys(link.id for found in links.values() for link in found))
        if ids:
            yield one, ids
