"""Writing tasks: each once, whatever the answer was; and closing them without undoing any work."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from connectors.model import TaskClose, TaskDraft, Verdict
from connectors.open import CrmSettings, open_connector
from connectors.simulator.faults import ActThenAnswer, ActThenDrop, DropBefore, Instead, Truncate
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.schema import Field
from connectors.simulator.server import Simulator

KEY = "ft_" + "abcdefghijklmnopqrstuvwxy2"
JSON = {"Content-Type": "application/json"}


def draft(company: Any, key: str = KEY, **changes: Any) -> TaskDraft:
    values: dict[str, Any] = {
        "key": key,
        "deal_id": company.ids["deal"],
        "contact_id": company.ids["contact"],
        "owner_id": company.ids["user"],
        "subject": "Follow up with Northwind",
        "body": "Purpose: x\nref: r@1 · " + key + " · run",
        "due": dt.date(2026, 11, 20),
    }
    return TaskDraft(**(values | changes))


def tasks_in(company: Any) -> list[dict[str, Any]]:
    return list(
        company.org.query(
            "SELECT Id, Subject, Followthrough_Key__c FROM Task", all_rows=True
        ).records
    )


def answering(status: int, body: str | bytes, **headers: str) -> Any:
    """A fault on the creating request only."""
    return lambda _, call: (
        Instead(status=status, body=body, headers=JSON | headers)
        if call.method == "POST" and "/composite/" in call.path
        else None
    )


def test_a_task_stands_in_the_crm_as_it_was_drafted(company: Any) -> None:
    """Every field of the draft, in the org's own words for status and priority."""
    connector = company.connect()
    assert connector.why_not_writable() is None
    assert connector.mode() == "external_id"
    (made,) = connector.create_tasks([draft(company, high_priority=True)])
    assert (made.verdict, made.reason, made.key) == (Verdict.APPLIED, "", KEY)
    task = company.org.get("Task", made.task_id)
    assert (task["Subject"], task["ActivityDate"]) == ("Follow up with Northwind", "2026-11-20")
    assert (task["Status"], task["Priority"], task["IsClosed"]) == ("Not Started", "High", False)
    assert (task["WhatId"], task["WhoId"]) == (company.ids["deal"], company.ids["contact"])
    assert (task["OwnerId"], task["TaskSubtype"]) == (company.ids["user"], "Task")
    found = connector.find_tasks([KEY, "ft_nobody", "'; DROP"])
    assert set(found) == {KEY}
    assert (found[KEY].closed, found[KEY].due) == (False, dt.date(2026, 11, 20))
    assert list(connector.our_tasks(None)) == [found[KEY]]
    assert list(connector.our_tasks(company.clock.now + dt.timedelta(seconds=1))) == []


@pytest.mark.parametrize("links", ["account and contact", "contact", "account", ""])
def test_a_task_without_a_deal_hangs_on_what_there_is(company: Any, links: str) -> None:
    """On the account, the contact, both or nothing; it is found by its key and adopted as ever."""
    given = {name: company.ids[name] if name in links else None for name in ("account", "contact")}
    wanted = draft(company, deal_id=None, account_id=given["account"], contact_id=given["contact"])
    connector = company.connect()
    (made,) = connector.create_tasks([wanted])
    assert (made.verdict, made.reason) == (Verdict.APPLIED, "")
    task = company.org.get("Task", made.task_id)
    assert (task["WhatId"], task["WhoId"]) == (given["account"], given["contact"])
    assert task["OwnerId"] == company.ids["user"]
    found = connector.find_tasks([KEY])[KEY]
    assert (found.id, found.deal_id) == (made.task_id, None)
    assert connector.create_tasks([wanted])[0].reason == "adopted"
    (closed,) = connector.close_tasks([TaskClose(key=KEY, task_id=found.id, line="Closed: x")])
    assert closed.verdict is Verdict.APPLIED


