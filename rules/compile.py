"""Compile a rule to one SELECT over the mirror. Builds statements; runs nothing.

The SELECT reads the tables of `relations` and `workdays`, and the rule's facts, and returns one row
a record in scope:

    key         the record's key in the mirror
    record      the record's id in the CRM
    fires       TRUE opens a finding; NULL is unknown
    stands      FALSE ends a finding that is open: its duty, the first absence, is met or over.
                Later absences only hold a new one back; NULL is unknown
    next_check  the next moment at which time alone can change the verdict, or NULL
    look_again  the next moment at which it can change anything of this row, or NULL
    anchor      the moment the duty began
    deadline    the moment it was due

`$as_of` is the moment of judgement, `$org_zone` the zone in which an admin's dates are meant,
`$horizon` the first moment the calendar tables know. Values of rules enter as literals made by
sqlglot, never as text.

Each time condition is a *deadline*: `start + length` in business or calendar time, found by two
joins to the calendar tables (measured choice: `engine.md` 1).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from rules.checked import (
    Absence,
    Condition,
    EventStart,
    Formula,
    Group,
    Op,
    Presence,
    Ratio,
    Related,
    Rule,
    Test,
    TouchPattern,
)
from rules.clocks import NEVER, Clocked, absence, presence, ratio
from rules.deadlines import TIME_TESTS, deadline_tables, moment_of
from rules.holding import TABLES, Build, Fact, holds, is_plain, on_record
from rules.lengths import Length
from rules.org import DEFAULT_HOURS as DEFAULT_HOURS
from rules.own_work import of_itself
from rules.predicates import all_of, condition, literal
from rules.relations import accounts, activities, deals, happened

#: What an activity says of itself, wherever it belongs.
_OF_ACTIVITY: Final = frozenset(
    {"id", "kind", "direction", "outcome", "happened_at", "duration_seconds", "automated"}
    | {"grade", "grade_word"}
)
_OF_RECORD: Final = re.compile(r"\bd\.(\w+)")
_READ: Final = re.compile(r"\b[bds]\.\"?(\w+)")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")
_PARAMETER: Final = re.compile(r"\$(\w+)")

#: A person's duty is one a week, from Monday (`rulings: Keys`: its anchor is its period).
_WEEK: Final = "timezone(s.zone, date_trunc('week', CAST(timezone(s.zone, {moment}) AS TIMESTAMP)))"


@dataclass(frozen=True)
class Work:
    """What a rule looks at of people's work, of which there is much."""

    wanted: str  # SQL over a touch `t`
    back: frozenset[Length] | None  # how far back; None: to the start


@dataclass(frozen=True)
class Compiled:
    """A rule and its statement, with the facts and tables it reads."""

    rule: Rule
    sql: str
    facts: Sequence[Fact]
    needs: frozenset[str]  # tables of `relations`
    parameters: frozenset[str]  # those of `as_of`, `horizon`, `org_zone` that the statement names
    unforeseen: bool  # time may change a verdict at a moment that `next_check` does not say
    scope: str  # a statement that counts the records in scope
    scope_parameters: frozenset[str]
    work: Work | None  # what it looks at of people's work; None: nothing
    since: str | None  # an activity must have happened after this; None: at any time
    reach: dt.timedelta | None  # how far back it looks for activities; None: that is not known


@dataclass(frozen=True)
class Clause:
    """One condition of a rule: whether it holds for a record, and what was seen."""

    about: Condition | Absence | Presence | Ratio
    held: str  # SQL over `scope s`: TRUE, FALSE or NULL
    seen: str  # SQL: the value, or the moment of the touch
    turns: str  # SQL: the moment at which time alone changes it, or NULL
    clocked: Clocked | None = None


@dataclass(frozen=True)
class Explained:
    """The conditions of a rule, and the statement that judges each of them for one record."""

    clauses: tuple[Clause, ...]
    sql: str
    facts: Sequence[Fact]
    needs: frozenset[str]
    parameters: frozenset[str]
    work: Work | None


