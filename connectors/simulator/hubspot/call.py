"""One authenticated API call: who may make it, what it counts, what its answer looks like.

The frame around every route but the token endpoint: token, limits, version, scopes, refusals in
the vendor's JSON, the rate-limit headers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from connectors.simulator.gaps import not_simulated
from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.access import Caller
from connectors.simulator.hubspot.errors import HubSpotError, NotSimulated
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Kind
from connectors.simulator.hubspot.scopes import Need

_RULED: Final = "2026-09"  # the version that enforces administrators' rules


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that was let in."""

    portal: Portal
    scene: Scene
    version: str  # v3, 2026-03
    request: Request
    body: bytes

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def parameter(self, name: str, default: str = "") -> str:
        """A parameter of the query string."""
        return self.request.query_params.get(name, default)

    def listed(self, name: str) -> list[str]:
        """A parameter that is a list: `a,b`, or the name several times."""
        given = self.request.query_params.getlist(name)
        return [one for part in given for one in part.split(",") if one]

    def flag(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.parameter(name).lower() == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A parameter that is a number of at most `most`."""
        given = self.parameter(name) or str(default)
        if not given.isdigit() or int(given) > most:
            raise errors.validation(f"{name} must be a number of at most {most}, was {given}")
        return int(given)

    def kind(self, name: str = "object") -> Kind:
        """The object type the path names."""
        return self.kind_named(self.part(name))

    def kind_named(self, name: str) -> Kind:
        """An object type by any of its names."""
        return self.portal.kind(name)

    def need(self, *needs: Need) -> None:
        """Refuse a caller who lacks a scope; of each group any one is enough."""
        for need in needs:
            if all(scope in self.portal.missing for scope in need):
                raise errors.missing_scopes(need)

    def json(self) -> dict[str, object]:
        """The request's JSON object."""
        given = self._parsed()
        if not isinstance(given, dict):
            raise errors.bad_json("expected an object")
        return given

    def json_list(self) -> list[object]:
        """The request's JSON list."""
        given = self._parsed()
        if not isinstance(given, list):
            raise errors.bad_json("expected a list")
        return given

    def _parsed(self) -> object:
        if not self.request.headers.get("content-type", "").startswith("application/json"):
            raise HubSpotError(415, "VALIDATION_ERROR", "Unsupported media type; send JSON")
        try:
            given: object = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise errors.bad_json(str(problem)) from None
        return given

    def inputs(self, most: int) -> list[dict[str, object]]:
        """The `inputs` of a batch, at most so many."""
        given = self.json().get("inputs")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise errors.validation("Some required fields were not set: [inputs]")
        if len(given) > most:
            raise errors.validation(
                f"The maximum number of inputs supported in a batch request is {most}, "
                f"received {len(given)}"
            )
        return given


Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def route(portal: Portal, handler: Handler, version: str, bucket: str) -> Endpoint:
    """Put the frame around a handler; `bucket` is the limit its calls count against."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            caller = portal.access.caller(request.headers.get("authorization", ""))
        except HubSpotError as refusal:
            return refused(refusal)
        return _metered(portal, caller, bucket, _counted(caller, request, body))

    def _counted(caller: Caller, request: Request, body: bytes) -> Response:
        full = portal.access.count(caller, bucket)
        if full is not None:
            response = refused(full.error)
            if portal.retry_after:
                response.headers["Retry-After"] = str(full.wait)
            return response
        rules = portal.rules if version == _RULED else frozenset[str]()
        scene = portal.scene(portal.app, rules=rules)
        call = Call(portal=portal, scene=scene, version=version, request=request, body=body)
        return _answered(portal, handler, call)

    return endpoint


def answer(value: object, status: int = 200) -> Response:
    """Answer with JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    headers = {"X-HubSpot-Correlation-Id": str(uuid.uuid4())}
    return Response(text, status, headers, media_type="application/json;charset=utf-8")


def refused(refusal: HubSpotError) -> Response:
    """Answer with the vendor's error body."""
    return answer(refusal.body(), refusal.status)


def page(call: Call, results: Sequence[object], after: str | None) -> Mapping[str, object]:
    """Give a page of a list, with the address of the next one where there is one."""
    if after is None:
        return {"results": results}
    link = str(call.request.url.include_query_params(after=after))
    return {"results": results, "paging": {"next": {"after": after, "link": link}}}


def _answered(portal: Portal, handler: Handler, call: Call) -> Response:
    try:
        with portal.store.transaction():
            return handler(call)
    except HubSpotError as refusal:
        return refused(refusal)
    except NotSimulated as gap:
        return not_simulated(str(gap))


def _metered(portal: Portal, caller: Caller, bucket: str, response: Response) -> Response:
    response.headers.update(portal.access.headers(caller, bucket))
    return response


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
