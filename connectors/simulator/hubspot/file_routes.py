"""The routes of files: search by id. Source: HubSpot: Files guide."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from connectors.simulator.hubspot import files, scopes
from connectors.simulator.hubspot.call import Call, answer, page

_PAGE: Final = 100


def searched(call: Call) -> Response:
    """List files by `ids`, or all, in order of their ids; the cursor is a position."""
    call.need(scopes.FILES)
    start, limit = call.number("after", 0, 10**9), call.number("limit", _PAGE, _PAGE)
    found = files.some(call.scene.store, call.listed("ids"))
    end = start + limit
    return answer(page(call, found[start:end], str(end) if len(found) > end else None))
