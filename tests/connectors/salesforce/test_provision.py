"""What writing needs in the org: looked for, made where we may, else told. Real sockets."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Provision, Provisions
from connectors.model import TaskDraft, Verdict
from connectors.salesforce.objects import KEY_FIELD
from connectors.salesforce.provision import DEFINITION
from connectors.simulator.salesforce.schema import Field

DEPLOYED = Path(__file__).resolve().parents[3] / "deploy" / "salesforce" / "force-app"
KEY = "ft_" + "a" * 26


@pytest.fixture
def org_options() -> dict[str, Any]:
    """An org without the key field."""
    return {"key_field": False}


def key_of(found: list[Provision]) -> Provision:
    (one,) = [one for one in found if KEY_FIELD in one.what]
    return one


def test_looking_makes_nothing(company: Any) -> None:
    """What is missing is told with what to do, and the org is as before."""
    company.org.may_customize = True
    connector = company.connect()
    assert isinstance(connector, Provisions)
    found = key_of(connector.provision(write=False))
    assert (found.there, found.made) == (False, False)
    assert "deploy/salesforce" in str(found.todo)
    assert not any(one.method == "POST" for one in company.sim.requests[1:])


def test_the_field_is_made_granted_and_used(company: Any) -> None:
    """After it a task carries its key and can be made once only; a second time nothing is done."""
    company.org.may_customize = True
    connector = company.connect()
    assert connector.mode() == "none"
    assert key_of(connector.provision(write=True)).made
    assert (connector.mode(), connector.why_not_writable()) == ("external_id", None)
    again = key_of(company.connect().provision(write=True))
    assert (again.there, again.made) == (True, False)
    draft = TaskDraft(
        key=KEY,
        deal_id=company.ids["deal"],
        contact_id=None,
        owner_id=company.ids["user"],
        subject="x",
        body="x",
        due=dt.date(2026, 11, 20),
    )
    first, second = (connector.create_tasks([draft])[0] for _ in range(2))
    assert first.verdict is Verdict.APPLIED
    assert (second.task_id, second.reason) == (first.task_id, "adopted")


def test_a_field_that_is_only_hidden_is_granted(company: Any) -> None:
    """Somebody made it and gave it to nobody: it is not made again."""
    company.org.may_customize = True
    company.org.customize(
        ("Task", "Event"),
        Field(name=KEY_FIELD, type="string", length=64, external_id=True, unique=True),
    )
    assert key_of(company.connect().provision(write=True)).made


def test_who_may_not_is_told_what_to_deploy(company: Any) -> None:
    """An integration user seldom may: the sentence names the folder."""
    found = key_of(company.connect().provision(write=True))
    assert not found.there
    assert "may not make the field" in str(found.todo)
    assert "deploy/salesforce" in str(found.todo)


def test_a_field_that_is_unfit_is_left_to_a_person(company: Any) -> None:
    """It may hold somebody's data: nothing is changed."""
    connector = company.connect()
    company.org.may_customize = True
    company.org.customize(("Task", "Event"), Field(name=KEY_FIELD, type="string", length=64))
    company.org.fresh.clear()  # everybody sees it
    found = key_of(connector.provision(write=True))
    assert not found.there
    assert "not an external id" in str(found.todo)


def test_what_is_made_is_what_is_deployed() -> None:
    """Name and properties of the field in the folder are those that would be made."""
    path = DEPLOYED / f"main/default/objects/Activity/fields/{KEY_FIELD}.field-meta.xml"
    told = {child.tag.split("}")[1]: child.text for child in ET.parse(path).getroot()}
    wanted = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in DEFINITION.items()
    }
    assert told["fullName"] == KEY_FIELD
    assert {name: told[name] for name in wanted} == wanted
