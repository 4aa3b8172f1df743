"""Evaluate rules over the mirror at one moment: verdicts, and findings for those that fire.

Works on the connection it is given; reads no clock. *Now* of a rule is the earliest moment up to
which every stream it reads is complete: what has not been read yet cannot be called absent
(`rulings: Now`). A rule that needs what the account may not see, or data that is stale, is *not
evaluable*: it opens nothing, closes nothing, and says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import pyarrow as pa

from connectors.model import BlindSpot
from rules import select
from rules.calendars import Calendar, Hours, calendar_tables, known_zone
from rules.checked import Rule
from rules.compile import DEFAULT_HOURS, Compiled, compile_rule, facts_sql
from rules.lengths import Length
from rules.problems import listed, shown
from rules.touches import DEALS, PEOPLE, TOUCHES

MAX_STALENESS: Final = dt.timedelta(hours=2)  # rulings: Now
#: How far back and ahead of a judgement the calendar tables reach.
BACK: Final = dt.timedelta(days=3700)
AHEAD: Final = dt.timedelta(days=3700)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an admin says of a person that the CRM does not know, or knows wrongly."""

    manager: str | None = None  # e-mail of who leads them, in small letters
    time_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Org:
    """What rules need to know of an org beside its records."""

    zone: str = "UTC"  # in which an admin's dates are meant, and of people without a zone
    hours: Mapping[str, Hours] = field(default_factory=lambda: {DEFAULT_HOURS: Hours()})
    stage_words: Mapping[str, str] = field(default_factory=dict)  # the org's label -> rules' word
    stages: frozenset[str] | None = None  # the org's labels; None: not known, nothing is checked
    said_of: Mapping[str, Said] = field(default_factory=dict)  # by e-mail, in small letters

    def calendar(self, zone: str | None, hours: str | None = None) -> Calendar:
        """Return the business time of a person in `zone`."""
        # a rule of another calendar is not evaluated
        return Calendar(self.hours[hours or DEFAULT_HOURS], known_zone(zone, self.zone))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one rule says about one deal."""

    rule: str
    deal_id: str
    fires: bool | None  # None: unknown
    stands: bool | None  # False: an open finding has ended; None: unknown
    next_check: dt.datetime | None
    anchor: dt.datetime | None
    deadline: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class NotEvaluable:
    """A rule that could not be judged, and why, for the admin."""

    rule: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What all rules say, each at its own `as_of`."""

    verdicts: Mapping[str, Sequence[Verdict]]  # by rule id, deals in scope only
    as_of: Mapping[str, dt.datetime]
    not_evaluable: Sequence[NotEvaluable]

    def firing(self, rule: str) -> list[Verdict]:
        """Return the verdicts of a rule that hold."""
        return [v for v in self.verdicts[rule] if v.fires]

    def next_check(self) -> dt.datetime | None:
        """Return the next moment at which time alone can change any verdict."""
        moments = (v.next_check for some in self.verdicts.values() for v in some)
        return min((m for m in moments if m is not None), default=None)


def prepare(connection: duckdb.DuckDBPyConnection, org: Org, now: dt.datetime) -> None:
    """Lay out the tables that compiled rules read: calendars, deals as of today, touches."""
    _lay(connection, "said_of_people", _said_of_people(org.said_of))
    connection.execute(PEOPLE)
    people = select.rows(connection, "SELECT key, time_zone FROM people_now")  # who left, too
    zones = {row["key"]: known_zone(row["time_zone"], org.zone) for row in people}
    zones[None] = org.zone  # of deals whose owner the mirror does not know
    margin = dt.timedelta(days=400)  # `as_of` of a rule lies a little before `now`, a test's far
    first, last = (now - BACK - margin).date(), (now + AHEAD).date()
    calendars = {org.calendar(z, h) for z in zones.values() for h in org.hours}
    heads, days = calendar_tables(calendars, first, last)
    _lay(connection, "calendars", heads)
    _lay(connection, "calendar_days", days)
    _lay(connection, "owner_calendars", _owner_calendars(zones, org))
    _lay(connection, "stage_words", _stage_words(org.stage_words))
    connection.execute(DEALS)
    connection.execute(TOUCHES)


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    org: Org,
    *,
    complete_until: Mapping[str, dt.datetime],
    blind_spots: Sequence[BlindSpot],
    now: dt.datetime,
) -> Evaluation:
    """Judge every deal in the scope of each rule. `prepare` must have run on this connection.

    `complete_until` says per stream up to when it was read; `now` is the CRM's clock, UTC.
    """
    reasons = {
        rule.id: why_not(rule, org, complete_until=complete_until, blind_spots=blind_spots, now=now)
        for rule in rules
    }
    as_of = {
        rule.id: min(complete_until[s] for s in rule.needs_streams)
        for rule in rules
        if reasons[rule.id] is None
    }
    verdicts: dict[str, list[Verdict]] = {}
    for moment in sorted(set(as_of.values())):
        group = [compile_rule(rule) for rule in rules if as_of.get(rule.id) == moment]
        connection.execute(facts_sql(group), {"as_of": moment})
        for compiled in group:
            verdicts[compiled.rule.id] = judge(connection, compiled, org, moment)
    return Evaluation(
        verdicts=verdicts,
        as_of=as_of,
        not_evaluable=[
            NotEvaluable(rule=rule, why=why) for rule, why in reasons.items() if why is not None
        ],
    )


