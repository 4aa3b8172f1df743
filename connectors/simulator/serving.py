"""What every way of serving a CRM begins with: its pages, its dialect, its faults by script."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulator import page
from connectors.simulator.application import Faults
from connectors.simulator.exchange import Arrival
from connectors.simulator.fault_script import Change, Script
from connectors.simulator.faults import Fault
from connectors.simulator.gaps import not_simulated
from connectors.simulator.hubspot import dialect as hubspot
from connectors.simulator.hubspot import view as hubspot_view
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.salesforce import dialect as salesforce
from connectors.simulator.salesforce import view as salesforce_view
from connectors.simulator.salesforce.org import Org

Crm = Org | Portal


def pages_of(org: Crm) -> Starlette:
    """The page and the dialect of whatever CRM this is."""
    app = Starlette(
        routes=_routes(org),
        exception_handlers={404: _not_simulated, 405: _not_simulated},
    )
    app.router.redirect_slashes = False
    return app


def script_of(org: Crm) -> Script:
    """An empty script that speaks the CRM's errors and changes its records."""
    return Script(crm="hubspot" if isinstance(org, Portal) else "salesforce", change=_changing(org))


def either(given: Faults | None, script: Script) -> Faults:
    """What the caller lets fail, else what the script says."""

    def both(number: int, arrival: Arrival) -> Fault | None:
        scripted = script(number, arrival)
        return (given(number, arrival) if given else None) or scripted

    return both


def _changing(org: Crm) -> Change:
    """Change records as a person would: one by its id, or all of an object."""

    def change(kind: str, record: str | None, values: Mapping[str, str]) -> None:
        for one in [record] if record else _ids(org, kind):
            org.update(kind, one, values)

    return change


def _ids(org: Crm, kind: str) -> list[str]:
    if isinstance(org, Portal):
        return [str(record.id) for record in org.store.all(kind)]
    wanted = " ".join(("SELECT Id FROM", kind))  # a script's word, asked of nobody but ourselves
    return [str(row["Id"]) for row in org.query(wanted).records]


def _routes(org: Crm) -> list[Route]:
    if isinstance(org, Portal):
        portal = org
        return [*page.routes(lambda: hubspot_view.look(portal)), *hubspot.routes(portal)]
    return [*page.routes(lambda: salesforce_view.look(org)), *salesforce.routes(org)]


async def _not_simulated(request: Request, problem: Exception) -> Response:
    return not_simulated(f"{request.method} {request.url.path}")
