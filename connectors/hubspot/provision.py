"""Make what writing needs: the key property on tasks. Where the app may not, say what it lacks."""

from __future__ import annotations

from typing import Final

from connectors.base import Provision
from connectors.errors import Refused
from connectors.hubspot.client import Client
from connectors.hubspot.faults import MissingScopes
from connectors.hubspot.keying import why_unfit
from connectors.hubspot.objects import KEY_PROPERTY
from connectors.hubspot.portal import Portal
from connectors.hubspot.tasks import TASKS
from connectors.hubspot.writable import DEFINITION

_SCOPE: Final = "crm.schemas.tasks.write"
_WHAT: Final = f"the unique task property {KEY_PROPERTY}"


def provision(client: Client, portal: Portal, *, write: bool) -> list[Provision]:
    """Look for the key property, and create it where it is missing and `write` says so."""
    why = why_unfit(portal.key_property)
    if why is None:
        return [Provision(what=_WHAT, there=True)]
    if not write or portal.key_property is not None:  # one that is there, and unfit, is a person's
        return [Provision(what=_WHAT, there=False, todo=why)]
    return [_made(client, portal)]


def _made(client: Client, portal: Portal) -> Provision:
    try:
        group = _group(client)
        client.define(TASKS, {**DEFINITION, "groupName": group})
    except MissingScopes as problem:
        named = " or ".join(problem.scopes) or _SCOPE
        return Provision(
            what=_WHAT,
            there=False,
            todo=f"The app may not create properties of tasks. Add the scope {named} for as long "
            "as this takes (Settings > Integrations > Service Keys), or create the property as "
            "deploy/hubspot/README.md says.",
        )
    except Refused as problem:
        return Provision(
            what=_WHAT,
            there=False,
            todo=f"HubSpot did not create the property ({problem.code}): perhaps tasks have ten "
            "unique properties already, or one of this name lies in the archive. See Settings > "
            "Properties, then deploy/hubspot/README.md.",
        )
    portal.ask_for_key_again()
    why = why_unfit(portal.key_property)
    return Provision(what=_WHAT, there=why is None, made=why is None, todo=why)


def _group(client: Client) -> str:
    """The group that the property goes into: ours by name, else the first there is."""
    names = [str(one.get("name")) for one in client.groups(TASKS)]
    wanted = str(DEFINITION["groupName"])
    return wanted if wanted in names or not names else names[0]
