"""Names of the files on deals: an activity names file ids, the files API names those.

Contents are never asked for. A file is on a deal when the activity that carries it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Batch
from connectors.hubspot.answers import Record
from connectors.hubspot.client import PAGE, Client
from connectors.hubspot.mapping import Linked
from connectors.hubspot.objects import ATTACHMENTS, FILES
from connectors.hubspot.service import ids_in
from connectors.hubspot.values import Columns, batch, moment_of, value_of


@dataclass(frozen=True, kw_only=True)
class _Attachment:
    file_id: str
    deal_id: str
    owner_id: str | None
    modified: dt.datetime


def files(
    client: Client, records: Sequence[Record], modified: Sequence[dt.datetime], linked: Linked
) -> Iterator[Batch]:
    """Yield a row for each file on each deal; a file that is gone has none."""
    on_deals = list(_on_deals(records, modified, linked))
    ids = list(dict.fromkeys(one.file_id for one in on_deals))
    found: dict[str, Record] = {}
    for start in range(0, len(ids), PAGE):
        found |= {str(one.get("id")): one for one in client.files(ids[start : start + PAGE])}
    kept = {
        (one.file_id, one.deal_id): (one, found[one.file_id])
        for one in on_deals
        if one.file_id in found
    }
    if kept:
        yield Batch(FILES, batch(FILES, _columns(list(kept.values()))))


def _on_deals(
    records: Sequence[Record], modified: Sequence[dt.datetime], linked: Linked
) -> Iterator[_Attachment]:
    for record, changed in zip(records, modified, strict=True):
        for link in linked.of("deals", str(record["id"])):
            for file_id in ids_in(value_of(record, ATTACHMENTS)):
                yield _Attachment(
                    file_id=file_id,
                    deal_id=link.id,
                    owner_id=value_of(record, "hubspot_owner_id"),
                    modified=changed,
                )


def _columns(rows: Sequence[tuple[_Attachment, Record]]) -> Columns:
    return {
        "id": [f"{one.file_id}-{one.deal_id}" for one, _ in rows],
        "modified_at": [one.modified for one, _ in rows],
        "deleted": [False] * len(rows),
        "deal_id": [one.deal_id for one, _ in rows],
        "name": [_name(file) for _, file in rows],
        "owner_id": [one.owner_id for one, _ in rows],
        "created_at": [moment_of(file.get("createdAt"), "createdAt") for _, file in rows],
    }


def _name(file: Mapping[str, object]) -> str:
    name, extension = file.get("name"), file.get("extension")
    told = [part for part in (name, extension) if isinstance(part, str) and part]
    return ".".join(told)
