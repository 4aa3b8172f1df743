"""Which records are judged again, of all that changed or came to pass; and what is laid for them.

    stirred            target, key: what changed, and what was known before and has come to pass
    again_<subject>    key: the records whose verdicts may differ now
    records_<subject>  those records, as rules look at them
    again_of_<group>   key: those whose touches these rules look at

Judges nothing, and keeps nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rules import select
from rules.checked import Condition, Group, Related, Rule
from rules.compile import ACTIVITIES, Compiled, columns_of, records_of
from rules.evaluate import parameters
from rules.holding import TABLES
from rules.org import Org
from rules.predicates import literal
from rules.relations import kept_planned, kept_touches
from rules.select import Connection

#: Columns of deals that no rule looks at but those for deals, unless it names them.
OF_DEAL_ALONE: Final = frozenset({"next_step", "probability", "close_date"})

#: What has come to pass since `$before`, of all that was known already.
_STIRRED: Final = """SELECT {target} AS target, key FROM stale
UNION SELECT 'deal', group_key FROM {recent}deal_touches
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'client', group_key FROM {recent}client_touches
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM stage_changes
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM proposals
    WHERE (happened_at > $before AND happened_at <= $as_of)
        OR (modified_at > $before AND modified_at <= $as_of)
UNION SELECT 'deal', deal_key FROM files
    WHERE (is_offer OR is_contract) AND created_at > $before AND created_at <= $as_of"""
_MORE: Final = "CASE WHEN target = 'deal alone' THEN 'deal' ELSE target END"

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
    "activity": f"""SELECT key FROM stirred WHERE target = 'activity'
UNION SELECT t.activity_key FROM {{recent}}client_touches t
    SEMI JOIN stirred_clients c ON c.key = t.group_key
