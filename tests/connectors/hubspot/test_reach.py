"""What the app may see, and where it asks: scopes, hidden properties, versions, logins."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import Refused, Unusable
from connectors.hubspot.connector import ESCALATED, MANAGERS
from connectors.model import BlindSpot
from connectors.simulator.faults import Instead
from connectors.simulator.hubspot.pipelines import SALES, Pipeline, Stage

from .conftest import fresh, rows

JSON = {"Content-Type": "application/json"}


def spots(connector: Any) -> list[BlindSpot]:
    """What is blind beside managers and escalations, of which HubSpot never knows."""
    found = list(connector.blind_spots())
    assert found.pop() == MANAGERS
    return [one for one in found if one != ESCALATED]


@pytest.mark.parametrize(
    ("scope", "feeds", "streams"),
    [
        ("crm.objects.companies.read", {"companies"}, {"accounts"}),
        ("crm.objects.deals.read", {"deals"}, {"deals", "stage_changes", "links"}),
        pytest.param("crm.objects.owners.read", {"owners"}, {"owners"}, marks=pytest.mark.proof),
        ("sales-email-read", {"emails"}, {"activities"}),
        pytest.param("crm.objects.quotes.read", {"quotes"}, set(), marks=pytest.mark.proof),
        ("crm.objects.tickets.read", {"tickets"}, {"cases"}),
        pytest.param("crm.objects.leads.read", {"leads"}, {"leads"}, marks=pytest.mark.proof),
        pytest.param(
            "crm.objects.goals.read", {"goal_targets"}, {"quotas"}, marks=pytest.mark.proof
        ),
        pytest.param(
            "crm.objects.feedback_submissions.read",
            {"feedback_submissions"},
            {"survey_answers"},
            marks=pytest.mark.proof,
        ),
    ],
)
def test_a_missing_scope_is_a_blind_spot_that_names_it(
    company: Any, scope: str, feeds: set[str], streams: set[str]
) -> None:
    """The feed is gone and the rest is read; quotes are many accounts' choice, so not blind."""
    company.log("notes", hs_note_body="x")
    everything = {one.name for one in fresh(company.connect())}
    company.portal.missing = frozenset({scope})
    connector = company.connect()
    assert everything - {one.name for one in fresh(connector)} == feeds
    found = spots(connector)
    assert {one.stream for one in found if one.field is None} == streams
    assert all(scope in one.why for one in found)
    with pytest.raises(Refused, match="has no feed"):
        connector.pull(next(iter(feeds)), company.everything())
    assert len(rows(connector, "notes", company.everything())["activities"]) == 1


def test_hidden_companies_make_the_columns_blind_that_hang_on_them(company: Any) -> None:
    """Null there is not “none”: the rules that need the column are told."""
    company.log("notes", hs_note_body="x")
    company.portal.missing = frozenset({"crm.objects.companies.read"})
    connector = company.connect()
    blind = {(one.stream, one.field) for one in spots(connector)}
    assert blind == {
        ("accounts", None),
        ("cases", "account_id"),
        ("leads", "converted_account_id"),
        ("deals", "account_id"),
        ("activities", "account_ids"),
    }
    (note,) = rows(connector, "notes", company.everything())["activities"]
    assert note["account_ids"] is None
    assert note["deal_ids"] == [company.ids["deal"]]


def test_a_hidden_property_is_a_blind_spot_and_changes_the_feed(company: Any) -> None:
    """Once it is granted the hash differs, so that the feed is read afresh."""
    company.portal.hidden = frozenset({"deals.amount", "deals.hs_is_closed"})
    hidden = company.connect()
    assert [(one.stream, one.field) for one in spots(hidden)] == [("deals", "amount")]
    (deal,) = rows(hidden, "deals", company.everything())["deals"]
    assert deal["amount"] is None
    company.portal.hidden = frozenset()
    hashes = [{f.name: f.fields_hash for f in fresh(one)} for one in (hidden, company.connect())]
    assert {name for name in hashes[0] if hashes[0][name] != hashes[1][name]} == {"deals"}


def test_another_version_of_the_api_has_everything_read_afresh(company: Any) -> None:
    """What it means by a value may differ; the same version leaves everything as it is."""
    told = [
        {f.name: f.fields_hash for f in fresh(company.connect(api_version=version))}
        for version in ("v3", "v3", "2026-03")
    ]
    assert told[0] == told[1]
    assert {name for name in told[0] if told[0][name] == told[2][name]} == {"owners"}


