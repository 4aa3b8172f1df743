"""Objects of the account's own: their type ids, names, properties, and what they may be linked to.

HubSpot knows one by its type id (2-…) and by its full name (p<account>_<name>); its short name is
answered by the schemas alone. Knows no HTTP, no records. Sources: HubSpot: Object schemas guide;
changelog of 24 June 2025 on base names. Type ids and numbers of associations are made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from connectors.simulator.hubspot.association_types import USER, LinkType, pair
from connectors.simulator.hubspot.objects import label_of, properties_of
from connectors.simulator.hubspot.schema import Kind, Property

FAMILY: Final = "schema"  # under which the store keeps them
_FIRST_TYPE: Final = 3_465_404
_FIRST_LINK: Final = 10_001
_SINGULAR: Final[Mapping[str, str]] = {
    "companies": "company",
    "contacts": "contact",
    "deals": "deal",
}


def defined(
    place: int, portal_id: int, name: str, properties: Sequence[Property], linked: Sequence[str]
) -> dict[str, Any]:
    """What the store keeps of a new object; `linked`: the objects it may be associated with."""
    return {
        "place": place,
        "full": f"p{portal_id}_{name}",
        "short": name,
        "properties": [[one.name, one.label, one.type, one.field_type] for one in properties],
        "linked": list(linked),
    }


def kind(kept: Mapping[str, Any]) -> Kind:
    """Make the object type of a definition."""
    full, group = str(kept["full"]), f"{kept['short']}_information"
    own = [
        Property(name=name, label=label, type=of, field_type=field, group=group, own=False)
        for name, label, of, field in kept["properties"]
    ]
    usual = [replace(one, group=group) for one in properties_of(group)]
    return Kind(
        name=full,
        type_id=f"2-{_FIRST_TYPE + int(kept['place'])}",
        singular=full,
        created="hs_createdate",
        updated="hs_lastmodifieddate",
        group=group,
        properties={one.name: one for one in [*own, *usual]},
        short=str(kept["short"]),
        linked=tuple(kept["linked"]),
    )


def link_types(place: int, one: Kind) -> list[LinkType]:
    """The kinds of association of an object of the account's own, both directions."""
    found: list[LinkType] = []
    for n, target in enumerate(one.linked):
        number = _FIRST_LINK + 20 * place + 2 * n
        word = _SINGULAR.get(target, target)
        link = LinkType(
            source=one.name,
            target=target,
            id=number,
            back=number + 1,
            name=f"{one.short}_to_{word}",
            category=USER,
        )
        found += pair(link, f"{word}_to_{one.short}", None)
    return found


def label(one: Kind) -> str:
    """What people call an object."""
    return label_of(one.short)
