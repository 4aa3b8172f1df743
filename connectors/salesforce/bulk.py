"""A first load through Bulk API 2.0: one job, its CSV straight into columns, page by page.

Chosen by how many rows there are; whatever goes wrong with the job itself leads back to REST. A
page that breaks off is asked for again by its locator, so rows may come twice and are to be stored
by id. Source: facts, salesforce 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv

from connectors.errors import CrmError, Refused, Retriable
from connectors.salesforce.client import Client, Record
from connectors.salesforce.page import Page
from connectors.streaming import Stream
from connectors.transport import MiB

#: Seconds without progress after which a job is given up (reliability F37).
MOST_PATIENCE: Final = 1_800.0
MOST_ATTEMPTS: Final = 3  # at one page
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 10.0
_BLOCK: Final = 8 * MiB  # no row is longer: the longest texts of all fields together
_OVER: Final = frozenset({"JobComplete", "Aborted", "Failed"})
_LAST: Final = "null"


class NoBulk(Exception):
    """Bulk cannot answer this; nothing was given out, and REST can be asked instead."""


def rows(client: Client, query: str, of: str) -> Iterator[Page]:
    """Yield the rows of a query, no ORDER BY, deleted and archived ones included.

    Raises NoBulk before the first page, CrmError after it.
    """
    try:
        job = client.start_job(query)
    except Refused as problem:
        raise NoBulk from problem
    state = ""
    try:
        done = _waited_for(client, str(job["id"]))
        state = str(done["state"])
        if state != "JobComplete":
            raise NoBulk
        yield from _pages(client, done, of)
    finally:
        with suppress(CrmError):  # what is left is Salesforce's to clear away, within a week
            client.end_job(str(job["id"]), over=state in _OVER)


def _waited_for(client: Client, job_id: str) -> Record:
    """The job when it is over. Raises NoBulk when it stands still."""
    waited, wait, seen = 0.0, _FIRST_WAIT, -1
    while waited < MOST_PATIENCE:
        job = client.job(job_id)
        if job.get("state") in _OVER:
            return job
        processed = job.get("numberRecordsProcessed")
        if isinstance(processed, int) and processed > seen:
            waited, seen = 0.0, processed
        client.transport.wait(wait)
        waited += wait
        wait = min(wait * 1.5, _LONGEST_WAIT)
    raise NoBulk


def _pages(client: Client, job: Record, of: str) -> Iterator[Page]:
    wanted = job.get("numberRecordsProcessed")
    locator: str | None = None
    seen: set[str] = set()
    read = 0
    while locator != _LAST:
        part = _Part(client, str(job["id"]), locator, of)
        yield from part.pages()
        read += part.rows
        locator = part.following
        if locator is None or locator in seen:
            raise _torn("did not say where the next rows are")
        seen.add(locator)
    if isinstance(wanted, int) and read != wanted:
        raise _torn("gave another number of rows than it had counted")


class _Part:
    """The rows behind one locator; how many, and the next locator, once they have been read."""

    def __init__(self, client: Client, job_id: str, locator: str | None, of: str) -> None:
        self._ask = (job_id, locator, client.bulk_page)
        self._client = client
        self._of = of
        self.rows = 0
        self.following: str | None = None

    def pages(self) -> Iterator[Page]:
        """Yield the rows; from the first one again where the answer broke off."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                yield from self._once()
                return
            except Retriable:
                if attempt == MOST_ATTEMPTS:
                    raise

    def _once(self) -> Iterator[Page]:
        self.rows = 0
        with self._client.job_rows(*self._ask) as stream:
            for batch in _batches(stream):
                self.rows += batch.num_rows
                yield Page(columns=batch, of=self._of)
            told = stream.headers.get("Sforce-NumberOfRecords")
            if told is not None and told != str(self.rows):
                raise _torn("gave another number of rows than it announced")
            self.following = stream.headers.get("Sforce-Locator")


def _batches(stream: Stream) -> Iterator[Any]:
    """CSV as it comes -> columns of text; an empty value is null."""
    names = [
        name.strip().strip('"') for name in stream.readline().decode("ascii", "replace").split(",")
    ]
    if not stream.more():
        return
    whole = True
    try:
        yield from csv.open_csv(
            stream,
            read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False, column_names=names),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowException:
        whole = False  # raised below: an error must not carry what could not be read
    if not whole:
        raise _torn("sent rows that are no CSV")


def _torn(what: str) -> Retriable:
    return Retriable(
        f"A bulk query of Salesforce {what}. The part is asked for again; rows that came are not "
        "counted as complete.",
        code="NO_ANSWER",
    )
