"""What records are associated with: as it came with them in a list, else asked for by batch.

A list brings ids alone; type numbers and labels come from the batch, which takes 1,000 records a
call. Source: facts, hubspot 4.3 and 4.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from connectors.hubspot import answers
from connectors.hubspot.answers import Link, Record
from connectors.hubspot.client import PAGE_OF_LINKS, Client
from connectors.hubspot.mapping import Linked
from connectors.hubspot.reach import Selection

#: Characters of values that wait for their associations at most: mails are long.
_HEAVY: Final = 16 * 1024 * 1024


def inline(one: Selection) -> tuple[str, ...]:
    """The objects whose associations a list of this object may bring with it."""
    return () if one.source.labelled else one.links


def linked(client: Client, one: Selection, records: Sequence[Record]) -> Linked:
    """The associations of records that came without any."""
    ids = [str(record["id"]) for record in records]
    return Linked(links={kind: client.linked(one.name, kind, ids) for kind in one.links})


def linked_inline(client: Client, one: Selection, records: Sequence[Record]) -> Linked:
    """The associations that came with records; of those who have more, all by batch."""
    return Linked(links={kind: _of(client, one.name, kind, records) for kind in one.links})


def _of(client: Client, name: str, kind: str, records: Sequence[Record]) -> dict[str, list[Link]]:
    told = {str(record["id"]): answers.inline(record, kind) for record in records}
    more = [record_id for record_id, found in told.items() if found is None]
    known = {record_id: found for record_id, found in told.items() if found is not None}
    return known | (client.linked(name, kind, more) if more else {})


def gathered(pages: Iterable[list[Record]]) -> Iterator[list[Record]]:
    """Join pages until a call for associations is worth its while, or they are too much to hold."""
    held: list[Record] = []
    weight = 0
    for page in pages:
        if held and (len(held) + len(page) > PAGE_OF_LINKS or weight > _HEAVY):
            yield held
            held, weight = [], 0
        held = held + page
        weight += sum(map(_weight, page))
    if held:
        yield held


def _weight(record: Record) -> int:
    properties: Any = record.get("properties")
    values = properties.values() if isinstance(properties, dict) else ()
    return sum(len(value) for value in values if isinstance(value, str))
