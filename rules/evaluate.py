"""Evaluate rules over the mirror at one moment: verdicts, and findings for those that fire.

Works on the connection it is given; reads no clock. *Now* of a rule is the earliest moment up to
which every stream it reads is complete: what has not been read yet cannot be called absent
(`rulings: Now`). A rule that needs what the account may not see, or data that is stale, is *not
evaluable*: it opens nothing, closes nothing, and says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from connectors.model import BlindSpot
from rules import select
from rules.checked import ByWord, Rule, StageEntry
from rules.compile import Compiled, Explained, compile_rule
from rules.conditions import tests_in
from rules.deadlines import window_table
from rules.facts import facts_of, facts_statement
from rules.holding import TABLES
from rules.lengths import Length
from rules.note_fields import note_fields
from rules.org import Org as Org
from rules.org import Said as Said
from rules.own_work import AT_ONCE, work_statements
from rules.problems import listed, shown
from rules.relations import RELATIONS, in_order, statements
from rules.select import Connection
from rules.upkeep import derive
from rules.workdays import BACK as BACK
from rules.workdays import lay_calendars

MAX_STALENESS: Final = dt.timedelta(hours=2)  # rulings: Now
#: What happened lately is kept apart at least so far back, and at most, where a rule asks for it.
_LEAST: Final = dt.timedelta(days=35)
_LATELY: Final = dt.timedelta(days=200)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one rule says about one record."""

    rule: str
    record_id: str
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
    """What all rules say, each at its own `as_of`: a table of verdicts for each rule.

    The tables stand on the connection it was made on, until the next evaluation.
    """

    connection: Connection
    tables: Mapping[str, str]  # by rule id
    as_of: Mapping[str, dt.datetime]
    not_evaluable: Sequence[NotEvaluable]
    #: By rule id: how to count its scope, where its table holds less than that.
    scopes: Mapping[str, tuple[str, Mapping[str, object]]] = field(default_factory=dict)

    @property
    def judged(self) -> Sequence[str]:
        """The ids of the rules that could be judged."""
        return tuple(self.tables)

    def verdicts(
        self,
        rule: str,
        where: str = "TRUE",
        values: Mapping[str, object] | None = None,
        *,
        newest: int | None = None,
    ) -> list[Verdict]:
        """Return what a rule says about the records in its scope, by their ids.

        `newest`: no more than so many of them, those that fell due last.
        """
        order = "record" if newest is None else f"deadline DESC, record LIMIT {newest}"
        rows = select.rows(
            self.connection,
            "SELECT record, fires, stands, next_check, anchor, deadline "
            f"FROM {self.tables[rule]} WHERE {where} ORDER BY {order}",
            values,
        )
        return [verdict_of(rule, row) for row in rows]

    def firing(self, rule: str) -> list[Verdict]:
        """Return the verdicts of a rule that hold."""
        return self.verdicts(rule, "fires")

    def count(self, rule: str, where: str, values: Mapping[str, object] | None = None) -> int:
        """Count the verdicts of a rule that are so."""
        sql = f"SELECT count(*) AS n FROM {self.tables[rule]} WHERE {where}"
        return int(select.rows(self.connection, sql, values)[0]["n"])

    def population(self, rule: str) -> int:
        """Count the records in the scope of a rule."""
        sql, values = self.scopes.get(rule, (f"SELECT count(*) AS n FROM {self.tables[rule]}", {}))
        return int(select.rows(self.connection, sql, values)[0]["n"])

    def stands(self, rule: str, records: Iterable[str]) -> dict[str, bool | None]:
        """Say for these records whether an open finding stands; who is not there is out of scope.

        None is unknown.
        """
        wanted = pa.table({"record": pa.array(sorted(set(records)), pa.string())})
        _lay(self.connection, "wanted_records", wanted)
        rows = select.rows(
            self.connection,
            f"SELECT v.record, v.stands FROM {self.tables[rule]} v "
            "SEMI JOIN wanted_records w ON w.record = v.record ORDER BY v.record",
        )
        return {row["record"]: row["stands"] for row in rows}

    def next_check(self) -> dt.datetime | None:
        """Return the next moment at which time alone can change any verdict."""
        moments = [
            self._one(f"SELECT min(next_check) AS n FROM {table}") for table in self.tables.values()
        ]
        return min((m for m in moments if m is not None), default=None)

    def _one(self, sql: str) -> Any:
        return select.rows(self.connection, sql)[0]["n"]


