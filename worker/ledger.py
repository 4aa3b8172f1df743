"""The ledger: what we meant to write, what became of it, and when to run next.

Laws of this file: every change is one transaction that is on disk when it returns (`synchronous =
FULL`: with NORMAL acknowledged rows were lost at 79 of 83 power-cut points, `reliability.md` D.2);
an intent is SENDING before its request leaves; UNKNOWN becomes PLANNED only with evidence that the
CRM does not hold the task; a frozen payload never changes.

The same key stands on the task in the CRM, so this file may be lost: `adopt` fills it again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from worker.migrate import NewerLedger, migrate
from worker.tables import INTENTS, META, RULES, RUNS, SCHEDULE, TASKS, sqlite_engine

if TYPE_CHECKING:  # the scheduler process opens the ledger and must not load a client's libraries
    from connectors.base import Identity
    from connectors.model import Task, WriteResult


class LedgerError(Exception):
    """The ledger cannot be used; the message says what to do."""


class TaskState(StrEnum):
    """The life of a task we wrote, as far as this version knows it."""

    OPEN = "open"
    RESOLVED = "resolved"  # we closed it: the duty was met or its reason went away
    CLAIMED = "claimed"  # a person closed it
    DISMISSED = "dismissed"  # a person deleted it


class IntentState(StrEnum):
    """Where one write stands. Nothing but a committed row in SENDING may be sent."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACKED = "acked"
    REJECTED = "rejected"  # the CRM said no; tried again when the rule or the plan changes


#: What a connector says of a key that only a deleted task carries.
ADOPTED_DELETED: Final = "adopted_deleted"

