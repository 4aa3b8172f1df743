"""Take the words of who is forgotten out of the ledger; keys, ids and times stay.

They are what keeps a task from being written twice. Every change is one transaction, with the mark
that the file must be written anew. Works on the store alone; knows no mirror and no CRM.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from worker.known import IntentState, KnownTask
from worker.ledger import ERASED, LET_GO, Ledger
from worker.statements import hash_of, known_task, set_meta
from worker.tables import INTENTS, META, PLANS, RUNS, TASKS, WORDS

Record = tuple[str, str]  # stream, id

#: Who is forgotten stands in `meta` under this, the stream and the id: since when, or "" no longer.
_FORGOTTEN: Final = "forgotten:"
#: A shorter name stands in too many texts to be looked for.
_SHORTEST: Final = 4
#: So much of a quote tells it apart: a task may show less of it than was kept.
_BEGINNING: Final = 40
#: What a run says of itself is kept; a name in it is not.
_SOMEBODY: Final = "(forgotten)"
_SETTLED: Final = frozenset({IntentState.ACKED, IntentState.REJECTED})
_NOTHING: Final = "{}"


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose words are looked for, and by what they are known."""

    records: frozenset[Record]
    near: frozenset[Record] = frozenset()  # deals and clients that their words may be told of
    names: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What the ledger held of them."""

    payloads: int = 0  # texts of writes
    given_up: int = 0  # of these, writes that were under way: they are not sent again
    reasons: int = 0  # what people typed into tasks
    plans: int = 0  # plans that waited for a yes
    runs: int = 0  # runs that named them
    tasks: tuple[KnownTask, ...] = ()  # that stand in the CRM and are about them


# -- who is forgotten --------------------------------------------------------------------------


def forgotten(ledger: Ledger) -> dict[Record, dt.datetime | None]:
    """Return who was ever forgotten, since when; None: that was taken back."""
    query = sa.select(META.c.name, META.c.value).where(META.c.name.startswith(_FORGOTTEN))
    with ledger.transaction() as run:
        rows = run.execute(query.order_by(META.c.value, META.c.name)).all()
    return {
        _record(name): dt.datetime.fromisoformat(value) if value else None for name, value in rows
    }


def remember(ledger: Ledger, records: Iterable[Record], since: dt.datetime | None) -> None:
    """Put records on the list, or take them off it (None), without looking for words."""
    with ledger.transaction() as run:
        _list(run, records, since)


def _list(run: sa.Connection, records: Iterable[Record], since: dt.datetime | None) -> None:
    for stream, record_id in sorted(records):
        value = "" if since is None else since.isoformat(timespec="seconds")
        set_meta(run, f"{_FORGOTTEN}{stream}:{record_id}", value)


def _record(name: str) -> Record:
    stream, _, record_id = name.removeprefix(_FORGOTTEN).partition(":")
    return stream, record_id


# -- their words -------------------------------------------------------------------------------


def held_of(ledger: Ledger, whose: Whose) -> Erased:
    """Return what would be erased."""
    with ledger.transaction() as run:
        return _Erasing(run, whose).look()


def erase(ledger: Ledger, whose: Whose, now: dt.datetime) -> Erased:
    """Erase it, and keep them on the list from now on; `Ledger.write_anew` must follow."""
    with ledger.transaction() as run:
        erasing = _Erasing(run, whose)
        found = erasing.look()
        erasing.erase(now)
        _list(run, whose.records, now)
        set_meta(run, ERASED, "yes")
    return found


class _Erasing:
    """One look through the ledger: which rows hold words of theirs."""

    def __init__(self, run: sa.Connection, whose: Whose) -> None:
        self._run, self._whose = run, whose
        beginnings = (" ".join(one.split())[:_BEGINNING] for one in whose.quotes)
        said = [one for one in (*whose.names, *beginnings) if len(one) >= _SHORTEST]
        self._said = re.compile("|".join(rf"(?<!\w){re.escape(one)}" for one in said) or r"(?!)")
        self._intents = [row for row in self._all(INTENTS) if self._is_told_of(row)]
        self._tasks = [row for row in self._all(TASKS) if self._is_theirs(row)]
        self._plans = [row for row in self._all(PLANS) if self._plan_names(row)]
        self._runs = [row for row in self._all(RUNS) if self._speaks(row["summary"] or _NOTHING)]
        keys = {row["key"] for row in self._tasks}
        self._reasons = [row for row in self._all(TASKS) if self._reason_goes(row, keys)]
        self._words = [
            row
            for row in self._all(WORDS)
            if row["argument"] and (row["key"] in keys or self._said.search(row["argument"]))
        ]

    def look(self) -> Erased:
        """Count what was found."""
        return Erased(
            payloads=len(self._intents),
            given_up=len([row for row in self._intents if row["state"] not in _SETTLED]),
            reasons=len(self._reasons) + len(self._words),
            plans=len(self._plans),
            runs=len(self._runs),
            tasks=tuple(known_task(row) for row in self._tasks),
        )

    def erase(self, now: dt.datetime) -> None:
        """Leave keys, ids and times of it."""
        for row in self._intents:
            self._forget_intent(row)
        for row in self._reasons:
            this = sa.update(TASKS).where(TASKS.c.key == row["key"])
            self._run.execute(this.values(reason=""))
        for row in self._words:
            this = sa.update(WORDS).where(WORDS.c.key == row["key"], WORDS.c.mark == row["mark"])
            self._run.execute(this.values(argument="", done_at=row["done_at"] or now))
        for row in self._plans:
            this = sa.update(PLANS).where(PLANS.c.hash == row["hash"])
            self._run.execute(this.values(state="gone", items="[]", why=""))
        for row in self._runs:
            summary = json.dumps(self._without(json.loads(row["summary"])), sort_keys=True)
            self._run.execute(sa.update(RUNS).where(RUNS.c.id == row["id"]).values(summary=summary))

    def _forget_intent(self, row: Mapping[str, Any]) -> None:
        """What was never sent is planned anew, without their words, if it is still wanted. What may
        be in the CRM is found by its key, and never sent again."""
        at = (INTENTS.c.key == row["key"]) & (INTENTS.c.action == row["action"])
        if row["state"] == IntentState.PLANNED:
            self._run.execute(sa.delete(INTENTS).where(at))
            return
        left: dict[str, Any] = {"payload": _NOTHING, "payload_hash": hash_of(_NOTHING)}
        if row["state"] not in _SETTLED:
            left |= {"state": IntentState.DEAD, "reason": LET_GO}
        self._run.execute(sa.update(INTENTS).where(at).values(left))

    # -- whether a row is about them -----------------------------------------------------------

    def _all(self, table: sa.Table) -> list[dict[str, Any]]:
        return [dict(row) for row in self._run.execute(sa.select(table)).mappings()]

    def _reason_goes(self, row: Mapping[str, Any], theirs: Collection[str]) -> bool:
        said = row["reason"]
        return bool(said) and (row["key"] in theirs or bool(self._said.search(said)))

    def _is_theirs(self, row: Mapping[str, Any]) -> bool:
        return bool(_about(row) & self._whose.records)

    def _is_told_of(self, row: Mapping[str, Any]) -> bool:
        """Once the CRM has a write our copy of it is of no use, so more of those may go."""
        if row["payload"] == _NOTHING:
            return False
        payload = json.loads(row["payload"])
        theirs = _about(row) | _named(payload)
        if theirs & self._whose.records or self._speaks(row["payload"]):
            return True
        return row["state"] in _SETTLED and bool(theirs & self._whose.near)

    def _plan_names(self, row: Mapping[str, Any]) -> bool:
        return any(
            _named(payload) & (self._whose.records | self._whose.near) or self._speaks(row["items"])
            for payload in _payloads(row["items"])
        )

    def _speaks(self, text: str) -> bool:
        """Whether a JSON text says a name or a quote of theirs, however it is escaped."""
        return any(self._said.search(" ".join(leaf.split())) for leaf in _leaves(json.loads(text)))

    def _without(self, said: Any) -> Any:
        if isinstance(said, Mapping):
            return {name: self._without(one) for name, one in said.items()}
        if isinstance(said, list):
            return [self._without(one) for one in said]
        return self._said.sub(_SOMEBODY, said) if isinstance(said, str) else said


def _about(row: Mapping[str, Any]) -> set[Record]:
    """The records that a task or a write is about."""
    streams = {"activity": "activities"}
    subject = streams.get(row["subject"], f"{row['subject']}s")
    found = {(subject, row["record_id"]), ("deals", row["deal_id"])}
    return found | {("accounts", row["account_id"] or "")}


_NAMES: Final = {
    "deal_id": "deals",
    "account_id": "accounts",
    "contact_id": "contacts",
    "owner_id": "owners",
}


def _named(payload: Mapping[str, Any]) -> set[Record]:
    """The records that a text which is sent hangs on, or goes to."""
    return {(stream, payload[name]) for name, stream in _NAMES.items() if payload.get(name)}


def _payloads(items: str) -> Iterator[Mapping[str, Any]]:
    for one in json.loads(items):
        yield json.loads(one["payload"])


def _leaves(said: Any) -> Iterator[str]:
    """Every text in a JSON value, and in JSON that stands in it as a text."""
    if isinstance(said, Mapping):
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _leaves(one)
    elif isinstance(said, str):
        yield said
        if said.startswith("{"):
            yield from _leaves(json.loads(said))
