"""The bulk path beside simple-salesforce's `query_all_iter`: the same rows into the same tables.

The answers are rendered once, before anything is measured, so that their maker's time is not. Each
round reads all rows by both ways, one after the other, and fetches the same bytes without looking
at them; a ratio is one of a round. That both give the same table is compared, not supposed. The
tables are the canonical ones that the mirror stores; on either side the same functions make them
of what came, so that what differs is how rows get from the wire into columns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import count, islice
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


def beside(settings: CrmSettings, rounds: int) -> bool:
    """Measure and print; tell whether both ways gave the same table."""
    connector = open_connector(
        settings.model_copy(update={"bulk_above": 0}), stop=threading.Event()
    )
    assert settings.base_url is not None
    base = settings.base_url
    try:
        identical = _same(ours(connector), theirs(base))
        print(f"{'the same table':44}{'yes' if identical else 'NO'}")
        for _ in range(rounds):
            _round(connector, base)
    finally:
        connector.close()
    return identical


def _round(connector: Connector, base: str) -> None:
    watch = Watch()
    rows = len(watch("ours", lambda: ours(connector)))
    watch("theirs", lambda: theirs(base))
    watch("drained", lambda: sum(1 for _ in queried(base)))
    fetched = {kind: watch(kind, partial(fetch, base, kind)) for kind in ("csv", "json")}
    print(f"{rows:,} rows of {OBJECT:33}{'clock':>10}{'processors':>12}{'rows/s':>12}{'MB':>9}")
    for name, said in _SAID.items():
        seconds, spent = watch.seconds[name], watch.processor[name]
        size = f"{fetched[name] / 1e6:>9.1f}" if name in fetched else ""
        print(f"{said:50}{seconds:>8.2f} s{spent:>10.2f} s{rows / seconds:>12,.0f}{size}")
    for name, said in (("theirs", "times the rows/s"), ("drained", "times, theirs without tables")):
        by_clock = watch.seconds[name] / watch.seconds["ours"]
        print(f"{said:50}{by_clock:>8.2f}{watch.processor[name] / watch.processor['ours']:>12.2f}")
    print()


_SAID: Final[Mapping[str, str]] = {
    "ours": "ours, Bulk API 2.0",
    "theirs": "simple-salesforce, query_all_iter",
    "drained": "the same, its rows thrown away",
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
    batches = []
    for records in _pages(queried(base)):
        page = Page(records, of=OBJECT)
        columns = MAPPERS[OBJECT](page, Known())
        batches.append(mapping.batch("activities", page, columns, _CURSOR))
    return pa.Table.from_batches(batches, EVERY_STREAM["activities"])


def queried(base: str) -> Iterator[Any]:
    """All rows as simple-salesforce gives them."""
    session = _Plain()
    client = Salesforce(
        session_id="not looked at", instance_url=base, version="66.0", session=session
    )
    names = dict.fromkeys(("Id", "IsDeleted", _CURSOR, *SOURCES[OBJECT].fields))
    query = f"SELECT {', '.join(names)} FROM {OBJECT} WHERE {_CURSOR} < {NOW:%Y-%m-%dT%H:%M:%SZ}"
    rows: Iterator[Any] = client.query_all_iter(query, include_deleted=True)
    return rows


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