def test_a_deal_comes_before_its_account(company: Any) -> None:
    """A task can hang on one of them only; read back, it is the deal's."""
    connector = company.connect()
    (made,) = connector.create_tasks([draft(company, account_id=company.ids["account"])])
    assert company.org.get("Task", made.task_id)["WhatId"] == company.ids["deal"]
    assert connector.find_tasks([KEY])[KEY].deal_id == company.ids["deal"]


def test_a_task_that_is_there_is_adopted_as_it_is(company: Any) -> None:
    """The second creation changes nothing, not even what a person has changed meanwhile."""
    connector = company.connect()
    (first,) = connector.create_tasks([draft(company)])
    company.org.update("Task", first.task_id, {"Subject": "Renamed by Dana"})
    (second,) = connector.create_tasks([draft(company)])
    assert (second.verdict, second.reason) == (Verdict.APPLIED, "adopted")
    assert second.task_id == first.task_id
    assert [task["Subject"] for task in tasks_in(company)] == ["Renamed by Dana"]


def test_a_task_that_a_person_deleted_is_adopted_as_deleted(company: Any) -> None:
    """It is not created again, and the caller learns that somebody threw it away."""
    connector = company.connect()
    (first,) = connector.create_tasks([draft(company)])
    company.org.delete("Task", first.task_id)
    assert connector.find_tasks([KEY])[KEY].deleted
    (second,) = connector.create_tasks([draft(company)])
    assert (second.verdict, second.reason) == (Verdict.APPLIED, "adopted_deleted")
    assert len(tasks_in(company)) == 1


def test_each_record_has_its_own_outcome(company: Any) -> None:
    """One bad record does not keep the others from being written; the order is the caller's."""
    gone = company.org.insert(
        "User",
        {
            "LastName": "Gone",
            "Username": "gone@x.example",
            "Email": "g@x.example",
            "Alias": "gone",
            "IsActive": False,
        },
    )
    drafts = [
        draft(company, "ft_one"),
        draft(company, "ft_inactive", owner_id=gone),
        draft(company, "ft_bad_deal", deal_id="../Opportunity/x"),
        draft(company, "ft_bad_owner", owner_id="nobody"),
        draft(company, "ft_two", contact_id="00Q000000000001AAA"),
        draft(company, "ft_bad_account", deal_id=None, account_id=company.ids["deal"]),
    ]
    results = company.connect().create_tasks(drafts)
    assert [one.key for one in results] == [one.key for one in drafts]
    assert [(one.verdict, one.reason, one.permanent) for one in results] == [
        (Verdict.APPLIED, "", False),
        (Verdict.NOT_APPLIED, "INACTIVE_OWNER_OR_USER", True),
        (Verdict.NOT_APPLIED, "BAD_DEAL_ID", True),
        (Verdict.NOT_APPLIED, "BAD_OWNER_ID", True),
        (Verdict.APPLIED, "", False),
        (Verdict.NOT_APPLIED, "BAD_ACCOUNT_ID", True),
    ]
    assert len(tasks_in(company)) == 2


def test_more_than_one_call_holds(company: Any) -> None:
    """Two hundred at a time, results in order."""
    drafts = [draft(company, f"ft_{number:03}") for number in range(201)]
    results = company.connect().create_tasks(drafts)
    assert [one.key for one in results] == [one.key for one in drafts]
    assert {one.verdict for one in results} == {Verdict.APPLIED}
    assert company.asked("/composite/sobjects") == 2
    assert company.connect().create_tasks([]) == []


@pytest.mark.parametrize(
    "fault",
    [
        ActThenDrop(),
        Truncate(keep=20),
        ActThenAnswer(status=502, body="<html>bad</html>"),
        ActThenAnswer(status=200, body="<html>?</html>"),
    ],
)
def test_an_answer_that_was_lost_is_unknown_and_then_found(company: Any, fault: Any) -> None:
    """The task was made though nobody said so: the next attempt adopts it."""
    company.fault = lambda _, call: fault if "/composite/" in call.path else None
    connector = company.connect()
    (lost,) = connector.create_tasks([draft(company)])
    assert (lost.verdict, lost.task_id) == (Verdict.UNKNOWN, None)
    assert company.asked("/composite/sobjects") == 1
    company.fault = None
    assert KEY in connector.find_tasks([KEY])
    (again,) = connector.create_tasks([draft(company)])
    assert again.reason == "adopted"
    assert len(tasks_in(company)) == 1


