"""Writing tasks: each once, whatever the answer was; and closing them without undoing any work."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from connectors.hubspot.writable import DEFINITION
from connectors.model import Alert, TaskClose, Verdict
from connectors.simulator.faults import ActThenAnswer, ActThenDrop, DropBefore, Instead, Truncate
from connectors.simulator.hubspot.schema import Property

from .conftest import founded

KEY = "ft_" + "a" * 26
JSON = {"Content-Type": "application/json"}
LINE = "Closed by the worker: call connected <2026-11-20>"


def tasks_in(company: Any) -> list[Any]:
    """Every task in the portal, archived ones too."""
    store = company.portal.store
    return [one for gone in (False, True) for one in store.page("tasks", 0, 1_000, archived=gone)]


def creating(company: Any, fault: Any, times: int = 1) -> None:
    """Play a fault on the first requests that create a task."""
    left = [fault] * times
    company.fault = lambda _, call: (
        left.pop()
        if left
        and call.method == "POST"
        and call.path.endswith(("/objects/tasks", "/objects/tasks/batch/create"))
        else None
    )


def answering(status: int, **body: Any) -> Instead:
    return Instead(status=status, body=json.dumps({"status": "error", **body}), headers=JSON)


def test_a_task_stands_in_the_crm_as_it_was_drafted(company: Any) -> None:
    """Every field of the draft; the text letter by letter, whatever it looks like."""
    connector = company.connect()
    assert connector.why_not_writable() is None
    body = "Purpose: <b>go-live</b> & more\nDone when: spoken"
    (made,) = connector.create_tasks([company.draft(body=body, high_priority=True)])
    assert (made.verdict, made.reason, made.key) == (Verdict.APPLIED, "", KEY)
    task = company.portal.get("tasks", made.task_id)
    assert task["hs_task_body"] == (
        "Purpose: &lt;b&gt;go-live&lt;/b&gt; &amp; more<br>Done when: spoken"
    )
    assert (task["hs_task_subject"], task["hubspot_owner_id"]) == (
        "Call Al Alvarez",
        company.ids["owner"],
    )
    assert (task["hs_task_status"], task["hs_task_priority"]) == ("NOT_STARTED", "HIGH")
    found = connector.find_tasks([KEY, "nobody", "no key ' at all"])
    assert (found[KEY].id, found[KEY].body) == (made.task_id, body)
    assert (found[KEY].deal_id, found[KEY].due) == (company.ids["deal"], dt.date(2026, 11, 20))
    assert list(found) == [KEY]


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "UTC"]
)
def test_a_task_is_due_at_close_of_business_of_its_day(company: Any, zone: str) -> None:
    """Midnight UTC would be the day before in all of America; it is read back as the same day."""
    company.portal.zone = zone
    connector = company.connect()
    (made,) = connector.create_tasks([company.draft()])
    due = dt.datetime.fromisoformat(company.portal.get("tasks", made.task_id)["hs_timestamp"])
    local = due.astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour) == (dt.date(2026, 11, 20), 17)
    assert connector.find_tasks([KEY])[KEY].due == dt.date(2026, 11, 20)


def test_deal_and_contact_are_associated_in_the_creating_call(company: Any) -> None:
    """One request a task, so that no task ever stands alone."""
    connector = company.connect()
    (made,) = connector.create_tasks([company.draft()])
    assert company.asked("/objects/tasks", "POST") == 1
    links = company.portal.store.rows(
        "SELECT to_kind, type_id FROM link WHERE from_id = ?", int(made.task_id)
    )
    assert {(one["to_kind"], one["type_id"]) for one in links} == {
        ("deals", 216),
        ("contacts", 204),
    }


@pytest.mark.parametrize(
    ("named", "types"),
    [
        ({"account_id": "company", "contact_id": "contact"}, {"companies": 192, "contacts": 204}),
        ({"account_id": "company"}, {"companies": 192}),
        ({"contact_id": "contact"}, {"contacts": 204}),
        ({}, {}),
        ({"deal_id": "deal", "account_id": "company"}, {"deals": 216}),
    ],
)
def test_a_task_without_a_deal_hangs_on_the_company_or_on_nothing(
    company: Any, named: dict[str, str], types: dict[str, int]
) -> None:
    """Made once and found by its key as any other; read back with its deal, or none."""
    ids = {"deal_id": None, "contact_id": None} | {k: company.ids[v] for k, v in named.items()}
    connector = company.connect()
    (made,) = connector.create_tasks([company.draft(**ids)])
    links = company.portal.store.rows(
        "SELECT to_kind, type_id FROM link WHERE from_id = ?", int(made.task_id)
    )
    assert {one["to_kind"]: one["type_id"] for one in links} == types
    (again,) = connector.create_tasks([company.draft(**ids)])
    assert (again.task_id, again.reason) == (made.task_id, "adopted")
    task = connector.find_tasks([KEY])[KEY]
    assert (task.id, task.deal_id) == (made.task_id, ids["deal_id"])
    (closed,) = connector.close_tasks([TaskClose(key=KEY, task_id=task.id, line=LINE)])
    assert closed.verdict is Verdict.APPLIED
    assert [(one.key, one.closed) for one in connector.our_tasks(None)] == [(KEY, True)]


def test_an_alert_without_a_deal_hangs_on_the_company(company: Any) -> None:
    """A task of high priority there; with a place that is no record's id nothing is sent."""
    alert = Alert(
        key=KEY,
        deal_id=None,
        account_id=company.ids["company"],
        to_id=company.ids["owner"],
        title="A complaint waits",
        body="x",
        due=dt.date(2026, 11, 20),
    )
    connector = company.connect()
    refused = connector.send_alert(replace(alert, account_id="Northwind"))
    assert (refused.verdict, refused.reason) == (Verdict.NOT_APPLIED, "BAD_ACCOUNT_ID")
    assert tasks_in(company) == []
    sent = connector.send_alert(alert)
    assert (sent.verdict, sent.reason) == (Verdict.APPLIED, "task")
    (link,) = company.portal.store.rows(
        "SELECT to_id FROM link WHERE from_id = ?", int(str(sent.task_id))
    )
    assert str(link["to_id"]) == company.ids["company"]


