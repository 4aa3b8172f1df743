"""Keep what rules said, and judge again only what can have changed since.

    verdicts  rule, and of each record that fires, stands or waits: the row of its verdict
    judged    rule, meaning, as_of: what those verdicts rest on

A verdict can change when its record or something it looks at did (`stale`, `rules.upkeep`), when
something that was known before comes to pass, or when a clock of its own runs out (`look_again`).
Where the rule, a calendar, the people or the layout changed, all records are judged. So they are
for owners, whose rules look at few records, and where nobody can say when time changes a verdict.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from connectors.model import BlindSpot
from rules import select
from rules.checked import Condition, Group, Related, Rule
from rules.compile import Compiled, compile_rule
from rules.evaluate import Evaluation, Terms, judge, lay_facts, parameters, terms_of
from rules.holding import TABLES
from rules.org import Org
from rules.predicates import literal
from rules.relations import kept_planned, kept_touches
from rules.select import Connection, transaction

#: Bumped where verdicts of an older program are not those of this one.
VERSION: Final = 1

_COLUMNS: Final = "key, record, fires, stands, next_check, look_again, anchor, deadline"
_KEEP: Final = (
    "fires IS NOT FALSE OR stands IS NOT FALSE OR next_check IS NOT NULL OR look_again IS NOT NULL"
)
#: What a cross-check compares; what neither fires nor stands matters only by its timer.
_SAID: Final = "key, fires, stands, next_check, anchor, deadline"
_MATTERS: Final = "(fires IS NOT FALSE OR stands IS NOT FALSE OR next_check IS NOT NULL)"

#: What has come to pass since `$before`, of all that was known already.
_STIRRED: Final = """SELECT target, key FROM stale
UNION SELECT 'deal', group_key FROM deal_touches
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'client', group_key FROM client_touches
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM stage_changes
    WHERE happened_at > $before AND happened_at <= $as_of
UNION SELECT 'deal', deal_key FROM proposals
    WHERE (happened_at > $before AND happened_at <= $as_of)
        OR (modified_at > $before AND modified_at <= $as_of)"""

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
_DEALS_ALONE: Final = """SELECT key FROM stirred WHERE target = 'deal'
UNION SELECT d.key FROM deals d JOIN stirred s ON s.target = 'account' AND s.key = d.account_key"""

#: Whose touches are kept, and where.
_TOUCHES: Final = {"deal": "deal_touches", "account": "client_touches"}

#: Subject of a rule -> whose touches it looks at, of the records in `again_<subject>`.
_GROUPS: Final[Mapping[str, str]] = {
    "deal": "SELECT key FROM again_deal",
    "account": "SELECT key FROM again_account",
    "contact": "SELECT key FROM again_contact",
    "rating": f"SELECT {_CLIENT.format(at='r')} FROM ratings r "
    "SEMI JOIN again_rating a ON a.key = r.key",
    "activity": "SELECT t.group_key FROM {recent}client_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
    "deal of deal": "SELECT key FROM again_deal",
    "deal of account": f"SELECT {_CLIENT.format(at='d')} FROM deals d "
    "SEMI JOIN again_deal a ON a.key = d.key",
    "account of account": "SELECT key FROM again_account",
    "contact of account": f"SELECT {_CLIENT.format(at='p')} FROM contacts p "
    "SEMI JOIN again_contact a ON a.key = p.key",
    "rating of account": f"SELECT {_CLIENT.format(at='r')} FROM ratings r "
    "SEMI JOIN again_rating a ON a.key = r.key",
    "activity of account": "SELECT t.group_key FROM {recent}client_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
    "activity of deal": "SELECT t.group_key FROM {recent}deal_touches t "
    "SEMI JOIN again_activity a ON a.key = t.activity_key",
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An evaluation from what is kept, how many records it judged, and what a whole one differs in.

    `differences` counts records by rule; it is None where nothing was cross-checked.
    """

    evaluation: Evaluation
    records: int
    differences: Mapping[str, int] | None


