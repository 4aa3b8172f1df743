"""Answers that a script puts in the place of the truth, in each CRM's form; edits of true ones.

Knows the outer form of both vendors' answers and nothing of their records.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

from connectors.simulator.exchange import Answer

_JSON: Final = "application/json;charset=UTF-8"
_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head>"
    "<body><h1>We will be back soon</h1></body></html>"
)
#: CRM -> status -> the code that its error body has where the script names none.
_CODES: Final[Mapping[str, Mapping[int, str]]] = {
    "salesforce": {
        401: "INVALID_SESSION_ID",
        403: "INSUFFICIENT_ACCESS",
        404: "NOT_FOUND",
        429: "SERVER_UNAVAILABLE",
        503: "SERVER_UNAVAILABLE",
    },
    "hubspot": {
        401: "INVALID_AUTHENTICATION",
        403: "MISSING_SCOPES",
        404: "OBJECT_NOT_FOUND",
        429: "RATE_LIMITS",
    },
}
_OTHERWISE: Final = {"salesforce": "UNKNOWN_EXCEPTION", "hubspot": "INTERNAL_ERROR"}
_SAID: Final = "A fault by script."

Headers = Mapping[str, str]


def page(status: int) -> tuple[str, Headers]:
    """A page of HTML, as a proxy or a maintenance server sends it."""
    return _PAGE, {"content-type": "text/html;charset=UTF-8"}


def error(crm: str, status: int, code: str | None, policy: str | None) -> tuple[str, Headers]:
    """The CRM's own error body for a status; `policy` names the limit that was hit."""
    code = code or _CODES[crm].get(status, _OTHERWISE[crm])
    body: Any = [{"message": _SAID, "errorCode": code}]
    if crm == "hubspot":
        body = {"status": "error", "message": _SAID, "correlationId": "0", "category": code}
        if policy:
            body |= {"errorType": "RATE_LIMIT", "policyName": policy}
    return json.dumps(body), {"content-type": _JSON}


# -- edits of what is true --------------------------------------------------------------------


def rows_twice(answer: Answer) -> Answer:
    """Every row of a page comes twice."""
    return _edited(answer, lambda rows: [one for row in rows for one in (row, row)])


def rows_lost(answer: Answer) -> Answer:
    """The last row of a page is missing, though the page counts it."""
    return _edited(answer, lambda rows: rows[:-1])


def rows_reversed(answer: Answer) -> Answer:
    """The rows of a page come in the wrong order."""
    return _edited(answer, lambda rows: rows[::-1])


def partial(answer: Answer) -> Answer:
    """A batch of which the last item failed: 207 with an error beside the results."""
    payload = _payload(answer)
    if isinstance(payload, list) and payload:
        unlocked = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": _SAID, "fields": []}
        payload[-1] = {"success": False, "errors": [unlocked]}
        return _with(answer, payload)
    if not isinstance(payload, dict) or not payload.get("results"):
        return answer
    last = payload["results"].pop()
    name = str(last.get("id") or (last.get("from") or {}).get("id") or "")
    failed: dict[str, Any] = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": _SAID,
        "context": {"ids": [name]},
    }
    payload |= {"numErrors": 1, "errors": [failed]}
    return _with(answer, payload, status=207)


def skewed(seconds: float) -> Callable[[Answer], Answer]:
    """The Date header is so many seconds ahead (negative: behind)."""

    def change(answer: Answer) -> Answer:
        headers = {name.lower(): value for name, value in answer.headers}
        at = parsedate_to_datetime(headers["date"]) + dt.timedelta(seconds=seconds)
        headers["date"] = format_datetime(at, usegmt=True)
        return Answer(status=answer.status, headers=tuple(headers.items()), body=answer.body)

    return change


#: Words of a script -> how they change a true answer.
EDITS: Final[Mapping[str, Callable[[Answer], Answer]]] = {
    "rows-twice": rows_twice,
    "rows-lost": rows_lost,
    "rows-reversed": rows_reversed,
    "partial": partial,
}


def _edited(answer: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    payload = _payload(answer)
    named = ("records", "results")
    name = next((one for one in named if isinstance(payload, dict) and one in payload), None)
    if name is None:
        return answer
    payload[name] = change(payload[name])
    return _with(answer, payload)


def _payload(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def _with(answer: Answer, payload: Any, status: int | None = None) -> Answer:
    headers = tuple(
        (name, value) for name, value in answer.headers if name.lower() != "content-length"
    )
    body = json.dumps(payload).encode()
    return Answer(status=status or answer.status, headers=headers, body=body)
