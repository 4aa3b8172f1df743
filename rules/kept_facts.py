"""Keep the facts of deals: what rules ask of a deal's touches, one row a deal, from pass to pass.

    deal_facts    group_key, and a column for each fact of the rules of the pass that laid it

Time alone changes none of them but where a touch comes to pass, and then the deal is stirred
(`rules.again`), as it is where its touches change. The facts are as of one moment; rules of two
moments ask the touches. What lies ahead is no fact that is kept: it moves on with time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rules import select
from rules.compile import Compiled
from rules.facts import facts_of, facts_statement
from rules.holding import Fact
from rules.select import Connection

SOURCE: Final = "touches_of_deal"

_STIRRED: Final = """CREATE OR REPLACE TEMP TABLE again_of_facts AS
SELECT DISTINCT key FROM stirred WHERE target = 'deal'"""
_THEIRS: Final = """CREATE OR REPLACE TEMP TABLE again_deal_touches AS
SELECT t.* EXCLUDE (activity_key) FROM deal_touches t SEMI JOIN again_of_facts q
ON q.key = t.group_key"""


def facts_wanted(compiled: Iterable[Compiled]) -> Sequence[Fact]:
    """Return the facts that these rules ask of the touches of deals."""
    return facts_of(compiled).get(SOURCE, ())


def looks_at_each(one: Compiled) -> bool:
    """Whether a rule looks at the touches of deals one by one, beside what it asks of them all."""
    return bool(re.search(rf"\b{SOURCE}\b", one.sql))


def facts_as_of(connection: Connection, compiled: Sequence[Compiled]) -> dt.datetime | None:
    """Return as of when all facts that these rules ask of deals are kept, or None."""
    known = _noted(connection)
    if known is None:
        return None
    marks, as_of = known
    wanted = {one.column: _mark(one) for one in facts_wanted(compiled)}
    same = all(marks.get(column) == mark for column, mark in wanted.items())
    return dt.datetime.fromisoformat(as_of) if same else None


def keep_facts(connection: Connection, compiled: Sequence[Compiled], as_of: dt.datetime) -> bool:
    """Keep the facts of all deals that these rules were just judged by; tell if there are any."""
    facts = facts_wanted(compiled)
    if not facts:
        return False
    connection.execute(f"CREATE OR REPLACE TABLE deal_facts AS SELECT * FROM facts_{SOURCE}")
    _note(connection, {one.column: _mark(one) for one in facts}, as_of)
    return True


def renew_facts(connection: Connection, compiled: Sequence[Compiled], as_of: dt.datetime) -> None:
    """Write anew the facts of the deals that were stirred; all others are what they were."""
    known = _noted(connection)
    assert known is not None
    marks, run = known[0], connection.execute
    run(_STIRRED)
    if select.rows(connection, "SELECT 1 FROM again_of_facts LIMIT 1"):
        facts = [one for one in facts_wanted(compiled) if one.column in marks]
        if len(facts) < len(marks):  # facts nobody asks for any more are not kept up
            names = ", ".join(["group_key", *(one.column for one in facts)])
            run(f"CREATE OR REPLACE TABLE deal_facts AS SELECT {names} FROM deal_facts")
            marks = {one.column: marks[one.column] for one in facts}
        run(_THEIRS)
        run(facts_statement(SOURCE, facts, "again_of_facts"), {"as_of": as_of})
        run("DELETE FROM deal_facts WHERE group_key IN (SELECT key FROM again_of_facts)")
        run(f"INSERT INTO deal_facts BY NAME SELECT * FROM facts_{SOURCE}")
        run("DROP TABLE again_deal_touches")
    _note(connection, marks, as_of)


def forget_facts(connection: Connection) -> None:
    """Say that the facts may have changed since."""
    connection.execute("DELETE FROM derived WHERE name = 'facts'")


def lay_kept_facts(connection: Connection, keys: str) -> None:
    """Lay the facts of the deals in the table `keys` where rules look for them."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE facts_{SOURCE} AS "
        f"SELECT t.* FROM deal_facts t SEMI JOIN {keys} q ON q.key = t.group_key"
    )


def _mark(fact: Fact) -> str:
    return hashlib.sha256(fact.sql.encode()).hexdigest()


def _noted(connection: Connection) -> tuple[Mapping[str, str], str] | None:
    found = select.rows(connection, "SELECT value FROM derived WHERE name = 'facts'")
    if not found:
        return None
    marks, as_of = json.loads(found[0]["value"])
    return marks, as_of


def _note(connection: Connection, marks: Mapping[str, str], as_of: dt.datetime) -> None:
    forget_facts(connection)
    note = json.dumps([dict(marks), as_of.isoformat()])
    connection.execute("INSERT INTO derived VALUES ('facts', $note)", {"note": note})