def test_a_renamed_stage_has_deals_read_afresh(company: Any) -> None:
    """Stored rows hold the label, so the feed's hash follows the pipelines."""
    before = {f.name: f.fields_hash for f in fresh(company.connect())}
    assert before == {f.name: f.fields_hash for f in fresh(company.connect())}
    renamed = tuple(
        Stage(id=s.id, label=s.label + "!", probability=s.probability, closed=s.closed)
        for s in SALES.stages
    )
    company.portal.pipelines = (Pipeline(id="default", label="Sales", stages=renamed),)
    after = {f.name: f.fields_hash for f in fresh(company.connect())}
    assert {name for name in before if before[name] != after[name]} == {"deals"}


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_each_version_is_asked_at_its_own_paths(company: Any, version: str) -> None:
    """The same answers from other places; a dated session asks nothing of v3 or v4 objects."""
    company.log("calls", hs_call_title="Call")
    connector = company.connect(api_version=version)
    connector.stages()
    for feed in fresh(connector):
        rows(connector, feed.name, company.lately(company.clock.now))
    assert connector.why_not_writable() is None
    assert connector.create_tasks([company.draft()])[0].task_id
    crm = {one.path.split("/")[2] for one in company.sim.requests if one.path.startswith("/crm/")}
    dated = {one.path for one in company.sim.requests if f"/{version}/" in one.path + "/"}
    if version == "v3":
        assert crm == {"v3", "v4"}
    else:
        assert not {"v3", "v4"} & crm
        assert len(dated) > 20


def test_oauth_signs_with_tokens_that_it_renews_in_time(company: Any) -> None:
    """One login for a session; another when the token was refused, and the request goes on."""
    connector = company.connect(
        access_token=None,
        client_id=company.portal.client_id,
        client_secret=company.portal.client_secret,
        refresh_token=company.portal.refresh_token,
    )
    assert connector.identity().org_id == "24681357"
    assert len(connector.stages()) == 7
    assert company.asked("/oauth/2026-03/token") == 1
    company.clock.later(hours=1)
    assert len(rows(connector, "owners", company.everything())["owners"]) == 1
    assert company.asked("/oauth/2026-03/token") == 2


def test_an_app_that_was_removed_is_told_once(company: Any) -> None:
    """No second login after one that was refused."""
    company.portal.installed = False
    connector = company.connect(
        access_token=None,
        client_id=company.portal.client_id,
        client_secret=company.portal.client_secret,
        refresh_token=company.portal.refresh_token,
    )
    for _ in range(2):
        with pytest.raises(Unusable, match="install it again"):
            connector.identity()
    assert company.asked("/oauth/") == 1


def refusing(path: str, *scopes: str) -> Any:
    """A fault that refuses one path for want of scopes."""
    context = {"requiredGranularScopes": list(scopes)}
    body = {"status": "error", "category": "MISSING_SCOPES", "errors": [{"context": context}]}
    answer = Instead(status=403, body=json.dumps(body), headers=JSON)
    return lambda _, call: answer if path in call.path else None


def test_hidden_pipelines_leave_the_state_and_make_the_stage_blind(company: Any) -> None:
    """The deal itself knows whether it is closed; what its stage is called, it does not."""
    company.fault = refusing("/pipelines/deals", "crm.schemas.deals.read")
    connector = company.connect()
    assert connector.stages() == []
    found = spots(connector)
    assert [(one.stream, one.field) for one in found] == [("deals", "stage"), ("deals", "pipeline")]
    assert all("crm.schemas.deals.read" in one.why for one in found)
    (deal,) = rows(connector, "deals", company.everything())["deals"]
    assert (deal["stage"], deal["state"]) == (SALES.stages[0].id, "open")


def test_texts_of_mails_that_are_left_out_are_blind(company: Any) -> None:
    """HubSpot answers an empty property as null; one that is not there at all is hidden."""
    company.log("emails", hs_email_subject="Offer")
    assert spots(company.connect()) == []
    body = json.dumps({"results": [{"id": "5", "properties": {"hs_email_subject": "Offer"}}]})
    company.fault = lambda _, call: (
        Instead(status=200, body=body, headers=JSON)
        if call.path.endswith("/objects/emails")
        else None
    )
    (spot,) = spots(company.connect())
    assert (spot.stream, spot.field) == ("activities", "text")
    assert "sales-email-read" in spot.why


def test_outcomes_of_calls_without_the_accounts_own_words(company: Any) -> None:
    """The dispositions that every account starts with are known by their numbers."""
    company.log("calls", hs_call_disposition="f240bbac-87c9-4f6e-bf70-924b57d47db7")
    company.fault = refusing("/calling/")
    (call,) = rows(company.connect(), "calls", company.everything())["activities"]
    assert call["outcome"] == "connected"


@pytest.mark.parametrize("refused", ["/nothing", "/calling/"])
def test_outcomes_of_calls_by_the_accounts_own_labels(company: Any, refused: str) -> None:
    """By the list of them, or, where that is gone, by the property of calls."""
    own = company.portal.add_outcome("Spoke with contact")
    unknown = company.portal.add_outcome("Talked about golf")
    for one in (own, unknown):
        company.log("calls", hs_call_disposition=one)
    company.fault = refusing(refused)
    found = rows(company.connect(), "calls", company.everything())["activities"]
    assert [one["outcome"] for one in found] == ["connected", None]


def test_a_key_property_that_may_not_be_seen_is_not_taken_for_there(company: Any) -> None:
    """Nothing is written, and the sentence names the scope; nor is anything looked up by key."""
    company.fault = refusing("/properties/tasks/followthrough_key", "crm.schemas.tasks.read")
    connector = company.connect()
    assert "crm.schemas.tasks.read" in str(connector.why_not_writable())
    assert connector.find_tasks(["ft_x"]) == {}
