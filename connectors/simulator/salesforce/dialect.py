"""Salesforce's HTTP dialect: which request reaches which handler. A table and nothing else.

COVERAGE.md has a row for each; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulator.salesforce import (
    bulk,
    chatter,
    composite,
    customizing,
    login,
    metadata,
    notifications,
    queries,
    replication,
    rows,
)
from connectors.simulator.salesforce.call import Handler, route
from connectors.simulator.salesforce.org import Org

_DATA: Final = "/services/data/v{version}"

#: Routes without a session of their own to check, and outside the allowance.
OPEN: Final[dict[tuple[str, str], Callable[[Org, Request], Awaitable[Response]]]] = {
    ("POST", "/services/oauth2/token"): login.token,
    ("GET", "/services/oauth2/userinfo"): login.userinfo,
    ("GET", "/id/{org_id}/{user_id}"): login.identity,
    ("GET", "/services/data"): login.versions,
}

#: The REST resources; a more special path stands before a more general one.
DATA: Final[dict[tuple[str, str], Handler]] = {
    ("GET", _DATA): metadata.resources,
    ("GET", _DATA + "/limits"): metadata.limits,
    ("GET", _DATA + "/query"): queries.query,
    ("GET", _DATA + "/query/{locator}"): queries.more,
    ("GET", _DATA + "/queryAll"): queries.query_all,
    ("GET", _DATA + "/queryAll/{locator}"): queries.more,
    ("POST", _DATA + "/composite/sobjects"): composite.create,
    ("PATCH", _DATA + "/composite/sobjects"): composite.update,
    ("DELETE", _DATA + "/composite/sobjects"): composite.delete,
    ("POST", _DATA + "/composite/sobjects/{sobject}"): composite.read,
    ("PATCH", _DATA + "/composite/sobjects/{sobject}/{field}"): composite.upsert,
    ("POST", _DATA + "/actions/standard/customNotificationAction"): notifications.send,
    ("POST", _DATA + "/chatter/feed-elements"): chatter.post,
    ("POST", _DATA + "/tooling/sobjects/CustomField"): customizing.create_field,
    ("GET", _DATA + "/tooling/query"): notifications.types,
    ("GET", _DATA + "/jobs/query"): bulk.every,
    ("POST", _DATA + "/jobs/query"): bulk.create,
    ("GET", _DATA + "/jobs/query/{job_id}"): bulk.one,
    ("PATCH", _DATA + "/jobs/query/{job_id}"): bulk.abort,
    ("DELETE", _DATA + "/jobs/query/{job_id}"): bulk.delete,
    ("GET", _DATA + "/jobs/query/{job_id}/results"): bulk.results,
    ("GET", _DATA + "/sobjects"): metadata.objects,
    ("GET", _DATA + "/sobjects/{sobject}"): rows.about,
    ("POST", _DATA + "/sobjects/{sobject}"): rows.create,
    ("GET", _DATA + "/sobjects/{sobject}/describe"): metadata.one_object,
    ("GET", _DATA + "/sobjects/{sobject}/updated"): replication.updated,
    ("GET", _DATA + "/sobjects/{sobject}/deleted"): replication.deleted,
    ("GET", _DATA + "/sobjects/{sobject}/{record_id}"): rows.read,
    ("PATCH", _DATA + "/sobjects/{sobject}/{record_id}"): rows.update,
    ("DELETE", _DATA + "/sobjects/{sobject}/{record_id}"): rows.delete,
    ("GET", _DATA + "/sobjects/{sobject}/{field}/{value:path}"): rows.read_by_key,
    ("PATCH", _DATA + "/sobjects/{sobject}/{field}/{value:path}"): rows.upsert,
    ("DELETE", _DATA + "/sobjects/{sobject}/{field}/{value:path}"): rows.delete_by_key,
}


def routes(org: Org) -> list[Route]:
    """Give the routes of one org."""
    listed = [_open(org, method, path, handler) for (method, path), handler in OPEN.items()]
    return listed + [
        Route(path, route(org, handler), methods=[method])
        for (method, path), handler in DATA.items()
    ]


def _open(
    org: Org, method: str, path: str, handler: Callable[[Org, Request], Awaitable[Response]]
) -> Route:
    async def endpoint(request: Request) -> Response:
        return await handler(org, request)

    return Route(path, endpoint, methods=[method])