def prepare(
    connection: Connection,
    org: Org,
    now: dt.datetime,
    rules: Sequence[Rule],
    *,
    keeps: bool = True,
) -> None:
    """Lay out the tables that these rules read: calendars, people, records, touches.

    `keeps`: the connection keeps tables from pass to pass, and may be asked whether it can write.
    """
    lay_words(connection, org)
    for statement in statements(["deals_now"]):
        connection.execute(statement)
    derive(connection, _since(rules, now) if keeps else None)
    lay_calendars(connection, org, now)
    laid = set(in_order(["deals_now"]))
    for name in in_order({name for rule in rules for name in tables_of(rule)}):
        if name not in laid:
            connection.execute(RELATIONS[name].statement(name))


def _since(rules: Sequence[Rule], now: dt.datetime) -> dt.datetime | None:
    """Return how far back these rules look at what happened lately, as far as they can say."""
    if not rules:
        return None
    reaches = [reach for rule in rules if (reach := compile_rule(rule).reach) is not None]
    return now - max((*(one for one in reaches if one <= _LATELY), _LEAST)) - MAX_STALENESS


def lay_words(connection: Connection, org: Org) -> None:
    """Lay out what an admin says: of people, of stages and pipelines, and of fields for notes."""
    _lay(connection, "said_of_people", _said_of_people(org.said_of))
    _lay(connection, "stage_words", _stage_words(org.stage_words))
    _lay(connection, "pipeline_words", _stage_words(org.pipeline_words))
    _lay(connection, "note_fields", note_fields(org.fields.get("activity", {})))


def tables_of(rule: Rule) -> frozenset[str]:
    """Return the tables a rule reads, to decide or to tell why."""
    group = TABLES[rule.subject][1]
    return compile_rule(rule).needs | {f"touches_of_{group}", "linked"}


def evaluate(
    connection: Connection,
    rules: Sequence[Rule],
    org: Org,
    *,
    complete_until: Mapping[str, dt.datetime],
    blind_spots: Sequence[BlindSpot],
    now: dt.datetime,
) -> Evaluation:
    """Judge every record in the scope of each rule. `prepare` must have run on this connection.

    `complete_until` says per stream up to when it was read; `now` is the CRM's clock, UTC.
    """
    terms = terms_of(rules, org, complete_until=complete_until, blind_spots=blind_spots, now=now)
    tables: dict[str, str] = {}
    for moment in sorted(set(terms.as_of.values())):
        group = [compile_rule(rule) for rule in rules if terms.as_of.get(rule.id) == moment]
        lay_facts(connection, group, moment)
        for compiled in group:
            tables[compiled.rule.id] = judge(connection, compiled, org, moment, len(tables))
    return Evaluation(
        connection=connection,
        tables=tables,
        as_of=terms.as_of,
        not_evaluable=terms.not_evaluable,
    )


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Which rules can be judged, each at its own moment, and why the others cannot."""

    as_of: Mapping[str, dt.datetime]
    not_evaluable: Sequence[NotEvaluable]


def terms_of(
    rules: Sequence[Rule],
    org: Org,
    *,
    complete_until: Mapping[str, dt.datetime],
    blind_spots: Sequence[BlindSpot],
    now: dt.datetime,
) -> Terms:
    """Return at which moment each rule can be judged, or why it cannot."""
    as_of, not_evaluable = {}, []
    for rule in rules:
        why = why_not(rule, org, complete_until=complete_until, blind_spots=blind_spots, now=now)
        if why is None:
            heeded = _heeded(rule, complete_until, now)
            as_of[rule.id] = min(complete_until[one] for one in streams_of(rule, org) | heeded)
        else:
            not_evaluable.append(NotEvaluable(rule=rule.id, why=why))
    return Terms(as_of=as_of, not_evaluable=not_evaluable)


def lay_facts(
    connection: Connection,
    compiled: Iterable[Compiled | Explained],
    as_of: dt.datetime,
    only: Mapping[str, str] | None = None,
    floor: dt.datetime | None = None,
) -> None:
    """Compute every fact that these rules share, one pass over each table of touches.

    `only` names, for each group, a table of the keys that are asked about; `floor` is since when
    what people did is kept apart, if that may be used (`rules.lately`).
    """
    compiled = tuple(compiled)
    looked_at = work_of(connection, compiled, as_of)
    if looked_at is not None:
        _lay_work(connection, looked_at, floor)
    lay_facts_of(connection, compiled, as_of, only)


def lay_facts_of(
    connection: Connection,
    compiled: Iterable[Compiled | Explained],
    as_of: dt.datetime,
    only: Mapping[str, str] | None = None,
    but: Collection[str] = (),
) -> None:
    """Compute these facts where what people did stands already; none of the tables in `but`."""
    wanted = {source: some for source, some in facts_of(compiled).items() if source not in but}
    for source, facts in wanted.items():
        keys = (only or {}).get(source.rpartition("_of_")[2])
        connection.execute(facts_statement(source, facts, keys), {"as_of": as_of})


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """What rules for people look at of what people did: of what is `wanted`, from when to when."""

    wanted: Sequence[str]
    as_of: dt.datetime
    since: dt.datetime | None  # None: from the start

    def is_apart(self, floor: dt.datetime | None) -> bool:
        """Tell whether all of it is kept apart, which goes back to `floor`."""
        if self.since is None or floor is None:
            return False
        return floor <= self.since - AT_ONCE

    def values(self) -> dict[str, object]:
        """Return the values of the parameters of its statements."""
        values: dict[str, object] = {"as_of": self.as_of}
        return values if self.since is None else {**values, "since": self.since}


def work_of(
    connection: Connection, compiled: Iterable[Compiled | Explained], as_of: dt.datetime
) -> LookedAt | None:
    """Return what these rules look at of people's work, no further back than they do; or None."""
    looking = [one.work for one in compiled if one.work is not None]
    if not looking:
        return None
    bounded = all(one.back is not None for one in looking)
    lengths = {length for one in looking for length in one.back or ()}
    since = min(_begin(connection, one, as_of) for one in lengths) if bounded else None
    return LookedAt(wanted=sorted({one.wanted for one in looking}), as_of=as_of, since=since)