@pytest.mark.parametrize("status", [409, 400])
def test_a_key_that_is_taken_leads_to_the_task_that_has_it(company: Any, status: int) -> None:
    """Both forms that a portal may answer in; the task is left as it stands."""
    company.portal.conflict_status = status
    connector = company.connect()
    (first,) = connector.create_tasks([company.draft()])
    company.portal.update("tasks", first.task_id, {"hs_task_subject": "a person's own words"})
    (again,) = connector.create_tasks([company.draft()])
    assert (again.verdict, again.task_id, again.reason) == (
        Verdict.APPLIED,
        first.task_id,
        "adopted",
    )
    assert len(tasks_in(company)) == 1
    assert company.portal.get("tasks", first.task_id)["hs_task_subject"] == "a person's own words"


@pytest.mark.parametrize("readable", [True, False])
def test_a_task_that_a_person_deleted_is_adopted_as_deleted(company: Any, readable: bool) -> None:
    """Its key is still taken; where it cannot be read by key, the archived list has it."""
    connector = company.connect()
    (first,) = connector.create_tasks([company.draft()])
    company.portal.archive("tasks", first.task_id)
    if not readable:
        company.fault = lambda _, call: (
            Instead(status=200, body='{"results": []}', headers=JSON)
            if call.path.endswith("/tasks/batch/read")
            else None
        )
    (again,) = connector.create_tasks([company.draft()])
    assert (again.verdict, again.task_id, again.reason) == (
        Verdict.APPLIED,
        first.task_id,
        "adopted_deleted",
    )


def test_a_taken_key_whose_holder_cannot_be_seen_is_unknown(company: Any) -> None:
    """A twin on its way: looked up again later, never taken for done."""
    creating(company, answering(409, category="CONFLICT", message="already has that value"))
    (result,) = company.connect().create_tasks([company.draft()])
    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, "KEY_TAKEN")


