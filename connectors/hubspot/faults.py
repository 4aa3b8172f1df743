"""HubSpot's errors, sorted by what the caller should do. Tables first, then the odd shapes.

Decided by status, by `policyName` where a limit was met, and by the codes in the body. Messages
never repeat HubSpot's own text, which may quote clients' data. Source: facts, hubspot 4.8 and 5.2.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from connectors.errors import CrmError, Refused, Unusable
from connectors.outcome import TurnedAway
from connectors.status_faults import busy, foreign, login_down, unknown_change
from connectors.transport import Reply

KEY_TAKEN: Final = "KEY_TAKEN"
MISSING_SCOPES: Final = "MISSING_SCOPES"
NOT_FOUND: Final = "NOT_FOUND"
MIGRATING: Final = 477
MALFORMED_TOKEN: Final = 530

_CRM: Final = "HubSpot"
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,79}")
_SCOPE: Final = re.compile(r"[a-z][a-z0-9_.-]{2,79}")
_OAUTH_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,59}")
_TAKEN: Final = re.compile(r"\balready (?:has that value|exists)\b")

#: policyName -> seconds until asking again makes sense, where no Retry-After says so.
BURSTS: Final[Mapping[str, float]] = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
_BURST: Final = 10.0
_LOCK: Final = 2.0

#: Refusals whose remedy is known; any other code is named as it is.
REMEDIES: Final[Mapping[str, str]] = {
    KEY_TAKEN: "A record with the same key is there already",
    NOT_FOUND: "The record, object or property is gone, or hidden from this app",
    "PROPERTY_DOESNT_EXIST": (
        "Create the property as deploy/hubspot/README.md says, or take it out of the rules"
    ),
    "MISSING_REQUIRED_PROPERTY": (
        "This account demands a property on new tasks that Followthrough has no value for; make "
        "it optional"
    ),
    "MISSING_CONDITIONAL_REQUIRED_PROPERTY": (
        "This account demands a property on new tasks that Followthrough has no value for; make "
        "it optional"
    ),
    "VALIDATION_ERROR": "A value was not accepted: see the record and its owner in HubSpot",
    "OBJECT_NOT_FOUND": "The record is gone, or hidden from this app",
}

_LOGIN: Final[Mapping[str, str]] = {
    "BAD_REFRESH_TOKEN": "Install the app in the account again and set HUBSPOT_REFRESH_TOKEN",
    "invalid_grant": "Install the app in the account again and set HUBSPOT_REFRESH_TOKEN",
    "BAD_CLIENT_ID": "Check HUBSPOT_CLIENT_ID",
    "invalid_client": "Check HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET",
    "BAD_HUB": "The app is no longer installed in this account: install it again",
    "access_denied": "The app is no longer installed in this account: install it again",
}


class MissingScopes(Refused):
    """The app may not do this. `scopes` are those of which one, or all, are needed."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        named = " or ".join(scopes)
        what = f"the scope {named}" if named else "a scope"
        super().__init__(
            f"HubSpot refused the request, because the app lacks {what}. Add it in Settings > "
            "Integrations > Service Keys (or in the app's settings), then run again.",
            code=MISSING_SCOPES,
            status=http.client.FORBIDDEN,
        )
        self.scopes = scopes


def fault(reply: Reply) -> CrmError:
    """Name what went wrong. Never raises, whatever the body is."""
    if reply.login:
        return _login_fault(reply)
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status](reply)
    if reply.status >= http.client.INTERNAL_SERVER_ERROR:
        return _overload(reply)
    return _refusal(reply)


def codes(payload: Any) -> Iterator[str]:
    """Yield the codes in an error body, the most telling first."""
    if not isinstance(payload, dict):
        return
    for entry in _errors(payload):
        yield from _code(entry.get("code"))
    for name in ("category", "errorType"):
        yield from _code(payload.get(name))


def scopes(payload: Any) -> tuple[str, ...]:
    """The scopes that a refusal names."""
    found: dict[str, None] = {}
    for entry in _errors(payload):
        context = entry.get("context")
        for name in ("requiredGranularScopes", "requiredScopes"):
            listed = context.get(name) if isinstance(context, dict) else None
            for scope in listed if isinstance(listed, list) else ():
                if isinstance(scope, str) and _SCOPE.fullmatch(scope):
                    found[scope] = None
    return tuple(found)


