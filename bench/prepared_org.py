"""An embedded Salesforce org whose many rows come from `prepared.py`: in a process of its own.

Login, describe, query jobs with their states and locators, limits and errors are the simulator's
own, over real sockets. Only three things are prepared: what `SELECT COUNT()` finds, the rows of a
query job, and the pages of a query by REST. An answer that was given once is kept where `keep` says
so, so that the second time costs its maker nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import parse_qs

from bench.prepared import ACTIVITIES, SHARES, Rows, as_csv, as_json, as_records, rows_of
from connectors.simulator.company import DIALECTS, company
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import Instead
from connectors.simulator.salesforce.bulk_jobs import Job, Jobs
from connectors.simulator.salesforce.bulk_results import Results
from connectors.simulator.server import Simulator

NOW: Final = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
#: Rows of a page by REST, as many as Salesforce gives.
REST_PAGE: Final = 2_000
#: Where an answer's bytes may be had again, for who only fetches them.
AGAIN: Final = "/services/data/v66.0/again/"

_COUNT: Final = re.compile(r"SELECT COUNT\(\) FROM (\w+)")
_PAGE: Final = re.compile(r"SELECT (.+) FROM (\w+) WHERE \w+ < ")
_LOCATOR: Final = re.compile(r"/services/data/v([\d.]+)/query/([A-Za-z]+)-(\d+)")
_JSON: Final = {"Content-Type": "application/json;charset=UTF-8"}


@dataclass(kw_only=True)
class Prepared:
    """What is answered in place of the simulator's own small company."""

    rows: Rows
    keep: bool
    _kept: dict[tuple[object, ...], bytes] = field(default_factory=dict)
    _fields: dict[str, list[str]] = field(default_factory=dict)  # of the last query by REST

    def __call__(self, _: int, arrival: Arrival) -> Instead | None:
        """What a request is answered, or None: the simulator answers it."""
        body = self._body(arrival)
        return None if body is None else Instead(status=200, body=body, headers=_JSON)

    def once(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """Bytes that are made once, where they are kept."""
        if key in self._kept:
            return self._kept[key]
        made = make()
        if self.keep:
            self._kept[key] = made
        return made

    def _body(self, arrival: Arrival) -> bytes | None:
        if arrival.path.startswith(AGAIN):
            format_, number = arrival.path.removeprefix(AGAIN).split("/")
            every = [body for key, body in self._kept.items() if key[0] == format_]
            return every[int(number)] if int(number) < len(every) else b"no more"
        following = _LOCATOR.fullmatch(arrival.path)
        if following:
            return self._page(following[2], int(following[3]), following[1])
        if not arrival.path.endswith(("/query", "/queryAll")) or arrival.method != "GET":
            return None
        return self._queried(_soql(arrival.query), arrival.path.split("/v")[1].split("/")[0])

    def _queried(self, soql: str, version: str) -> bytes | None:
        counted, paged = _COUNT.match(soql), _PAGE.match(soql)
        if counted and counted[1] in SHARES:
            found = {"totalSize": rows_of(counted[1], self.rows.deals), "done": True}
            return as_json(found | {"records": []})
        if paged and paged[2] in SHARES:
            self._fields[paged[2]] = paged[1].split(", ")
            return self._page(paged[2], 0, version)
        return None

    def _page(self, name: str, start: int, version: str) -> bytes:
        fields, base = self._fields[name], f"/services/data/v{version}"
        whole = rows_of(name, self.rows.deals) or 0
        end = min(start + REST_PAGE, whole)

        def make() -> bytes:
            page = {"totalSize": whole, "done": end == whole}
            if end < whole:
                page |= {"nextRecordsUrl": f"{base}/query/{name}-{end}"}
            table = self.rows.table(name, fields, start, end)
            return as_json(page | {"records": as_records(table, name, base)})

        return self.once(("json", name, start, *fields), make)


class PreparedResults(Results):
    """The rows of one job, made when they are asked for."""

    def __init__(self, prepared: Prepared, name: str, fields: list[str]) -> None:
        self._prepared, self._name, self._fields = prepared, name, fields

    def __len__(self) -> int:
        return rows_of(self._name, self._prepared.rows.deals) or 0

    def page(self, start: int, most: int) -> tuple[bytes, int]:
        """The rows from `start` on, at most `most`, under the head; and where the next begin."""
        end = min(start + most, len(self))

        def make() -> bytes:
            return as_csv(self._prepared.rows.table(self._name, self._fields, start, end))

        return self._prepared.once(("csv", self._name, start, end, *self._fields), make), end

    def close(self) -> None:
        """Nothing is held open."""


class PreparedJobs(Jobs):
    """The org's jobs: the simulator checks a query and runs it, and its rows are made here."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__()
        self._prepared = prepared

    def add(self, job: Job) -> None:
        """Take a new job."""
        if job.entity in SHARES:
            checked = job.work

            def work() -> Results:
                head, _ = (empty := checked()).page(0, 1)
                empty.close()
                names = [name.strip('"') for name in head.decode().splitlines()[0].split(",")]
                return PreparedResults(self._prepared, job.entity, names)

            job.work = work
        super().add(job)


def activities(deals: int) -> int:
    """How many activities a company of so many deals has."""
    return sum(rows_of(name, deals) or 0 for name in ACTIVITIES)


def serve(pipe: Connection, deals: int, keep: bool) -> None:
    """Serve until something comes through the pipe; what to export for it goes out first."""
    org: Any = company("salesforce", lambda: NOW, story=False)
    org.daily_calls = 10_000_000
    org.bulk_waits = 0
    prepared = Prepared(rows=Rows(deals=deals), keep=keep)
    org.jobs = PreparedJobs(prepared)
    with Simulator(org, prepared) as simulator:
        pipe.send(DIALECTS["salesforce"].variables(org, simulator.base_url))
        pipe.recv()


def _soql(query: str) -> str:
    return parse_qs(query).get("q", [""])[0]
