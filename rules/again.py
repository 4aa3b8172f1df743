"""Which records each rule judges again, of all that changed or came to pass; and what is laid.

    stirred            target, key: what changed, and what was known before and has come to pass
    staged             the same where deals went on to other stages, for rules that look at those of
                       deals that are not their own
    asked              rule, key: whose verdict may differ now
    records_<subject>  those records, as rules look at them
    based              rule, key: those of them that a rule looks at
    again_of_<group>   key: those whose touches these rules look at

Judges nothing, and keeps nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rules import select
from rules.checked import Condition, Group, Related, Rule
from rules.compile import ACTIVITIES, Compiled, asked_of, columns_of, records_of, touched_by
from rules.derived import related_fields
from rules.evaluate import parameters
from rules.holding import TABLES
from rules.org import Org
from rules.predicates import literal
from rules.relations import kept_planned, kept_touches
from rules.select import Connection

#: Fields of deals that nothing hangs on but rules that name them.
OF_DEAL_ALONE: Final = frozenset(
    {"name", "amount", "currency", "probability", "close_date", "next_step"}
    | {"pipeline", "type", "fields"}
)

#: How a deal went through its stages; where that closed it, all of it counts as changed.
STAGE: Final = "deal.stage"

#: What has come to pass since `$before`, of all that was known already. What was planned and has
#: not happened wakes nobody by itself: whoever waits for it looks again at that moment anyway.
_STIRRED: Final = """WITH happened_classes AS (SELECT class FROM classes WHERE happened)
SELECT {target} AS target, key FROM stale
UNION SELECT 'deal', t.group_key FROM {recent}deal_touches t
    SEMI JOIN happened_classes c ON c.class = t.class
    WHERE t.happened_at > $before AND t.happened_at <= $as_of
UNION SELECT 'client', t.group_key FROM {recent}client_touches t
    SEMI JOIN happened_classes c ON c.class = t.class
    WHERE t.happened_at > $before AND t.happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM stage_changes
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM proposals
    WHERE (happened_at > $before AND happened_at <= $as_of)
        OR (modified_at > $before AND modified_at <= $as_of)
UNION SELECT 'deal', deal_key FROM files
    WHERE (is_offer OR is_contract) AND created_at > $before AND created_at <= $as_of"""

_CLIENTS: Final = """SELECT key FROM stirred WHERE target IN ('client', 'account')
UNION SELECT coalesce(d.account_key, d.key) FROM deals d
    JOIN stirred s ON s.target = 'deal' AND s.key = d.key
UNION SELECT coalesce(p.account_key, p.key) FROM contacts p
    JOIN stirred s ON s.target = 'contact' AND s.key = p.key"""

_CLIENT: Final = "coalesce({at}.account_key, {at}.key)"
_OF_CLIENTS: Final = f"JOIN stirred_clients c ON c.key = {_CLIENT}"
#: Subject -> the records whose verdict may differ. A deal can look at others of its client.
_SUBJECTS: Final[Mapping[str, str]] = {
    "deal": f"SELECT d.key FROM deals d {_OF_CLIENTS.format(at='d')}",
    "account": "SELECT key FROM stirred_clients",
    "contact": f"""SELECT p.key FROM contacts p {_OF_CLIENTS.format(at="p")}
UNION SELECT key FROM stirred WHERE target = 'contact'
UNION SELECT l.contact_key FROM links l JOIN stirred s ON s.target = 'deal' AND s.key = l.deal_key
    WHERE l.contact_key IS NOT NULL""",
    "rating": f"""SELECT r.key FROM ratings r {_OF_CLIENTS.format(at="r")}
