"""The task goes to the first of the named who is there."""

from __future__ import annotations

from typing import Any

import pytest

from rules.evaluate import Org, Said, prepare
from rules.people import Person, read_people, receiver
from tests.rules.world import PEOPLE, at, mirror


def people(**changed: dict[str, Any]) -> dict[str, Person]:
    rows = [{**one, **changed.get(str(one["id"]), {})} for one in PEOPLE]
    return _read(rows, Org())


def _read(rows: list[dict[str, Any]], org: Org) -> dict[str, Person]:
    connection = mirror(owners=rows).connection
    prepare(connection, org, at("2026-11-19 12:00"))
    return read_people(connection)


def test_everybody_is_read_as_the_crm_has_them() -> None:
    """Those who left too: their manager is still their manager."""
    found = people(tom={"active": False}, bo={"deleted": True}, kim={"active": None})
    assert found["dana"] == Person(
        id="dana", name="Dana", active=True, manager_id="mia", time_zone="UTC"
    )
    assert {name for name, one in found.items() if one.active} == {"dana", "mia"}
    assert found["bo"].manager_id == "kim"


def test_people_yaml_goes_before_the_crm() -> None:
    """By e-mail in any case; a name that nobody has changes nothing."""
    rows = [{**one, "email": f"{str(one['id']).title()}@Acme.example"} for one in PEOPLE]
    said = {
        "dana@acme.example": Said(manager="kim@acme.example"),
        "tom@acme.example": Said(manager="nobody@acme.example"),
    }
    before, after = _read(rows, Org()), _read(rows, Org(said_of=said))
    assert (before["dana"].manager_id, after["dana"].manager_id) == ("mia", "kim")
    assert {i: p for i, p in before.items() if i != "dana"} == {
        i: p for i, p in after.items() if i != "dana"
    }


def test_of_two_with_one_address_the_active_one_leads() -> None:
    """An old account with the same e-mail does not come between."""
    old = {"id": "zoe", "name": "Old", "active": False, "email": "mia@acme.example"}
    new = {"id": "amy", "name": "New", "active": True, "email": "mia@acme.example"}
    rep = {"id": "rep", "name": "Rep", "active": True, "email": "rep@acme.example"}
    found = _read(
        [old, new, rep], Org(said_of={"rep@acme.example": Said(manager="mia@acme.example")})
    )
    assert found["rep"].manager_id == "amy"


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
