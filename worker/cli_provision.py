"""The command that makes in the CRM what writing needs, and says what a person must do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli_shell import DEGRADED, MISTAKE, console, fail, load, options, print_json, told

if TYPE_CHECKING:
    from connectors.base import Provision


def provision(
    write: Annotated[
        bool, typer.Option("--write", help="Make what is missing, where the CRM lets us.")
    ] = False,
) -> None:
    """Look for what writing tasks needs in the CRM: the field that keeps our keys unique."""
    from connectors.base import Provisions
    from connectors.open import open_connector

    with told():
        settings, _ = load()
        connector = open_connector(settings.crm_settings())
        try:
            if not isinstance(connector, Provisions):
                fail(MISTAKE, f"Nothing can be made in {settings.crm} from here: see its docs.")
            found = connector.provision(write=write)
            mode = connector.mode()
        finally:
            connector.close()
    if options.as_json:
        parts = ("what", "there", "made", "todo")
        things = [{name: getattr(one, name) for name in parts} for one in found]
        print_json({"mode": mode, "things": things})
    else:
        for one in found:
            console().print(_line(one))
        console().print(f"Tasks are kept from being written twice by: {mode}.")
    raise typer.Exit(0 if all(one.there for one in found) else DEGRADED)


def _line(one: Provision) -> str:
    state = "made" if one.made else "there" if one.there else "missing"
    return f"{state}: {one.what}" + (f"\n  {one.todo}" if one.todo else "")