def _errors(payload: Any) -> list[dict[str, Any]]:
    listed = payload.get("errors") if isinstance(payload, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _code(value: Any) -> Iterator[str]:
    if isinstance(value, str) and _CODE.fullmatch(value):
        yield value


def _is_hubspots(payload: Any) -> bool:
    """Tell HubSpot's own error from another server's."""
    return isinstance(payload, dict) and ("category" in payload or payload.get("status") == "error")


def _says_taken(payload: Any) -> bool:
    told = [payload, *_errors(payload)]
    return any(
        entry.get("code") == "CONFLICTING_UNIQUE_VALUE"
        or (isinstance(entry.get("message"), str) and _TAKEN.search(entry["message"]) is not None)
        for entry in told
        if isinstance(entry, dict)
    )


def _login_fault(reply: Reply) -> CrmError:
    told = reply.payload if isinstance(reply.payload, dict) else {}
    named = [told.get("status"), told.get("error")]
    known = next((str(one) for one in named if one in _LOGIN), "")
    down = reply.status >= http.client.INTERNAL_SERVER_ERROR or reply.status in {408, 429}
    if down and not known:
        return login_down(_CRM, reply)
    other = next((one for one in named if isinstance(one, str) and _OAUTH_CODE.fullmatch(one)), "")
    name = known or other or f"status {reply.status}"
    remedy = _LOGIN.get(name, "Check HUBSPOT_CLIENT_ID, the secret and the refresh token")
    return Unusable(
        f"HubSpot did not accept the app's refresh token ({name}). {remedy}.",
        code=name if name != f"status {reply.status}" else "",
        status=reply.status,
    )


def _unauthorized(reply: Reply) -> Unusable:
    return Unusable(
        "HubSpot keeps refusing the token. Check HUBSPOT_ACCESS_TOKEN, that the key or app still "
        "exists in this account, and the base address.",
        code=next(codes(reply.payload), "UNAUTHORIZED"),
        status=reply.status,
    )


def _forbidden(reply: Reply) -> CrmError:
    if not _is_hubspots(reply.payload):
        return _foreign(reply)
    found = scopes(reply.payload)
    if found or MISSING_SCOPES in codes(reply.payload):
        return MissingScopes(found)
    return _refusal(reply)


def _gone(reply: Reply) -> CrmError:
    # Another server's "not found" must not make a task look deleted.
    if not _is_hubspots(reply.payload):
        return _foreign(reply)
    return _refused(NOT_FOUND, reply.status)


def _conflict(reply: Reply) -> CrmError:
    if not _is_hubspots(reply.payload):
        return _foreign(reply)
    return _refused(KEY_TAKEN, reply.status)


def _locked(reply: Reply) -> TurnedAway:
    return TurnedAway(
        "HubSpot has locked the record, because something else is changing it. The next run asks "
        "again.",
        code="LOCKED",
        status=reply.status,
        after=max(reply.after or 0.0, _LOCK),
    )


def _limited(reply: Reply) -> CrmError:
    told = reply.payload if isinstance(reply.payload, dict) else {}
    policy = next(_code(told.get("policyName")), "RATE_LIMIT")
    if policy == "DAILY":
        return Unusable(
            "HubSpot refuses further requests: the account's API allowance of today is used up. It "
            "starts anew at midnight of the account's time zone; see Settings > Integrations for "
            "who uses it.",
            code=policy,
            status=reply.status,
        )
    after = reply.after if reply.after is not None else BURSTS.get(policy, _BURST)
    return TurnedAway(
        f"HubSpot was asked too often at once ({policy}). The next run asks again.",
        code=policy,
        status=reply.status,
        after=after,
    )


def _migrating(reply: Reply) -> Unusable:
    return Unusable(
        "HubSpot is moving this account to another data centre and answers nothing until then, "
        "which may take a day. Nothing is lost; later runs try again.",
        code="MIGRATION",
        status=reply.status,
    )


def _too_long(reply: Reply) -> Refused:
    return Refused(
        "HubSpot refused a request as too long. Report this, with the number of properties that "
        "your rules name.",
        code="TOO_LONG",
        status=reply.status,
    )


def _overload(reply: Reply) -> CrmError:
    if not reply.read:
        return unknown_change(_CRM, reply, _first(reply))
    return busy(_CRM, reply, _first(reply))


def _refusal(reply: Reply) -> CrmError:
    if not _is_hubspots(reply.payload):
        return _foreign(reply)
    if _says_taken(reply.payload):
        return _refused(KEY_TAKEN, reply.status)
    return _refused(next(codes(reply.payload), f"HTTP_{reply.status}"), reply.status)


def _refused(code: str, status: int) -> Refused:
    remedy = REMEDIES.get(code, "Look the code up in HubSpot's guide to API errors")
    return Refused(f"HubSpot refused the request ({code}). {remedy}.", code=code, status=status)


def _foreign(reply: Reply) -> CrmError:
    return foreign(_CRM, reply, _first(reply))


def _first(reply: Reply) -> str:
    return next(codes(reply.payload), "")


_BY_STATUS: Final[Mapping[int, Callable[[Reply], CrmError]]] = {
    401: _unauthorized,
    403: _forbidden,
    404: _gone,
    408: _overload,
    409: _conflict,
    414: _too_long,
    423: _locked,
    429: _limited,
    MIGRATING: _migrating,
    MALFORMED_TOKEN: _unauthorized,
}
