"""HubSpot's words and values -> the canonical ones, row by row; and real answers of the API."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.errors import Refused, Retriable
from connectors.hubspot import activities, answers, mapping
from connectors.hubspot.answers import Link
from connectors.hubspot.faults import fault
from connectors.hubspot.mapping import Known, Linked, StageInfo
from connectors.hubspot.objects import SOURCES
from connectors.hubspot.rows import modified_at
from connectors.hubspot.values import Columns, Page, batch, day_in, moment
from connectors.hubspot.words import DISPOSITION, outcome_of_label
from connectors.model import STREAMS, DealState, Outcome
from connectors.transport import Reply

RECORDED = (
    Path(__file__).resolve().parents[3]
    / ".."
    / "shared"
    / "data"
    / "hubspot_recorded"
    / "v3_v4_interactions.json"
)
AT = "2026-11-12T09:30:00.123Z"
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
KNOWN = Known(
    stages={
        "1": StageInfo(label="Qualified", state=DealState.OPEN, probability=20.0),
        "2": StageInfo(label="Won", state=DealState.WON, probability=100.0),
    },
    outcomes=DISPOSITION,
    staff=frozenset({"ana@simulated.example"}),
    domains=frozenset({"simulated.example"}),
)


def record(record_id: str = "7", **properties: Any) -> dict[str, Any]:
    return {"id": record_id, "properties": properties, "updatedAt": AT, "archived": False}


def row(mapper: Any, linked: Linked | None = None, **properties: Any) -> dict[str, Any]:
    """One record, mapped and cast into its stream."""
    page = Page([record(**properties)])
    columns: Columns = {"id": page.ids, "modified_at": [moment(AT)], "deleted": [False]}
    columns |= mapper(page, KNOWN, linked or Linked())
    stream = SOURCES[mapper.__name__].stream
    made = batch(stream, columns)
    assert made.schema == STREAMS[stream]
    (found,) = made.to_pylist()
    return dict(found)


def of_contacts(*ids: str) -> Linked:
    links = [Link(id=one, types=(), label=None) for one in ids]
    return Linked(links={"contacts": {"7": links}})


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"hs_call_disposition": CONNECTED}, {"outcome": "connected", "done": True}),
        ({"hs_call_disposition": "unheard-of", "hs_call_status": "BUSY"}, {"outcome": None}),
        ({"hs_call_status": "NO_ANSWER"}, {"outcome": "no_answer", "done": True}),
        ({"hs_call_status": "COMPLETED"}, {"outcome": None, "done": True}),
        ({"hs_call_status": "QUEUED"}, {"done": False}),
        ({"hs_call_direction": "INBOUND"}, {"direction": "inbound"}),
        ({"hs_call_direction": ""}, {"direction": None}),
        ({"hs_call_duration": "61999"}, {"duration_seconds": 61}),
        ({"hs_call_duration": "60000.0"}, {"duration_seconds": 60}),
        ({"hs_call_body": "<p>a<br>b &lt;c&gt;</p><style>x</style>"}, {"text": "a\nb <c>"}),
        ({"hubspot_owner_id": ""}, {"owner_id": None, "automated": False}),
        ({"hs_timestamp": "1794475800123"}, {"at": moment(AT)}),
    ],
)
def test_calls(properties: dict[str, str], expected: dict[str, Any]) -> None:
    """A disposition a person chose goes before what the line said; unknown stays null."""
    assert expected.items() <= row(activities.calls, **properties).items()


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("Connected", Outcome.CONNECTED),
        ("Left voicemail", Outcome.VOICEMAIL),
        ("left live-message", Outcome.LEFT_MESSAGE),
        ("Demo booked!", None),
        (None, None),
    ],
)
def test_dispositions_by_their_label(label: Any, outcome: Outcome | None) -> None:
    """Accounts add their own; those nobody knows say nothing."""
    assert outcome_of_label(label) is outcome


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"hs_email_direction": "EMAIL"}, {"direction": "outbound", "done": True}),
        ({"hs_email_direction": "INCOMING_EMAIL"}, {"direction": "inbound", "done": True}),
        ({"hs_email_direction": "FORWARDED_EMAIL"}, {"direction": None, "done": True}),
        ({"hs_email_direction": "DRAFT_EMAIL"}, {"done": False}),
        ({"hs_email_status": "SCHEDULED"}, {"done": False, "outcome": None}),
        ({"hs_email_status": "FAILED"}, {"done": False}),
        ({"hs_email_status": "BOUNCED"}, {"done": True, "outcome": "bounced"}),
        ({"hs_email_status": "SENT"}, {"done": True, "automated": None}),
        ({"hs_sequence_id": "12"}, {"automated": True}),
        ({"hs_email_text": "plain", "hs_email_html": "<b>x</b>"}, {"text": "plain"}),
        ({"hs_email_text": " ", "hs_email_html": "<b>x</b>"}, {"text": "x"}),
        ({"hs_email_to_email": "Al <AL@web.example>; ana@simulated.example"}, {"outsiders": 1}),
        ({"hs_email_to_email": "bo@simulated.example"}, {"outsiders": 0}),
        (
            {"hs_email_direction": "EMAIL", "hs_email_from_email": "private@web.example"},
            {"outsiders": 2},
        ),
        (
            {"hs_email_direction": "INCOMING_EMAIL", "hs_email_from_email": "al@northwind.example"},
            {"outsiders": 1},
        ),
    ],
)  # fmt: skip
def test_emails(properties: dict[str, str], expected: dict[str, Any]) -> None:
    """Only a sequence is known to be automated; without addresses the contacts are counted."""
    found = row(activities.emails, of_contacts("1", "2"), **properties)
    assert expected.items() <= found.items()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("COMPLETED", "held"),
        ("NO_SHOW", "no_show"),
        ("CANCELED", "canceled"),
        ("RESCHEDULED", "canceled"),
        ("SCHEDULED", None),
        ("", None),
    ],
)
def test_meetings(outcome: str, expected: str | None) -> None:
    """At its start, as long as it is, with the client's people in it."""
    found = row(
        activities.meetings,
        of_contacts("1", "2"),
        hs_meeting_outcome=outcome,
        hs_meeting_start_time="2026-11-12T10:00:00Z",
        hs_meeting_end_time="2026-11-12T10:45:00Z",
        hs_timestamp=AT,
        hs_meeting_body="<p>Demo</p>",
        hs_internal_meeting_notes="<p>ours</p>",
    )
    assert (found["outcome"], found["duration_seconds"], found["outsiders"]) == (expected, 2700, 2)
    assert found["at"] == moment("2026-11-12T10:00:00Z")
    assert found["text"] == "Demo\n\nours"
    assert row(activities.meetings, hs_timestamp=AT)["at"] == moment(AT)


