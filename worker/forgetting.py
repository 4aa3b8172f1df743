"""Forget one record: find what is held of it, show it, erase it, and keep it out from then on.

The ledger is erased first: only the mirror knows by which names and sentences to look for somebody,
and it loses them last. Asks no CRM and writes nothing to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rules import select
from rules.select import Connection
from worker.erasing import Erased, Record, Whose, erase, forgotten, held_of, remember
from worker.forgotten import KINDS, hanging, laid, listed
from worker.ledger import Ledger
from worker.mirror import Mirror
from worker.older import older_ledgers
from worker.purging import hold_to
from worker.texts import TextKept

#: What they are called, and with what else a record is forgotten: by the stream asked for.
_NAMES: Final[Mapping[str, str]] = {
    "deals": "name",
    "accounts": "name",
    "contacts": "name",
    "leads": "name, company",
    "owners": "name, email",
}
_WITH: Final[Mapping[str, Mapping[str, str]]] = {
    "contacts": {"leads": "converted_contact_key"},
    "accounts": {
        "contacts": "account_key",
        "deals": "account_key",
        "leads": "converted_account_key",
    },
}
#: Where the CRM itself may name them, in what is read of other records.
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": ("name", "next_step"),
    "accounts": ("name",),
    "files": ("name",),
}


class NotForgettable(Exception):
    """This cannot be forgotten as it was asked for; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is held of somebody."""

    records: tuple[Record, ...]  # the one that was asked for first
    names: tuple[str, ...]
    quoted: int  # sentences that are kept of what was said with them
    texts: int  # whole texts
    elsewhere: tuple[tuple[str, str, str], ...]  # stream, id, field: named by the CRM there
    erased: Erased  # of the ledger
    copies: tuple[str, ...]  # former ledgers, which go whole
    done: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        told = self.erased
        return {
            "forgotten": [{"stream": one[0], "id": one[1]} for one in self.records],
            "quotes": self.quoted,
            "texts": self.texts,
            "payloads": told.payloads,
            "given_up": told.given_up,
            "reasons": told.reasons,
            "plans": told.plans,
            "runs": told.runs,
            "copies": list(self.copies),
            "tasks": [{"id": t.task_id, "rule": t.rule, "state": str(t.state)} for t in told.tasks],
            "named_elsewhere": [
                dict(zip(("stream", "id", "field"), one, strict=True)) for one in self.elsewhere
            ],
            "done": self.done,
        }


# -- both stores -----------------------------------------------------------------------------


def of_both(ledger: Ledger, mirror: Mirror, now: dt.datetime) -> frozenset[Record]:
    """Return who is forgotten; a store that was lost learns it from the other one."""
    known = forgotten(ledger)
    lost = listed(mirror.connection) - known.keys()
    if lost:
        remember(ledger, lost, now)
    return frozenset({one for one, since in known.items() if since is not None} | lost)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The files of one state directory, held by this process alone."""

    state: Path
    mirror_file: Path
    ledger: Ledger
    kept: TextKept
    memory: str


def forget(stores: Stores, said: str, kind: str | None, now: dt.datetime, *, yes: bool) -> Found:
    """Show what is held of a record, or erase it.

    Raises NotForgettable, MirrorError, LedgerError.
    """
    mirror = Mirror.open(stores.mirror_file, memory=stores.memory)
    try:
        known = of_both(stores.ledger, mirror, now)
        mirror = hold_to(mirror, stores.mirror_file, stores.kept, now, known)
        asked = asked_for(mirror.connection, said, kind)
        found, whose = _look(stores, mirror.connection, asked, now)
        if not yes:
            return found
        told = erase(stores.ledger, whose, now)
        mirror = hold_to(mirror, stores.mirror_file, stores.kept, now, known | whose.records)
    finally:
        mirror.close()
    stores.ledger.write_anew()
    for path in older_ledgers(stores.state):
        path.unlink(missing_ok=True)
    return Found(**{**vars(found), "erased": told, "done": True})