UNION SELECT key FROM stirred WHERE target = 'rating'""",
    "activity": "SELECT key FROM stirred WHERE target = 'activity'",
}
#: What took place with those clients, by the rules for activities that look at such.
_WITH_CLIENTS: Final = f"""SELECT rule, activity_key FROM (
    SELECT unnest([{{rules}}]) AS rule, t.activity_key
    FROM (
        SELECT t.activity_key, t.happened_at, t.class FROM {{recent}}client_touches t
            SEMI JOIN stirred_clients c ON c.key = t.group_key
        UNION ALL SELECT t.activity_key, t.happened_at, t.class FROM {{recent}}deal_touches t
            JOIN deals d ON d.key = t.group_key {_OF_CLIENTS.format(at="d")}
    ) t JOIN classes c ON c.class = t.class
) WHERE rule IS NOT NULL"""
_DEALS_ALONE: Final = """SELECT key FROM stirred WHERE target = 'deal'
UNION SELECT d.key FROM deals d JOIN stirred s ON s.target = 'account' AND s.key = d.account_key"""

#: Subject -> the records that have a field of a deal, by rule and that field.
_OF_FIELDS: Final[Mapping[str, str]] = {
    "deal": "SELECT f.rule, s.key FROM stirred s JOIN {fields} ON f.target = s.target",
    "activity": """SELECT f.rule, t.activity_key FROM {recent}deal_touches t
    JOIN stirred s ON s.key = t.group_key JOIN {fields} ON f.target = s.target
    JOIN classes c ON c.class = t.class WHERE {asked}""",
}

#: Whose touches are kept, and where.
_TOUCHES: Final = {"deal": "deal_touches", "account": "client_touches"}
_WITHOUT: Final = "t.* REPLACE (CAST(NULL AS UBIGINT) AS activity_key)"
#: Column of a record that names the group it looks at, where that is not its own.
_OF_GROUP: Final = {"deal": "deal_key", "account": "client_key"}


@dataclass(frozen=True)
class Again:
    """What is judged again: how many records by each rule, and whose touches they look at."""

    asked: Mapping[str, int]  # rule -> of how many records verdicts may differ
    counts: Mapping[str, int]  # rule -> how many of them it looks at; a rule without is not there
    groups: Mapping[str, str]  # group -> the table of its keys

    def only(self, rule: Rule) -> str:
        """Return where the records are that a rule judges again."""
        these = f"q.rule = {literal(rule.id)} AND q.key = d.key"
        return f"(SELECT d.* FROM records_{rule.subject} d SEMI JOIN based q ON {these})"


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when to when it is looked at, and since when what happened is kept apart, if it is."""

    before: dt.datetime
    as_of: dt.datetime
    floor: dt.datetime | None

    def reaches(self, back: dt.timedelta | None) -> bool:
        """Tell whether what is kept apart goes so far back from `as_of`."""
        return back is not None and self.floor is not None and self.floor <= self.as_of - back


def lay_again(connection: Connection, compiled: Sequence[Compiled], org: Org, span: Span) -> Again:
    """Lay what these rules judge again, as of `span`; what was stirred must stand."""
    recent = _recent(compiled, span)
    _lay_asked(connection, compiled, org, recent, span)
    asked = _counted(connection, "asked")
    by_subject = _by_subject(one for one in compiled if one.rule.id in asked)
    for subject, mine in by_subject.items():
        _lay_records(connection, subject, mine, org, recent, span)
    _lay_based(connection, by_subject, org, span)
    counts = _counted(connection, "based")
    groups = _groups(one for one in compiled if one.rule.id in counts)
    return Again(
        asked, counts, {name: _lay_group(connection, name, of) for name, of in groups.items()}
    )


def lay_stirred(connection: Connection, compiled: Sequence[Compiled], span: Span) -> None:
    """Lay what changed, and what came to pass in `span`; and the clients it concerns.

    What stages of other deals change is laid apart, for the rules that look at such.
    """
    lately = span.floor is not None and span.floor <= span.before
    elsewhere = {field for one in compiled for field in _fields_elsewhere(one.rule)} - {STAGE}
    target = "target"
    if elsewhere:
        named = ", ".join(literal(one) for one in sorted(elsewhere))
        target = f"CASE WHEN target IN ({named}) THEN 'deal' ELSE target END"
    sql = _STIRRED.format(target=target, recent="recent_" if lately else "")
    _lay(connection, "stirred", sql, {"before": span.before, "as_of": span.as_of})
    _lay(connection, "stirred_clients", _CLIENTS)
    if _moved(connection):
        every = f"CASE WHEN target = {literal(STAGE)} THEN 'deal' ELSE target END"
        _lay(connection, "staged", f"SELECT DISTINCT {every} AS target, key FROM stirred")
        _lay(connection, "staged_clients", f"WITH {_STAGED} {_CLIENTS}")


def _moved(connection: Connection) -> bool:
    """Tell whether any deal went on to another stage and nothing more."""
    sql = f"SELECT 1 FROM stirred WHERE target = {literal(STAGE)} LIMIT 1"
    return bool(select.rows(connection, sql))


def _recent(compiled: Sequence[Compiled], span: Span) -> str:
    """What stands before the names of the tables of touches that rules for activities look at."""
    mine = [one for one in compiled if one.rule.subject == "activity"]
    return "recent_" if all(span.reaches(one.reach) for one in mine) else ""


def _by_subject(compiled: Iterable[Compiled]) -> dict[str, list[Compiled]]:
    found: dict[str, list[Compiled]] = {}
    for one in compiled:
        found.setdefault(one.rule.subject, []).append(one)
    return dict(sorted(found.items()))