def compile_rule(rule: Rule, *, only: str | None = None) -> Compiled:
    """Compile one checked rule; `only` names a table of the records that are judged.

    `records_of` says what stands in it.
    """
    build = Build(rule)
    clauses = _clauses(rule, build)
    over = _resolved(rule, build)
    text = _statement(rule, build, clauses, over, only)
    sql, parameters = _finished(text)
    needs = frozenset(build.needs | {TABLES[rule.subject][0]})
    facts = tuple(build.facts.values())
    scope, named = _finished(f"WITH {_base(rule, _plainly(rule))} SELECT count(*) AS n FROM base")
    since = _since(_plainly(rule)) if rule.subject == "activity" else None
    return Compiled(
        rule=rule,
        sql=sql,
        facts=facts,
        needs=needs,
        parameters=parameters,
        unforeseen=build.unforeseen,
        scope=scope,
        scope_parameters=named,
        work=_work(rule),
        since=since,
        reach=_reach(rule),
    )


def explain_rule(rule: Rule) -> Explained:
    """Return the conditions of a rule and a statement that judges each of them for `$record`.

    It returns `held_0, seen_0, turns_0, held_1, …`, and no row for a record nobody knows.
    """
    build = Build(rule)
    clauses = _clauses(rule, build)
    columns = ",\n    ".join(
        f"{c.held} AS held_{n}, {c.seen} AS seen_{n}, {c.turns} AS turns_{n}"
        for n, c in enumerate(clauses)
    )
    text = f"{_head(rule, build, ['d.id = $record'], None)}\nSELECT {columns}\n{_from(build)}"
    sql, parameters = _finished(text)
    needs = frozenset(build.needs | {TABLES[rule.subject][0]})
    facts = tuple(build.facts.values())
    return Explained(tuple(clauses), sql, facts, needs, parameters, _work(rule))


#: So much longer business time can take than it says, where nobody is on leave for long.
_HOLIDAYS: Final = dt.timedelta(days=14)


def _reach(rule: Rule) -> dt.timedelta | None:
    """How far back a rule for activities or people looks; who is on leave makes it longer."""
    if rule.subject == "owner":
        lengths = _back(rule) or ()
        return max((one.at_most() for one in lengths), default=dt.timedelta()) + _HOLIDAYS
    newer = [
        one.value.at_most()
        for one in rule.where
        if isinstance(one, Test) and one.op is Op.NEWER_THAN and one.word.name == "at"
        if _is_plain_length(one.value)
    ]
    return min(newer) + dt.timedelta(days=2) if rule.subject == "activity" and newer else None


def _work(rule: Rule) -> Work | None:
    if rule.subject != "owner":
        return None
    wanted = {f"({condition(of_itself(one), 't')})" for one in _looked_for(rule)}
    return Work(" OR ".join(sorted(wanted)) or "FALSE", _back(rule))


def _looked_for(rule: Rule) -> Iterator[TouchPattern]:
    for ratio_ in rule.ratios:
        yield from (ratio_.of, ratio_.to)
    for presence_ in rule.presences:
        yield presence_.pattern
    for absence_ in rule.absences:
        yield from absence_.touches
    starts = [*(one.start for one in rule.absences), *(one.after for one in rule.presences)]
    yield from (one.pattern for one in starts if isinstance(one, EventStart))


def _back(rule: Rule) -> frozenset[Length] | None:
    if rule.absences:
        return None
    lengths = [one.in_last for one in rule.presences] + [one.in_last for one in rule.ratios]
    counted = [one for one in lengths if one is not None]
    return frozenset(counted) if len(counted) == len(lengths) else None