def no_longer(stores: Stores, said: str) -> list[Record]:
    """Take a record off the list. What went with it stays forgotten until it is named itself."""
    ours = [one for one, since in forgotten(stores.ledger).items() if since and one[1] == said]
    if not ours:
        raise NotForgettable(f"{said} is not forgotten. All who are: `followthrough forget`.")
    remember(stores.ledger, ours, None)
    return ours


# -- who is meant ----------------------------------------------------------------------------


def asked_for(connection: Connection, said: str, kind: str | None) -> Record:
    """Return the record that somebody names. Raises NotForgettable."""
    if kind is not None and kind not in KINDS:
        raise NotForgettable(f'"{kind}" is no kind of record. Known: {", ".join(KINDS)}.')
    if "@" in said:
        return _still_here(connection, _person(connection, said))
    streams = [KINDS[kind]] if kind else list(KINDS.values())
    found = [one for one in streams if _holds(connection, one, said)]
    if kind is not None:
        return _still_here(connection, (KINDS[kind], said))
    if not found:
        raise NotForgettable(
            f"nothing that is held here has the id {said}. Take it from the CRM (18 characters on "
            "Salesforce). If it must not be read in future either, say what it is: --kind contact."
        )
    if len(found) > 1:
        kinds = [name for name, stream in KINDS.items() if stream in found]
        raise NotForgettable(f"{said} is the id of a {' and of a '.join(kinds)}. Say --kind.")
    return _still_here(connection, (found[0], said))


def _person(connection: Connection, email: str) -> Record:
    sql = "SELECT id FROM owners WHERE lower(email) = lower($email) ORDER BY id"
    rows = select.rows(connection, sql, {"email": email})
    if len(rows) != 1:
        raise NotForgettable(
            f"{email} is {'several users' if rows else 'no user'} of the CRM. E-mail addresses of "
            "clients are not kept: take the id of the contact from the CRM."
        )
    return "owners", rows[0]["id"]


def _holds(connection: Connection, stream: str, record_id: str) -> bool:
    sql = f"SELECT 1 FROM {stream} WHERE id = $id LIMIT 1"
    return bool(select.rows(connection, sql, {"id": record_id}))


def _still_here(connection: Connection, record: Record) -> Record:
    if record[0] != "owners":
        return record
    sql = "SELECT name FROM owners WHERE id = $id AND active AND NOT deleted"
    for row in select.rows(connection, sql, {"id": record[1]}):
        raise NotForgettable(
            f"{row['name']} is active in the CRM, and gets tasks. Deactivate them there first."
        )
    return record


# -- what is held ----------------------------------------------------------------------------


def _look(
    stores: Stores, connection: Connection, asked: Record, now: dt.datetime
) -> tuple[Found, Whose]:
    records = _with(connection, asked)
    with laid(connection, records):
        quotes, texts = [*_quotes(connection)], _texts(connection)
        near = _near(connection) if asked[0] != "owners" else frozenset()
        records = (*records, *_twins(connection, records))
    names = tuple(dict.fromkeys(_names(connection, records)))
    whose = Whose(records=frozenset(records), near=near, names=names, quotes=tuple(quotes))
    found = Found(
        records=records,
        names=names,
        quoted=len(quotes),
        texts=texts,
        elsewhere=tuple(_elsewhere(connection, names, whose.records)),
        erased=held_of(stores.ledger, whose),
        copies=tuple(path.name for path in older_ledgers(stores.state)),
    )
    return found, whose


def _with(connection: Connection, asked: Record) -> tuple[Record, ...]:
    """A client with its people and deals; a person with the lead they were."""
    found, left = {asked: None}, [asked]
    while left:
        stream, record_id = left.pop()
        for other, column in _WITH.get(stream, {}).items():
            sql = (
                f"SELECT o.id FROM {other} o JOIN {stream} s ON o.{column} = s.key WHERE s.id = $id"
            )
            for row in select.rows(connection, sql, {"id": record_id}):
                if (other, row["id"]) not in found:
                    found[other, row["id"]] = None
                    left.append((other, row["id"]))
    return tuple(found)