def _lay_asked(
    connection: Connection, compiled: Sequence[Compiled], org: Org, recent: str, span: Span
) -> None:
    """Lay whose verdicts may differ: what they look at changed, or a clock of theirs ran out."""
    every = ", ".join(literal(one.rule.id) for one in compiled)
    parts = [f"SELECT rule, key FROM verdicts WHERE rule IN ({every}) AND look_again <= $as_of"]
    named = {"as_of"}
    staged = [one for one in compiled if _looks_at_stages(one)] if _moved(connection) else []
    for subject, mine in _by_subject(_but(compiled, staged)).items():
        found, more = _stirring(subject, mine, recent)
        parts, named = [*parts, *found], named | more
    for subject, mine in _by_subject(staged).items():
        found, more = _stirring(subject, mine, recent)
        parts, named = [*parts, *map(_by_stages, found)], named | more
    _lay(connection, "asked", "\nUNION ".join(parts), parameters(named, org, span.as_of))


def _by_stages(sql: str) -> str:
    """The same, of what is stirred where the stage of a deal counts as all of it."""
    clients = "stirred_clients AS (SELECT * FROM staged_clients)"
    return f"SELECT * FROM (WITH {_STAGED}, {clients} {sql})"


_STAGED: Final = "stirred AS (SELECT * FROM staged)"


def _stirring(subject: str, mine: Sequence[Compiled], recent: str) -> tuple[list[str], set[str]]:
    """Return the SELECTs of rule and record that what was stirred concerns; and parameters."""
    parts, named = [*_stirred_of(subject, mine)], set[str]()
    held: dict[str, str] = {}
    if subject == "activity":
        held, named = _touched(mine)
        rules = ", ".join(f"CASE WHEN {sql} THEN {rule} END" for rule, sql in held.items())
        parts.append(_WITH_CLIENTS.format(rules=rules, recent=recent))
    fields = [(one.rule.id, f) for one in mine for f in sorted(_fields(one.rule))]
    if fields and subject in _OF_FIELDS:
        rows = ", ".join(f"({literal(rule)}, {literal(field)})" for rule, field in fields)
        laid = f"(VALUES {rows}) f(rule, target)"
        asked = " OR ".join(f"(f.rule = {rule} AND {sql})" for rule, sql in held.items())
        parts.append(_OF_FIELDS[subject].format(recent=recent, fields=laid, asked=asked))
    return parts, named


def _touched(mine: Sequence[Compiled]) -> tuple[dict[str, str], set[str]]:
    """Return what each rule for activities asks of a touch, and the parameters that they name."""
    asked = [(literal(one.rule.id), *touched_by(one.rule)) for one in mine]
    return {rule: sql for rule, sql, _ in asked}, {name for _, _, names in asked for name in names}


def _stirred_of(subject: str, mine: Sequence[Compiled]) -> Iterator[str]:
    """Yield the SELECTs of what was stirred of a subject, with the rules that look at all of it."""
    alone = [one for one in mine if subject == "deal" and not looks_aside(one.rule)]
    for some, chosen in ((alone, _DEALS_ALONE), (_but(mine, alone), _SUBJECTS[subject])):
        if some:
            names = ", ".join(literal(one.rule.id) for one in some)
            yield f"SELECT unnest([{names}]), key FROM ({chosen}) k(key)"


def _but(some: Sequence[Compiled], others: Sequence[Compiled]) -> list[Compiled]:
    return [one for one in some if one not in others]


def _counted(connection: Connection, table: str) -> dict[str, int]:
    rows = select.rows(connection, f"SELECT rule, count(*) AS n FROM {table} GROUP BY rule")
    return {row["rule"]: row["n"] for row in rows}


def _asking(rules: Iterable[Compiled]) -> str:
    names = ", ".join(literal(one.rule.id) for one in rules)
    return f"(SELECT key FROM asked WHERE rule IN ({names}))"


def _lay_records(
    connection: Connection,
    subject: str,
    mine: Sequence[Compiled],
    org: Org,
    recent: str,
    span: Span,
) -> None:
    keys = _asking(mine)
    if subject == "activity":
        _lay_activities(connection, keys, recent)
    sql, named = records_of(subject, keys, mine, recent)
    names = "|".join(sorted({*columns_of(mine), *_OF_GROUP.values()}))
    chosen = f"SELECT COLUMNS('^({names})$') FROM ({sql})"
    _lay(connection, f"records_{subject}", chosen, parameters(named, org, span.as_of))


def _lay_activities(connection: Connection, keys: str, recent: str) -> None:
    """Lay the rows of activities that are asked about, of what is kept apart where it will do."""
    if recent:
        these = f"SELECT t.* FROM recent_activities t SEMI JOIN {keys} q ON q.key = t.key"
        _lay(connection, ACTIVITIES, these)
        return
    _lay(connection, "again_activity", keys)
    select.lay_rows(connection, ACTIVITIES, "activities.key", "again_activity.key")