@pytest.mark.parametrize(
    ("fault", "tasks"),
    [
        (ActThenDrop(), 1),
        (Truncate(keep=10), 1),
        (ActThenAnswer(status=502, body="<html>"), 1),
        (ActThenAnswer(status=200, body="<html>", headers={"Content-Type": "text/html"}), 1),
        (ActThenAnswer(status=201, body='{"id": "7", "properties": {}}', headers=JSON), 1),
        (ActThenAnswer(status=201, body="{}", headers=JSON), 1),
        (ActThenAnswer(status=302, headers={"Location": "https://elsewhere.example"}), 1),
        (Instead(status=524, body="{}", headers=JSON), 0),
        (DropBefore(), 0),
    ],
)
def test_an_answer_that_proves_nothing_leaves_the_outcome_unknown(
    company: Any, fault: Any, tasks: int
) -> None:
    """It is found by its key, or created once: never twice."""
    connector = company.connect()
    connector.why_not_writable()
    creating(company, fault)
    (result,) = connector.create_tasks([company.draft()])
    assert result.verdict is Verdict.UNKNOWN
    assert len(tasks_in(company)) == tasks
    assert set(connector.find_tasks([KEY])) == ({KEY} if tasks else set())
    (again,) = connector.create_tasks([company.draft()])
    assert again.verdict is Verdict.APPLIED
    assert len(tasks_in(company)) == 1


@pytest.mark.parametrize("policy", ["TEN_SECONDLY_ROLLING", "SECONDLY", "SOMETHING_NEW"])
def test_a_burst_limit_is_waited_for_and_the_task_is_created(company: Any, policy: str) -> None:
    """The request was turned away unread, so repeating it is safe."""
    creating(company, answering(429, policyName=policy), times=3)
    (result,) = company.connect().create_tasks([company.draft()])
    assert (result.verdict, len(tasks_in(company))) == (Verdict.APPLIED, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answering(429, policyName="DAILY"), "DAILY"),
        (answering(477), "MIGRATION"),
        (answering(403, category="MISSING_SCOPES"), "MISSING_SCOPES"),
        (
            answering(400, category="VALIDATION_ERROR", errors=[{"code": "PROPERTY_DOESNT_EXIST"}]),
            "PROPERTY_DOESNT_EXIST",
        ),
    ],
)
def test_what_holds_for_every_task_stops_the_rest(company: Any, answer: Any, reason: str) -> None:
    """One request, and every task may be tried again."""
    creating(company, answer, times=9)
    drafts = [company.draft(f"k{number}") for number in range(3)]
    results = company.connect().create_tasks(drafts)
    assert [one.reason for one in results] == [reason, *[f"NOT_SENT_AFTER_{reason}"] * 2]
    assert [one.key for one in results] == ["k0", "k1", "k2"]
    assert {one.verdict for one in results} == {Verdict.NOT_APPLIED}
    assert not any(one.permanent for one in results)
    assert company.asked("/objects/tasks", "POST") == 1


def test_a_property_the_account_demands_is_told_once(company: Any) -> None:
    """From 2026-09 on an administrator's own rules hold for us too; a person can mend it."""
    company.portal.rules = frozenset({"tasks.hs_queue_membership_ids"})
    connector = company.connect(api_version="2026-09")
    results = connector.create_tasks([company.draft("k1"), company.draft("k2")])
    assert [one.reason for one in results] == [
        "MISSING_REQUIRED_PROPERTY",
        "NOT_SENT_AFTER_MISSING_REQUIRED_PROPERTY",
    ]
    assert not any(one.permanent for one in results)


def test_what_is_wrong_with_one_task_does_not_stop_the_others(company: Any) -> None:
    """An owner who is none, and ids that are none, are refused for good, each for itself."""
    drafts = [
        company.draft("k1", owner_id="999"),
        company.draft("k2", deal_id="0065g00000XyZ"),
        company.draft("k3", owner_id=""),
        company.draft("k4", contact_id="not an id"),
    ]
    results = company.connect().create_tasks(drafts)
    assert [(one.verdict, one.permanent) for one in results[:3]] == [
        (Verdict.NOT_APPLIED, True)
    ] * 3
    assert [one.reason for one in results[1:3]] == ["BAD_DEAL_ID", "BAD_OWNER_ID"]
    assert results[3].verdict is Verdict.APPLIED
    assert len(tasks_in(company)) == 1


