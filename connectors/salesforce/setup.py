"""How the org is set up, for a person who asks whether all is well. Asks, and changes nothing."""

from __future__ import annotations

from connectors.base import Setup
from connectors.errors import Refused
from connectors.salesforce.client import Client
from connectors.salesforce.describe import Describes
from connectors.salesforce.push import Words


def setup(client: Client, describes: Describes, words: Words) -> Setup:
    """Say by which version we ask, what the org offers, its zone, and what does not fit."""
    offered = client.versions()
    todo = []
    if offered and client.version not in offered:
        todo.append(
            f"Salesforce does not offer API version {client.version} here. Write api_version: "
            f'"{offered[-1]}" in followthrough.yaml.'
        )
    return Setup(
        api_version=client.version,
        api_versions=offered,
        time_zone=_zone(client),
        unstamped=tuple(describes.unstamped()),
        todo=(*todo, *_lacking(words)),
    )


def _zone(client: Client) -> str | None:
    try:
        rows = client.rows("SELECT TimeZoneSidKey FROM Organization")
    except Refused:
        return None
    told = rows[0].get("TimeZoneSidKey") if rows else None
    return told if isinstance(told, str) else None


def _lacking(words: Words) -> list[str]:
    """What a task needs and the org has no word for."""
    needed = {"an open": words.open_status, "a completed": words.closed_status}
    return [
        f"The org shows no status for {which} task, so none can be written or closed. Add one in "
        "Setup > Object Manager > Task > Fields & Relationships > Status."
        for which, word in needed.items()
        if word is None
    ]
