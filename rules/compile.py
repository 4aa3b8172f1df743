"""Compile a rule to one SELECT over the mirror. Builds statements; runs nothing.

The SELECT reads the tables that `evaluate.prepare` lays out (`deals_now`, `facts`, `calendars`,
`calendar_days`, `owner_calendars`) and returns one row a deal in scope:

    key         the deal's key in the mirror
    record      the deal's id in the CRM
    fires       TRUE opens a finding; NULL is unknown
    stands      FALSE ends a finding that is open: its duty, the first absence, is met or over.
                Later absences only hold a new one back; NULL is unknown
    next_check  the next moment at which time alone can change the verdict, or NULL
    anchor      the moment the duty began
    deadline    the moment it was due

`$as_of` is the moment of judgement, `$org_zone` the zone in which an admin's dates are meant,
`$horizon` the first moment the calendar tables know. Values of rules enter as literals made by
sqlglot, never as text.

Each time condition is a *deadline*: `start + length` in business or calendar time, found by two
joins to the calendar tables (measured choice: `engine.md` 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp

from rules.checked import Absence, Clock, Op, Presence, Rule, Test
from rules.deadlines import TIME_TESTS, Deadline, begun, deadline_tables, length_of, moment_of
from rules.lengths import Length
from rules.predicates import COLUMNS, all_of, count_of, fact_of, latest, literal, tested

DEFAULT_HOURS: Final = "default"


@dataclass(frozen=True)
class Compiled:
    """A rule and its statement. `patterns` are the facts it reads, by column."""

    rule: Rule
    sql: str
    facts: Mapping[str, str]  # column of `facts` -> aggregate over `touches`
    parameters: frozenset[str]  # those of `as_of`, `horizon`, `org_zone` that the statement names


def compile_rule(rule: Rule) -> Compiled:
    """Compile one checked rule."""
    facts = {fact_of(a.pattern): latest(a.pattern, 1) for a in rule.absences}
    facts |= {count_of(p): latest(p.pattern, p.at_least) for p in rule.presences}
    timed = [t for t in rule.where if t.op in TIME_TESTS]
    plain = [t for t in rule.where if t.op not in TIME_TESTS]
    absences = [Deadline(f"absence_{i}", _start(a), a.limit) for i, a in enumerate(rule.absences)]
    windows = [
        (t.op, Deadline(f"window_{i}", moment_of(t.field), length_of(t)))
        for i, t in enumerate(timed)
    ]
    windows += [  # "at least n in the last L": the n-th latest is newer than L
        (Op.NEWER_THAN, Deadline(f"count_{i}", f"s.{count_of(p)}", p.in_last))
        for i, p in enumerate(rule.presences)
    ]
    text = _statement(rule, plain, windows, absences)
    sql, parameters = _finished(text)
    return Compiled(rule, sql, facts, parameters)


@dataclass(frozen=True)
class Clause:
    """One condition of a rule: whether it holds for a deal, and what was seen."""

    about: Test | Absence | Presence
    held: str  # SQL over `scope s`: TRUE, FALSE or NULL
    seen: str  # SQL: the value, or the moment of the touch
    turns: str  # SQL: the moment at which time alone changes it, or NULL


@dataclass(frozen=True)
class Explained:
    """The conditions of a rule, and the statement that judges each of them for one deal."""

    clauses: tuple[Clause, ...]
    sql: str
    parameters: frozenset[str]


def explain_rule(rule: Rule) -> Explained:
    """Return the conditions of a rule and a statement that judges each of them for deal `$deal`.

    It returns `held_0, seen_0, turns_0, held_1, …`, and no row for a deal nobody knows.
    """
    clauses, deadlines = [], []
    for number, test in enumerate(rule.where):
        column = f"s.{COLUMNS.get(test.field, test.field)}"
        if test.op in TIME_TESTS:
            window = _window(f"window_{number}", test)
            deadlines.append(window)
            compared = "$as_of <" if test.op is Op.NEWER_THAN else "$as_of >="
            held = begun(window, compared)
            clauses.append(Clause(test, held, window.start, f"{window.name}.moment"))
        else:
            clauses.append(Clause(test, tested(test, "s"), column, _NEVER))
    for number, absence in enumerate(rule.absences):
        due = Deadline(f"absence_{number}", _start(absence), absence.limit)
        deadlines.append(due)
        last = f"s.{fact_of(absence.pattern)}"
        clauses.append(Clause(absence, _missing(absence, due), last, f"{due.name}.moment"))
    for number, presence in enumerate(rule.presences):
        counted = Deadline(f"count_{number}", f"s.{count_of(presence)}", presence.in_last)
        deadlines.append(counted)
        held = begun(counted, "$as_of <")
        clauses.append(Clause(presence, held, counted.start, f"{counted.name}.moment"))
    tables = "".join(f",\n{sql}" for one in deadlines for sql in deadline_tables(one))
    joins = "\n".join(f"LEFT JOIN {one.name} ON {one.name}.key = s.key" for one in deadlines)
    columns = ",\n    ".join(
        f"{c.held} AS held_{n}, {c.seen} AS seen_{n}, {c.turns} AS turns_{n}"
        for n, c in enumerate(clauses)
    )
    text = f"WITH {_scope(rule, 'd.id = $deal')}{tables}\nSELECT {columns} FROM scope s\n{joins}"
    return Explained(tuple(clauses), *_finished(text))


def _window(name: str, test: Test) -> Deadline:
    return Deadline(name, moment_of(test.field), length_of(test))


def _finished(text: str) -> tuple[str, frozenset[str]]:
    """Return a statement as sqlglot writes it, and the parameters it names."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    return tree.sql(dialect="duckdb"), frozenset(
        str(one.this) for one in tree.find_all(exp.Placeholder)
    )


