"""Salesforce's errors, sorted by what the caller should do. A table first, then the odd shapes.

Decided by Salesforce's own error code, and by status only where there is none: the daily limit is
a 403 like a missing permission is. Messages never repeat Salesforce's own text, which may quote
the query and clients' data. Source: facts, salesforce 3.1 and 3.8.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.errors import CrmError, Refused, Retriable, Unusable
from connectors.outcome import TurnedAway
from connectors.status_faults import busy, foreign, login_down, unknown_change
from connectors.transport import Reply

_CRM: Final = "Salesforce"
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,79}")
_OAUTH_CODE: Final = re.compile(r"[a-z][a-z0-9_]{2,59}")

#: The org's own answer to "not now": the request did nothing.
PASSING: Final[Mapping[str, str]] = {
    "UNABLE_TO_LOCK_ROW": "somebody else is changing the same record",
    "TOO_MANY_APEX_REQUESTS": "too many of the org's own automations are running",
    "SERVER_UNAVAILABLE": "its server is not available",
    "REQUEST_RUNNING_TOO_LONG": "the request ran too long",
    "QUERY_TIMEOUT": "the query ran longer than two minutes",
    "OPERATION_TOO_LARGE": "the query touched too many records at once",
    "INVALID_QUERY_LOCATOR": "the rest of a query's answer is no longer kept",
}

#: Nothing works until a person acts.
HOPELESS: Final[Mapping[str, str]] = {
    "REQUEST_LIMIT_EXCEEDED": (
        "Salesforce refuses further requests: the org's API allowance of the last 24 hours is used "
        "up. Wait until calls become free again, or see which integration uses them in Setup > "
        "System Overview"
    ),
    "API_DISABLED_FOR_ORG": (
        "Salesforce refuses the API for this org or user. Give the user the permission "
        "“API Enabled”, and check that the org's edition includes the API"
    ),
    "API_CURRENTLY_DISABLED": (
        "Salesforce has switched the API of this org off for now. Ask its administrator or see "
        "status.salesforce.com"
    ),
    "TXN_SECURITY_NO_ACCESS": (
        "A transaction security policy of the org stopped the request. Ask the administrator to "
        "exempt the integration user"
    ),
    "TXN_SECURITY_METERING_ERROR": (
        "Transaction security could not judge the request in time. Give the integration user the "
        "permission “Exempt from Transaction Security”"
    ),
    "TXN_SECURITY_RUNTIME_ERROR": (
        "A transaction security policy of the org failed. Ask the administrator to look at it"
    ),
    "TXN_SECURITY_APEX_ERROR": (
        "A transaction security policy of the org failed. Ask the administrator to look at it"
    ),
    "STORAGE_LIMIT_EXCEEDED": (
        "The org's data storage is full, so nothing can be written. Free some in Setup > Storage "
        "Usage"
    ),
}

#: Refusals whose remedy is known; any other code is named as it is.
REMEDIES: Final[Mapping[str, str]] = {
    "INSUFFICIENT_ACCESS": "Give the integration user access to the record or object",
    "INVALID_FIELD": "Grant the field to the integration user, then run again",
    "INVALID_TYPE": "Grant the object to the integration user, then run again",
    "NOT_FOUND": "The record, field or object is gone, or hidden from the integration user",
    "ENTITY_IS_DELETED": "The record has been deleted; nothing needs to be done",
    "DUPLICATE_VALUE": "A record with the same key is there already",
    "PRECONDITION_FAILED": "A person changed the record meanwhile; the next run looks again",
}

#: Codes that repeating the same request at once cannot mend.
MENDED_BY_CALLER: Final = frozenset(
    {"QUERY_TIMEOUT", "OPERATION_TOO_LARGE", "INVALID_QUERY_LOCATOR"}
)

_LOGIN: Final[Mapping[str, str]] = {
    "invalid_client": "Check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET",
    "invalid_client_id": "Check SALESFORCE_CLIENT_ID",
    "invalid_grant": (
        "Check that the app allows the client credentials flow and names a run-as user, and that "
        "the base address is the org's own My Domain"
    ),
    "inactive_user": "The app's run-as user is inactive: name an active one",
    "app_not_found": "Check that the app is installed in this org, and the base address",
}


def fault(reply: Reply) -> CrmError:
    """Name what went wrong. Never raises, whatever the body is."""
    if reply.login:
        return _login_fault(reply)
    code = error_code(reply.payload)
    if reply.status == http.client.UNAUTHORIZED:
        return _unauthorized(code)
    if code == "REQUEST_LIMIT_EXCEEDED" and _is_concurrent(reply.payload):
        return _crowded(reply)
    if code in HOPELESS:
        return Unusable(f"{HOPELESS[code]} ({code}).", code=code, status=reply.status)
    if code in PASSING:
        return _passing(reply, code)
    if reply.status == http.client.MULTIPLE_CHOICES:
        return _not_unique()
    if _is_overload(reply.status):
        return _overload(reply, code)
    return _refusal(reply, code)


def error_code(payload: Any) -> str:
    """Read Salesforce's code from an error body, a list or an object; "" when there is none.

    An action's refusal wraps its errors in a result (facts 3.6).
    """
    first = payload[0] if isinstance(payload, list) and payload else payload
    if isinstance(first, dict) and first.get("isSuccess") is False:
        errors = first.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    code = first.get("errorCode") or first.get("statusCode")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _is_concurrent(payload: Any) -> bool:
    """Tell the limit of requests at one time from the daily one: only the text says which."""
    first = payload[0] if isinstance(payload, list) and payload else None
    said = first.get("message") if isinstance(first, dict) else None
    return isinstance(said, str) and "concurrent" in said.lower()


def _crowded(reply: Reply) -> CrmError:
    return TurnedAway(
        "Salesforce handles as many long requests of this org at one time as it may "
        "(REQUEST_LIMIT_EXCEEDED, concurrent requests). The next run asks again.",
        code="CONCURRENT_REQUESTS",
        status=reply.status,
        after=reply.after,
    )


def _login_fault(reply: Reply) -> CrmError:
    code = reply.payload.get("error") if isinstance(reply.payload, dict) else None
    known = isinstance(code, str) and _OAUTH_CODE.fullmatch(code) is not None
    if _is_overload(reply.status) and not known:
        return login_down(_CRM, reply)
    name = str(code) if known else f"status {reply.status}"
    remedy = _LOGIN.get(name, "Check SALESFORCE_CLIENT_ID, the secret, and the base address")
    return Unusable(
        f"Salesforce did not accept the client id and secret of the app ({name}). {remedy}.",
        code=name if known else "",
        status=reply.status,
    )


def _unauthorized(code: str) -> Unusable:
    return Unusable(
        "Salesforce keeps refusing the token it has just issued. Check the app's IP relaxation and "
        "session settings, and that its run-as user may use the API.",
        code=code or "UNAUTHORIZED",
        status=http.client.UNAUTHORIZED,
    )


def _passing(reply: Reply, code: str) -> CrmError:
    if not reply.read and reply.status >= http.client.INTERNAL_SERVER_ERROR:
        return unknown_change(_CRM, reply, code)
    return Retriable(
        f"Salesforce could not answer just now: {PASSING[code]} ({code}). The next run asks again.",
        code=code,
        status=reply.status,
        after=reply.after,
    )


def _not_unique() -> Unusable:
    return Unusable(
        "Several tasks carry the same Followthrough key, so the key field is no longer unique. "
        "Deploy the field from deploy/salesforce again; nothing is written until then.",
        code="KEY_NOT_UNIQUE",
        status=http.client.MULTIPLE_CHOICES,
    )


def _is_overload(status: int) -> bool:
    return status >= http.client.INTERNAL_SERVER_ERROR or status in {408, 420, 429}


def _overload(reply: Reply, code: str) -> CrmError:
    if not reply.read and reply.status != http.client.TOO_MANY_REQUESTS:
        return unknown_change(_CRM, reply, code)
    return busy(_CRM, reply, code)


def _refusal(reply: Reply, code: str) -> CrmError:
    if not code and reply.status == http.client.PRECONDITION_FAILED:
        code = "PRECONDITION_FAILED"
    if code:
        remedy = REMEDIES.get(code, "Look the code up in Salesforce's API error list")
        return Refused(
            f"Salesforce refused the request ({code}). {remedy}.", code=code, status=reply.status
        )
    return foreign(_CRM, reply, code)