def evaluate_kept(
    connection: Connection,
    rules: Sequence[Rule],
    org: Org,
    *,
    complete_until: Mapping[str, dt.datetime],
    blind_spots: Sequence[BlindSpot],
    now: dt.datetime,
) -> Kept:
    """Say what `evaluate` would say; `prepare` must have run, and the mirror must be writable.

    The first time on a day (UTC) everything is judged as well and compared with what was kept.
    """
    terms = terms_of(rules, org, complete_until=complete_until, blind_spots=blind_spots, now=now)
    chosen = [compile_rule(rule) for rule in rules if rule.id in terms.as_of]
    keeper = _Keeper(connection, org, terms, chosen)
    day, differences = now.date().isoformat(), None
    with transaction(connection):
        keeper.bring_up()
        if keeper.known and _last_whole(connection) != day:
            differences = keeper.cross_check()
        connection.execute("DELETE FROM derived WHERE name = 'whole'")
        connection.execute("INSERT INTO derived VALUES ('whole', $day)", {"day": day})
    return Kept(evaluation=keeper.evaluation(), records=keeper.records, differences=differences)


def _last_whole(connection: Connection) -> str | None:
    rows = select.rows(connection, "SELECT value FROM derived WHERE name = 'whole'")
    return str(rows[0]["value"]) if rows else None


