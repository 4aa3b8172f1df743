"""Who of us a mail is by, and how many of its addresses are the client's. Whole columns, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.salesforce.columns import cut, true_only
from connectors.salesforce.mapping import Known
from connectors.salesforce.page import Page

#: What stands between two addresses, and around one: as `mail_addresses` has it.
_BETWEEN: Final = r"[\s\p{Z};,<>\"()]+"
_ADDRESS: Final = r"^.+@.+$"


@dataclass(frozen=True)
class _Found:
    """Addresses in small letters, and of which row each is, in their order."""

    rows: Any
    addresses: Any

    def filter(self, mask: Any) -> _Found:
        return _Found(self.rows.filter(mask), self.addresses.filter(mask))


def owners_of(page: Page, known: Known) -> Any:
    """Our side of each mail: its sender; for an incoming one the first of us it went to."""
    if not known.user_by_email:
        return page.nothing(pa.string())
    incoming = true_only(page.flag("Incoming"))
    sender = _first(page, _found(page, ("FromAddress",)), known)
    receiver = _first(page, _found(page, ("ToAddress", "CcAddress")), known)
    return pc.if_else(incoming, receiver, sender)


def outsiders_of(page: Page, known: Known) -> Any:
    """How many addresses of each mail are nobody's of ours; null where it names none."""
    if not known.user_by_email:
        return page.nothing(pa.int64())
    received = _counted(page, _found(page, ("ToAddress", "CcAddress", "BccAddress")), known)
    everybody = ("ToAddress", "CcAddress", "BccAddress", "FromAddress")
    exchanged = _counted(page, _found(page, everybody), known)
    return pc.if_else(true_only(page.flag("Incoming")), exchanged, received)


def _found(page: Page, fields: tuple[str, ...]) -> _Found:
    """The addresses in some fields, field by field."""
    rows: list[Any] = []
    addresses: list[Any] = []
    for field in fields:
        pieces = pc.split_pattern_regex(cut(page.text(field)), _BETWEEN)
        words = pc.list_flatten(pieces)
        row = pc.list_parent_indices(pieces).cast(pa.int64())
        mask = pc.match_substring_regex(words, _ADDRESS)
        rows.append(row.filter(mask))
        small = pc.utf8_rtrim(pc.utf8_lower(words.filter(mask)), characters=".")
        addresses.append(small)
    return _Found(pa.concat_arrays(rows), pa.concat_arrays(addresses))


def _first(page: Page, found: _Found, known: Known) -> Any:
    """The first of us among the addresses of each row."""
    ours = pa.array(known.user_by_email, pa.string())
    users = pa.array(known.user_by_email.values(), pa.string())
    place = pc.index_in(found.addresses, value_set=ours)
    held = found.filter(pc.is_valid(place))
    named = pa.table({"row": held.rows, "user": users.take(place.drop_null())})
    first = named.group_by("row", use_threads=False).aggregate([("user", "first")])
    return _spread(page, first["row"], first["user_first"])


def _counted(page: Page, found: _Found, known: Known) -> Any:
    once = (
        pa.table({"row": found.rows, "address": found.addresses})
        .group_by(["row", "address"], use_threads=False)
        .aggregate([])
    )
    people = pa.array(known.user_by_email, pa.string())
    domains = pa.array(known.domains, pa.string())
    domain = pc.replace_substring_regex(once["address"], r"^.*@", "")
    inside = pc.or_(
        pc.is_in(once["address"], value_set=people), pc.is_in(domain, value_set=domains)
    )
    told = pa.table({"row": once["row"], "outside": pc.invert(inside).cast(pa.int64())})
    counts = told.group_by("row", use_threads=False).aggregate([("outside", "sum")])
    return _spread(page, counts["row"], counts["outside_sum"])


def _spread(page: Page, rows: Any, values: Any) -> Any:
    """Values of some rows over the whole page; null where a row has none."""
    every = pc.subtract(pc.cumulative_sum(pa.repeat(1, len(page))), 1)
    spread = values.take(pc.index_in(every, value_set=rows.combine_chunks()))
    return spread.combine_chunks() if isinstance(spread, pa.ChunkedArray) else spread
