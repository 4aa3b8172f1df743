"""Answers of queries in pages: a locator stands for a snapshot of one query's records.

A locator lives two days and is never moved by later changes (facts, 3.2). Holds records in
memory; knows no HTTP.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from connectors.simulator.salesforce import errors, ids

_LIFE: Final = dt.timedelta(days=2)
_PREFIX: Final = "01g"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page: its records, how many the query found, and the locator of the next page."""

    records: list[dict[str, object]]
    total_size: int
    next_locator: str | None


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    records: list[dict[str, object]]
    total_size: int
    batch: int
    taken: dt.datetime


class Locators:
    """The open cursors of an org."""

    def __init__(self) -> None:
        self._open: dict[str, _Snapshot] = {}
        self._number = 0

    def first(
        self, records: list[dict[str, object]], total_size: int, batch: int, now: dt.datetime
    ) -> Page:
        """Give the first page of an answer; keep a snapshot if there are more."""
        snapshot = _Snapshot(records=records, total_size=total_size, batch=batch, taken=now)
        if len(records) <= batch:
            return Page(records=records, total_size=total_size, next_locator=None)
        self._number += 1
        name = ids.mint(_PREFIX, self._number)
        self._open[name] = snapshot
        return _page(name, snapshot, 0)

    def page(self, locator: str, now: dt.datetime) -> Page:
        """Give the page a locator names; asking twice gives the same page."""
        name, _, start = locator.rpartition("-")
        snapshot = self._open.get(name)
        known = snapshot is not None and start.isdigit() and now - snapshot.taken < _LIFE
        if not known or snapshot is None or int(start) >= len(snapshot.records):
            raise errors.SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return _page(name, snapshot, int(start))

    def close(self) -> None:
        """Forget every cursor, as a restarted server does."""
        self._open.clear()


def _page(name: str, snapshot: _Snapshot, start: int) -> Page:
    end = start + snapshot.batch
    more = end < len(snapshot.records)
    return Page(
        records=snapshot.records[start:end],
        total_size=snapshot.total_size,
        next_locator=f"{name}-{end}" if more else None,
    )