def judge(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, org: Org, as_of: dt.datetime
) -> list[Verdict]:
    """Run one compiled rule; its facts must stand in `facts`."""
    values: dict[str, object] = {"as_of": as_of, "horizon": as_of - BACK, "org_zone": org.zone}
    values = {name: value for name, value in values.items() if name in compiled.parameters}
    return [
        _verdict(compiled.rule.id, row) for row in select.rows(connection, compiled.sql, values)
    ]


def why_not(
    rule: Rule,
    org: Org,
    *,
    complete_until: Mapping[str, dt.datetime],
    blind_spots: Sequence[BlindSpot],
    now: dt.datetime,
) -> str | None:
    """Return why a rule cannot be judged, or None if it can."""
    return (
        _why_blind(rule, org, blind_spots)
        or _why_no_stage(rule, org)
        or _why_no_calendar(rule, org)
        or _why_stale(rule, complete_until, now)
    )


def _why_blind(rule: Rule, org: Org, blind_spots: Sequence[BlindSpot]) -> str | None:
    known = (
        {"owners.manager_id"} if any(said.manager for said in org.said_of.values()) else set()
    )  # people.yaml says what the CRM hides
    for spot in blind_spots:
        if spot.field is None and spot.stream in rule.needs_streams:
            return spot.why
        if f"{spot.stream}.{spot.field}" in rule.needs_fields - known:
            return spot.why
    return None


def _why_no_stage(rule: Rule, org: Org) -> str | None:
    """A rule about stages that this org does not have would be silent for ever."""
    if org.stages is None:
        return None
    here = {org.stage_words.get(label, label) for label in org.stages}
    lacking = sorted(stages_of(rule) - here)
    if not lacking:
        return None
    labels = ", ".join(f'"{label}"' for label in sorted(org.stages))
    return (
        f"this org has no stage for {listed([shown(word) for word in lacking], 'and')}. "
        f"Its stages: {labels}. Say which of them is meant under stages: in followthrough.yaml."
    )


def _why_no_calendar(rule: Rule, org: Org) -> str | None:
    if rule.calendar is None or rule.calendar in org.hours:
        return None
    known = listed([shown(name) for name in sorted(org.hours)], "and")
    return f"there is no calendar {shown(rule.calendar)}. Known: {known}."


def stages_of(rule: Rule) -> frozenset[str]:
    """Return the stages a rule names."""
    tested = (t.value for t in rule.where if t.field == "stage" and isinstance(t.value, tuple))
    limits = (a.limit for a in rule.absences if not isinstance(a.limit, Length))
    return frozenset().union(*tested, *limits)


def _why_stale(
    rule: Rule, complete_until: Mapping[str, dt.datetime], now: dt.datetime
) -> str | None:
    unread = sorted(rule.needs_streams - complete_until.keys())
    if unread:
        return f"{', '.join(unread)} have not been read completely yet; the next pull goes on."
    oldest = min(rule.needs_streams, key=lambda s: complete_until[s])
    age = now - complete_until[oldest]
    if age > MAX_STALENESS:
        return (
            f"the {oldest} in the mirror are {_hours(age)} old, more than {_hours(MAX_STALENESS)}. "
            "Pull first."
        )
    return None


def _hours(age: dt.timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _verdict(rule: str, row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        rule=rule,
        deal_id=row["record"],
        fires=row["fires"],
        stands=row["stands"],
        next_check=row["next_check"],
        anchor=row["anchor"],
        deadline=row["deadline"],
    )


def _lay(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("laid", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM laid")
    connection.unregister("laid")


def _owner_calendars(zones: Mapping[int | None, str], org: Org) -> pa.Table:
    rows = [
        {"hours": hours, "owner_key": key, "calendar": org.calendar(zone, hours).id}
        for key, zone in zones.items()
        for hours in org.hours
    ]
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [("hours", pa.string()), ("owner_key", pa.uint64()), ("calendar", pa.string())]
        ),
    )


def _said_of_people(said_of: Mapping[str, Said]) -> pa.Table:
    said = list(said_of.values())
    return pa.table(
        {
            "email": pa.array(list(said_of), pa.string()),
            "manager": pa.array([one.manager for one in said], pa.string()),
            "time_zone": pa.array([one.time_zone for one in said], pa.string()),
        }
    )


def _stage_words(words: Mapping[str, str]) -> pa.Table:
    return pa.table(
        {
            "stage": pa.array(list(words), pa.string()),
            "word": pa.array(list(words.values()), pa.string()),
        }
    )
