"""The task goes to the first of the named who is there."""

from __future__ import annotations

from typing import Any

import pytest

from rules.people import Person, read_people, receiver
from tests.rules.world import PEOPLE, mirror


def people(**changed: dict[str, Any]) -> dict[str, Person]:
    rows = [{**one, **changed.get(str(one["id"]), {})} for one in PEOPLE]
    return read_people(mirror(owners=rows).connection)


def test_everybody_is_read_as_the_crm_has_them() -> None:
    """Those who left too: their manager is still their manager."""
    found = people(tom={"active": False}, bo={"deleted": True}, kim={"active": None})
    assert found["dana"] == Person(
        id="dana", name="Dana", active=True, manager_id="mia", time_zone="UTC"
    )
    assert {name for name, one in found.items() if one.active} == {"dana", "mia"}
    assert found["bo"].manager_id == "kim"


BOTH = ("owner", "manager")
GONE = {"active": False}


@pytest.mark.parametrize(
    ("to", "owner", "changed", "receives"),
    [
        (BOTH, "dana", {}, "dana"),
        (BOTH, "dana", {"dana": GONE}, "mia"),
        (BOTH, "dana", {"dana": {"deleted": True}}, "mia"),
        (BOTH, "dana", {"dana": GONE, "mia": GONE}, None),
        (BOTH, "mia", {"mia": GONE}, None),  # nobody above
        (("manager",), "dana", {}, "mia"),
        (("manager", "owner"), "dana", {"mia": GONE}, "dana"),
        (("owner",), "dana", {"dana": GONE}, None),
        (BOTH, None, {}, None),
        (BOTH, "ghost", {}, None),
        (BOTH, "dana", {"dana": {"manager_id": "ghost", **GONE}}, None),
    ],
)
def test_who_receives(
    to: tuple[str, ...], owner: str | None, changed: dict[str, Any], receives: str | None
) -> None:
    """Each person who is not there falls through to the next; then there is nobody."""
    found = receiver(to, owner, people(**changed))
    assert (found.id if found else None) == receives