UNION SELECT t.activity_key FROM {{recent}}deal_touches t JOIN deals d ON d.key = t.group_key
    {_OF_CLIENTS.format(at="d")}""",
}
_DEALS_ALONE: Final = """SELECT key FROM stirred WHERE target IN ('deal', 'deal alone')
UNION SELECT d.key FROM deals d JOIN stirred s ON s.target = 'account' AND s.key = d.account_key"""

#: Whose touches are kept, and where.
_TOUCHES: Final = {"deal": "deal_touches", "account": "client_touches"}

#: Subject of a rule -> whose touches it looks at, of the records in `again_<subject>`.
_GROUPS: Final[Mapping[str, str]] = {
    "deal": "SELECT key FROM again_deal",
    "account": "SELECT key FROM again_account",
    "contact": "SELECT key FROM again_contact",
    "rating": f"SELECT {_CLIENT.format(at='r')} AS key FROM ratings r "
    "SEMI JOIN again_rating a ON a.key = r.key",
    "activity": "SELECT t.group_key AS key FROM {recent}client_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
    "deal of deal": "SELECT key FROM again_deal",
    "deal of account": f"SELECT {_CLIENT.format(at='d')} AS key FROM deals d "
    "SEMI JOIN again_deal a ON a.key = d.key",
    "account of account": "SELECT key FROM again_account",
    "contact of account": f"SELECT {_CLIENT.format(at='p')} AS key FROM contacts p "
    "SEMI JOIN again_contact a ON a.key = p.key",
    "rating of account": f"SELECT {_CLIENT.format(at='r')} AS key FROM ratings r "
    "SEMI JOIN again_rating a ON a.key = r.key",
    "activity of account": "SELECT t.group_key AS key FROM {recent}client_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
    "activity of deal": "SELECT t.group_key AS key FROM {recent}deal_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
}


@dataclass(frozen=True)
class Again:
    """What is judged again: the records of each subject, and whose touches these look at."""

    records: Mapping[str, str]  # subject -> the table of its records
    groups: Mapping[str, str]  # group -> the table of its keys


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
    """Lay what these rules judge again, as of `span`."""
    _lay_stirred(connection, compiled, span)
    recent = _recent(compiled, span)
    by_subject = _by_subject(compiled)
    found = {
        subject: mine
        for subject, mine in by_subject.items()
        if _lay_keys(connection, subject, mine, recent, span)
    }
    for subject, mine in found.items():
        _lay_records(connection, subject, mine, org, recent, span)
    groups = {}
    for group, subjects in _groups(one for mine in found.values() for one in mine).items():
        keys = " UNION ".join(_GROUPS[one] for one in sorted(subjects))
        groups[group] = _lay(connection, f"again_of_{group}", keys.format(recent=recent))
    return Again({subject: f"records_{subject}" for subject in found}, groups)


def _lay_stirred(connection: Connection, compiled: Sequence[Compiled], span: Span) -> None:
    target = _MORE if any(_reads_of_others(one.rule) for one in compiled) else "target"
    lately = span.floor is not None and span.floor <= span.before
    sql = _STIRRED.format(target=target, recent="recent_" if lately else "")
    _lay(connection, "stirred", sql, {"before": span.before, "as_of": span.as_of})
    _lay(connection, "stirred_clients", _CLIENTS)


def _recent(compiled: Sequence[Compiled], span: Span) -> str:
    """What stands before the names of the tables of touches that rules for activities look at."""
    mine = [one for one in compiled if one.rule.subject == "activity"]
    return "recent_" if all(span.reaches(one.reach) for one in mine) else ""


def _by_subject(compiled: Sequence[Compiled]) -> dict[str, list[Compiled]]:
    found: dict[str, list[Compiled]] = {}
    for one in compiled:
        found.setdefault(one.rule.subject, []).append(one)
    return dict(sorted(found.items()))


def _lay_keys(
    connection: Connection, subject: str, mine: Sequence[Compiled], recent: str, span: Span
) -> int:
    """Lay which records of a subject are judged again; return how many there are."""
    names = ", ".join(literal(one.rule.id) for one in mine)
    alone = subject == "deal" and not any(looks_aside(one.rule) for one in mine)
    chosen = _DEALS_ALONE if alone else _SUBJECTS[subject].format(recent=recent)
    due = f"SELECT key FROM verdicts WHERE rule IN ({names}) AND look_again <= $as_of"
    table = _lay(connection, f"again_{subject}", f"{chosen} UNION {due}", {"as_of": span.as_of})
    return int(select.rows(connection, f"SELECT count(*) AS n FROM {table}")[0]["n"])


def _lay_records(
    connection: Connection,
    subject: str,
    mine: Sequence[Compiled],
    org: Org,
    recent: str,
    span: Span,
) -> None:
    rules = [one.rule for one in mine]
    if subject == "activity":
        select.lay_rows(connection, ACTIVITIES, "activities.key", "again_activity.key")
    sql, named = records_of(subject, f"again_{subject}", rules, recent)
    there = select.arrow(connection, f"SELECT * FROM {TABLES[subject][0]} LIMIT 0").column_names
    names = sorted({*there} & columns_of(mine))
    chosen = f"SELECT {', '.join(names)} FROM ({sql})"
    _lay(connection, f"records_{subject}", chosen, parameters(named, org, span.as_of))


def _lay(
    connection: Connection, name: str, sql: str, values: Mapping[str, object] | None = None
) -> str:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", values)
    return name


@contextmanager
def near(connection: Connection, groups: Iterable[str]) -> Iterator[None]:
    """Let rules see the touches of these groups alone: millions are read once, not by each."""
    mine = [group for group in groups if group in _TOUCHES]
    for group in mine:
        table = _TOUCHES[group]
        these = f"SEMI JOIN again_of_{group} q ON q.key = t.group_key"
        _lay(connection, f"again_{table}", f"SELECT t.* FROM {table} t {these}")
        _view(connection, group, f"again_{table}")
    yield
    for group in mine:
        _view(connection, group, _TOUCHES[group])
        connection.execute(f"DROP TABLE again_{_TOUCHES[group]}")


def _view(connection: Connection, group: str, table: str) -> None:
    for name, sql in (("touches", kept_touches(table)), ("planned", kept_planned(table))):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_of_{group} AS {sql}")


def _groups(compiled: Iterable[Compiled]) -> dict[str, set[str]]:
    """Whose touches these rules look at, and for which subjects."""
    found: dict[str, set[str]] = {}
    for one in compiled:
        found.setdefault(TABLES[one.rule.subject][1], set()).add(one.rule.subject)
        for group in _TOUCHES:
            if f"touches_of_{group}" in one.needs:
                found.setdefault(group, set()).add(f"{one.rule.subject} of {group}")
    return found


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


def _reads_of_others(rule: Rule) -> bool:
    """Whether it may look at what a deal has for its own rules alone, at a deal not its own."""
    named = {f"deals.{one}" for one in OF_DEAL_ALONE}
    return bool(rule.needs_fields & named) and (rule.subject != "deal" or looks_aside(rule))
