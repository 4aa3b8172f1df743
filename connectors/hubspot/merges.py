"""What a merge moved without a stamp of its own: what hangs on the record that is left.

HubSpot moves associations when two records become one, and the records at their other end keep
their stamps: deals, activities, tickets still name one that is no more, until they are read again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.hubspot.answers import Link, Record
from connectors.hubspot.client import Client, Wanted
from connectors.hubspot.mapping import MERGED_IDS, Known, link_id, merged_ids
from connectors.hubspot.objects import ACTIVITIES
from connectors.hubspot.reach import Selection
from connectors.hubspot.values import moment_of

#: From whom to whom a link of the canonical stream leads, seen from its contact.
PARTAKING: Final = ("contacts", "deals")

#: Object -> those whose records name it, and may have to be read again.
FOLLOWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": (*ACTIVITIES, "tickets"),
    "companies": ("deals", "contacts", *ACTIVITIES, "tickets"),
    "contacts": ("deals", *ACTIVITIES, "tickets"),
}


@dataclass(frozen=True, kw_only=True)
class Follower:
    """An object whose records hang on others, and what helps to read them."""

    selection: Selection
    known: Known


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Records to be read again, and links that are no more."""

    follower: Follower
    ids: list[str]
    ended: tuple[str, ...]


def recent(
    client: Client, one: Selection, records: Sequence[Record], since: dt.datetime
) -> list[Record]:
    """The records that others were merged into at or after `since`.

    A record whose history HubSpot does not tell counts as one of them.
    """
    ids = [str(record["id"]) for record in records if merged_ids(record)]
    wanted = Wanted(properties=(MERGED_IDS,), history=(MERGED_IDS,))
    told = (record for page in client.read(one.name, ids, wanted) for record in page)
    return [record for record in told if _last(record, since) >= since]


def _last(record: Mapping[str, Any], otherwise: dt.datetime) -> dt.datetime:
    kept = record.get("propertiesWithHistory")
    entries = kept.get(MERGED_IDS) if isinstance(kept, dict) else None
    stamps = [one.get("timestamp") for one in entries or () if isinstance(one, dict)]
    return max((moment_of(at, MERGED_IDS) for at in stamps), default=otherwise)


def moved(
    client: Client, kind: str, winners: Sequence[Record], followers: Sequence[Follower]
) -> Iterator[Moved]:
    """Yield what hangs on records that others were merged into, object by object."""
    ids = [str(record["id"]) for record in winners]
    for one in followers:
        links = client.linked(kind, one.selection.name, ids)
        there = list(dict.fromkeys(link.id for found in links.values() for link in found))
        if there:
            gone = _ended(winners, links) if (kind, one.selection.name) == PARTAKING else ()
            yield Moved(follower=one, ids=there, ended=tuple(gone))


def _ended(winners: Sequence[Record], links: Mapping[str, Sequence[Link]]) -> Iterator[str]:
    """The ids of the links that deals had to contacts which are no more."""
    for record in winners:
        for deal in links.get(str(record["id"]), ()):
            for former in merged_ids(record):
                yield link_id(deal.id, former)
