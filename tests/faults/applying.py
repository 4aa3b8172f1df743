"""Rows of the fault matrix about planning and applying, each as it goes wrong at the CRM.

What happens "between" happens at the moment when the request that writes arrives, before it is
carried out: later than any look the worker takes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from connectors.base import Sweeps
from connectors.errors import Refused
from connectors.open import open_connector
from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import ActThenDrop, Before, DropBefore, Fault, Instead
from connectors.simulator.salesforce.house_rules import Duplicates, Validation
from tests.faults.trials import in_a_firm
from tests.worker.firm import WON, Firm, reasons
from worker.known import IntentState, TaskState
from worker.report import degraded

SALESFORCE, HUBSPOT = ("salesforce",), ("hubspot",)
DAY = dt.timedelta(days=1)
SECRET = "Ms Northwind asks for 48,000"
JSON = {"content-type": "application/json;charset=UTF-8"}


# -- what the rows have in common --------------------------------------------------------------


def creates(call: Arrival) -> bool:
    """Whether a request creates our tasks."""
    return call.method == "POST" and creates_path(call.path)


def at_the_create(firm: Firm, fault: Fault, *, times: int = 1) -> None:
    """Let the first requests that create tasks meet a fault."""
    left = [times]

    def play(_: int, call: Arrival) -> Fault | None:
        if not creates(call) or not left[0]:
            return None
        left[0] -= 1
        return fault

    firm.fault = play


def just_before(firm: Firm, happens: Callable[[], None]) -> None:
    """Let something happen when the request that creates has arrived."""
    at_the_create(firm, Before(do=happens))


def refused_with(code: str) -> Fault:
    """Salesforce refuses the one record of a request; its text quotes what somebody wrote."""
    said = {"statusCode": code, "message": SECRET, "fields": ["Subject"]}
    body = json.dumps([{"success": False, "errors": [said]}])
    return Instead(status=200, body=body, headers=JSON)


def states(firm: Firm) -> dict[str, int]:
    """How many intents there are in each state, with their reasons."""
    with firm.ledger() as ledger:
        found: dict[str, int] = {}
        for one in ledger.unsettled(*IntentState):
            name = f"{one.state} {one.reason}".strip()
            found[name] = found.get(name, 0) + 1
    return found


def sent(firm: Firm, since: int) -> int:
    """How many requests since then created tasks."""
    return sum(one.method == "POST" and creates_path(one.path) for one in firm.sim.requests[since:])


def creates_path(path: str) -> bool:
    """Whether a path is one that creates our tasks."""
    of_hubspot = path.endswith(("/objects/tasks", "/tasks/batch/create"))
    return of_hubspot or "/composite/sobjects" in path


# -- between plan and apply --------------------------------------------------------------------


@in_a_firm("F89")
def a_deal_that_is_deleted_in_the_last_moment(firm: Firm) -> None:
    """Its task is refused, or is nobody's: nothing hangs in the air, and nothing is asked again."""
    deal = firm.won("Contoso")
    just_before(firm, lambda: remove(firm, deal))
    firm.run()
    firm.fault = None
    firm.run()
    firm.run(later=DAY)
    assert [task.deal_id for task in firm.tasks() if not task.closed and not task.deleted] != []
    assert all(task.deal_id != deal or task.closed for task in firm.tasks())
    assert not any(state.startswith(("sending", "unknown")) for state in states(firm))


def remove(firm: Firm, deal: str) -> None:
    """Delete a deal, as a person would."""
    if firm.crm.made is getattr(firm.crm, "org", None):
        firm.crm.org.delete("Opportunity", deal)
    else:
        firm.crm.portal.archive("deals", deal)


@in_a_firm("F90")
def a_deal_whose_stage_turns_between_plan_and_apply(firm: Firm) -> None:
    """The plan is days old; what it asked for no longer holds, so nothing is written of it."""
    deal = firm.won("Contoso")
    firm.run(write=False)
    firm.crm.lose_ground(deal)
    firm.clock.later(minutes=15)
    assert reasons(firm.run(read=False)) == ["GONE_MEANWHILE", "NEW"]
    assert deal not in {task.deal_id for task in firm.tasks()}


@in_a_firm("F91", crms=SALESFORCE)
def an_owner_who_leaves_in_the_last_moment(firm: Firm) -> None:
    """The CRM refuses a task for who is gone; the next day the manager has it."""
    just_before(firm, lambda: firm.crm.leave(firm.people["sam"]))
    done = firm.run()
    assert states(firm) == {"rejected INACTIVE_OWNER_OR_USER": 1}
    assert any("refused by the CRM" in one for one in degraded(done))
    firm.fault = None
    firm.run(later=DAY + dt.timedelta(hours=1))
    assert [task.owner_id for task in firm.tasks()] == [firm.people["mia"]]