def test_a_request_that_was_dropped_unread_is_unknown_too(company: Any) -> None:
    """From here it looks as if it had been carried out; the look-up says that it was not."""
    company.fault = lambda _, call: DropBefore() if "/composite/" in call.path else None
    connector = company.connect()
    (lost,) = connector.create_tasks([draft(company)])
    assert lost.verdict is Verdict.UNKNOWN
    assert connector.find_tasks([KEY]) == {}
    assert tasks_in(company) == []


@pytest.mark.parametrize(
    ("status", "body", "verdict", "reason", "permanent"),
    [
        (200, "[]", Verdict.UNKNOWN, "UNREADABLE_RESULT", False),
        (
            200,
            '[{"success": true, "id": "00T000000000001AAA"},'
            ' {"success": true, "id": "00T000000000002AAA"}]',
            Verdict.UNKNOWN,
            "UNREADABLE_RESULT",
            False,
        ),
        (200, '{"success": true}', Verdict.UNKNOWN, "UNREADABLE_RESULT", False),
        (
            200,
            '[{"success": true, "id": "006000000000001AAA"}]',
            Verdict.UNKNOWN,
            "UNREADABLE_RESULT",
            False,
        ),
        (
            200,
            '[{"success": "true", "id": "00T000000000001AAA"}]',
            Verdict.UNKNOWN,
            "UNREADABLE_RESULT",
            False,
        ),
        (200, '[{"success": false, "errors": []}]', Verdict.UNKNOWN, "UNREADABLE_RESULT", False),
        (
            201,
            '[{"success": false, "errors": [{"statusCode": "STRING_TOO_LONG"}]}]',
            Verdict.NOT_APPLIED,
            "STRING_TOO_LONG",
            True,
        ),
        (
            200,
            '[{"success": false, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW"}]}]',
            Verdict.NOT_APPLIED,
            "UNABLE_TO_LOCK_ROW",
            False,
        ),
        (
            200,
            '[{"success": false, "errors": [{"statusCode": "STORAGE_LIMIT_EXCEEDED"}]}]',
            Verdict.NOT_APPLIED,
            "STORAGE_LIMIT_EXCEEDED",
            False,
        ),
        (
            200,
            '[{"success": false, "errors": [{"statusCode": "DUPLICATE_VALUE"}]}]',
            Verdict.UNKNOWN,
            "DUPLICATE_VALUE",
            False,
        ),
        (
            403,
            '[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]',
            Verdict.NOT_APPLIED,
            "REQUEST_LIMIT_EXCEEDED",
            False,
        ),
        (
            400,
            '[{"errorCode": "JSON_PARSER_ERROR"}]',
            Verdict.NOT_APPLIED,
            "JSON_PARSER_ERROR",
            True,
        ),
        (
            429,
            '[{"errorCode": "TOO_MANY_REQUESTS"}]',
            Verdict.NOT_APPLIED,
            "TOO_MANY_REQUESTS",
            False,
        ),
        (400, "<html>", Verdict.UNKNOWN, "OutcomeUnknown", False),
        (500, '[{"errorCode": "UNKNOWN_EXCEPTION"}]', Verdict.UNKNOWN, "UNKNOWN_EXCEPTION", False),
        (204, "", Verdict.UNKNOWN, "UNREADABLE_RESULT", False),
        (307, "", Verdict.UNKNOWN, "REDIRECT", False),
    ],
)
def test_odd_answers_to_a_creation(
    company: Any, status: int, body: str, verdict: Verdict, reason: str, permanent: bool
) -> None:
    """Not applied only where Salesforce says so in its own form; all else is unknown."""
    company.fault = answering(status, body, Location="http://127.0.0.1:1/")
    (result,) = company.connect().create_tasks([draft(company)])
    assert (result.verdict, result.reason, result.permanent) == (verdict, reason, permanent)
    assert result.task_id is None
    assert company.asked("/composite/sobjects") == 1


