"""HubSpot's HTTP dialect: which request reaches which handler, in every version. A table.

COVERAGE.md has a row for each; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulator.hubspot import (
    account_routes,
    batch_routes,
    file_routes,
    link_routes,
    login,
    object_routes,
    schema_routes,
)
from connectors.simulator.hubspot.call import Handler, route
from connectors.simulator.hubspot.paths import ALSO, ROOTS, VERSIONS, path
from connectors.simulator.hubspot.portal import Portal


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing the API does, wherever it lives."""

    method: str
    resource: str  # of the path table
    rest: str
    handler: Handler
    bucket: str = "calls"  # the limit it counts against

    def shown(self) -> tuple[str, str, str]:
        """Give method, older path and dated path as the coverage page writes them."""
        legacy, dated = ROOTS[self.resource]
        return self.method, legacy + self.rest, dated + self.rest if dated else ""


def _table(
    resource: str, bucket: str, rows: tuple[tuple[str, str, Handler], ...]
) -> list[Operation]:
    return [
        Operation(method=method, resource=resource, rest=rest, handler=handler, bucket=bucket)
        for method, rest, handler in rows
    ]


_OBJECT: Final = "/{object}"
_RECORD: Final = "/{object}/{record_id}"
_PAIR: Final = "/{object}/{target}"
_ENDS: Final = "/{object}/{record_id}/associations/{target}"

#: A more special path stands before a more general one.
OPERATIONS: Final[list[Operation]] = [
    *_table("objects", "searches", (("POST", _OBJECT + "/search", object_routes.searched),)),
    *_table(
        "objects",
        "calls",
        (
            ("GET", _OBJECT, object_routes.listed),
            ("POST", _OBJECT, object_routes.create),
            ("POST", _OBJECT + "/batch/read", batch_routes.read),
            ("POST", _OBJECT + "/batch/create", batch_routes.create),
            ("POST", _OBJECT + "/batch/update", batch_routes.update),
            ("POST", _OBJECT + "/batch/upsert", batch_routes.upsert),
            ("POST", _OBJECT + "/batch/archive", batch_routes.archive),
            ("POST", _OBJECT + "/merge", object_routes.merged),
            ("GET", _RECORD, object_routes.read),
            ("PATCH", _RECORD, object_routes.update),
            ("DELETE", _RECORD, object_routes.archive),
        ),
    ),
    *_table(
        "record_links",
        "links",
        (
            ("GET", _ENDS, link_routes.of_record),
            (
                "PUT",
                "/{object}/{record_id}/associations/default/{target}/{target_id}",
                link_routes.put_default,
            ),
            ("PUT", _ENDS + "/{target_id}", link_routes.put_labelled),
            ("DELETE", _ENDS + "/{target_id}", link_routes.archive),
        ),
    ),
    *_table(
        "record_links_v3", "links", (("PUT", _ENDS + "/{target_id}/{name}", link_routes.put_v3),)
    ),
    *_table(
        "links",
        "links",
        (
            ("GET", _PAIR + "/labels", link_routes.labels),
            ("POST", _PAIR + "/batch/read", link_routes.batch_read),
            ("POST", _PAIR + "/batch/create", link_routes.batch_create),
            ("POST", _PAIR + "/batch/associate/default", link_routes.batch_default),
            ("POST", _PAIR + "/batch/archive", link_routes.batch_archive),
        ),
    ),
    *_table(
        "properties",
        "calls",
        (
            ("GET", _OBJECT + "/groups", account_routes.groups),
            ("GET", _OBJECT, account_routes.properties),
            ("POST", _OBJECT, account_routes.create_property),
            ("GET", _OBJECT + "/{name}", account_routes.one_property),
        ),
    ),
    *_table(
        "pipelines",
        "calls",
        (
            ("GET", _OBJECT, account_routes.pipelines),
            ("GET", _OBJECT + "/{pipeline_id}", account_routes.pipeline),
            ("GET", _OBJECT + "/{pipeline_id}/stages", account_routes.stages),
        ),
    ),
    *_table(
        "owners",
        "calls",
        (("GET", "", account_routes.owners), ("GET", "/{owner_id}", account_routes.owner)),
    ),
    *_table(
        "schemas",
        "calls",
        (("GET", "", schema_routes.schemas), ("GET", _OBJECT, schema_routes.schema)),
    ),
    *_table(
        "account",
        "calls",
        (
            ("GET", "/details", account_routes.details),
            ("GET", "/api-usage/daily/private-apps", account_routes.usage),
        ),
    ),
    *_table(
        "files",
        "calls",
        (("GET", "/search", file_routes.searched), ("POST", "", file_routes.uploaded)),
    ),
    *_table("calling", "calls", (("GET", "/dispositions", account_routes.dispositions),)),
]


def routes(portal: Portal) -> list[Route]:
    """Give the dialect's routes for one portal."""
    tokens = {path("token", version) or "" for version in VERSIONS} | {ALSO}
    found = [_open(portal, where) for where in sorted(tokens)]
    for version in VERSIONS:
        for one in OPERATIONS:
            where = path(one.resource, version, one.rest)
            if where:
                endpoint = route(portal, one.handler, version, one.bucket)
                found.append(Route(where, endpoint, methods=[one.method]))
    return found


def _open(portal: Portal, where: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return await login.token(portal, request)

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(where, handler, methods=["POST"])