def _lay_work(connection: Connection, work: LookedAt, floor: dt.datetime | None) -> None:
    bounded, lately = work.since is not None, work.is_apart(floor)
    own, with_clients = work_statements(work.wanted, bounded=bounded, lately=lately)
    connection.execute(own, work.values())
    laid = f"CREATE OR REPLACE TEMP TABLE laid_work AS {with_clients}"
    connection.execute(laid, work.values())
    connection.execute("CREATE OR REPLACE TEMP VIEW touches_of_owner AS SELECT * FROM laid_work")


def _begin(connection: Connection, length: Length, as_of: dt.datetime) -> dt.datetime:
    """Return the first moment that anybody's calendar calls less than `length` ago, or sooner."""
    sql = f"WITH {window_table('since', length)} SELECT min(begins_at) AS n FROM since"
    found = select.rows(connection, sql, {"as_of": as_of})[0]["n"]
    return (found or as_of - BACK) - dt.timedelta(days=1)


def judge(
    connection: Connection, compiled: Compiled, org: Org, as_of: dt.datetime, number: int = 0
) -> str:
    """Run one compiled rule, whose facts must stand; return the table of its verdicts."""
    table = f"verdicts_{number}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS {compiled.sql}",
        parameters(compiled.parameters, org, as_of),
    )
    return table


def parameters(named: Collection[str], org: Org, as_of: dt.datetime) -> dict[str, object]:
    """Return the values of those parameters that a statement names."""
    values: dict[str, object] = {"as_of": as_of, "horizon": as_of - BACK, "org_zone": org.zone}
    return {name: value for name, value in values.items() if name in named}


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
        _why_not_in_force(rule, org, now)
        or _why_blind(rule, org, blind_spots)
        or _why_no_stage(rule, org)
        or _why_no_calendar(rule, org)
        or _why_stale(streams_of(rule, org), complete_until, now)
    )


def _why_not_in_force(rule: Rule, org: Org, now: dt.datetime) -> str | None:
    today = org.calendar(None).local(now).date()
    if rule.starts_on is not None and today < rule.starts_on:
        return f"it is in force from {rule.starts_on}."
    if rule.ends_on is not None and today > rule.ends_on:
        return f"it was in force until {rule.ends_on}."
    return None