class _Keeper:
    """The verdicts of one pass, on their way into the mirror."""

    def __init__(
        self, connection: Connection, org: Org, terms: Terms, compiled: Sequence[Compiled]
    ) -> None:
        self._connection, self._org, self._terms = connection, org, terms
        self._compiled = {one.rule.id: one for one in compiled}
        self._numbers = {name: number for number, name in enumerate(self._compiled)}
        words = _digest(VERSION, _canonical(org), _people(connection))
        self._meanings = {name: _meaning(one, words) for name, one in self._compiled.items()}
        self.known = self._known()
        self.records = 0  # verdicts that were worked out

    def bring_up(self) -> None:
        """Judge what may have changed, or all, and put what came of it in its place."""
        self._forget_others()
        for moment, group in self._by_moment():
            again = [one for one in group if one.rule.id in self.known]
            self._judge_all([one for one in group if one.rule.id not in self.known], moment)
            if again:
                self._judge_again(again, moment)
        for name, _ in self._kept():
            values = {"r": name, "m": self._meanings[name], "t": self._terms.as_of[name]}
            self._connection.execute("DELETE FROM judged WHERE rule = $r", {"r": name})
            self._connection.execute("INSERT INTO judged VALUES ($r, $m, $t)", values)
        self._connection.execute("DELETE FROM stale")

    def cross_check(self) -> dict[str, int]:
        """Judge everything, and keep that. Return how many verdicts differed, by rule."""
        found = {}
        for moment, group in self._by_moment():
            mine = [one for one in group if one.rule.id in self.known]
            before = {one.rule.id: self._copied(one.rule.id) for one in mine}
            self._judge_all(mine, moment)
            for name, table in before.items():
                found[name] = self._differing(name, table)
        return {name: number for name, number in found.items() if number}

    def evaluation(self) -> Evaluation:
        """Return what is kept as an evaluation."""
        tables = {name: self._table(name) for name in self._compiled}
        for name, _ in self._kept():
            tables[name] = f"kept_{self._numbers[name]}"
            self._connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {tables[name]} AS "
                f"SELECT {_COLUMNS} FROM verdicts WHERE rule = {literal(name)}"
            )
        return Evaluation(
            connection=self._connection,
            tables=tables,
            as_of=self._terms.as_of,
            not_evaluable=self._terms.not_evaluable,
            scopes={n: (one.scope, self._values(one)) for n, one in self._compiled.items()},
        )

    # -- what is known -----------------------------------------------------------------------

    def _kept(self) -> Iterator[tuple[str, Compiled]]:
        """The rules whose verdicts are kept: time changes them only when they say so."""
        for name, one in self._compiled.items():
            if one.rule.subject != "owner" and not one.unforeseen and not _looks_far(one.rule):
                yield name, one

    def _known(self) -> dict[str, dt.datetime]:
        """The rules whose kept verdicts still count, with the moment they were judged at."""
        stale = "SELECT 1 FROM stale WHERE target = 'everything' LIMIT 1"
        if select.rows(self._connection, stale):
            return {}
        kept = dict(self._kept())
        return {
            row["rule"]: row["as_of"]
            for row in select.rows(self._connection, "SELECT rule, meaning, as_of FROM judged")
            if row["rule"] in kept
            and row["meaning"] == self._meanings[row["rule"]]
            and row["as_of"] <= self._terms.as_of[row["rule"]]
        }

    def _forget_others(self) -> None:
        """What is not judged now would miss what changes now."""
        names = ", ".join(literal(name) for name in self.known) or "''"
        for table in ("verdicts", "judged"):
            self._connection.execute(f"DELETE FROM {table} WHERE rule NOT IN ({names})")

    # -- judging -----------------------------------------------------------------------------

    def _by_moment(self) -> Iterator[tuple[dt.datetime, list[Compiled]]]:
        for moment in sorted(set(self._terms.as_of.values())):
            yield (
                moment,
                [one for n, one in self._compiled.items() if self._terms.as_of[n] == moment],
            )

    def _judge_all(self, compiled: Sequence[Compiled], moment: dt.datetime) -> None:
        lay_facts(self._connection, compiled, moment)
        kept = dict(self._kept())
        for one in compiled:
            self._run(one, moment)
            if one.rule.id in kept:
                self._put(one.rule.id, "TRUE")

    def _judge_again(self, compiled: Sequence[Compiled], moment: dt.datetime) -> None:
        """Judge the records whose verdicts may have changed, those of all these rules together."""
        self._lay_again(compiled, moment)
        groups = {group: f"again_of_{group}" for group in _groups(compiled)}
        with self._near(groups):
            lay_facts(self._connection, compiled, moment, groups)
            for one in compiled:
                only = f"again_{one.rule.subject}"
                self._run(compile_rule(one.rule, only=only), moment)
                self._put(one.rule.id, f"key IN (SELECT key FROM {only})")

    @contextmanager
    def _near(self, groups: Iterable[str]) -> Iterator[None]:
        """Let rules see the touches of these groups alone: millions are read once, not by each."""
        run = self._connection.execute
        mine = [group for group in groups if group in _TOUCHES]
        for group in mine:
            table = _TOUCHES[group]
            self._lay(
                f"again_{table}",
                f"SELECT t.* FROM {table} t SEMI JOIN again_of_{group} q ON q.key = t.group_key",
            )
            self._view(group, f"again_{table}")
        yield
        for group in mine:
            self._view(group, _TOUCHES[group])
            run(f"DROP TABLE again_{_TOUCHES[group]}")

    def _view(self, group: str, table: str) -> None:
        for name, sql in (("touches", kept_touches(table)), ("planned", kept_planned(table))):
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_of_{group} AS {sql}")

    def _lay_again(self, compiled: Sequence[Compiled], moment: dt.datetime) -> None:
        before = min(self.known[one.rule.id] for one in compiled)
        self._lay("stirred", _STIRRED, {"before": before, "as_of": moment})
        self._lay("stirred_clients", _CLIENTS)
        recent = self._lay_recent(compiled, moment)
        for subject in sorted({one.rule.subject for one in compiled}):
            mine = [one.rule for one in compiled if one.rule.subject == subject]
            names = ", ".join(literal(rule.id) for rule in mine)
            alone = subject == "deal" and not any(_looks_aside(rule) for rule in mine)
            self._lay(
                f"again_{subject}",
                f"{_DEALS_ALONE if alone else _SUBJECTS[subject].format(recent=recent)} "
                f"UNION SELECT key FROM verdicts WHERE rule IN ({names}) AND look_again <= $as_of",
                {"as_of": moment},
            )
        for group, subjects in _groups(compiled).items():
            keys = " UNION ".join(_GROUPS[one] for one in sorted(subjects))
            self._lay(f"again_of_{group}", keys.format(recent=recent))

    def _lay_recent(self, compiled: Sequence[Compiled], moment: dt.datetime) -> str:
        """Lay the touches that rules for activities look at, if all of them say since when.

        Return what stands before the names of these tables then.
        """
        mine = [one.since for one in compiled if one.rule.subject == "activity"]
        known = sorted({one for one in mine if one is not None})
        if known:
            held = " OR ".join(f"({one.format(at='t')})" for one in known)
            for table in _TOUCHES.values():
                sql = f"SELECT group_key, activity_key FROM {table} t WHERE {held}"
                self._lay(f"recent_{table}", sql, {"as_of": moment})
        return "recent_" if known and None not in mine else ""

    def _lay(self, name: str, sql: str, values: Mapping[str, object] | None = None) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", values)

    def _run(self, compiled: Compiled, moment: dt.datetime) -> None:
        number = self._numbers[compiled.rule.id]
        table = judge(self._connection, compiled, self._org, moment, number)
        self.records += _number(self._connection, f"SELECT count(*) AS n FROM {table}")

    def _table(self, name: str) -> str:
        return f"verdicts_{self._numbers[name]}"

    def _put(self, name: str, held: str) -> None:
        """Put what was just judged of a rule in the place of what is kept."""
        rule = literal(name)
        self._connection.execute(f"DELETE FROM verdicts WHERE rule = {rule} AND {held}")
        self._connection.execute(
            f"INSERT INTO verdicts SELECT {rule}, {_COLUMNS} FROM {self._table(name)} WHERE {_KEEP}"
        )

    def _values(self, compiled: Compiled) -> Mapping[str, object]:
        moment = self._terms.as_of[compiled.rule.id]
        return parameters(compiled.scope_parameters, self._org, moment)

    # -- the cross-check ---------------------------------------------------------------------

    def _copied(self, name: str) -> str:
        table = f"checked_{self._numbers[name]}"
        self._lay(
            table, f"SELECT {_SAID} FROM verdicts WHERE rule = {literal(name)} AND {_MATTERS}"
        )
        return table

    def _differing(self, name: str, before: str) -> int:
        now = f"SELECT {_SAID} FROM verdicts WHERE rule = {literal(name)} AND {_MATTERS}"
        return _number(
            self._connection,
            f"SELECT count(*) AS n FROM ((SELECT * FROM {before} EXCEPT {now}) "
            f"UNION ALL ({now} EXCEPT SELECT * FROM {before}))",
        )