def test_a_text_that_is_too_long_is_cut(company: Any) -> None:
    """HubSpot takes 65,536 characters of HTML, in which a sign may take five."""
    (made,) = company.connect().create_tasks([company.draft(body="&" * 60_000)])
    body = str(company.portal.get("tasks", made.task_id)["hs_task_body"])
    assert len(body) <= 65_536
    assert body.endswith("…")


def test_closing_completes_the_task_and_keeps_the_persons_text(company: Any) -> None:
    """Our line stands below it; a second time changes nothing."""
    connector = company.connect()
    (made,) = connector.create_tasks([company.draft()])
    company.portal.update("tasks", made.task_id, {"hs_task_body": "<p>I will <i>wait</i></p>"})
    close = TaskClose(key=KEY, task_id=made.task_id, line=LINE)
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "")
    task = company.portal.get("tasks", made.task_id)
    assert task["hs_task_status"] == "COMPLETED"
    assert task["hs_task_body"] == (
        "<p>I will <i>wait</i></p><br>Closed by the worker: call connected &lt;2026-11-20&gt;"
    )
    (again,) = connector.close_tasks([close])
    assert again.reason == "already_closed"
    assert company.portal.get("tasks", made.task_id) == task


def test_a_task_that_was_closed_or_deleted_by_a_person_is_left_alone(company: Any) -> None:
    """Both count as done, and nothing is sent."""
    connector = company.connect()
    made = connector.create_tasks([company.draft("k1"), company.draft("k2")])
    company.portal.update("tasks", made[0].task_id, {"hs_task_status": "COMPLETED"})
    company.portal.archive("tasks", made[1].task_id)
    closes = [TaskClose(key=one.key, task_id=one.task_id, line=LINE) for one in made]
    results = connector.close_tasks(closes)
    assert [one.reason for one in results] == ["already_closed"] * 2
    assert company.asked("/tasks/", "PATCH") == 0


def test_a_task_that_is_not_ours_is_never_closed(company: Any) -> None:
    """The key must be the one we gave; an id must be one."""
    theirs = company.log("tasks", hs_task_subject="Mine")
    closes = [TaskClose(key=KEY, task_id=one, line=LINE) for one in (theirs, "../deals/5")]
    results = company.connect().close_tasks(closes)
    assert [one.reason for one in results] == ["NOT_OUR_TASK", "BAD_ID"]
    assert company.asked("/", "PATCH") == 0


def test_a_close_whose_answer_is_lost_is_unknown_and_stops_the_rest(company: Any) -> None:
    """Done again later, which changes nothing where it was done."""
    connector = company.connect()
    made = connector.create_tasks([company.draft("k1"), company.draft("k2")])
    closes = [TaskClose(key=one.key, task_id=one.task_id, line=LINE) for one in made]
    company.fault = lambda _, call: ActThenDrop() if call.method == "PATCH" else None
    results = connector.close_tasks(closes)
    assert [one.verdict for one in results] == [Verdict.UNKNOWN, Verdict.NOT_APPLIED]
    company.fault = None
    results = connector.close_tasks(closes)
    assert [one.reason for one in results] == ["already_closed", ""]
    body = str(company.portal.get("tasks", made[0].task_id)["hs_task_body"])
    assert body.count("Closed by the worker") == 1


