"""Owners: people and queues that records belong to. The id of an owner is not the id of a user.

Source: facts 4.7; HubSpot: Owners API guide. Knows no HTTP.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from connectors.simulator.hubspot.times import iso

Json = dict[str, object]

FIRST_ID, FIRST_USER = 71_820_401, 12_450_301  # where ids begin; neither counts up in the other
_PERSON: Final = "PERSON"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A person or a queue."""

    id: int
    email: str
    first: str
    last: str
    user_id: int
    created: int  # epoch milliseconds
    type: str = _PERSON
    archived: bool = False
    teams: tuple[tuple[str, str, bool], ...] = ()  # id, name, primary

    @property
    def name(self) -> str:
        """The name people see."""
        return f"{self.first} {self.last}".strip() or self.email

    def json(self) -> Json:
        """Give the owner as the API does: a deactivated one has no user id of its own any more."""
        shown: Json = {
            "id": str(self.id),
            "email": self.email,
            "type": self.type,
            "firstName": self.first,
            "lastName": self.last,
            "userId": None if self.archived or self.type != _PERSON else self.user_id,
            "userIdIncludingInactive": self.user_id if self.type == _PERSON else None,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.created),  # does not move with the user (facts 4.7)
            "archived": self.archived,
        }
        if self.teams:
            shown["teams"] = [{"id": i, "name": n, "primary": p} for i, n, p in self.teams]
        return shown

    def kept(self) -> dict[str, Any]:
        """Give the owner as the store keeps it."""
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Self:
        """Read a kept owner."""
        teams = tuple((str(i), str(n), bool(p)) for i, n, p in kept["teams"])
        return cls(**{**kept, "teams": teams})