def _number(connection: Connection, sql: str) -> int:
    return int(select.rows(connection, sql)[0]["n"])


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


def _looks_aside(rule: Rule) -> bool:
    """Whether it looks at other records than its own."""
    return any(True for _ in _related((*rule.where, *rule.resolve.when)))


def _looks_far(rule: Rule) -> bool:
    """Whether it looks at records of other clients."""
    return any(one.same == "owner" for one in _related((*rule.where, *rule.resolve.when)))


# -- what verdicts rest on -------------------------------------------------------------------


def _meaning(compiled: Compiled, words: str) -> str:
    facts = sorted((one.source, one.column, one.sql) for one in compiled.facts)
    return _digest(compiled.sql, facts, words)


def _people(connection: Connection) -> list[str]:
    rows = select.rows(
        connection,
        "SELECT key, email, time_zone, manager_key, delegate_key, active, is_queue, deleted "
        "FROM people_now",
    )
    return sorted(repr(sorted(row.items())) for row in rows)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _canonical(value: Any) -> object:
    """Return plain data that reads the same in every process: sets have an order."""
    if is_dataclass(value):
        return [(f.name, _canonical(getattr(value, f.name))) for f in fields(value)]
    if isinstance(value, Mapping):
        return sorted((repr(key), repr(_canonical(one))) for key, one in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(repr(_canonical(one)) for one in value)
    if isinstance(value, (tuple, list)):
        return [_canonical(one) for one in value]
    return repr(value)
