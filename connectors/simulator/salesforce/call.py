"""One authenticated API call: who may make it, what it counts, what its answer looks like.

The frame around every route under /services/data/vXX.X: session, allowance, version, refusals
in the vendor's JSON, the usage header. The routes themselves stand in `rows.py`, `queries.py`,
`composite.py` and `metadata.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from connectors.simulator.gaps import not_simulated
from connectors.simulator.salesforce import errors
from connectors.simulator.salesforce.errors import NotSimulated, SalesforceError
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.scene import Scene
from connectors.simulator.salesforce.schema import SObject
from connectors.simulator.salesforce.soql import SoqlError

OLDEST, NEWEST = 31, 67
_DUPLICATES: Final = "sforce-duplicate-rule-header"
_VERSION: Final = re.compile(r"(\d\d)\.0")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that was let in, with the org as its caller sees it."""

    org: Org
    scene: Scene
    version: str  # `62.0`
    request: Request
    body: bytes

    @property
    def root(self) -> str:
        """The path under which this call's version lives."""
        return f"/services/data/v{self.version}"

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def header(self, name: str) -> str | None:
        """A header of the request."""
        return self.request.headers.get(name)

    def parameter(self, name: str) -> str | None:
        """A parameter of the query string."""
        return self.request.query_params.get(name)

    def entity(self) -> SObject:
        """The object the path names; unknown and hidden look the same."""
        one = self.scene.visible.object(self.part("sobject"))
        if one is None:
            raise errors.not_found()
        return one

    def json(self) -> dict[str, object]:
        """The request's JSON object."""
        if not (self.header("content-type") or "").startswith("application/json"):
            raise SalesforceError(
                "UNSUPPORTED_MEDIA_TYPE",
                "The content type of the request is not supported",
                status=415,
            )
        try:
            given = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise SalesforceError("JSON_PARSER_ERROR", str(problem)) from None
        if not isinstance(given, dict):
            raise errors.unreadable("object", "START_ARRAY", given)
        return given


Handler = Callable[[Call], Response]


def route(org: Org, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Put the frame around a handler."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            call = _admit(org, request, body)
        except SalesforceError as refusal:
            return _metered(org, refused(refusal))
        return _metered(org, _answer(handler, call))

    return endpoint


def answer(value: object, status: int = 200) -> Response:
    """Answer with JSON, which keeps every number as it is."""
    return Response(
        json.dumps(value, ensure_ascii=False), status, media_type="application/json;charset=UTF-8"
    )


def refused(refusal: SalesforceError) -> Response:
    """Answer with the vendor's list of one error."""
    error: dict[str, object] = {"message": refusal.message, "errorCode": refusal.code}
    if refusal.fields or refusal.code in _WITH_FIELDS:
        error["fields"] = list(refusal.fields)
    return answer([error], refusal.status)


_WITH_FIELDS: Final = frozenset(
    {
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INACTIVE_OWNER_OR_USER",
        "INVALID_CROSS_REFERENCE_KEY",
    }
)


def _admit(org: Org, request: Request, body: bytes) -> Call:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    user_id = org.user_of(token.strip()) if kind.lower() in ("bearer", "oauth") else None
    if user_id is None:
        raise errors.session_expired()
    if not org.count_call():
        raise errors.limit_exceeded()
    version = _VERSION.fullmatch(request.path_params["version"])
    if version is None or not OLDEST <= int(version[1]) <= NEWEST:
        raise errors.not_found()
    saves = "allowsave=true" in request.headers.get(_DUPLICATES, "").replace(" ", "").lower()
    scene = org.scene(user_id, allow_duplicates=saves)
    return Call(org=org, scene=scene, version=version[0], request=request, body=body)


def _answer(handler: Handler, call: Call) -> Response:
    try:
        return handler(call)
    except SalesforceError as refusal:
        return refused(refusal)
    except SoqlError as refusal:
        return refused(SalesforceError(refusal.code, refusal.message))
    except NotSimulated as gap:
        return not_simulated(str(gap))


def _metered(org: Org, response: Response) -> Response:
    response.headers["Sforce-Limit-Info"] = f"api-usage={org.calls_used()}/{org.daily_calls}"
    return response


def _no_constant(name: str) -> None:
    raise ValueError(f"Unexpected character in JSON: {name} is not a number")
