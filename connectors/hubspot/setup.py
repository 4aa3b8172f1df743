"""How the account is set up, for a person who asks whether all is well. Changes nothing."""

from __future__ import annotations

from connectors.base import Setup
from connectors.errors import Refused
from connectors.hubspot import paths
from connectors.hubspot.portal import Portal
from connectors.hubspot.reach import Reach


def setup(version: str, portal: Portal, reach: Reach) -> Setup:
    """Say by which version we ask and until when, the account's zone, and what calls end in."""
    return Setup(
        api_version=version,
        api_ends=paths.ENDS.get(version),
        api_versions=paths.VERSIONS,
        time_zone=_zone(portal),
        outcomes={} if reach.refusal("calls") else portal.call_outcomes(),
        unstamped=tuple(reach.unstamped()),
    )


def _zone(portal: Portal) -> str | None:
    try:
        told = portal.account.get("timeZone")
    except Refused:
        return None
    return told if isinstance(told, str) else None