def test_tasks_messages_notes_and_quotes() -> None:
    """A task is due, or was ticked off; what HubSpot does not say is null."""
    task = {"hs_timestamp": AT, "hs_task_completion_date": "2026-11-15T10:00:00Z"}
    done = row(activities.tasks, hs_task_status="COMPLETED", **task)
    assert (done["kind"], done["done"], done["at"].day) == ("task", True, 15)
    waiting = row(activities.tasks, hs_task_status="WAITING", **task)
    assert (waiting["done"], waiting["at"].day) == (False, 12)
    message = row(activities.communications, hs_communication_logged_from="CRM")
    assert (message["kind"], message["direction"], message["automated"]) == ("message", None, False)
    assert row(activities.communications)["automated"] is None
    assert row(activities.notes, hs_note_body="<p>spoke</p>")["text"] == "spoke"
    for status, seen in (("APPROVED", True), ("DRAFT", False), ("OTHER", None)):
        assert row(mapping.quotes, hs_status=status)["presented"] is seen


@pytest.mark.parametrize(
    ("properties", "stage", "state"),
    [
        ({"dealstage": "1"}, "Qualified", "open"),
        ({"dealstage": "2", "hs_is_closed": "false"}, "Won", "won"),
        ({"dealstage": "9"}, "9", None),
        ({"dealstage": "9", "hs_is_closed": "false"}, "9", "open"),
        ({"dealstage": "9", "hs_is_closed": "true"}, "9", None),
        ({"dealstage": "9", "hs_is_closed": "true", "hs_is_closed_won": "true"}, "9", "won"),
        ({"dealstage": "9", "hs_is_closed": "true", "hs_is_closed_won": "false"}, "9", "lost"),
        ({"dealstage": None}, None, None),
    ],
)
def test_stages(properties: dict[str, Any], stage: str | None, state: str | None) -> None:
    """By the pipelines; for a stage that none has any more, by what the deal itself says."""
    found = row(mapping.deals, **properties)
    assert (found["stage"], found["state"]) == (stage, state)


def test_a_deal_without_a_primary_company_has_its_first() -> None:
    """The primary one where there is one."""
    plain = Link(id="1", types=(341,), label=None)
    main = Link(id="2", types=(341, 5), label="Primary")
    for links, wanted in (([plain, main], "2"), ([plain], "1"), ([], None)):
        linked = Linked(links={"companies": {"7": links}})
        assert row(mapping.deals, linked)["account_id"] == wanted