def _lay_based(
    connection: Connection, by_subject: Mapping[str, Sequence[Compiled]], org: Org, span: Span
) -> None:
    """Lay which of the records each rule looks at: of others, it says nothing."""
    parts, named = [], set[str]()
    for subject, mine in by_subject.items():
        asked, more = asked_of([one.rule for one in mine])
        named |= more
        parts.append(
            f"SELECT q.rule, d.key FROM asked q JOIN records_{subject} d ON d.key = q.key "
            f"WHERE {asked}"
        )
    nothing = "SELECT rule, key FROM asked LIMIT 0"
    values = parameters(named, org, span.as_of)
    _lay(connection, "based", "\nUNION ALL ".join(parts) or nothing, values)


def _groups(compiled: Iterable[Compiled]) -> dict[str, set[tuple[str, str, str]]]:
    """Whose touches these rules look at: by group, the rule, its subject, and the column."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for one in compiled:
        subject = one.rule.subject
        for name in one.needs:
            _, of, group = name.partition("_of_")
            if of:
                own = group == TABLES[subject][1]
                column = TABLES[subject][2] if own else _OF_GROUP.get(group, "key")
                found.setdefault(group, set()).add((one.rule.id, subject, column))
    return found


def _lay_group(connection: Connection, group: str, of: Iterable[tuple[str, str, str]]) -> str:
    rules: dict[tuple[str, str], list[str]] = {}
    for rule, subject, column in sorted(of):
        rules.setdefault((subject, column), []).append(literal(rule))
    parts = (
        f"SELECT d.{column} AS key FROM records_{subject} d "
        f"SEMI JOIN based q ON q.key = d.key AND q.rule IN ({', '.join(names)})"
        for (subject, column), names in rules.items()
    )
    return _lay(connection, f"again_of_{group}", " UNION ".join(parts))


def _lay(
    connection: Connection, name: str, sql: str, values: Mapping[str, object] | None = None
) -> str:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", values or None)
    return name


@contextmanager
def near(
    connection: Connection, again: Again, compiled: Sequence[Compiled], *, without: str | None
) -> Iterator[None]:
    """Let these rules see the touches of their groups alone: millions are read once, not by each.

    Which activities they are is read only where a rule looks at touches one by one. Of the group
    `without`, only what lies ahead is asked, which is kept apart.
    """
    mine = [group for group in again.groups if group in _TOUCHES]
    for group in mine:
        table = _TOUCHES[group]
        these = f"SEMI JOIN again_of_{group} q ON q.key = t.group_key"
        each = any(re.search(rf"\btouches_of_{group}\b", one.sql) for one in compiled)
        apart = "recent_" if group == without else ""
        columns = "t.*" if each or apart else _WITHOUT
        _lay(connection, f"again_{table}", f"SELECT {columns} FROM {apart}{table} t {these}")
        _view(connection, group, f"again_{table}", planned_only=bool(apart))
    yield
    for group in mine:
        _view(connection, group, _TOUCHES[group], planned_only=group == without)
        connection.execute(f"DROP TABLE again_{_TOUCHES[group]}")


def _view(connection: Connection, group: str, table: str, *, planned_only: bool) -> None:
    views = {"planned": kept_planned(table)}
    if not planned_only:
        views["touches"] = kept_touches(table)
    for name, sql in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_of_{group} AS {sql}")


def _related(conditions: Iterable[Condition]) -> Iterator[Related]:
    for one in conditions:
        if isinstance(one, Related):
            yield one
        elif isinstance(one, Group):
            yield from _related(one.conditions)


def looks_aside(rule: Rule) -> bool:
    """Whether it looks at other records than its own."""
    return any(True for _ in _related((*rule.where, *rule.resolve.when)))


def looks_far(rule: Rule) -> bool:
    """Whether it looks at records of other clients."""
    return any(one.same == "owner" for one in _related((*rule.where, *rule.resolve.when)))


def _fields(rule: Rule) -> frozenset[str]:
    """The fields of deals it names that nothing else hangs on, as targets of what changed."""
    return _marked(rule.needs_fields)


def _fields_elsewhere(rule: Rule) -> frozenset[str]:
    """Those of them that it looks at in deals that are not its own."""
    if rule.subject not in _OF_FIELDS:
        return _fields(rule)
    of_client = [one for one in rule.needs_fields if one.startswith(_HISTORY)]
    theirs = of_client if rule.subject == "activity" else []
    return _marked((*related_fields((*rule.where, *rule.resolve.when)), *theirs))


def _looks_at_stages(one: Compiled) -> bool:
    """Whether a rule looks at the stages of deals that are not its own."""
    return STAGE in _fields_elsewhere(one.rule)


_HISTORY: Final = "stage_changes."


def _marked(fields: Iterable[str]) -> frozenset[str]:
    found = set()
    for one in fields:
        table, _, column = one.partition(".")
        if table == "deals" and column in OF_DEAL_ALONE:
            found.add(f"deal.{column}")
        elif one == "deals.stage" or one.startswith(_HISTORY):
            found.add(STAGE)
    return frozenset(found)
