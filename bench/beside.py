"""The bulk path beside simple-salesforce's `query_all_iter`: the same rows into the same tables.

The answers are rendered once, before anything is measured, so that their maker's time is not. Each
round reads all rows by both ways, one after the other, and fetches the same bytes without looking
at them; a ratio is one of a round. That both give the same table is compared, not supposed. The
tables are the canonical ones that the mirror stores; on either side the same functions make them
of what came, so that what differs is how rows get from the wire into columns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import requests
from simple_salesforce.api import Salesforce

from bench.prepared_org import AGAIN, NOW, REST_PAGE
from bench.watch import Watch
from connectors.base import Connector, Window
from connectors.model import EVERY_STREAM
from connectors.open import CrmSettings, open_connector
from connectors.salesforce import mapping
from connectors.salesforce.mapping import Known, Page
from connectors.salesforce.objects import SOURCES
from connectors.salesforce.pull import MAPPERS

#: The object that is read: calls, mails and tasks, five for each deal.
OBJECT: Final = "Task"
_CURSOR: Final = "SystemModstamp"
_WINDOW: Final = Window(since=None, until=NOW)


def beside(settings: CrmSettings, rounds: int) -> list[float]:
    """Measure and print; return how many times as many rows a second ours has, by round."""
    connector = open_connector(
        settings.model_copy(update={"bulk_above": 0}), stop=threading.Event()
    )
    assert settings.base_url is not None
    base = settings.base_url
    try:
        identical = _same(ours(connector), theirs(base))
        print(f"{'the same table':44}{'yes' if identical else 'NO'}")
        ratios = [_round(connector, base) for _ in range(rounds)]
    finally:
        connector.close()
    return ratios


def _round(connector: Connector, base: str) -> float:
    watch = Watch()
    table = watch("ours", lambda: ours(connector))
    watch("theirs", lambda: theirs(base))
    fetched = {kind: watch(kind, lambda kind=kind: fetch(base, kind)) for kind in ("csv", "json")}
    for name, said in _SAID.items():
        seconds, spent = watch.seconds[name], watch.processor[name]
        size = f"{fetched[name] / 1e6:>9.1f} MB" if name in fetched else ""
        print(f"{said:44}{seconds:>8.2f} s{spent:>8.2f} s of processors{len(table) / seconds:>12,.0f} rows/s{size}")
    by_clock = watch.seconds["theirs"] / watch.seconds["ours"]
    spent = watch.processor["theirs"] / watch.processor["ours"]
    print(f"{'times as many rows/s':44}{by_clock:>8.2f}  {spent:>8.2f}   by processors\n")
    return by_clock


_SAID: Final[Mapping[str, str]] = {
    "ours": "ours, Bulk API 2.0",
    "theirs": "simple-salesforce, query_all_iter",
    "csv": "the bytes of ours, fetched without parsing",
    "json": "the bytes of theirs, fetched without parsing",
}


def ours(connector: Connector) -> pa.Table:
    """All rows by the connector, as the worker reads them the first time."""
    batches = [batch.rows for batch in connector.pull(OBJECT, _WINDOW)]
    return pa.Table.from_batches(batches, EVERY_STREAM["activities"])


class _Plain(requests.Session):
    """The library writes `https:` whatever it is told; the loopback has none."""

    def request(self, method: Any, url: Any, *said: Any, **more: Any) -> requests.Response:
        return super().request(method, str(url).replace("https:", "http:", 1), *said, **more)


def theirs(base: str) -> pa.Table:
    """All rows by simple-salesforce, made into the same columns a page at a time."""
    session = _Plain()
    client = Salesforce(
        session_id="not looked at", instance_url=base, version="66.0", session=session
    )
    names = dict.fromkeys(("Id", "IsDeleted", _CURSOR, *SOURCES[OBJECT].fields))
    query = f"SELECT {', '.join(names)} FROM {OBJECT} WHERE {_CURSOR} < {NOW:%Y-%m-%dT%H:%M:%SZ}"
    rows = client.query_all_iter(query, include_deleted=True)
    batches = []
    for records in _pages(rows):
        page = Page(records, of=OBJECT)
        columns = MAPPERS[OBJECT](page, Known())
        batches.append(mapping.batch("activities", page, columns, _CURSOR))
    return pa.Table.from_batches(batches, EVERY_STREAM["activities"])


def fetch(base: str, kind: str) -> int:
    """All answers of a kind that were given before, as bytes and no more; how many these are."""
    whole = 0
    with requests.Session() as session:
        for number in count():
            body = session.get(f"{base}{AGAIN}{kind}/{number}").content
            if body == b"no more":
                return whole
            whole += len(body)
    return whole


def _pages(rows: Iterable[Any]) -> Iterator[list[Any]]:
    every = iter(rows)
    while page := list(islice(every, REST_PAGE)):
        yield page


def _same(one: pa.Table, other: pa.Table) -> bool:
    return one.combine_chunks().equals(other.combine_chunks())