def test_names_of_people_and_companies() -> None:
    """What there is of them, else the address."""
    assert row(mapping.contacts, firstname=" Al ", lastname="A")["name"] == "Al A"
    assert row(mapping.contacts, lastname="A\x00")["name"] == "A"
    assert row(mapping.contacts, email="al@x.example")["name"] == "al@x.example"
    assert row(mapping.companies, domain="x.example")["name"] == "x.example"


def test_merged_records_are_gone() -> None:
    """The ids a record has swallowed, as deleted ones; its own is not among them."""
    merged = record(hs_merged_object_ids="5;6;7;x")
    columns = mapping.losers([merged], [moment(AT)])
    assert (columns["id"], columns["deleted"]) == (["5", "6"], [True, True])
    assert mapping.losers([record()], [moment(AT)])["id"] == []


def test_an_archived_record_changed_when_it_was_archived() -> None:
    """Else an older version would win over its end."""
    source = SOURCES["notes"]
    living = record(hs_lastmodifieddate=AT)
    assert modified_at(living, source) == moment(AT)
    assert modified_at(living | {"archivedAt": "2026-12-01T00:00:00Z"}, source).month == 12
    assert modified_at(living | {"archivedAt": "2026-01-01T00:00:00Z"}, source) == moment(AT)


@pytest.mark.parametrize(
    ("mapper", "name", "value"),
    [
        (mapping.deals, "amount", "lots"),
        (mapping.deals, "amount", "NaN"),
        (mapping.deals, "createdate", "yesterday"),
        (mapping.deals, "closedate", "99999999999999999999"),
        (mapping.deals, "hs_deal_stage_probability", "7"),
        (activities.calls, "hs_call_duration", "long"),
        (activities.calls, "hs_timestamp", "2026-13-01"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(mapper: Any, name: str, value: str) -> None:
    """The page is not stored, and nobody sees a traceback."""
    with pytest.raises(Refused, match=name) as caught:
        row(mapper, **{name: value})
    assert value not in str(caught.value)


def test_days_in_a_zone() -> None:
    """Midnight UTC is a date; other moments belong to the day of the zone."""
    west = day_in(dt.timezone(dt.timedelta(hours=-8)))
    assert west("2026-11-12T00:00:00Z") == dt.date(2026, 11, 12)
    assert west("2026-11-12T01:00:00Z") == dt.date(2026, 11, 11)


def recorded() -> list[dict[str, Any]]:
    if not RECORDED.exists():
        pytest.skip("the recorded answers of the real API are not beside this checkout")
    return list(json.loads(RECORDED.read_text("utf-8")))


def answered(told: Any) -> Any:
    """An answer as the transport gives it, its JSON read."""
    return SimpleNamespace(json=lambda: told)


def payload(one: dict[str, Any]) -> Any:
    return json.loads(one["response_body"]) if one["response_body"] else None


@pytest.mark.shared
def test_recorded_meetings_become_rows() -> None:
    """Each meeting the real API gave, with its empty owner and its HTML."""
    found = []
    for one in recorded():
        told = payload(one)
        if "/objects/meetings" in one["url"] and one["status"] == 200 and "results" in told:
            found += answers.records(answered(told))
    assert len(found) > 5
    page = Page(found)
    columns: Columns = {
        "id": page.ids,
        "modified_at": [modified_at(record, SOURCES["meetings"]) for record in found],
        "deleted": [record["archived"] for record in found],
    }
    rows = batch("activities", columns | activities.meetings(page, Known(), Linked())).to_pylist()
    by_subject = {row["subject"]: row for row in rows}
    assert by_subject["Hello World"]["text"] == "Hello how are you doing today"
    assert by_subject["Hello World"]["duration_seconds"] == 900
    assert any(row["owner_id"] is None for row in rows)


@pytest.mark.shared
def test_recorded_associations_are_read() -> None:
    """Numeric ids become texts, a null label stays none."""
    told = next(payload(one) for one in recorded() if one["url"].endswith("associations/Contact"))
    assert answers.links({"to": told["results"]}) == [
        Link(id="21451", types=(3,), label=None),
        Link(id="21501", types=(3,), label=None),
    ]


@pytest.mark.shared
def test_recorded_failures_in_a_207_are_failures() -> None:
    """Every one of them says "COMPLETE"; the error inside decides."""
    judged = [one for one in recorded() if one["status"] == 207]
    assert judged
    for one in judged:
        assert payload(one)["status"] == "COMPLETE"
        with pytest.raises(Retriable):
            answers.complete(answered(payload(one)))


@pytest.mark.shared
def test_a_recorded_refusal_is_one() -> None:
    """By its category, since this answer has nothing else."""
    one = next(one for one in recorded() if one["status"] == 400)
    problem = fault(Reply(status=400, payload=payload(one), read=False, login=False, after=None))
    assert (type(problem), problem.code) == (Refused, "VALIDATION_ERROR")