def _by_source(facts: Iterable[Fact]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for fact in facts:
        found.setdefault(fact.source, {})[fact.column] = fact.sql
    return found


def _finished(text: str) -> tuple[str, frozenset[str]]:
    """Return a statement, and the parameters it names."""
    return text, frozenset(_PARAMETER.findall(_LITERAL.sub("''", text)))


# -- the clauses -----------------------------------------------------------------------------


def _clauses(rule: Rule, build: Build) -> list[Clause]:
    found = [_condition(one, f"condition_{number}", build) for number, one in enumerate(rule.where)]
    for number, missing in enumerate(rule.absences):
        found.append(_clause(missing, absence(missing, f"absence_{number}", build)))
    for number, counted in enumerate(rule.presences):
        found.append(_clause(counted, presence(counted, f"count_{number}", build)))
    for number, part in enumerate(rule.ratios):
        found.append(_clause(part, ratio(part, f"ratio_{number}", build)))
    return found


def _clause(about: Absence | Presence | Ratio, one: Clocked) -> Clause:
    return Clause(about, one.held, one.seen, one.moment, one)


def _condition(one: Condition, name: str, build: Build) -> Clause:
    held = holds(one, name, build)
    if isinstance(one, Test) and one.op in TIME_TESTS:
        newer = one.op is Op.NEWER_THAN
        moment, start = f"{name}.moment", moment_of(one.word)
        clocked = Clocked(held, start, start, moment, waits=not newer, ends=newer)
        return Clause(one, held, start, moment, clocked)
    seen = one.word.column("s") if isinstance(one, Test) else held
    return Clause(one, held, seen, NEVER)


def _resolved(rule: Rule, build: Build) -> str | None:
    """Whether a finding is over although it holds: `resolve: when`."""
    if not rule.resolve.when:
        return None
    parts = [holds(one, f"resolved_{n}", build) for n, one in enumerate(rule.resolve.when)]
    return all_of(parts)


# -- the statement ---------------------------------------------------------------------------


def _statement(
    rule: Rule, build: Build, clauses: Sequence[Clause], over: str | None, only: str | None
) -> str:
    timed = [c.clocked for c in clauses if c.clocked is not None]
    hard = [c for c in clauses if not _in_base(c.about)]
    fires = [c.held for c in hard]
    duties = [c.held for c in hard if isinstance(c.about, Absence)]
    stands = [*duties[:1], *(c.held for c in hard if not isinstance(c.about, Absence))]
    if over is not None:
        fires, stands = ([*some, f"NOT {over}"] for some in (fires, stands))
    anchor, deadline = _anchor(rule, clauses)
    waits, ends = [c.moment for c in timed if c.waits], [c.moment for c in timed if c.ends]
    ripe = f"greatest({', '.join(waits)})" if waits else NEVER
    end = f"least({', '.join(ends)})" if ends else "NULL"
    known = [f"{moment} IS NOT NULL" for moment in [*waits, *ends]]  # greatest() skips a null
    still = [f"{ripe} < {end}"] if waits and ends else []
    pending = all_of([*(c.open for c in timed), *known, f"{ripe} > $as_of", *still])
    others = _elsewhere(build, timed, clauses)
    return f"""{_head(rule, build, _plainly(rule), only)},
judged AS (
    SELECT s.key, s.id AS record, {all_of(fires)} AS fires, {all_of(stands)} AS stands,
        {pending} AS pending, {ripe} AS ripe, CAST({end} AS TIMESTAMPTZ) AS ends,
        {others} AS others, {_again(build)} AS look_again,
        {anchor} AS anchor, {deadline} AS deadline
    {_from(build)}
)
SELECT key, record, fires, stands,
    least(CASE WHEN fires THEN ends WHEN pending THEN ripe END, others) AS next_check,
    look_again, anchor, deadline
FROM judged"""


def _in_base(about: Condition | Absence | Presence | Ratio) -> bool:
    """Whether a condition has been met by every record of the base."""
    return isinstance(about, Test | Formula) and is_plain(about)


def _is_plain_length(value: object) -> TypeGuard[Length]:
    """Business time can last any time: nobody knows here who is on leave."""
    return isinstance(value, Length) and not value.unit.business


def _plainly(rule: Rule) -> list[str]:
    """What the record alone must hold; what is too old by any calendar is not looked at."""
    parts = [found for one in rule.where if (found := _on_record(one)) is not None]
    for one in rule.where:
        if isinstance(one, Test) and one.op is Op.NEWER_THAN and _is_plain_length(one.value):
            hours = int(one.value.at_most().total_seconds() // 3600) + 24
            moment = f"CAST({one.word.column('d')} AS TIMESTAMPTZ)"
            parts.append(f"{moment} > $as_of - INTERVAL {hours} HOUR")
    return parts


def _on_record(one: Condition) -> str | None:
    """What a condition asks of the record alone, or of more than it; None: nothing."""
    if isinstance(one, Test | Formula):
        return on_record(one, "d") if is_plain(one) else None
    if not isinstance(one, Group):
        return None
    known = [found for part in one.conditions if (found := _on_record(part)) is not None]
    if one.word == "any":
        return f"({' OR '.join(known)})" if len(known) == len(one.conditions) else None
    if one.word == "none":  # a group within may be asked less than it says: it is not turned round
        known = [found for part in one.conditions if (found := _whole(part)) is not None]
        return f"NOT ({' OR '.join(known)})" if known else None
    return all_of(known) if known else None


def _whole(one: Condition) -> str | None:
    """What a condition asks, if that is of the record alone; None: it asks more."""
    if isinstance(one, Group):
        parts = [_whole(part) for part in one.conditions]
        if None in parts:
            return None
        joined = (" AND " if one.word == "all" else " OR ").join(f"({part})" for part in parts)
        return f"NOT ({joined})" if one.word == "none" else f"({joined})"
    return _on_record(one)


def _anchor(rule: Rule, clauses: Sequence[Clause]) -> tuple[str, str]:
    """Return the moment that names the episode, and the moment it was due."""
    if rule.subject == "owner":
        return _week(clauses), "$as_of"
    timed = [c.clocked for c in clauses if c.clocked is not None]
    main = [c.clocked for c in clauses if c.clocked and isinstance(c.about, (Absence, Presence))]
    if main:
        first = main[0]
        return first.start, first.moment if first.waits else first.start
    aged = next((c for c in timed if c.waits), None)
    if aged is not None:
        return aged.start, aged.moment
    return "s.begun_at", "s.begun_at"


def _week(clauses: Sequence[Clause]) -> str:
    """The week of the newest that was counted: what has been told once is no news next Monday."""
    newest = [c.clocked.newest for c in clauses if isinstance(c.about, Presence) and c.clocked]
    counted = next((one for one in newest if one != NEVER), None)
    return _WEEK.format(moment=f"coalesce({counted}, $as_of)" if counted else "$as_of")


def _again(build: Build) -> str:
    """The next moment at which anything that was compared with time compares otherwise."""
    moments = [f"{one.name}.moment" for one in build.deadlines]
    ahead = [f"CASE WHEN {one} > $as_of THEN {one} END" for one in moments] + build.ahead
    if not ahead:
        return NEVER
    return f"least({', '.join(ahead)})" if len(ahead) > 1 else ahead[0]


def _elsewhere(build: Build, timed: Sequence[Clocked], clauses: Sequence[Clause]) -> str:
    """Moments of conditions within groups, and of what is planned: the next of them."""
    named = {c.moment for c in timed}
    turning = [f"{d.name}.moment" for d in build.deadlines if d.turns]
    moments = [one for one in turning if one not in named]
    ahead = [f"CASE WHEN {one} > $as_of THEN {one} END" for one in moments] + build.ahead
    if build.unforeseen and build.rule.subject != "owner":  # people are judged in every run
        ahead.append("$as_of + INTERVAL 1 HOUR")
    if not ahead:
        return NEVER
    return f"least({', '.join(ahead)})" if len(ahead) > 1 else ahead[0]


def _head(rule: Rule, build: Build, held: Sequence[str], only: str | None) -> str:
    sources = _by_source(build.facts.values())
    facts = "".join(f", {source}_f.{name}" for source, names in sources.items() for name in names)
    joined = "\n    ".join(
        f"LEFT JOIN facts_{source} {source}_f ON {source}_f.group_key = d.{_column(source, build)}"
        for source in sources
    )
    base = _base(rule, held, facts, joined, only)
    columns = "".join(f", {sql} AS {name}" for name, sql in build.columns.items())
    scope = f"scope AS (SELECT b.*{columns} FROM base b {' '.join(build.joins)})"
    deadlines = [sql for one in build.deadlines for sql in deadline_tables(one)]
    return "WITH " + ",\n".join([base, *build.before, scope, *deadlines])


def _base(
    rule: Rule, held: Sequence[str], facts: str = "", joined: str = "", only: str | None = None
) -> str:
    """The records that are looked at, with whose calendar is theirs, and their facts."""
    before, table = _records(rule.subject, held, only)
    return f"""{before}base AS (
    SELECT d.*, c.calendar, c.hours, c.zone, c.opens_second, c.day_seconds{facts}
    FROM {table}
    JOIN owner_calendars oc ON oc.hours = {literal(rule.calendar or DEFAULT_HOURS)}
        AND oc.owner_key IS NOT DISTINCT FROM d.known_owner_key
    JOIN calendars c ON c.calendar = oc.calendar
    {joined}
    WHERE {all_of(held)}
)"""


def _records(subject: str, held: Sequence[str], only: str | None) -> tuple[str, str]:
    """Return the records `d` of a subject, and what is worked out before them."""
    if only or subject != "activity":
        return "", f"{only or TABLES[subject][0]} d"
    chosen = f"chosen AS (SELECT d.* FROM ({happened()}) d WHERE {_of_itself(held)}),\n"
    return chosen, f"({activities('chosen', (_since(held) or 'TRUE').format(at='b'))}) d"


#: The rows of the activities that are judged again.
ACTIVITIES: Final = "again_activities"


def columns_of(compiled: Sequence[Compiled]) -> frozenset[str]:
    """Return the names of all columns of records that these rules look at, and perhaps of more."""
    return frozenset({"key", "id"}.union(*(_READ.findall(one.sql) for one in compiled)))


#: What of a deal stands with its account, and with its history.
_OF_ACCOUNT: Final = frozenset({"account_name", "account_fields"})
_DATED: Final = frozenset({"stage_entered_at", "won_at", "closed_at"})


def records_of(
    subject: str, keys: str, compiled: Sequence[Compiled], recent: str
) -> tuple[str, frozenset[str]]:
    """Return the SELECT of the records in the table `keys`, and the parameters it names.

    Which of them are asked about is said where they are read first: no engine moves it there.
    Activities must stand in the table `ACTIVITIES`, whole.
    `recent` stands before the names of tables with the touches of what is `since`, if they stand.
    """
    these = f"SEMI JOIN {keys} q ON q.key = {{at}}.key"
    if subject == "activity":
        mine = " OR ".join(f"({_of_itself(_plainly(one.rule))})" for one in compiled)
        chosen = f"SELECT d.* FROM ({happened(ACTIVITIES, apart=bool(recent))}) d WHERE {mine}"
        found = f"SELECT * FROM ({activities('chosen', touches=recent)})"
        return _finished(f"WITH chosen AS ({chosen}) {found}")
    if subject == "deal":
        named = columns_of(compiled)
        found = deals(
            join=these.format(at="d"),
            of_account=bool(named & _OF_ACCOUNT),
            dated=bool(named & _DATED),
        )
        return _finished(found)
    if subject == "account":
        return _finished(accounts(join=these.format(at="a")))
    return _finished(f"SELECT d.* FROM {TABLES[subject][0]} d {these.format(at='d')}")


def asked_of(rules: Sequence[Rule]) -> tuple[str, frozenset[str]]:
    """Return what each of these rules, all for one subject, asks of a record alone.

    It is a condition over a record `d` that stands in the table of the subject and a row `q` that
    names the rule; and the parameters that it names.
    """
    held = (f"(q.rule = {literal(rule.id)} AND {all_of(_plainly(rule))})" for rule in rules)
    return _finished(" OR ".join(held))


#: What a touch and its class say of an activity.
_OF_TOUCH: Final = frozenset({"kind", "direction", "outcome", "happened_at", "automated", "grade"})


def touched_by(rule: Rule) -> tuple[str, frozenset[str]]:
    """Return what a rule for activities asks of a touch `t` and its class `c`; and parameters."""
    held = [one for one in _plainly(rule) if set(_OF_RECORD.findall(one)) <= _OF_TOUCH]
    asked = _OF_RECORD.sub(r"c.\1", all_of(held)).replace("c.happened_at", "t.happened_at")
    return _finished(f"c.happened AND {asked}")


def _of_itself(held: Sequence[str]) -> str:
    """What an activity must say of itself: that decides where to look further."""
    return all_of([one for one in held if set(_OF_RECORD.findall(one)) <= _OF_ACTIVITY])


def _since(held: Sequence[str]) -> str | None:
    """What is asked of the moment of a record alone, of a row `{at}` that has it."""
    asked = [one for one in held if _OF_RECORD.findall(one) == ["happened_at"]]
    return _OF_RECORD.sub(r"{at}.\1", all_of(asked)) if asked else None


def _column(source: str, build: Build) -> str:
    """The column of the record by which a table of touches is grouped."""
    return build.group_column if source.endswith(f"_of_{build.group}") else "key"


def _from(build: Build) -> str:
    joins = "\n    ".join(
        f"LEFT JOIN {one.name} ON {one.name}.key = s.key" for one in build.deadlines
    )
    return f"FROM scope s\n    {joins}"


__all__ = [
    "Clause",
    "Compiled",
    "Explained",
    "Fact",
    "Group",
    "Related",
    "compile_rule",
    "explain_rule",
]
