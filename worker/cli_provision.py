"""`followthrough provision`: what writing needs in the CRM, and how it stands. Prints and exits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from worker.cli_shell import DEGRADED, console, load, options, print_json, told

if TYPE_CHECKING:
    from connectors.base import Provision

#: How the CRM keeps a task from being created twice.
_MODES: Final = {
    "external_id": "a key field that Salesforce keeps unique",
    "unique_property": "a key property that HubSpot keeps unique",
    "marker": "nothing but a mark in the task's text; one worker only",
    "none": "nothing, so no task is written",
}


def provision(
    write: Annotated[
        bool, typer.Option("--write", help="Make what is missing, where the CRM lets us.")
    ] = False,
) -> None:
    """Look for what writing needs in the CRM, and with --write make what is missing."""
    from connectors.base import Provisions
    from connectors.open import open_connector

    settings, _ = load()
    with told():
        connector = open_connector(settings.crm_settings())
        try:
            connector.identity()
            found = connector.provision(write=write) if isinstance(connector, Provisions) else []
            mode = connector.mode() if isinstance(connector, Provisions) else "none"
        finally:
            connector.close()
    _print(mode, found)
    raise typer.Exit(0 if mode != "none" and all(one.there for one in found) else DEGRADED)


def _print(mode: str, found: list[Provision]) -> None:
    if options.as_json:
        print_json({"mode": mode, "needs": [asdict(one) for one in found]})
        return
    for one in found:
        stands = "made" if one.made else "there" if one.there else "missing"
        console().print(f"{one.what}: {stands}", highlight=False)
        if one.todo:
            console().print(f"  {one.todo}", highlight=False)
    console().print(f"A second task is kept out by {_MODES.get(mode, mode)}.", highlight=False)