# -- what the CRM will not have ----------------------------------------------------------------


@in_a_firm("F92", crms=SALESFORCE)
def a_validation_rule_that_one_task_breaks(firm: Firm) -> None:
    """Its neighbours are written. It is not tried for a day; then, when the rule is gone, it is."""
    deal = firm.won("Contoso")
    broken = Validation(
        entity="Task", message=SECRET, broken=lambda row: row.get("WhatId") == deal, field="Subject"
    )
    firm.crm.org.rules.validations = (broken,)
    done = firm.run()
    assert states(firm)["rejected FIELD_CUSTOM_VALIDATION_EXCEPTION"] == 1
    assert len(firm.tasks()) == 1
    assert SECRET not in str(degraded(done))
    before = len(firm.sim.requests)
    assert "REFUSED_BEFORE" in reasons(firm.run())
    assert sent(firm, before) == 0
    firm.crm.org.rules.validations = ()
    firm.run(later=DAY)
    assert {task.deal_id for task in firm.tasks()} >= {deal}


@in_a_firm("F92", crms=HUBSPOT)
def one_task_of_a_batch_that_hubspot_will_not_have(firm: Firm) -> None:
    """The batch is refused whole, or in part: what can be is written, the rest is told."""
    firm.won("Contoso")
    body = json.dumps(
        {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": SECRET,
            "correlationId": "c0ffee00-0000-4000-8000-000000000000",
        }
    )
    at_the_create(firm, Instead(status=400, body=body, headers=JSON))
    done = firm.run()
    assert SECRET not in str(degraded(done))
    firm.fault = None
    firm.run()
    firm.run(later=DAY)
    assert len(firm.tasks()) == 2
    assert len({task.key for task in firm.tasks()}) == 2


def told_and_left_for_a_day(firm: Firm, code: str) -> None:
    """A refusal for good: told with its code, its text nowhere, nothing sent again that day."""
    at_the_create(firm, refused_with(code))
    done = firm.run()
    assert states(firm) == {f"rejected {code}": 1}
    assert any("refused by the CRM" in one for one in degraded(done))
    assert SECRET not in str(degraded(done))
    firm.fault = None
    before = len(firm.sim.requests)
    assert reasons(firm.run()) == ["REFUSED_BEFORE"]
    assert sent(firm, before) == 0
    assert SECRET.encode() not in b"".join(
        path.read_bytes() for path in firm.state.iterdir() if path.is_file()
    )
    firm.run(later=DAY)
    assert len(firm.tasks()) == 1


