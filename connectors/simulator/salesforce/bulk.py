"""The routes of Bulk API 2.0 query jobs. Facts, salesforce 3.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.responses import Response

from connectors.simulator.salesforce.bulk_jobs import Job, api_error
from connectors.simulator.salesforce.bulk_results import Results, render
from connectors.simulator.salesforce.call import Call, answer
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.query import check_bulk, table
from connectors.simulator.salesforce.schema import Schema
from connectors.simulator.salesforce.soql_errors import SoqlError
from connectors.simulator.salesforce.soql_statement import Statement
from connectors.simulator.salesforce.times import stamp, wire

_MOST: Final = 250_000  # rows a page, where the caller names no number
_NEWLINES: Final = {"LF": "\n", "CRLF": "\r\n"}
#: Objects that have no bulk query, as integrators list them.
_WITHOUT: Final = frozenset({"TaskStatus", "TaskPriority"})


def create(call: Call) -> Response:
    """Take a query job."""
    body = call.json()
    operation, soql = body.get("operation"), body.get("query")
    if operation not in ("query", "queryAll") or not isinstance(soql, str):
        raise api_error("InvalidJob : operation and query must be given")
    if body.get("contentType", "CSV") != "CSV" or body.get("columnDelimiter", "COMMA") != "COMMA":
        raise NotSimulated("a content type or delimiter other than CSV and COMMA")
    newline = _NEWLINES.get(str(body.get("lineEnding", "LF")))
    if newline is None:
        raise api_error("InvalidJob : lineEnding must be LF or CRLF")
    job = _job(call, operation, soql, newline)
    call.org.jobs.add(job)
    return answer(_brief(job))


def _job(call: Call, operation: str, soql: str, newline: str) -> Job:
    all_rows, org, visible = operation == "queryAll", call.org, call.scene.visible
    try:
        entity = check_bulk(soql)
        found = visible.object(entity)
        if found is not None and found.name in _WITHOUT:
            raise SalesforceError(
                "INVALIDENTITY", f"Entity '{found.name}' is not supported by the Bulk API."
            )
        with org.store.lock:
            _table(org, visible, soql, all_rows=all_rows)  # says now what it would say later
    except SoqlError as refusal:
        raise api_error(f"{refusal.code}: {refusal.message}") from None

    def work() -> Results:
        with org.store.lock:
            statement, rows = _table(org, visible, soql, all_rows=all_rows)
            return render(statement, rows, newline=newline)

    return Job(
        id=org.jobs.mint(),
        operation=operation,
        entity=found.name if found else entity,
        version=call.version,
        created=wire(stamp(call.scene.now)),
        user_id=call.scene.user_id,
        newline=newline,
        work=work,
        waits=org.bulk_waits,
        failure=org.bulk_failure,
    )


def _table(
    org: Org, visible: Schema, soql: str, *, all_rows: bool
) -> tuple[Statement, Iterator[Sequence[object]]]:
    return table(
        org.store.connection, visible, soql, now=org.now(), zone=org.zone, all_rows=all_rows
    )


def every(call: Call) -> Response:
    """List the jobs."""
    jobs = [_brief(job) for job in call.org.jobs.every()]
    return answer({"done": True, "nextRecordsUrl": None, "records": jobs})


def one(call: Call) -> Response:
    """Tell how a job stands."""
    job = call.org.jobs.get(call.part("job_id"))
    job.look()
    told: dict[str, object] = {
        **_brief(job),
        "jobType": "V2Query",
        "retries": 0,
        "totalProcessingTime": 100,
        "isPkChunkingSupported": True,
    }
    if job.results is not None:
        told["numberRecordsProcessed"] = len(job.results)
    elif job.state == "Failed":
        told |= {"numberRecordsProcessed": 0, "errorMessage": job.failure}
    return answer(told)


def results(call: Call) -> Response:
    """Give a page of a job's rows as CSV."""
    job = call.org.jobs.get(call.part("job_id"))
    if job.version != call.version:
        raise SalesforceError(
            "API_ERROR", "The job was created with another version of the API", status=409
        )
    wanted = call.parameter("maxRecords") or str(_MOST)
    if not wanted.isdigit() or int(wanted) < 1:
        raise api_error("maxRecords must be a positive number")
    body, count, locator = job.page(call.parameter("locator"), int(wanted))
    heads = {"Sforce-NumberOfRecords": str(count), "Sforce-Locator": locator}
    return Response(body, 200, headers=heads, media_type="text/csv")


def abort(call: Call) -> Response:
    """End a job."""
    if call.json() != {"state": "Aborted"}:
        raise api_error("Only the state Aborted can be set")
    job = call.org.jobs.get(call.part("job_id"))
    call.org.jobs.abort(job)
    return answer(_brief(job))


def delete(call: Call) -> Response:
    """Forget a job that is over."""
    call.org.jobs.delete(call.org.jobs.get(call.part("job_id")))
    return Response(status_code=204)


def _brief(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.entity,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.created,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": "LF" if job.newline == "\n" else "CRLF",
        "columnDelimiter": "COMMA",
    }
