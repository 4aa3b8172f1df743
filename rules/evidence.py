"""Evidence: what a finding rests on, in dated sentences a person can check in the CRM.

A finding's identity (rule, deal, anchor) and its evidence are apart: the evidence may change from
run to run, the finding stays the same. Works on the connection it is given; reads no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

from rules import select
from rules.calendars import Calendar
from rules.checked import Rule, Severity, TouchPattern
from rules.evaluate import Org, Verdict
from rules.predicates import condition
from rules.touches import GRADES
from rules.uncounted import counted
from rules.vocabulary import MOMENTS


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that holds for a deal, with what it rests on.

    `values` fills the placeholders of the rule's texts; days and times in it and in `evidence` are
    local to the owner of the deal.
    """

    rule: str
    severity: Severity
    deal_id: str
    anchor: dt.datetime  # with rule and deal: the identity of the episode
    deadline: dt.datetime
    as_of: dt.datetime
    owner_id: str | None
    contact_id: str | None
    account: str
    amount: Decimal | None
    evidence: tuple[str, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why a finding no longer holds, and the id of the activity that ended it, if one did."""

    deal_id: str
    line: str
    touch: str | None


_DEALS: Final = """SELECT d.id, d.name, d.stage, d.stage_word, d.state, d.amount, d.currency,
    d.close_date, d.next_step, d.created_at, d.won_at, d.closed_at, d.stage_entered_at,
    d.owner_id, d.owner_name, m.name AS manager_name, o.time_zone,
    d.account_name, c.id AS contact_id, c.name AS contact_name
FROM asked q JOIN deals_now d ON d.id = q.deal_id
LEFT JOIN people_now o ON o.key = d.owner_key
LEFT JOIN people_now m ON m.key = d.manager_key
LEFT JOIN (
    SELECT deal_key, arg_max(contact_key, (coalesce(is_primary, FALSE), modified_at)) AS contact_key
    FROM links WHERE NOT deleted GROUP BY deal_key
) l ON l.deal_key = d.key
LEFT JOIN contacts c ON c.key = l.contact_key AND NOT c.deleted
ORDER BY d.id"""


def _main(rule: Rule) -> TouchPattern:
    """Return the touches a rule is about: those its duty asks for, or those it counts."""
    return rule.absences[0].pattern if rule.absences else rule.presences[0].pattern


def _touches(pattern: TouchPattern) -> str:
    said = ", ".join(f"'{word}'" for word in sorted(pattern.says))  # words of a closed list
    sentence = (
        "(SELECT min(g.said) FROM signals g "
        f"WHERE g.activity_key = t.activity_key AND g.signal IN ({said}))"
    )
    return f"""SELECT q.deal_id, t.activity_id, t.kind, t.direction, t.outcome, t.grade,
    t.automated, t.who, t.by_name, t.happened_at, t.happened_at > q.anchor AS since,
    ({condition(pattern)}) IS TRUE AS counts, {sentence if said else "NULL"} AS said
FROM asked q JOIN deals_now d ON d.id = q.deal_id
JOIN touches t ON t.deal_key = d.key
WHERE t.happened_at <= $as_of ORDER BY q.deal_id, t.happened_at, t.activity_id"""


def findings(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    firing: Sequence[Verdict],
    as_of: dt.datetime,
) -> list[Finding]:
    """Gather the evidence of every verdict of `rule` that fires."""
    anchors = {v.deal_id: v for v in firing}
    if not anchors:
        return []
    _ask(connection, {v.deal_id: v.anchor for v in firing})
    touches = _by_deal(connection, _main(rule), as_of)
    return [
        _finding(rule, org, anchors[deal["id"]], deal, touches.get(deal["id"], []), as_of)
        for deal in select.rows(connection, _DEALS)
    ]


def endings(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    anchors: Mapping[str, dt.datetime],
    as_of: dt.datetime,
) -> dict[str, Ending]:
    """Say for each deal what ended its finding; deals the mirror lost sight of are left out."""
    if not anchors:
        return {}
    _ask(connection, anchors)
    touches = _by_deal(connection, _main(rule), as_of)
    deals = {deal["id"]: deal for deal in select.rows(connection, _DEALS)}
    gone = select.rows(
        connection, "SELECT d.id FROM asked q JOIN deals d ON d.id = q.deal_id WHERE d.deleted"
    )
    ended = {row["id"]: _gone(row["id"]) for row in gone}
    for deal_id, deal in deals.items():
        ended[deal_id] = _ending(rule, org, deal, touches.get(deal_id, []))
    return ended


# -- one deal --------------------------------------------------------------------------------


def _finding(
    rule: Rule,
    org: Org,
    verdict: Verdict,
    deal: Mapping[str, Any],
    touches: Sequence[Mapping[str, Any]],
    as_of: dt.datetime,
) -> Finding:
    assert verdict.anchor is not None
    assert verdict.deadline is not None
    calendar = org.calendar(deal["time_zone"], rule.calendar)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        deal_id=deal["id"],
        anchor=verdict.anchor,
        deadline=verdict.deadline,
        as_of=as_of,
        owner_id=deal["owner_id"],
        contact_id=deal["contact_id"],
        account=deal["account_name"] or deal["name"] or "the client",
        amount=deal["amount"],
        evidence=tuple(
            _lines(rule, calendar, deal, touches, as_of)
            if rule.absences
            else _counted_lines(calendar, touches, as_of)
        ),
        values=_values(calendar, verdict.anchor, deal, as_of) | {"said": _last_said(touches)},
    )


_BEGINNINGS: Final = {
    "won_at": "won",
    "closed_at": "closed",
    "stage_entered_at": "moved to {stage}",
    "created_at": "created",
}


def _lines(
    rule: Rule,
    calendar: Calendar,
    deal: Mapping[str, Any],
    touches: Sequence[Mapping[str, Any]],
    as_of: dt.datetime,
) -> list[str]:
    absence = rule.absences[0]
    begun = deal[absence.start]
    what = _BEGINNINGS[absence.start].format(stage=deal["stage"])
    money = f" ({amount})" if (amount := _amount(deal)) else ""
    lines = [f"{_day(calendar, begun, as_of)}: {deal['name'] or 'the deal'} {what}{money}"]
    two_way = absence.pattern.direction == "two-way"
    named = "two-way contact" if two_way else "contact"
    last = next((t for t in reversed(touches) if t["counts"]), None)
    since = begun if last is None or last["happened_at"] < begun else last["happened_at"]
    missed = [t for t in touches if not t["counts"] and t["happened_at"] > since]
    if last is None:
        lines.append(f"No {named} with the client is on record")
    else:
        when = _day(calendar, last["happened_at"], as_of)
        lines.append(f"{when}: last {named}, {_said(last)}")
    if last is not None or missed:  # else the line before has said it all
        lines.append(f"Since then: {counted(missed, absence.pattern.by)}")
    return lines


_MOST_LINES: Final = 3


def _counted_lines(
    calendar: Calendar, touches: Sequence[Mapping[str, Any]], as_of: dt.datetime
) -> list[str]:
    """What a rule counted, the newest last, each with the sentence that made it count."""
    lines = []
    for touch in [t for t in touches if t["counts"]][-_MOST_LINES:]:
        quote = f': "{touch["said"]}"' if touch["said"] else ""
        lines.append(f"{_day(calendar, touch['happened_at'], as_of)}: {_said(touch)}{quote}")
    return lines


def _last_said(touches: Sequence[Mapping[str, Any]]) -> str:
    return next((t["said"] for t in reversed(touches) if t["counts"] and t["said"]), "")


def _ending(
    rule: Rule, org: Org, deal: Mapping[str, Any], touches: Sequence[Mapping[str, Any]]
) -> Ending:
    calendar = org.calendar(deal["time_zone"], rule.calendar)
    if not rule.absences:
        line = f"nothing of the kind in the last {rule.presences[0].in_last}"
        return Ending(deal_id=deal["id"], line=line, touch=None)
    touch = next((t for t in reversed(touches) if t["counts"] and t["since"]), None)
    if touch is None:
        line = f"the deal is {deal['state']}, in stage {deal['stage']}; the reason is gone"
        return Ending(deal_id=deal["id"], line=line, touch=None)
    local = calendar.local(touch["happened_at"])
    line = f"{_said(touch)}, {local:%Y-%m-%d %H:%M} ({touch['activity_id']})"
    return Ending(deal_id=deal["id"], line=line, touch=touch["activity_id"])


def _gone(deal_id: str) -> Ending:
    return Ending(deal_id=deal_id, line="the deal has been deleted", touch=None)


# -- words -----------------------------------------------------------------------------------

_KINDS: Final = {"email": "mail", "call": "call", "meeting": "meeting", "message": "message"}


def _said(touch: Mapping[str, Any]) -> str:
    kind = _KINDS.get(touch["kind"], touch["kind"])
    if touch["direction"] == "inbound":
        return f"{kind} from the client"
    if touch["grade"] == GRADES["attempt"]:
        kind = f"{kind} without an answer"
    elif touch["kind"] == "call" and touch["outcome"] == "connected":
        kind = "call connected"
    how = "with" if touch["kind"] == "meeting" else "by"
    return f"{kind} {how} {touch['by_name']}" if touch["by_name"] else kind


def _values(
    calendar: Calendar, anchor: dt.datetime, deal: Mapping[str, Any], as_of: dt.datetime
) -> dict[str, str]:
    days = calendar.working_days_between(anchor, as_of)
    values = {
        "account": deal["account_name"] or deal["name"] or "the client",
        "deal": deal["name"] or "",
        "contact": deal["contact_name"] or "the client",
        "owner": deal["owner_name"] or "",
        "manager": deal["manager_name"] or "",
        "amount": _amount(deal),
        "stage": deal["stage"] or "",
        "next_step": deal["next_step"] or "",
        "days_since_anchor": f"{days} business {'day' if days == 1 else 'days'}",
    }
    for name, moment in {"anchor": anchor, **{m: deal[m] for m in MOMENTS}}.items():
        day = _day(calendar, moment, as_of) if moment else ""
        time = f"{calendar.local(moment):%H:%M}" if moment else ""
        values |= {name: f"{day} {time}".strip(), f"{name}:day": day, f"{name}:time": time}
    close = _date(deal["close_date"], as_of.date()) if deal["close_date"] else ""
    return values | {"close_date": close, "close_date:day": close}


def _amount(deal: Mapping[str, Any]) -> str:
    if deal["amount"] is None:
        return ""
    amount = f"{deal['amount']:,.2f}".removesuffix(".00")
    return f"{amount} {deal['currency']}" if deal["currency"] else amount


def _day(calendar: Calendar, moment: dt.datetime, as_of: dt.datetime) -> str:
    return _date(calendar.local(moment).date(), calendar.local(as_of).date())


def _date(day: dt.date, today: dt.date) -> str:
    said = f"{day.day} {_MONTHS[day.month - 1]}"  # strftime would speak the machine's language
    return said if abs((today - day).days) < 300 else f"{said} {day.year}"


_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]


# -- asking ----------------------------------------------------------------------------------


def _ask(connection: duckdb.DuckDBPyConnection, anchors: Mapping[str, dt.datetime | None]) -> None:
    table = pa.table(
        {
            "deal_id": pa.array(list(anchors), pa.string()),
            "anchor": pa.array(list(anchors.values()), pa.timestamp("us", tz="UTC")),
        }
    )
    connection.register("asked_rows", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM asked_rows")
    connection.unregister("asked_rows")


def _by_deal(
    connection: duckdb.DuckDBPyConnection, pattern: TouchPattern, as_of: dt.datetime
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in select.rows(connection, _touches(pattern), {"as_of": as_of}):
        found.setdefault(row["deal_id"], []).append(row)
    return found