def _why_blind(rule: Rule, org: Org, blind_spots: Sequence[BlindSpot]) -> str | None:
    known = (
        {"owners.manager_id"} if any(said.manager for said in org.said_of.values()) else set()
    )  # people.yaml says what the CRM hides
    for spot in blind_spots:
        if spot.field is None and spot.stream in streams_of(rule, org):
            return spot.why
        hidden = f"{spot.stream}.{spot.field}"
        if spot.stream not in org.no_streams and hidden in rule.needs_fields - known:
            return spot.why
    return None


def _why_no_stage(rule: Rule, org: Org) -> str | None:
    """A rule about stages that this org does not have would be silent for ever."""
    if org.stages is None:
        return None
    here = {org.stage_words.get(label, label) for label in org.stages}
    named = stages_of(rule)
    lacking = sorted(named - here - org.no_stages)
    if not lacking and (not named or named & here):
        return None
    lacking = lacking or sorted(named)
    labels = ", ".join(f'"{label}"' for label in sorted(org.stages))
    return (
        f"this org has no stage for {listed([shown(word) for word in lacking], 'and')}. "
        f"Its stages: {labels}. Say which of them is meant under stages: in followthrough.yaml, or "
        f'write "{lacking[0]}: []" there if you have none.'
    )


def _why_no_calendar(rule: Rule, org: Org) -> str | None:
    if rule.calendar is None or rule.calendar in org.hours:
        return None
    known = listed([shown(name) for name in sorted(org.hours)], "and")
    return f"there is no calendar {shown(rule.calendar)}. Known: {known}."


def stages_of(rule: Rule) -> frozenset[str]:
    """Return the stages a rule names."""
    named: set[str] = set()
    for test in tests_in((*rule.where, *rule.resolve.when)):
        if test.word.name.rpartition(".")[2] == "stage" and isinstance(test.value, tuple):
            named |= set(test.value)
    for absence in rule.absences:
        if isinstance(absence.limit, ByWord) and absence.limit.word.name == "stage":
            named |= absence.limit.rows.keys()
        named |= {x for e in absence.events if isinstance(e, StageEntry) for x in e.stages}
    return frozenset(named)


def streams_of(rule: Rule, org: Org) -> frozenset[str]:
    """Return the streams a rule must have read, without those that the admin says are empty."""
    return rule.needs_streams - org.no_streams


#: What to do where a stream that an org may have or not was never read.
_UNREAD: Final = {
    "proposals": 'no quotes have been read. Let the account see them, or write "quotes: no" in '
    "followthrough.yaml if you have none.",
    "ratings": "no ratings have been read. Say under objects: in followthrough.yaml in which "
    "object of the CRM they stand.",
}


def _heeded(
    rule: Rule, complete_until: Mapping[str, dt.datetime], now: dt.datetime
) -> frozenset[str]:
    """The streams it looks at where an org has them, and has read them lately."""
    return frozenset(
        one
        for one in rule.heeds_streams
        if one in complete_until and now - complete_until[one] <= MAX_STALENESS
    )


def _why_stale(
    needed: frozenset[str], complete_until: Mapping[str, dt.datetime], now: dt.datetime
) -> str | None:
    unread = sorted(needed - complete_until.keys())
    if len(unread) == 1 and unread[0] in _UNREAD:
        return _UNREAD[unread[0]]
    if unread:
        return f"{', '.join(unread)} have not been read completely yet; the next pull goes on."
    oldest = min(needed, key=lambda s: complete_until[s])
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


def verdict_of(rule: str, row: Mapping[str, Any]) -> Verdict:
    """Return a row of a table of verdicts as a noun."""
    return Verdict(
        rule=rule,
        record_id=row["record"],
        fires=row["fires"],
        stands=row["stands"],
        next_check=row["next_check"],
        anchor=row["anchor"],
        deadline=row["deadline"],
    )


def _lay(connection: Connection, name: str, table: pa.Table) -> None:
    connection.register("laid", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM laid")
    connection.unregister("laid")


def _said_of_people(said_of: Mapping[str, Said]) -> pa.Table:
    said = list(said_of.values())
    return pa.table(
        {
            "email": pa.array(list(said_of), pa.string()),
            "manager": pa.array([one.manager for one in said], pa.string()),
            "delegate": pa.array([one.delegate for one in said], pa.string()),
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
