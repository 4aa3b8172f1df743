"""What one call acts on: the rows, the kinds of records, who writes, when, under which settings.

A noun only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.simulator.hubspot.association_types import LinkTypes
from connectors.simulator.hubspot.owners import Owner
from connectors.simulator.hubspot.pipelines import Pipeline
from connectors.simulator.hubspot.schema import Hand, Kind
from connectors.simulator.hubspot.store import Store


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call's view of a portal; moments in epoch milliseconds."""

    store: Store
    kinds: Mapping[str, Kind]
    link_types: LinkTypes
    owners: Mapping[int, Owner]
    pipelines: tuple[Pipeline, ...]
    portal_id: int
    now: int
    written: int  # when the search index hears of a change
    hand: Hand
    hidden: frozenset[str] = frozenset()
    settable: frozenset[str] = frozenset()  # read-only properties this hand may set all the same
    rules: frozenset[str] = frozenset()  # what is required beyond HubSpot's own
    conflict_status: int = 409
    archived_keeps_key: bool = True
    ticket_pipelines: tuple[Pipeline, ...] = ()
    lead_pipelines: tuple[Pipeline, ...] = ()
    former_owners: bool = False  # records may be given to deactivated owners
