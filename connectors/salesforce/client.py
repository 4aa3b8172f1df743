"""simple-salesforce, and the few calls of it that we make. The library is known here only.

It gets our transport as its session and a token that is never sent: the transport signs. Its own
login, retry and error handling are therefore never reached (facts, libraries 2.1).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from connectors.errors import OutcomeUnknown, Refused, Retriable
from connectors.salesforce.auth import VERSIONS_PATH
from connectors.salesforce.dialect import is_id
from connectors.streaming import Stream, streamed
from connectors.transport import Transport

_UNUSED_TOKEN: Final = "signed-by-the-transport"  # noqa: S105 - no secret, a placeholder

_SHORT_WHILE: Final = dt.timedelta(minutes=10)
_VERSION: Final = re.compile(r"\d{2,3}\.\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?(?:\+0000|Z)")

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ApiUse:
    """How the API is used: its version, and rows a page and a first load."""

    version: str
    page_size: int
    bulk_above: int  # rows above which a first load is a bulk job
    #: Rows in one answer of a job: some 25 MB, so that one which breaks off costs little
    #: (reliability F38).
    bulk_page: int = 50_000


class Client:
    """One org through simple-salesforce. Raises `connectors.errors` only."""

    def __init__(self, transport: Transport, use: ApiUse) -> None:
        self.transport = transport
        self.version = use.version
        self.bulk_above = use.bulk_above
        self.bulk_page = use.bulk_page
        self._library = Salesforce(
            session_id=_UNUSED_TOKEN,
            instance_url=transport.address.base,
            session=transport,
            version=use.version,
        )
        self._library.headers.pop("X-PrettyPrint", None)  # indents every page: bytes for nobody
        self._options = {"Sforce-Query-Options": f"batchSize={use.page_size}"}

    def pages(self, soql: str, *, deleted: bool = True) -> Iterator[list[Record]]:
        """Yield a query's pages; `deleted` rows, and archived ones, come too (facts 3.2)."""
        answer = self._library.query(soql, include_deleted=deleted, headers=self._options)
        seen: set[str] = set()
        while True:
            yield _records(answer)
            following = answer.get("nextRecordsUrl")
            if answer["done"]:
                return
            if not isinstance(following, str) or following in seen:
                raise _not_a_page()
            seen.add(following)
            answer = self._library.query_more(
                following, identifier_is_url=True, headers=self._options
            )

    def rows(self, soql: str, *, deleted: bool = False) -> list[Record]:
        """All records of a query that is known to be small."""
        return [record for page in self.pages(soql, deleted=deleted) for record in page]

    def count(self, query: str) -> int:
        """How many rows a `SELECT COUNT()` finds, deleted and archived ones included; 0 if that
        cannot be read."""
        answer = self._library.query(query, include_deleted=True)
        total = answer.get("totalSize") if isinstance(answer, dict) else None
        return total if isinstance(total, int) else 0

    def latest_covered(self, name: str, until: dt.datetime) -> dt.datetime | None:
        """The start of the oldest change of an object that is still under way, or `until`.

        Asked for a short while only: it brings the ids of all that changed meanwhile (facts 3.2).
        """
        answer = self._library.restful(
            f"sobjects/{name}/updated/",
            params={"start": _second(until - _SHORT_WHILE), "end": _second(until)},
        )
        told = answer.get("latestDateCovered") if isinstance(answer, dict) else None
        if not isinstance(told, str) or not _MOMENT.fullmatch(told):
            return None
        return dt.datetime.fromisoformat(told).astimezone(dt.UTC)

    def deleted_between(self, name: str, since: dt.datetime, until: dt.datetime) -> list[Record]:
        """Ids that were deleted in a span of time, those purged from the bin too (facts 3.2).

        As records with `id` and `deletedDate`; Salesforce remembers at most 15 days.
        """
        answer = self._library.restful(
            f"sobjects/{name}/deleted/", params={"start": _second(since), "end": _second(until)}
        )
        found = answer.get("deletedRecords") if isinstance(answer, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise _not_a_page()
        return found

    def start_job(self, query: str) -> Record:
        """Start a Bulk API 2.0 query over everything, deleted and archived rows too (facts 3.3)."""
        order = {"operation": "queryAll", "query": query, "contentType": "CSV"}
        form = {"columnDelimiter": "COMMA", "lineEnding": "LF"}
        return _job(self._library.restful("jobs/query", method="POST", json=order | form))

    def job(self, job_id: str) -> Record:
        """How a job stands."""
        return _job(self._library.restful(f"jobs/query/{job_id}"))

    def end_job(self, job_id: str, *, over: bool) -> None:
        """Abort a job that is not over, then delete it with its results."""
        if not over:
            self._library.restful(f"jobs/query/{job_id}", method="PATCH", json={"state": "Aborted"})
        self._library.restful(f"jobs/query/{job_id}", method="DELETE")

    def job_rows(
        self, job_id: str, locator: str | None, most: int
    ) -> AbstractContextManager[Stream]:
        """Open one page of a job's rows, CSV with a head, to be read as it comes."""
        rest = f"&locator={quote(locator, safe='')}" if locator else ""
        url = f"{self._library.base_url}jobs/query/{job_id}/results?maxRecords={most}{rest}"
        return streamed(self.transport, url, kind="text/csv")

    def describe(self, name: str) -> Record | None:
        """An object's describe; None where it is missing or hidden, which look the same."""
        try:
            answer = self._library.restful(f"sobjects/{name}/describe")
        except Refused:
            return None
        if not isinstance(answer, dict) or not isinstance(answer.get("fields"), list):
            raise Retriable(
                f"Salesforce's description of {name} could not be read. The next run asks again.",
                code="NO_ANSWER",
            )
        return answer

    def versions(self) -> tuple[str, ...]:
        """The API versions that the org offers, the oldest first; needs no token, costs no call."""
        answer = self.transport.request("GET", self.transport.address.base + VERSIONS_PATH).json()
        told = answer if isinstance(answer, list) else []
        found = (one.get("version") for one in told if isinstance(one, dict))
        return tuple(one for one in found if isinstance(one, str) and _VERSION.fullmatch(one))

    def user_info(self) -> Record:
        """Whom the token stands for."""
        answer = self._library.oauth2("userinfo")
        return answer if isinstance(answer, dict) else {}

    def create(self, records: Sequence[Mapping[str, Any]]) -> Any:
        """Create up to 200 records, each for itself; the answer as it came (facts 3.4)."""
        return self._library.restful(
            "composite/sobjects",
            method="POST",
            json={"allOrNone": False, "records": list(records)},
        )

    def make(self, name: str, values: Mapping[str, Any]) -> str:
        """Create one record of an object that is not the worker's daily work; its id."""
        return _made(self._library.restful(f"sobjects/{name}", method="POST", json=dict(values)))

    def make_field(self, full_name: str, definition: Mapping[str, Any]) -> str:
        """Create a custom field (Tooling API); nobody may see it until it is granted."""
        given = {"FullName": full_name, "Metadata": dict(definition)}
        answer = self._library.restful("tooling/sobjects/CustomField", method="POST", json=given)
        return _made(answer)

    def setup_rows(self, soql: str) -> list[Record]:
        """All records of a small query over what an administrator set up (Tooling API)."""
        return _records(self._library.restful("tooling/query", params={"q": soql}))

    def act(self, name: str, given: Mapping[str, Any]) -> Any:
        """Run a standard action once, on one input; the answer as it came (facts 3.6)."""
        return self._library.restful(
            f"actions/standard/{name}", method="POST", json={"inputs": [dict(given)]}
        )

    def post(self, given: Mapping[str, Any]) -> Any:
        """Post on a record's feed, once; the answer as it came (facts 3.6)."""
        return self._library.restful("chatter/feed-elements", method="POST", json=dict(given))

    def change_task(self, task_id: str, values: Mapping[str, Any], unchanged_since: str) -> None:
        """Change a task unless somebody did since `unchanged_since`, a moment as Salesforce sends.

        Raises Refused with code PRECONDITION_FAILED when somebody did.
        """
        if not is_id(task_id, "00T"):
            raise Refused("A task was not changed: its id is not one of a task.", code="BAD_ID")
        moment = dt.datetime.fromisoformat(unchanged_since).astimezone(dt.UTC)
        answer = self._library.restful(
            f"sobjects/Task/{task_id}",
            method="PATCH",
            json=dict(values),
            headers={"If-Unmodified-Since": format_datetime(moment, usegmt=True)},
        )
        if answer is not None:
            raise OutcomeUnknown(
                "Salesforce answered a change of a task in a way it never does, so nobody knows "
                "whether it took place. The task is read again before anything else is sent.",
                code="NO_ANSWER",
            )

    def delete_task(self, task_id: str) -> None:
        """Put a task into the recycle bin."""
        if not is_id(task_id, "00T"):
            raise Refused("A task was not deleted: its id is not one of a task.", code="BAD_ID")
        self._library.restful(f"sobjects/Task/{task_id}", method="DELETE")


def soql(template: str, **values: Any) -> str:
    """Fill values into a query, quoted and escaped by the library; datetimes must be aware."""
    return str(format_soql(template, **values))


def _made(answer: Any) -> str:
    made = answer.get("id") if isinstance(answer, dict) and answer.get("success") is True else None
    if not is_id(made):
        raise OutcomeUnknown(
            "Salesforce answered a creation in a way it never does, so nobody knows whether it "
            "took place. Look in Setup before it is tried again.",
            code="NO_ANSWER",
        )
    return str(made)


def _second(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _job(answer: Any) -> Record:
    if not isinstance(answer, dict) or not is_id(answer.get("id"), "750"):
        raise Retriable(
            "Salesforce answered about a query job with something that is none. Nothing was "
            "stored of it; the next run asks again.",
            code="NO_ANSWER",
        )
    return answer


def _records(answer: Any) -> list[Record]:
    records = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(records, list) or not isinstance(answer.get("done"), bool):
        raise _not_a_page()
    if not all(isinstance(record, dict) for record in records):
        raise _not_a_page()
    return records


def _not_a_page() -> Retriable:
    return Retriable(
        "Salesforce answered a query with something that is no page of records. Nothing was stored "
        "of it; the next run asks again.",
        code="NO_ANSWER",
    )
