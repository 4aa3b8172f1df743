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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from connectors.model import BlindSpot
from rules import select
from rules.again import Span, lay_again, lay_stirred, looks_far, near
from rules.checked import Rule
from rules.compile import Compiled, compile_rule
from rules.evaluate import (
    Evaluation,
    LookedAt,
    Terms,
    judge,
    lay_facts,
    lay_facts_of,
    parameters,
    terms_of,
    work_of,
)
from rules.kept_facts import SOURCE as KEPT_FACTS
from rules.kept_facts import (
    facts_as_of,
    facts_wanted,
    forget_facts,
    keep_facts,
    lay_kept_facts,
    looks_at_each,
    renew_facts,
)
from rules.kept_work import bring_up_work, forget_work, kept_as_of
from rules.lately import floor_of
from rules.org import Org
from rules.predicates import literal
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
        self._people = _people(connection)
        words = _digest(VERSION, _canonical(org), self._people)
        self._meanings = {name: _meaning(one, words) for name, one in self._compiled.items()}
        self.known = self._known()
        self._floor = floor_of(connection)
        self.records = 0  # verdicts that were worked out
        self._with_work = self._with_facts = False  # whether these are kept as of this pass

    def bring_up(self) -> None:
        """Judge what may have changed, or all, and put what came of it in its place."""
        self._forget_others()
        for moment, group in self._by_moment():
            again = [one for one in group if one.rule.id in self.known]
            new = [one for one in group if one.rule.id not in self.known]
            self._judge_group(new, again, moment)
        if not self._with_work:
            forget_work(self._connection)
        if not self._with_facts:
            forget_facts(self._connection)
        rests = [
            f"({literal(name)}, {literal(self._meanings[name])}, "
            f"TIMESTAMPTZ '{self._terms.as_of[name].isoformat()}')"
            for name, _ in self._kept()
        ]
        self._connection.execute("DELETE FROM judged")
        if rests:
            self._connection.execute(f"INSERT INTO judged VALUES {', '.join(rests)}")
        self._connection.execute("DELETE FROM stale")

    def cross_check(self) -> dict[str, int]:
        """Judge everything, and keep that. Return how many verdicts differed, by rule.

        What happened lately is looked for among all that happened.
        """
        found = {}
        for moment, group in self._by_moment():
            before = {one.rule.id: self._copied(one.rule.id) for one in group}
            self._judge_all(group, moment, None)
            for name, table in before.items():
                found[name] = self._differing(name, table)
        return {name: number for name, number in found.items() if number}

    def evaluation(self) -> Evaluation:
        """Return what is kept as an evaluation."""
        tables = {name: self._table(name) for name in self._compiled}
        for name, _ in self._kept():
            tables[name] = f"(SELECT {_COLUMNS} FROM verdicts WHERE rule = {literal(name)})"
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
            if one.rule.subject != "owner" and not one.unforeseen and not looks_far(one.rule):
                yield name, one

    def _known(self) -> dict[str, dt.datetime]:
        """The rules whose kept verdicts still count, with the moment they were judged at."""
        if self._all_new():
            return {}
        kept = dict(self._kept())
        return {
            row["rule"]: row["as_of"]
            for row in select.rows(self._connection, "SELECT rule, meaning, as_of FROM judged")
            if row["rule"] in kept
            and row["meaning"] == self._meanings[row["rule"]]
            and row["as_of"] <= self._terms.as_of[row["rule"]]
        }

    def _all_new(self) -> bool:
        stale = "SELECT 1 FROM stale WHERE target = 'everything' LIMIT 1"
        return bool(select.rows(self._connection, stale))

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

    def _kept_work(self, compiled: Sequence[Compiled], moment: dt.datetime) -> LookedAt | None:
        """What people did, where it can be kept: all of it apart, looked at as of one moment."""
        looking = {self._terms.as_of[n] for n, one in self._compiled.items() if one.work}
        work = work_of(self._connection, compiled, moment) if looking == {moment} else None
        return work if work and work.is_apart(self._floor) else None

    def _kept_since(self, work: LookedAt | None) -> dt.datetime | None:
        """As of when what people did is kept; None: it must be laid whole, if at all."""
        if work is None or self._all_new():
            return None
        return kept_as_of(self._connection, work, self._people)

    def _facts_since(self, again: Sequence[Compiled], moment: dt.datetime) -> dt.datetime | None:
        """As of when the facts of deals are kept; None: they must be taken from their touches."""
        if not again or self._floor is None or not self._of_one_moment(moment):
            return None
        since = facts_as_of(self._connection, again)
        return since if since is not None and since <= moment else None

    def _of_one_moment(self, moment: dt.datetime) -> bool:
        """Whether all rules that ask for facts of deals are judged as of this moment."""
        asking = (n for n, one in self._compiled.items() if facts_wanted([one]))
        return all(self._terms.as_of[name] == moment for name in asking)

    def _judge_group(
        self, new: Sequence[Compiled], again: Sequence[Compiled], moment: dt.datetime
    ) -> None:
        """Judge everything by the new rules of one moment, and what may have changed by others."""
        work, facts = self._kept_work(new, moment), self._facts_since(again, moment)
        since = self._kept_since(work)
        known = [self.known[one.rule.id] for one in again]
        known += [one for one in (since, facts) if one is not None]
        span = Span(before=min(known, default=moment), as_of=moment, floor=self._floor)
        if known:
            lay_stirred(self._connection, again, span)
        if work:
            bring_up_work(self._connection, work, self._people, since)
            self._with_work = True
        if facts:
            renew_facts(self._connection, [*again, *new], moment)
            self._with_facts = True
        self._judge_all(new, moment, self._floor, laid=work is not None)
        if again:
            self._judge_again(again, span, facts=facts is not None)

    def _judge_all(
        self,
        compiled: Sequence[Compiled],
        moment: dt.datetime,
        floor: dt.datetime | None,
        *,
        laid: bool = False,
    ) -> None:
        """Judge every record; what people did may be `laid` already."""
        if laid:
            lay_facts_of(self._connection, compiled, moment)
        else:
            lay_facts(self._connection, compiled, moment, floor=floor)
        if len(facts_wanted(compiled)) == len(facts_wanted(self._compiled.values())):
            self._with_facts |= keep_facts(self._connection, compiled, moment)
        kept = dict(self._kept())
        for one in compiled:
            self._run(one, moment)
            if one.rule.id in kept:
                rule = literal(one.rule.id)
                self._connection.execute(f"DELETE FROM verdicts WHERE rule = {rule}")
                self._put([one.rule.id])
        self._count(compiled)

    def _judge_again(self, compiled: Sequence[Compiled], span: Span, *, facts: bool) -> None:
        """Judge whose verdicts may have changed, each rule its own; lay what all look at once.

        `facts`: those of deals are kept.
        """
        moment = span.as_of
        again = lay_again(self._connection, compiled, self._org, span)
        mine = [one for one in compiled if one.rule.id in again.counts]
        facts = facts and not any(looks_at_each(one) for one in mine)
        with near(self._connection, again, mine, without="deal" if facts else None):
            but = frozenset({KEPT_FACTS}) if facts else frozenset[str]()
            lay_facts_of(self._connection, mine, moment, again.groups, but)
            if facts and facts_wanted(mine):
                lay_kept_facts(self._connection, again.groups["deal"])
            for one in mine:
                self._run(compile_rule(one.rule, only=again.only(one.rule)), moment)
        if again.asked:
            self._connection.execute(
                "DELETE FROM verdicts v USING asked q WHERE q.rule = v.rule AND q.key = v.key"
            )
        self._put([one.rule.id for one in mine])
        self.records += sum(again.counts.values())

    def _run(self, compiled: Compiled, moment: dt.datetime) -> None:
        number = self._numbers[compiled.rule.id]
        judge(self._connection, compiled, self._org, moment, number)

    def _count(self, compiled: Sequence[Compiled]) -> None:
        """Count the verdicts that were worked out."""
        tables = [f"(SELECT count(*) FROM {self._table(one.rule.id)})" for one in compiled]
        if tables:
            self.records += _number(self._connection, f"SELECT {' + '.join(tables)} AS n")

    def _table(self, name: str) -> str:
        return f"verdicts_{self._numbers[name]}"

    def _put(self, names: Sequence[str]) -> None:
        """Put what was just judged of some rules to what is kept."""
        parts = [
            f"SELECT {literal(name)}, {_COLUMNS} FROM {self._table(name)} WHERE {_KEEP}"
            for name in names
        ]
        if parts:
            self._connection.execute(f"INSERT INTO verdicts {' UNION ALL '.join(parts)}")

    def _values(self, compiled: Compiled) -> Mapping[str, object]:
        moment = self._terms.as_of[compiled.rule.id]
        return parameters(compiled.scope_parameters, self._org, moment)

    # -- the cross-check ---------------------------------------------------------------------

    def _copied(self, name: str) -> str:
        table = f"checked_{self._numbers[name]}"
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {self._said(name)}")
        return table

    def _said(self, name: str) -> str:
        """What a rule says: as it is kept, or, of a rule that is judged whole, as it was judged."""
        kept = name in dict(self._kept())
        source = f"verdicts WHERE rule = {literal(name)}" if kept else f"{self._table(name)} WHERE"
        return f"SELECT {_SAID} FROM {source}{' AND' if kept else ''} {_MATTERS}"

    def _differing(self, name: str, before: str) -> int:
        now = self._said(name)
        return _number(
            self._connection,
            f"SELECT count(*) AS n FROM ((SELECT * FROM {before} EXCEPT {now}) "
            f"UNION ALL ({now} EXCEPT SELECT * FROM {before}))",
        )


def _number(connection: Connection, sql: str) -> int:
    return int(select.rows(connection, sql)[0]["n"])


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
