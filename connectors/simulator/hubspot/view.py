"""What the page shows of a HubSpot portal. Reads records, words nothing a person did not write."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from connectors.simulator.hubspot import pipelines
from connectors.simulator.hubspot.account import KEY
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.schema import Record
from connectors.simulator.hubspot.times import day
from connectors.simulator.page import Deal, Entry, Look

_OPEN_FIRST: Final = {"open": 0, "won": 1, "lost": 2}
_BREAK: Final = re.compile(r"(?i)<br\s*/?>|</p>|</div>|</li>")
_TAG: Final = re.compile(r"<[^>]*>")

#: The activities that are no tasks: subject, body.
_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "calls": ("hs_call_title", "hs_call_body"),
    "emails": ("hs_email_subject", "hs_email_text"),
    "meetings": ("hs_meeting_title", "hs_meeting_body"),
    "notes": ("", "hs_note_body"),
    "communications": ("", "hs_communication_body"),
}


def look(portal: Portal) -> Look:
    """Show every deal of a portal with its tasks and activities."""
    with portal.store.lock:
        companies = {one.id: _of(one, "name") for one in portal.store.all("companies")}
        tasks, activities = _entries(portal)
        deals = [
            _deal(portal, one, companies, tasks[one.id], activities[one.id])
            for one in portal.store.all("deals")
        ]
        ours = [one for one in portal.store.all("tasks") if _of(one, KEY.name)]
        on_deals = _deals_of(portal)
        loose = tuple(_task(portal, one) for one in ours if not on_deals[one.id])
    deals.sort(key=lambda deal: (_OPEN_FIRST[deal.state], deal.closes, deal.name))
    return Look(
        company=portal.name,
        vendor="HubSpot",
        now=f"{portal.now():%Y-%m-%d %H:%M} UTC",
        deals=tuple(deals),
        activities=sum(len(portal.store.all(kind)) for kind in _TOLD),
        ours=len(ours),
        loose=loose,
    )


def _deal(
    portal: Portal,
    one: Record,
    companies: Mapping[int, str],
    tasks: list[Entry],
    activities: list[Entry],
) -> Deal:
    stage = pipelines.stage(portal.pipelines, _of(one, "dealstage"))
    state = "open" if stage is None or not stage.closed else "won" if stage.won else "lost"
    amount = _of(one, "amount")
    return Deal(
        id=str(one.id),
        name=_of(one, "dealname"),
        account=companies.get(int(_of(one, "hs_primary_associated_company") or 0), ""),
        owner=_owner(portal, one),
        stage=stage.label if stage else _of(one, "dealstage"),
        state=state,
        amount=f"{float(amount):,.0f}" if amount else "",
        closes=_day(portal, _of(one, "closedate")),
        activities=tuple(sorted(activities, key=lambda entry: entry.day)),
        tasks=tuple(sorted(tasks, key=lambda entry: (not entry.open, entry.day))),
    )


def _entries(portal: Portal) -> tuple[dict[int, list[Entry]], dict[int, list[Entry]]]:
    """What is to be done and what was done, by the deal it is about."""
    tasks: dict[int, list[Entry]] = defaultdict(list)
    activities: dict[int, list[Entry]] = defaultdict(list)
    deals = _deals_of(portal)
    for one in portal.store.all("tasks"):
        entry = _task(portal, one)
        for deal in deals[one.id]:
            (tasks if entry.open or entry.ours else activities)[deal].append(entry)
    for kind in _TOLD:
        for one in portal.store.all(kind):
            for deal in deals[one.id]:
                activities[deal].append(_activity(portal, one))
    return tasks, activities


def _deals_of(portal: Portal) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in portal.store.rows(
        "SELECT DISTINCT from_id, to_id FROM link WHERE to_kind = 'deals' ORDER BY to_id"
    ):
        found[int(row["from_id"] or 0)].append(int(row["to_id"] or 0))
    return found


def _task(portal: Portal, one: Record) -> Entry:
    return Entry(
        kind="task",
        day=_day(portal, _of(one, "hs_timestamp")),
        who=_owner(portal, one),
        subject=_of(one, "hs_task_subject"),
        body=_text(_of(one, "hs_task_body")),
        open=_of(one, "hs_task_status") != "COMPLETED",
        ours=bool(_of(one, KEY.name)),
    )


def _activity(portal: Portal, one: Record) -> Entry:
    subject, body = _TOLD[one.kind]
    return Entry(
        kind=_kind(one),
        day=_day(portal, _of(one, "hs_timestamp")),
        who=_sender(one) or _owner(portal, one),
        subject=_of(one, subject) or one.kind.removesuffix("s").title(),
        body=_text(_of(one, body)),
        open=False,
        ours=False,
    )


def _kind(one: Record) -> str:
    if one.kind == "emails":
        incoming = _of(one, "hs_email_direction") == "INCOMING_EMAIL"
        return "email in" if incoming else "email out"
    return one.kind.removesuffix("s")


def _sender(one: Record) -> str:
    """Who wrote a mail, as far as its headers say."""
    names = (_of(one, "hs_email_from_firstname"), _of(one, "hs_email_from_lastname"))
    return " ".join(filter(None, names)) or _of(one, "hs_email_from_email")


def _owner(portal: Portal, one: Record) -> str:
    owner = portal.owners.get(int(_of(one, "hubspot_owner_id") or 0))
    return owner.name if owner else ""


def _of(one: Record, name: str) -> str:
    return one.properties.get(name, "")


def _day(portal: Portal, stored: str) -> str:
    return day(int(stored), portal.zone) if stored else ""


def _text(body: str) -> str:
    """Turn a body into the text HubSpot's own page shows: line breaks kept, tags gone."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body))).strip()
