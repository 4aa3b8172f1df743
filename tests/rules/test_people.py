"""The task goes to the first of the named who is there."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from rules.evaluate import prepare
from rules.free_days import read_span
from rules.org import Org, Said
from rules.people import Person, read_people, receiver
from tests.rules.world import PEOPLE, at, mirror


def people(**changed: dict[str, Any]) -> dict[str, Person]:
    return dict(_people(json.dumps(changed)))


@cache
def _people(changed: str) -> dict[str, Person]:
    said = json.loads(changed)
    return _read([{**one, **said.get(str(one["id"]), {})} for one in PEOPLE], Org())


def _read(rows: list[dict[str, Any]], org: Org) -> dict[str, Person]:
    connection = mirror(owners=rows).connection
    prepare(connection, org, at("2026-11-19 12:00"), [])
    return read_people(connection, org)


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
    found = receiver(to, {"owner": owner}, people(**changed), day=DAY)
    assert (found.id if found else None) == receives


# -- by people.yaml --------------------------------------------------------------------------

DAY = dt.date(2026, 11, 19)


def _mail(name: str) -> str:
    return f"{name}@acme.example"


ORG = Org(
    said_of={
        _mail("dana"): Said(delegate=_mail("tom"), teams=frozenset({"North"})),
        _mail("mia"): Said(delegate=_mail("kim"), name="Mia Chen", aliases=("the boss",)),
        _mail("bo"): Said(leave=(read_span("2026-11-16..2026-11-19"),)),
    },
    support_pool=(_mail("tom"), _mail("kim"), _mail("bo")),
)
QUEUE = {"id": "q1", "name": "Renewals", "active": True, "is_queue": True}


@pytest.fixture(scope="module")
def crew() -> dict[str, Person]:
    rows = [{**one, "email": _mail(str(one["id"]).upper())} for one in PEOPLE]
    return _read([*rows, QUEUE], ORG)


def test_what_people_yaml_adds_is_read(crew: dict[str, Person]) -> None:
    """Stand-ins, teams, the support pool, leave: by e-mail in any case; of others nothing."""
    assert (crew["dana"].delegate_id, crew["dana"].teams) == ("tom", {"North"})
    assert [p.id for p in crew.values() if p.in_support_pool] == ["bo", "kim", "tom"]
    assert [crew["bo"].away(day) for day in (DAY, DAY + dt.timedelta(days=1))] == [True, False]
    assert (crew["kim"].delegate_id, crew["kim"].away(DAY)) == (None, False)
    assert [p.id for p in crew.values() if p.is_queue] == ["q1"]


def test_a_delegate_who_left_is_nobody() -> None:
    """Of two with one e-mail the active one stands in, if there is one."""
    rows: list[dict[str, Any]] = [
        {"id": "rep", "name": "Rep", "active": True, "email": _mail("rep")},
        {"id": "amy", "name": "Amy", "active": True, "email": _mail("amy")},
        {"id": "zoe", "name": "Amy", "active": False, "email": _mail("amy")},
    ]
    org = Org(said_of={_mail("rep"): Said(delegate=_mail("amy"))})
    assert _read(rows, org)["rep"].delegate_id == "amy"


ROLES = {"owner": "dana", "account_owner": "tom", "by": "bo"}
AWAY = {"owner": "bo", "account_owner": "bo", "by": "bo"}


@pytest.mark.parametrize(
    ("to", "roles", "receives"),
    [
        ("account_owner", ROLES, "tom"),
        ("account_owner manager", {"owner": "dana"}, "mia"),  # a deal without an account
        ("by", {**ROLES, "by": "kim"}, "kim"),
        ("promise.by", {**ROLES, "by": "kim"}, "kim"),
        ("meeting.by", {**ROLES, "by": "kim"}, "kim"),
        ("by owner", ROLES, "dana"),  # who made the promise is on leave
        ("owner manager", AWAY, "kim"),  # so is the owner
        ("owner", AWAY, None),
        ("delegate", ROLES, "tom"),  # of the owner, where it stands alone
        ("by delegate", ROLES, None),  # Bo has no stand-in, and Dana was not asked
        ("queue:renewals", ROLES, "q1"),
        ("queue:Renewal", ROLES, None),
        ("person:Mia", ROLES, "mia"),
        ("person:mia chen", ROLES, "mia"),
        ("person:The Boss", ROLES, "mia"),
        ("person:MIA@acme.example", ROLES, "mia"),
        ("person:Renewals", ROLES, None),  # a queue is no person
        ("queue:Mia", ROLES, None),  # nor a person a queue
        ("person:Bo", ROLES, None),
        ("person:nobody", ROLES, None),
    ],
)
def test_every_word_has_its_person(
    crew: dict[str, Person], to: str, roles: dict[str, str | None], receives: str | None
) -> None:
    """Whoever is on leave is passed over, and a name that nobody has."""
    words = [to] if ":" in to else to.split()
    found = receiver(words, roles, crew, day=DAY)
    assert (found.id if found else None) == receives


def test_a_delegate_stands_in_for_who_is_named_before(crew: dict[str, Person]) -> None:
    """Of the manager after the manager, of the owner after the owner."""
    gone = {name: replace(one, active=name not in ("dana", "mia")) for name, one in crew.items()}
    after = {
        to: getattr(receiver(to, ROLES, gone, day=DAY), "id", None)
        for to in (("owner", "delegate"), ("manager", "delegate"), ("owner", "manager", "delegate"))
    }
    assert list(after.values()) == ["tom", "kim", "kim"]


@pytest.mark.parametrize(
    ("load", "receives"),
    [
        ({}, "kim"),
        ({"kim": 1}, "tom"),
        ({"kim": 1, "tom": 2}, "kim"),
        ({"kim": 1, "tom": 1}, "kim"),
    ],
)
def test_the_support_pool_takes_turns(
    crew: dict[str, Person], load: dict[str, int], receives: str
) -> None:
    """Whoever there has the fewest open tasks, then by name; Bo, on leave, never."""
    found = receiver(["support_pool"], ROLES, crew, day=DAY, pool_load=load)
    assert found is not None
    assert found.id == receives