def test_one_id_for_two_tasks_is_believed_of_neither(company: Any) -> None:
    """An answer that names a task twice is not an answer to what was asked."""
    twice = '[{"success": true, "id": "00T000000000001AAA"}]'
    company.fault = answering(200, twice[:-1] + ", " + twice[1:])
    results = company.connect().create_tasks([draft(company, "ft_a"), draft(company, "ft_b")])
    assert {one.verdict for one in results} == {Verdict.UNKNOWN}


def test_after_a_request_that_failed_whole_the_rest_is_not_sent(company: Any) -> None:
    """The second chunk is not tried against a server that has just broken down."""
    company.fault = answering(500, "")
    drafts = [draft(company, f"ft_{number:03}") for number in range(201)]
    results = company.connect().create_tasks(drafts)
    assert {one.verdict for one in results[:200]} == {Verdict.UNKNOWN}
    assert (results[200].verdict, results[200].permanent) == (Verdict.NOT_APPLIED, False)
    assert results[200].reason.startswith("NOT_SENT")
    assert company.asked("/composite/sobjects") == 1


def test_nothing_is_sent_when_the_orgs_words_cannot_be_read(company: Any) -> None:
    """Without login there is no task and no doubt about it."""
    connector = company.connect(client_secret="wrong")
    (result,) = connector.create_tasks([draft(company)])
    assert (result.verdict, result.permanent) == (Verdict.NOT_APPLIED, False)
    (result,) = connector.close_tasks([TaskClose(key=KEY, task_id="00T1", line="x")])
    assert result.verdict is Verdict.NOT_APPLIED
    assert company.asked("/composite/sobjects") == 0


def test_long_texts_are_cut_to_what_the_fields_hold(company: Any) -> None:
    """Counted as Salesforce may count, where an emoji is two."""
    connector = company.connect()
    (made,) = connector.create_tasks([draft(company, subject="🙂" * 255, body="b" * 40_000)])
    task = company.org.get("Task", made.task_id)
    assert task["Subject"] == "🙂" * 127 + "…"
    assert len(task["Description"]) == 32_000


def closing(company: Any, **changes: Any) -> Any:
    """A connector and a task it has made, with the close of it."""
    connector = company.connect()
    (made,) = connector.create_tasks([draft(company)])
    company.clock.later(minutes=1)
    return connector, TaskClose(
        **({"key": KEY, "task_id": made.task_id, "line": "Closed: call on 12 Nov."} | changes)
    )


def test_closing_completes_a_task_and_keeps_the_persons_text(company: Any) -> None:
    """Our line comes below what stands there."""
    connector, close = closing(company)
    company.org.update("Task", close.task_id, {"Description": "Dana: called twice"})
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "")
    task = company.org.get("Task", close.task_id)
    assert task["Description"] == "Dana: called twice\nClosed: call on 12 Nov."
    assert (task["Status"], task["IsClosed"]) == ("Completed", True)
    (again,) = connector.close_tasks([close])
    assert (again.verdict, again.reason) == (Verdict.APPLIED, "already_closed")
    assert company.org.get("Task", close.task_id)["Description"].count("Closed:") == 1


def test_a_task_a_person_closed_is_left_alone(company: Any) -> None:
    """Their status and their words stay."""
    connector, close = closing(company)
    company.org.update("Task", close.task_id, {"Status": "Completed", "Description": "done"})
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "already_closed")
    assert company.org.get("Task", close.task_id)["Description"] == "done"


def test_a_task_a_person_deleted_needs_no_closing(company: Any) -> None:
    """Gone is closed enough."""
    connector, close = closing(company)
    company.org.delete("Task", close.task_id)
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.reason) == (Verdict.APPLIED, "already_closed")


def test_a_task_that_changes_while_we_look_is_left_for_the_next_run(company: Any) -> None:
    """A person was faster: If-Unmodified-Since keeps us from writing over their words."""
    connector, close = closing(company)

    def meddle(_: int, call: Any) -> None:
        if call.method == "PATCH":
            company.clock.later(minutes=1)
            company.org.update("Task", close.task_id, {"Description": "just now"})

    company.fault = meddle
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.permanent) == (Verdict.NOT_APPLIED, False)
    task = company.org.get("Task", close.task_id)
    assert (task["Description"], task["IsClosed"]) == ("just now", False)