def test_an_alert_is_a_task_of_high_priority_and_said_once(company: Any) -> None:
    """HubSpot has no notifications; the second time it is the same task."""
    connector = company.connect()
    alert = Alert(
        key=KEY,
        deal_id=company.ids["deal"],
        to_id=company.ids["owner"],
        title="Northwind waits",
        body="since Monday",
        due=dt.date(2026, 11, 13),
    )
    results = [connector.send_alert(alert) for _ in range(2)]
    assert {(one.verdict, one.reason) for one in results} == {(Verdict.APPLIED, "task")}
    (made,) = {one.task_id for one in results}
    assert company.portal.get("tasks", made)["hs_task_priority"] == "HIGH"
    refused = connector.send_alert(replace(alert, to_id="nobody"))
    assert (refused.verdict, refused.reason) == (Verdict.NOT_APPLIED, "BAD_OWNER_ID")


def test_a_lost_ledger_finds_all_our_tasks_also_unindexed_and_deleted_ones(company: Any) -> None:
    """Without a moment everything is listed, so that the lag of the index hides nothing."""
    company.portal.index_lag = dt.timedelta(hours=1)
    connector = company.connect()
    made = connector.create_tasks([company.draft("k1"), company.draft("k2")])
    company.log("tasks", hs_task_subject="Mine")
    company.portal.archive("tasks", made[1].task_id)
    found = {one.key: one.deleted for one in connector.our_tasks(None)}
    assert found == {"k1": False, "k2": True}


def test_our_tasks_since_a_moment_are_those_that_changed(company: Any) -> None:
    """Written by us or a person, deleted ones too; older ones are left out."""
    connector = company.connect()
    made = connector.create_tasks([company.draft(f"k{number}") for number in range(4)])
    company.clock.later(hours=1)
    company.portal.archive("tasks", made[3].task_id)
    start = company.clock.later(hours=1)
    company.portal.update("tasks", made[0].task_id, {"hs_task_status": "COMPLETED"})
    company.portal.archive("tasks", made[1].task_id)
    found = {one.key: (one.closed, one.deleted) for one in connector.our_tasks(start)}
    assert found == {"k0": (True, False), "k1": (False, True)}


def test_without_the_key_property_nothing_is_writable() -> None:
    """The sentence says how the property must be; and nothing is looked for by a key."""
    with founded(key_property=False) as company:
        connector = company.connect()
        why = connector.why_not_writable()
        assert why is not None
        assert all(
            word in why for word in ("followthrough_key", "hasUniqueValue", "deploy/hubspot")
        )
        assert connector.find_tasks([KEY]) == {}
        assert list(connector.our_tasks(None)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"unique": False}, "is not unique"), ({"type": "number", "field_type": "number"}, "no text")],
)
def test_a_key_property_of_another_kind_is_not_enough(changes: dict[str, Any], says: str) -> None:
    """Neither can be changed later, so the sentence says to begin anew."""
    values: dict[str, Any] = {"type": "string", "field_type": "text", "unique": True}
    made = Property(name="followthrough_key", label="Key", group="task", **(values | changes))
    with founded(key_property=False) as company:
        company.portal.add_property("tasks", made)
        why = company.connect().why_not_writable()
    assert why is not None
    assert says in why
    assert "also from the archive" in why


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("crm.objects.contacts.write", "may not write tasks"),
        ("crm.schemas.contacts.read", None),  # the objects scope shows properties as well
    ],
)
def test_the_scope_for_writing_is_checked_without_writing(
    company: Any, scope: str, says: str | None
) -> None:
    """A change of a task that cannot exist tells it, and leaves no trace."""
    company.portal.missing = frozenset({scope})
    why = company.connect().why_not_writable()
    assert (why is None) if says is None else (says in str(why) and scope in str(why))
    assert tasks_in(company) == []


def test_the_definition_makes_a_property_that_is_enough() -> None:
    """What deploy/hubspot/README.md says is what the check asks for."""
    with founded(key_property=False) as company:
        answer = requests.post(
            company.sim.base_url + "/crm/v3/properties/tasks",
            json=dict(DEFINITION),
            headers={"Authorization": f"Bearer {company.portal.access_token}"},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        assert company.connect().why_not_writable() is None
    written = (Path(__file__).resolve().parents[3] / "deploy/hubspot/README.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", written, re.DOTALL)
    assert json.loads(block) == dict(DEFINITION)
