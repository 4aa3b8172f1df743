"""Which scope which operation needs. A tuple of scopes means: any one of them is enough.

Sources: facts 4.2; HubSpot: Scopes. Activities go by the contacts scopes, as their OpenAPI says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Need = tuple[str, ...]

_ACTIVITY: Final = "contacts"
_FAMILY: Final[Mapping[str, str]] = {
    "deals": "deals",
    "contacts": "contacts",
    "companies": "companies",
    "calls": _ACTIVITY,
    "emails": _ACTIVITY,
    "meetings": _ACTIVITY,
    "notes": _ACTIVITY,
    "tasks": _ACTIVITY,
    "communications": _ACTIVITY,
    "quotes": "quotes",
    "feedback_submissions": "feedback_submissions",
    "tickets": "tickets",
    "leads": "leads",
    "goal_targets": "goals",
}

#: Objects of the account's own.
_CUSTOM: Final = "custom"

OWNERS: Final[Need] = ("crm.objects.owners.read",)
FILES: Final[Need] = ("files",)
EMAIL_READ: Final[Need] = ("sales-email-read",)


def read(kind: str) -> tuple[Need, ...]:
    """What reading records of a type needs; emails need a second scope."""
    own: Need = (f"crm.objects.{_family(kind)}.read",)
    return (own, EMAIL_READ) if kind == "emails" else (own,)


def write(kind: str) -> tuple[Need, ...]:
    """What writing records of a type needs."""
    return ((f"crm.objects.{_family(kind)}.write",),)


def schema_read(kind: str) -> tuple[Need, ...]:
    """What reading properties or pipelines of a type needs."""
    family = _family(kind)
    return ((f"crm.schemas.{family}.read", f"crm.objects.{family}.read"),)


def schema_write(kind: str) -> tuple[Need, ...]:
    """What creating a property of a type needs."""
    return ((f"crm.schemas.{kind if kind in _FAMILY else _CUSTOM}.write",),)


def schemas() -> tuple[Need, ...]:
    """What reading the schemas of the account's own objects needs."""
    return ((f"crm.schemas.{_CUSTOM}.read",),)


def _family(kind: str) -> str:
    return _FAMILY.get(kind, _CUSTOM)


def every() -> tuple[str, ...]:
    """List every scope there is here, as a token's owner sees them."""
    kinds = [*sorted(_FAMILY), _CUSTOM]
    needs = [
        need
        for kind in kinds
        for needs in (read(kind), write(kind), schema_read(kind), schema_write(kind))
        for need in needs
    ]
    return tuple(sorted({scope for need in [*needs, OWNERS, FILES] for scope in need}))