def _names(connection: Connection, records: Iterable[Record]) -> Iterator[str]:
    for stream, record_id in records:
        if stream in _NAMES:
            sql = f"SELECT {_NAMES[stream]} FROM {stream} WHERE id = $id"
            for row in select.rows(connection, sql, {"id": record_id}):
                yield from (name for name in row.values() if name)


def _quotes(connection: Connection) -> Iterator[str]:
    sql = f"SELECT said FROM signals WHERE activity_key IN ({hanging('activities')})"
    for stream in ("cases", "survey_answers"):
        sql += (
            f" UNION ALL SELECT said FROM record_signals WHERE stream = '{stream}' "
            f"AND record_key IN ({hanging(stream)})"
        )
    sql += f" UNION ALL SELECT comment FROM ratings WHERE key IN ({hanging('ratings')})"
    yield from (row["said"] for row in select.rows(connection, sql) if row["said"])


def _texts(connection: Connection) -> int:
    sql = f"SELECT count(*) AS n FROM texts WHERE activity_key IN ({hanging('activities')})"
    found = int(select.rows(connection, sql)[0]["n"])
    for stream in ("cases", "survey_answers"):
        theirs = f"stream = '{stream}' AND record_key IN ({hanging(stream)})"
        sql = f"SELECT count(*) AS n FROM record_texts WHERE {theirs}"
        found += int(select.rows(connection, sql)[0]["n"])
    return found


def _near(connection: Connection) -> frozenset[Record]:
    """The deals and clients in whose tasks their words may be told."""
    rows = select.rows(
        connection,
        f"""WITH hushed AS ({hanging("activities")}), reached AS (
    SELECT l.target, l.target_key FROM activity_links l JOIN hushed h ON h.key = l.activity_key
    UNION SELECT 'deal', l.deal_key FROM links l JOIN forgotten f
        ON f.stream = 'contacts' AND f.key = l.contact_key
    UNION SELECT 'account', c.account_key FROM contacts c JOIN forgotten f
        ON f.stream = 'contacts' AND f.key = c.key
)
SELECT 'deals' AS stream, d.id FROM deals d JOIN reached r
    ON r.target = 'deal' AND r.target_key = d.key
UNION SELECT 'accounts', a.id FROM accounts a JOIN reached r
    ON r.target = 'account' AND r.target_key = a.key
UNION SELECT 'accounts', d.account_id FROM deals d JOIN reached r
    ON r.target = 'deal' AND r.target_key = d.key WHERE d.account_id IS NOT NULL""",
    )
    return frozenset((row["stream"], row["id"]) for row in rows)


def _twins(connection: Connection, records: Iterable[Record]) -> list[Record]:
    """Other records of the very same events; they may hang on less."""
    hushed = hanging("activities")
    rows = select.rows(
        connection,
        f"""SELECT a.id FROM activities a JOIN ({hushed}) h ON h.key = a.same_as_key
UNION SELECT t.id FROM activities a JOIN ({hushed}) h ON h.key = a.key
    JOIN activities t ON t.key = a.same_as_key ORDER BY 1""",
    )
    known = {*records}
    return [one for row in rows if (one := ("activities", row["id"])) not in known]


def _elsewhere(
    connection: Connection, names: Iterable[str], ours: frozenset[Record]
) -> Iterator[tuple[str, str, str]]:
    for stream, columns in _TOLD.items():
        for column in columns:
            sql = (
                f"SELECT DISTINCT id FROM {stream} JOIN (SELECT unnest($names) AS said) n "
                f"ON contains({column}, n.said) WHERE NOT deleted ORDER BY id"
            )
            for row in select.rows(connection, sql, {"names": [n for n in names if len(n) > 3]}):
                if (stream, row["id"]) not in ours:
                    yield stream, row["id"], column
