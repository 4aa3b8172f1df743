"""The ledger's statements: rows to nouns and back, inside a transaction that `ledger` has begun.

Nothing in here opens or ends a transaction, or decides what is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worker.about import About, Kind
from worker.known import (
    ADOPTED_DELETED,
    CLOSED_BY_US,
    Intent,
    IntentState,
    KnownTask,
    TaskState,
)
from worker.tables import INTENTS, META, TASKS

if TYPE_CHECKING:  # as in `ledger`
    from connectors.model import Task, WriteResult
    from rules.marks import Mark


class LedgerError(Exception):
    """The ledger cannot be used; the message says what to do."""


# -- rows and nouns --------------------------------------------------------------------------


def _about(row: Mapping[str, Any]) -> About:
    return About(
        subject=row["subject"],
        record_id=row["record_id"],
        deal_id=row["deal_id"] or None,
        account_id=row["account_id"],
    )


def _about_columns(about: About, kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind,
        "subject": about.subject,
        "record_id": about.record_id,
        "deal_id": about.deal_id or "",
        "account_id": about.account_id,
    }


def known_task(row: Mapping[str, Any]) -> KnownTask:
    """Return a row of tasks as a noun."""
    same = ("key", "rule", "anchor", "owner_id", "task_id", "written_at", "ended_at")
    return KnownTask(
        about=_about(row),
        kind=Kind(row["kind"]),
        state=TaskState(row["state"]),
        **{name: row[name] for name in same},
    )


def intent(row: Mapping[str, Any]) -> Intent:
    """Return a row of intents as a noun. Raises LedgerError where its payload was changed."""
    payload = row["payload"]
    if hash_of(payload) != row["payload_hash"]:
        raise LedgerError(f"the frozen payload of {row['key']} was changed; restore a backup")
    return Intent(
        about=_about(row),
        kind=Kind(row["kind"]),
        payload=json.loads(payload),
        state=IntentState(row["state"]),
        **{name: row[name] for name in ("key", "action", "rule", "anchor", "attempts", "reason")},
    )


# -- intents ---------------------------------------------------------------------------------


def hash_of(payload: str) -> str:
    """Return what tells that a payload is as it was frozen."""
    return hashlib.sha256(payload.encode()).hexdigest()


def this(one: Intent, *states: IntentState) -> sa.Update:
    """Return an update of this intent, if it is in one of these states."""
    return sa.update(INTENTS).where(
        INTENTS.c.key == one.key,
        INTENTS.c.action == one.action,
        INTENTS.c.state.in_([str(state) for state in states]),
    )


def plan(run: sa.Connection, one: Intent, run_id: int) -> None:
    """Record an intent, unless it is known and not over."""
    at = (INTENTS.c.key == one.key) & (INTENTS.c.action == one.action)
    state = run.execute(sa.select(INTENTS.c.state).where(at)).scalar()
    over = {IntentState.REJECTED} | ({IntentState.ACKED} if one.action == "close" else set())
    if state is not None and state not in over:
        return
    payload = json.dumps(one.payload, sort_keys=True, ensure_ascii=True)
    run.execute(sa.delete(INTENTS).where(at))
    run.execute(
        sa.insert(INTENTS).values(
            key=one.key,
            action=one.action,
            rule=one.rule,
            anchor=one.anchor,
            state=IntentState.PLANNED,
            payload=payload,
            payload_hash=hash_of(payload),
            attempts=0,
            reason="",
            run_id=run_id,
            **_about_columns(one.about, one.kind),
        )
    )


def acknowledge(run: sa.Connection, one: Intent, result: WriteResult, now: dt.datetime) -> None:
    """Record the task that an intent made or ended."""
    if one.action == "close":
        run.execute(
            sa.update(TASKS)
            .where(TASKS.c.key == one.key, TASKS.c.state == TaskState.OPEN)
            .values(state=TaskState.RESOLVED, ended_at=now)
        )
        return
    if result.task_id is None:  # a notification: the CRM keeps no record of it
        return
    gone = result.reason == ADOPTED_DELETED
    run.execute(sa.delete(TASKS).where(TASKS.c.key == one.key))
    run.execute(
        sa.insert(TASKS).values(
            key=one.key,
            rule=one.rule,
            anchor=one.anchor,
            owner_id=one.payload.get("owner_id"),
            task_id=result.task_id,
            state=TaskState.DISMISSED if gone else TaskState.OPEN,
            written_at=now,
            ended_at=now if gone else None,
            **_about_columns(one.about, one.kind),
        )
    )


# -- tasks -----------------------------------------------------------------------------------


def adopt(run: sa.Connection, task: Task, mark: Mark) -> bool:
    """Bring one task in line with the CRM; return whether it was unknown."""
    known = run.execute(sa.select(TASKS).where(TASKS.c.key == task.key)).mappings().first()
    state = _state(task)
    if known is None:
        run.execute(
            sa.insert(TASKS).values(
                key=task.key,
                rule=mark.rule,
                anchor=None,
                owner_id=task.owner_id,
                task_id=task.id,
                state=state,
                written_at=task.created_at,
                ended_at=None if state is TaskState.OPEN else task.modified_at,
                **_about_columns(_marked(task, mark), Kind(mark.kind or Kind.TASK)),
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


def _marked(task: Task, mark: Mark) -> About:
    """What a task is about that only the CRM knows: its own last line says it, or its deal."""
    deal = task.deal_id or ""
    return About(
        subject=mark.subject or "deal",
        record_id=mark.record_id or deal,
        deal_id=deal or None,
        account_id=mark.record_id if mark.subject == "account" else None,
    )


def _state(task: Task) -> TaskState:
    if task.deleted:
        return TaskState.DISMISSED
    if not task.closed:
        return TaskState.OPEN
    return TaskState.RESOLVED if CLOSED_BY_US in task.body else TaskState.CLAIMED


# -- the rest --------------------------------------------------------------------------------


def set_meta(run: sa.Connection, name: str, value: str) -> None:
    """Keep one value under a name, instead of the former."""
    run.execute(sa.delete(META).where(META.c.name == name))
    run.execute(sa.insert(META).values(name=name, value=value))
