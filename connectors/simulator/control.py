"""Speaking to the simulator itself, beside the CRM it plays: what may fail, and what was asked.

    GET    /-/requests          every request so far, as JSON; ?since=N: those after number N
    GET    /-/faults            the script, with how often each entry matched and was played
    POST   /-/faults            add faults, as YAML in the body; 400 with every mistake
    DELETE /-/faults            let nothing fail any more

No token: the simulator listens on the loopback address only, and holds nobody's data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulator.exchange import Logged
from connectors.simulator.fault_script import Script, ScriptError


def control(script: Script, log: Callable[[], Sequence[Logged]]) -> Starlette:
    """Give the application behind `/-/`."""

    async def requests(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        after = int(since) if since.isascii() and since.isdigit() else 0
        return JSONResponse([asdict(one) for one in log() if one.number > after])

    async def shown(request: Request) -> Response:
        return JSONResponse([entry.as_json() for entry in script.entries])

    async def added(request: Request) -> Response:
        try:
            script.add((await request.body()).decode("utf-8", "replace"))
        except ScriptError as error:
            return JSONResponse({"problems": error.problems}, 400)
        return await shown(request)

    async def cleared(request: Request) -> Response:
        script.clear()
        return await shown(request)

    return Starlette(
        routes=[
            Route("/-/requests", requests, methods=["GET"]),
            Route("/-/faults", shown, methods=["GET"]),
            Route("/-/faults", added, methods=["POST"]),
            Route("/-/faults", cleared, methods=["DELETE"]),
        ]
    )