def test_somebody_elses_task_is_never_closed(company: Any) -> None:
    """The id is not enough: the key must be the one we wrote."""
    connector, close = closing(company, key="ft_another")
    (result,) = connector.close_tasks([close])
    assert (result.verdict, result.reason, result.permanent) == (
        Verdict.NOT_APPLIED,
        "NOT_OUR_TASK",
        True,
    )
    (result,) = connector.close_tasks([TaskClose(key=KEY, task_id="../Account/1", line="x")])
    assert result.reason == "BAD_ID"


def test_an_unknown_close_is_found_done_by_the_next(company: Any) -> None:
    """The change took place though the answer was lost; a repeat sees that."""
    connector, close = closing(company)
    company.fault = lambda _, call: ActThenDrop() if call.method == "PATCH" else None
    (lost,) = connector.close_tasks([close])
    assert lost.verdict is Verdict.UNKNOWN
    company.fault = None
    (again,) = connector.close_tasks([close])
    assert (again.verdict, again.reason) == (Verdict.APPLIED, "already_closed")


def test_a_line_that_finds_no_room_is_left_out(company: Any) -> None:
    """The person's text is worth more than ours."""
    connector, close = closing(company)
    company.org.update("Task", close.task_id, {"Description": "d" * 31_990})
    (result,) = connector.close_tasks([close])
    assert result.verdict is Verdict.APPLIED
    task = company.org.get("Task", close.task_id)
    assert task["Description"] == "d" * 31_990
    assert task["IsClosed"]


@pytest.mark.parametrize(
    ("hidden", "read_only", "says"),
    [
        ("Task.Followthrough_Key__c", "", "no field Followthrough_Key__c"),
        ("Task", "", "may not see tasks"),
        ("", "Task", "may not create tasks"),
        ("", "Task.Followthrough_Key__c", "may not write the field"),
    ],
)
def test_why_tasks_cannot_be_written(company: Any, hidden: str, read_only: str, says: str) -> None:
    """Each lack is told with what to deploy."""
    company.org.hidden = frozenset({hidden} - {""})
    company.org.read_only = frozenset({read_only} - {""})
    why = company.connect().why_not_writable()
    assert says in why
    assert "deploy/salesforce" in why


def why_with(*fields: Field, key_field: bool = True) -> str | None:
    """What an org says that has these fields of its own on Task."""
    org = Org(key_field=key_field, extra_fields={"Task": fields})
    with Simulator(org) as sim:
        connector = open_connector(
            CrmSettings(
                base_url=sim.base_url, client_id=org.client_id, client_secret=org.client_secret
            )
        )
        try:
            return connector.why_not_writable()
        finally:
            connector.close()
            org.close()


def test_a_field_of_the_orgs_own_that_every_task_needs_is_told_beforehand() -> None:
    """Else every single task would be refused; a field with a default is no hindrance."""
    region = Field(name="Region__c", type="string", length=20, nillable=False)
    assert "demands the field Region__c" in str(why_with(region))
    assert why_with(replace(region, nillable=True)) is None
    assert why_with(replace(region, type="boolean", default=0)) is None


@pytest.mark.parametrize(
    ("external_id", "unique", "says"),
    [
        (True, False, "is not unique"),
        (False, True, "is not an external id"),
        (False, False, "is not an external id and not unique"),
        (True, True, None),
    ],
)
def test_a_key_that_could_be_taken_twice_forbids_writing(
    external_id: bool, unique: bool, says: str | None
) -> None:
    """The field alone is no promise: the org must enforce it."""
    key = Field(
        name="Followthrough_Key__c",
        type="string",
        length=64,
        external_id=external_id,
        unique=unique,
        case_sensitive=True,
    )
    why = why_with(key, key_field=False)
    assert why is None if says is None else says in str(why)