_NEVER: Final = "CAST(NULL AS TIMESTAMPTZ)"


def facts_sql(compiled: Sequence[Compiled]) -> str:
    """Return the statement that computes every fact of these rules in one pass over `touches`."""
    facts = {name: sql for one in compiled for name, sql in one.facts.items()}
    columns = "".join(f", {sql} AS {name}" for name, sql in facts.items())
    return (
        f"CREATE OR REPLACE TEMP TABLE facts AS SELECT deal_key{columns} "
        "FROM touches WHERE happened_at <= $as_of GROUP BY deal_key"
    )


# -- the statement ---------------------------------------------------------------------------


def _statement(
    rule: Rule,
    plain: Sequence[Test],
    windows: Sequence[tuple[Op, Deadline]],
    absences: Sequence[Deadline],
) -> str:
    deadlines = [*absences, *(window for _, window in windows)]
    tables = ",\n".join(sql for one in deadlines for sql in deadline_tables(one))
    joins = "\n".join(f"LEFT JOIN {one.name} ON {one.name}.key = s.key" for one in deadlines)
    missing = [_missing(a, d) for a, d in zip(rule.absences, absences, strict=True)]
    open_ended = [begun(w, "$as_of <") for op, w in windows if op is Op.NEWER_THAN]
    aged = [begun(w, "$as_of >=") for op, w in windows if op is Op.OLDER_THAN]
    unmet = [
        f"NOT coalesce(s.{fact_of(a.pattern)} > {d.start}, FALSE)"
        for a, d in zip(rule.absences, absences, strict=True)
        if a.clock is Clock.AFTER
    ]
    waits = [
        *(f"{d.name}.moment" for d in absences),
        *(f"{w.name}.moment" for op, w in windows if op is Op.OLDER_THAN),
    ]
    ends = [f"{w.name}.moment" for op, w in windows if op is Op.NEWER_THAN]
    first = absences[0] if absences else windows[-len(rule.presences)][1]
    anchor = first.start
    deadline = f"{first.name}.moment" if absences else anchor  # what is counted is due at once
    fires = all_of([*missing, *open_ended, *aged])
    stands = all_of([*missing[:1], *open_ended, *aged])
    ripe = f"greatest({', '.join(waits)})" if waits else "CAST(NULL AS TIMESTAMPTZ)"
    end = f"least({', '.join(ends)})" if ends else "NULL"
    known = [f"{moment} IS NOT NULL" for moment in [*waits, *ends]]  # greatest() skips a null
    pending = all_of([*unmet, *known, f"{ripe} > $as_of", *([f"{ripe} < {end}"] if ends else [])])
    return f"""WITH {_scope(rule, all_of([tested(t, "d") for t in plain]))},
{tables},
judged AS (
    SELECT s.key, s.id AS record, {fires} AS fires, {stands} AS stands, {pending} AS pending,
        {ripe} AS ripe, CAST({end} AS TIMESTAMPTZ) AS ends,
        {anchor} AS anchor, {deadline} AS deadline
    FROM scope s
    {joins}
)
SELECT key, record, fires, stands,
    CASE WHEN fires THEN ends WHEN pending THEN ripe END AS next_check, anchor, deadline
FROM judged ORDER BY record"""


def _scope(rule: Rule, holds: str) -> str:
    hours = literal(rule.calendar or DEFAULT_HOURS)
    named = [fact_of(a.pattern) for a in rule.absences] + [count_of(p) for p in rule.presences]
    facts = "".join(f", f.{name}" for name in dict.fromkeys(named))
    return f"""scope AS (
    SELECT d.*, c.hours, c.zone, c.opens_second, c.day_seconds{facts}
    FROM deals_now d
    JOIN owner_calendars oc
        ON oc.hours = {hours} AND oc.owner_key IS NOT DISTINCT FROM d.known_owner_key
    JOIN calendars c ON c.calendar = oc.calendar
    LEFT JOIN facts f ON f.deal_key = d.key
    WHERE {holds}
)"""


def _missing(absence: Absence, deadline: Deadline) -> str:
    """An absence holds: the deadline has come and, where a touch clears it, none came.

    Where the clock has not begun, or a stage has no limit, there is no such duty: FALSE. A deadline
    beyond the calendar: unknown.
    """
    late = begun(deadline, "$as_of >=")
    if absence.clock is Clock.AFTER:
        touched = f"coalesce(s.{fact_of(absence.pattern)} > {deadline.start}, FALSE)"
        late = f"(NOT {touched} AND {late})"
    if isinstance(absence.limit, Length):
        return late
    named = ", ".join(literal(stage) for stage in absence.limit)
    return f"(coalesce(s.stage_word IN ({named}), FALSE) AND {late})"


def _start(absence: Absence) -> str:
    begun = moment_of(absence.start)
    if absence.clock is Clock.AFTER:
        return begun
    last = f"s.{fact_of(absence.pattern)}"
    return f"CASE WHEN {begun} IS NOT NULL THEN greatest({begun}, coalesce({last}, {begun})) END"