@in_a_firm("F93", crms=SALESFORCE)
def a_value_that_the_org_has_renamed(firm: Firm) -> None:
    """A choice that is no longer there is refused with its code."""
    told_and_left_for_a_day(firm, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


@in_a_firm("F95", crms=SALESFORCE)
def a_duplicate_rule_of_the_org(firm: Firm) -> None:
    """Not our key: it is refused, never forced through."""
    firm.won("Contoso")
    firm.crm.org.rules.duplicates = (Duplicates(entity="Task", fields=("OwnerId",), alerts=True),)
    done = firm.run()
    assert any("refused by the CRM" in one for one in degraded(done))
    assert len(firm.tasks()) == 1
    assert states(firm)["rejected DUPLICATES_DETECTED"] == 1
    headers = [one for one in firm.sim.requests if "allowSave" in one.query]
    assert headers == []


@in_a_firm("F96", crms=SALESFORCE)
def a_full_storage(firm: Firm) -> None:
    """Told in every run, and tried in every run: somebody may make room."""
    at_the_create(firm, refused_with("STORAGE_LIMIT_EXCEEDED"), times=2)
    for _ in range(2):
        assert any("could not be made now" in one for one in degraded(firm.run()))
        assert states(firm) == {"planned STORAGE_LIMIT_EXCEEDED": 1}
    firm.run()
    assert len(firm.tasks()) == 1


# -- what others do to our tasks ---------------------------------------------------------------


@in_a_firm("F97")
def an_automation_that_deletes_our_task_at_once(firm: Firm) -> None:
    """It was created, its answer lost, and it is gone: dismissed, and never written again."""
    at_the_create(firm, ActThenDrop())
    firm.run()
    firm.fault = None
    (task,) = firm.tasks()
    firm.crm.delete(task.id)
    before = len(firm.sim.requests)
    for _ in range(2):
        assert reasons(firm.run(later=DAY)) == ["DISMISSED"]
    assert sent(firm, before) == 0
    assert [one.state for one in firm.known()] == [TaskState.DISMISSED]


@in_a_firm("F75", crms=SALESFORCE)
def a_value_that_would_end_its_quotes(firm: Firm) -> None:
    """No text of ours becomes a part of a query: keys are of our making, values are quoted."""
    connector = open_connector(firm.settings().crm_settings(), pause=lambda _: None)
    try:
        assert connector.find_tasks(["x' OR Name != '", ":Id", "NaN"]) == {}
        assert isinstance(connector, Sweeps)
        with pytest.raises(Refused, match="INVALID_QUERY_FILTER_OPERATOR"):
            list(connector.fetch("Opportunity", ["x' OR Name != '"]))  # one id, and no such one
    finally:
        connector.close()


# -- one request an attempt --------------------------------------------------------------------


@in_a_firm("F106")
def a_write_without_an_answer_is_one_request(firm: Firm) -> None:
    """No library repeats it beneath us: dropped, or an error of the server, it left once."""
    page = {"content-type": "text/html"}
    for fault in (DropBefore(), Instead(status=502, body="<html>", headers=page)):
        at_the_create(firm, fault, times=9)
        before = len(firm.sim.requests)
        firm.run()
        assert sent(firm, before) == 1
        assert set(states(firm).values()) == {1}
    firm.fault = None
    firm.run()
    assert len(firm.tasks()) == 1


@in_a_firm("F100", crms=HUBSPOT)
def a_task_of_ours_that_a_person_copies(firm: Firm) -> None:
    """Where only marks tell: the ledger's is ours; the copy is theirs, whatever becomes of it."""
    portal = firm.crm.portal
    del portal.kind("tasks").properties["followthrough_key"]
    firm.say(settings="marker_mode: yes\nquiet_hours: no\n")
    firm.run()
    (ours,) = firm.tasks()
    names = ("hs_task_subject", "hs_task_body", "hs_timestamp", "hs_task_status")
    copy = portal.insert("tasks", {name: portal.get("tasks", ours.id)[name] for name in names})
    portal.associate("tasks", copy, "deals", ours.deal_id)
    before = len(firm.sim.requests)
    firm.run(later=DAY + dt.timedelta(hours=1))
    assert {one.id for one in firm.tasks()} == {ours.id, copy}
    assert [(one.task_id, one.living) for one in firm.known()] == [(ours.id, True)]
    firm.crm.delete(copy)
    firm.run(later=DAY)
    assert [(one.task_id, one.living) for one in firm.known()] == [(ours.id, True)]
    assert sent(firm, before) == 0


@in_a_firm("F86", crms=SALESFORCE)
def a_rule_that_would_write_too_much(firm: Firm) -> None:
    """Nothing of it is written, and it is told; another rule of the same run goes on."""
    for number in range(3):
        firm.won(f"Client {number}", owner=("sam", "ana", "mia")[number])
    late = firm.open_deal("Late")
    firm.crm.expect(late, "2026-11-10")
    rules = WON + "- {extends: shipped/overdue-close-date, mode: live, escalate: []}\n"
    firm.say(rules, "quiet_hours: no\nlimits: {creates_per_rule: 2, creates_of_usual: 0}\n")
    done = firm.run()
    assert any("a brake stopped won-no-follow-up" in one for one in degraded(done))
    assert {task.deal_id for task in firm.tasks()} == {late}


# -- rules that come and go --------------------------------------------------------------------


@in_a_firm("F72")
def a_rule_that_is_deleted_leaves_its_tasks(firm: Firm) -> None:
    """They stay open, and whoever asks why reads that the rule is gone."""
    firm.run()
    (task,) = firm.tasks()
    firm.say("- {extends: shipped/stale-proposal, mode: live}\n")
    firm.run()
    assert not firm.tasks()[0].closed
    firm.crm.type_into(task.id, "#why")
    firm.run()
    assert "no longer in use" in firm.tasks()[0].body


@in_a_firm("F82")
def a_client_whose_name_is_markup(firm: Firm) -> None:
    """It is shown as it is written: escaped in HubSpot's page, plain in Salesforce's text."""
    name = '<img src=x onerror="alert(1)">'
    firm.won(name)
    firm.run()
    raw = [
        str(said.get("Description") or said.get("hs_task_body"))
        for said in (firm.crm.read(task.id) for task in firm.tasks())
        if name in str(said.get("Subject") or said.get("hs_task_subject"))
    ]
    assert len(raw) == 1
    if firm.crm.made is getattr(firm.crm, "portal", None):
        assert "<img" not in raw[0]
        assert "&lt;img" in raw[0]
    else:
        assert name in raw[0]