#: The intents that may still come to something.
UNSETTLED: Final = (IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class KnownTask:
    """A task of ours as the ledger knows it."""

    key: str
    rule: str
    deal_id: str
    anchor: dt.datetime | None
    owner_id: str | None
    task_id: str
    state: TaskState
    written_at: dt.datetime
    ended_at: dt.datetime | None  # of an OPEN task: when it had ended before a person reopened it

    @property
    def reopened(self) -> bool:
        """Whether a person opened it again: then only a person ends it (`reliability: I12`)."""
        return self.state is TaskState.OPEN and self.ended_at is not None


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One write, frozen: what is sent for a key is always the same bytes."""

    key: str
    action: str
    rule: str
    deal_id: str
    anchor: dt.datetime | None
    payload: Mapping[str, Any]
    state: IntentState = IntentState.PLANNED
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class KnownRule:
    """What the ledger remembers of a rule."""

    meaning: str
    live_since: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """One pass as it is remembered."""

    id: int
    command: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str | None
    summary: Mapping[str, Any]


class Ledger:
    """The ledger in one SQLite file, held by one process at a time."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Open the ledger at `path`, creating and upgrading it. Raises LedgerError."""
        _private_file(path)
        engine = sqlite_engine(path)
        try:
            migrate(engine)
            with engine.begin() as connection:
                answer = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        except NewerLedger as error:
            raise LedgerError(str(error)) from None
        except sa.exc.DatabaseError as error:
            if "locked" in str(error.orig):
                raise LedgerError(
                    f"{path} has been busy for ten seconds. Wait until the other run has ended."
                ) from None
            raise LedgerError(
                f"{path} cannot be read as a ledger ({type(error.orig).__name__}). Restore it from "
                "a backup, or move it away: the next run adopts our tasks from the CRM."
            ) from None
        if answer != "ok":
            raise LedgerError(
                f"{path} is damaged. Restore it from a backup, or move it away: the next run "
                "adopts our tasks from the CRM."
            )
        return cls(engine)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    # -- whose ledger this is ----------------------------------------------------------------

    def belongs_to(self, identity: Identity) -> None:
        """Bind the ledger to its org, or refuse another one's. Raises LedgerError."""
        with self._transaction() as run:
            stored = run.execute(sa.select(META.c.value).where(META.c.name == "org_id")).scalar()
            if stored is None:
                run.execute(sa.insert(META).values(name="org_id", value=identity.org_id))
            elif stored != identity.org_id:
                raise LedgerError(
                    f"this ledger belongs to org {stored}, but the CRM says it is "
                    f"{identity.org_id} ({identity.org_name}). Point the settings back to the "
                    "first org, or use another state directory for the second."
                )

    def keyed_by(self, mark: str) -> None:
        """Bind the ledger to the secret its keys are made with, or refuse another one's.

        Raises LedgerError: with other keys every task would be written once more.
        """
        with self._transaction() as run:
            stored = run.execute(sa.select(META.c.value).where(META.c.name == "key_mark")).scalar()
            if stored is None:
                _set_meta(run, "key_mark", mark)
            elif stored != mark:
                raise LedgerError(
                    "FOLLOWTHROUGH_KEY is not the one that this ledger's tasks were written with, "
                    "so every one of them would be written once more. Set the former one again "
                    "(or none, if there was none); nothing was written."
                )

    # -- tasks -------------------------------------------------------------------------------

    def tasks(self) -> dict[str, KnownTask]:
        """Return every task of ours that is known, by key."""
        with self._transaction() as run:
            rows = run.execute(sa.select(TASKS)).mappings().all()
        return {row["key"]: KnownTask(**{**row, "state": TaskState(row["state"])}) for row in rows}

    def tasks_seen_until(self) -> dt.datetime | None:
        """Return up to when our tasks were last read from the CRM, or None if never."""
        with self._transaction() as run:
            value = run.execute(
                sa.select(META.c.value).where(META.c.name == "tasks_seen_until")
            ).scalar()
        return None if value is None else dt.datetime.fromisoformat(value)

    def adopt(self, seen: Iterable[tuple[Task, str]], until: dt.datetime) -> int:
        """Bring the ledger in line with our tasks as they stand in the CRM, read up to `until`.

        `seen` pairs each task with the id of the rule that wrote it. Return how many were unknown.
        """
        unknown = 0
        with self._transaction() as run:
            for task, rule in seen:
                unknown += _adopt(run, task, rule)
            _set_meta(run, "tasks_seen_until", until.isoformat())
        return unknown

    # -- intents -----------------------------------------------------------------------------

    def plan(self, intents: Sequence[Intent], run_id: int) -> None:
        """Record what shall be written. One that is known keeps its frozen payload, unless the CRM
        refused it before: then the new one takes its place."""
        with self._transaction() as run:
            for intent in intents:
                _plan(run, intent, run_id)

    def unsettled(self, *states: IntentState) -> list[Intent]:
        """Return intents in these states (default: all that may still come to something)."""
        wanted = [str(state) for state in states or UNSETTLED]
        query = sa.select(INTENTS).where(INTENTS.c.state.in_(wanted)).order_by(INTENTS.c.key)
        with self._transaction() as run:
            return [_intent(dict(row)) for row in run.execute(query).mappings()]

    def refused(self, since: dt.datetime) -> frozenset[str]:
        """Return the keys of tasks that the CRM refused to create at or after `since`."""
        query = sa.select(INTENTS.c.key).where(
            INTENTS.c.state == IntentState.REJECTED,
            INTENTS.c.action == "create",
            INTENTS.c.ended_at >= since,
        )
        with self._transaction() as run:
            return frozenset(run.execute(query).scalars())

    def rejected(self, since: dt.datetime) -> int:
        """Count the writes that came to nothing at or after `since`."""
        query = sa.select(sa.func.count()).where(
            INTENTS.c.state == IntentState.REJECTED, INTENTS.c.ended_at >= since
        )
        with self._transaction() as run:
            return int(run.execute(query).scalar_one())

    def alerted(self) -> frozenset[str]:
        """Return the keys of alerts that were sent, or may have been: none is sent again."""
        query = sa.select(INTENTS.c.key).where(
            INTENTS.c.action == "alert", INTENTS.c.state != IntentState.PLANNED
        )
        with self._transaction() as run:
            return frozenset(run.execute(query).scalars())

    def arm(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Commit that these are about to be sent. Only then may they be."""
        with self._transaction() as run:
            for intent in intents:
                changed = run.execute(
                    _this(intent, IntentState.PLANNED).values(
                        state=IntentState.SENDING,
                        attempts=INTENTS.c.attempts + 1,
                        armed_at=now,
                        ended_at=None,
                    )
                ).rowcount
                assert changed == 1, f"{intent.key} was not planned"

    def settle(
        self, outcomes: Sequence[tuple[Intent, IntentState, WriteResult]], now: dt.datetime
    ) -> None:
        """Record what became of intents that were sent, and the tasks they made or ended."""
        with self._transaction() as run:
            for intent, state, result in outcomes:
                changed = run.execute(
                    _this(intent, IntentState.SENDING, IntentState.UNKNOWN).values(
                        state=state, ended_at=now, reason=result.reason[:255]
                    )
                ).rowcount
                assert changed == 1, f"{intent.key} was not sent"
                if state is IntentState.ACKED:
                    _acknowledge(run, intent, result, now)

    def lost_sight(self, now: dt.datetime) -> int:
        """Turn what an earlier process was sending when it died into UNKNOWN; return how many."""
        with self._transaction() as run:
            return run.execute(
                sa.update(INTENTS)
                .where(INTENTS.c.state == IntentState.SENDING)
                .values(state=IntentState.UNKNOWN, ended_at=now, reason="process_died")
            ).rowcount

    def absent(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Plan again what the CRM, asked by key, does not hold."""
        with self._transaction() as run:
            for intent in intents:
                run.execute(
                    _this(intent, IntentState.UNKNOWN).values(
                        state=IntentState.PLANNED, ended_at=now, reason="absent"
                    )
                )

    def cancel_planned(self, keep: Iterable[tuple[str, str]]) -> None:
        """Forget plans of an earlier run that were never sent and are no longer wanted."""
        kept = set(keep)
        with self._transaction() as run:
            for intent in run.execute(
                sa.select(INTENTS).where(INTENTS.c.state == IntentState.PLANNED)
            ).mappings():
                if (intent["key"], intent["action"]) not in kept:
                    run.execute(
                        sa.delete(INTENTS).where(
                            INTENTS.c.key == intent["key"], INTENTS.c.action == intent["action"]
                        )
                    )

    # -- rules -------------------------------------------------------------------------------

    def rules(self) -> dict[str, KnownRule]:
        """Return what is remembered of each rule."""
        with self._transaction() as run:
            rows = run.execute(sa.select(RULES)).mappings().all()
        return {
            row["rule"]: KnownRule(meaning=row["meaning"], live_since=row["live_since"])
            for row in rows
        }

    def remember_rules(self, rules: Mapping[str, KnownRule]) -> None:
        """Replace what is remembered of these rules."""
        with self._transaction() as run:
            for rule, known in rules.items():
                run.execute(sa.delete(RULES).where(RULES.c.rule == rule))
                run.execute(
                    sa.insert(RULES).values(
                        rule=rule, meaning=known.meaning, live_since=known.live_since
                    )
                )

    # -- runs and schedule -------------------------------------------------------------------

    def begin_run(self, command: str, now: dt.datetime) -> int:
        """Open a run and return its number."""
        with self._transaction() as run:
            done = run.execute(sa.insert(RUNS).values(command=command, started_at=now))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def end_run(
        self, run_id: int, outcome: str, summary: Mapping[str, Any], now: dt.datetime
    ) -> None:
        """Close a run with its outcome and its counts."""
        with self._transaction() as run:
            run.execute(
                sa.update(RUNS)
                .where(RUNS.c.id == run_id)
                .values(ended_at=now, outcome=outcome, summary=json.dumps(summary, sort_keys=True))
            )

    def last_run(self, *outcomes: str) -> Run | None:
        """Return the newest run (with one of these outcomes), or None."""
        query = sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(1)
        if outcomes:
            query = query.where(RUNS.c.outcome.in_(outcomes))
        with self._transaction() as run:
            row = run.execute(query).mappings().first()
        if row is None:
            return None
        return Run(**{**row, "summary": json.loads(row["summary"] or "{}")})

    def next_due(self, job: str) -> dt.datetime | None:
        """Return when a job is due, or None if it never was."""
        with self._transaction() as run:
            return run.execute(sa.select(SCHEDULE.c.next_due).where(SCHEDULE.c.job == job)).scalar()

    def set_due(
        self,
        job: str,
        next_due: dt.datetime,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
    ) -> None:
        """Record when a job is due next, and when it last started and ended."""
        with self._transaction() as run:
            run.execute(sa.delete(SCHEDULE).where(SCHEDULE.c.job == job))
            run.execute(
                sa.insert(SCHEDULE).values(
                    job=job, next_due=next_due, last_start=start, last_end=end
                )
            )


def _private_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        raise LedgerError(f"{path} can be read by others. Say: chmod 600 {path}")


# -- statements ------------------------------------------------------------------------------


def _this(intent: Intent, *states: IntentState) -> sa.Update:
    return sa.update(INTENTS).where(
        INTENTS.c.key == intent.key,
        INTENTS.c.action == intent.action,
        INTENTS.c.state.in_([str(state) for state in states]),
    )


def _plan(run: sa.Connection, intent: Intent, run_id: int) -> None:
    at = (INTENTS.c.key == intent.key) & (INTENTS.c.action == intent.action)
    state = run.execute(sa.select(INTENTS.c.state).where(at)).scalar()
    over = {IntentState.REJECTED} | ({IntentState.ACKED} if intent.action == "close" else set())
    if state is not None and state not in over:
        return
    payload = json.dumps(intent.payload, sort_keys=True, ensure_ascii=True)
    run.execute(sa.delete(INTENTS).where(at))
    run.execute(
        sa.insert(INTENTS).values(
            key=intent.key,
            action=intent.action,
            rule=intent.rule,
            deal_id=intent.deal_id,
            anchor=intent.anchor,
            state=IntentState.PLANNED,
            payload=payload,
            payload_hash=hashlib.sha256(payload.encode()).hexdigest(),
            attempts=0,
            reason="",
            run_id=run_id,
        )
    )


def _intent(row: Mapping[str, Any]) -> Intent:
    payload = row["payload"]
    if hashlib.sha256(payload.encode()).hexdigest() != row["payload_hash"]:
        raise LedgerError(f"the frozen payload of {row['key']} was changed; restore a backup")
    return Intent(
        key=row["key"],
        action=row["action"],
        rule=row["rule"],
        deal_id=row["deal_id"],
        anchor=row["anchor"],
        payload=json.loads(payload),
        state=IntentState(row["state"]),
        attempts=row["attempts"],
        reason=row["reason"],
    )


def _acknowledge(run: sa.Connection, intent: Intent, result: WriteResult, now: dt.datetime) -> None:
    if intent.action == "close":
        run.execute(
            sa.update(TASKS)
            .where(TASKS.c.key == intent.key, TASKS.c.state == TaskState.OPEN)
            .values(state=TaskState.RESOLVED, ended_at=now)
        )
        return
    if result.task_id is None:  # a notification: the CRM keeps no record of it
        return
    gone = result.reason == ADOPTED_DELETED
    run.execute(sa.delete(TASKS).where(TASKS.c.key == intent.key))
    run.execute(
        sa.insert(TASKS).values(
            key=intent.key,
            rule=intent.rule,
            deal_id=intent.deal_id,
            anchor=intent.anchor,
            owner_id=intent.payload.get("owner_id"),
            task_id=result.task_id,
            state=TaskState.DISMISSED if gone else TaskState.OPEN,
            written_at=now,
            ended_at=now if gone else None,
        )
    )


def _adopt(run: sa.Connection, task: Task, rule: str) -> bool:
    known = run.execute(sa.select(TASKS).where(TASKS.c.key == task.key)).mappings().first()
    state = _state(task)
    if known is None:
        run.execute(
            sa.insert(TASKS).values(
                key=task.key,
                rule=rule,
                deal_id=task.deal_id or "",
                anchor=None,
                owner_id=task.owner_id,
                task_id=task.id,
                state=state,
                written_at=task.created_at,
                ended_at=None if state is TaskState.OPEN else task.modified_at,
            )
        )
        return True
    changes: dict[str, Any] = {"owner_id": task.owner_id}  # a person may hand a task on
    if known["state"] == TaskState.OPEN and state is not TaskState.OPEN:
        changes |= {"state": state, "ended_at": task.modified_at}
    elif known["state"] != TaskState.OPEN and state is TaskState.OPEN:
        changes |= {"state": state}  # a person opened it again: `ended_at` stays and says so
    run.execute(sa.update(TASKS).where(TASKS.c.key == task.key).values(changes))
    return False


#: The line we add when we close a task tells it apart from one that a person ticked off.
CLOSED_BY_US: Final = "Closed by Followthrough:"


def _state(task: Task) -> TaskState:
    if task.deleted:
        return TaskState.DISMISSED
    if not task.closed:
        return TaskState.OPEN
    return TaskState.RESOLVED if CLOSED_BY_US in task.body else TaskState.CLAIMED


def _set_meta(run: sa.Connection, name: str, value: str) -> None:
    run.execute(sa.delete(META).where(META.c.name == name))
    run.execute(sa.insert(META).values(name=name, value=value))
