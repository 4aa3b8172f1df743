"""The ledger's statements: rows to nouns and back, inside a transaction that `ledger` has begun.

Nothing in here opens or ends a transaction, or decides what is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from worker.about import About, Kind
from worker.known import (
    ADOPTED_DELETED,
    CLOSED_BY_US,
    EXPIRED_LINE,
    LIVING,
    UNDONE_LINE,
    HeardWord,
    Intent,
    IntentState,
    KnownTask,
    TaskState,
    Turn,
)
from worker.tables import INTENTS, MENTIONS, META, TASKS, WORDS
from worker.touched import hash_of_line, touched_fields, wrote
from worker.words_typed import words_in

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
    same = (
        *("key", "rule", "anchor", "owner_id", "task_id", "written_at", "ended_at"),
        *("run_id", "until", "said", "reason", "modified_at"),
    )
    return KnownTask(
        about=_about(row),
        kind=Kind(row["kind"]),
        state=TaskState(row["state"]),
        touched=tuple(field for field in row["touched"].split(",") if field),
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
        **{
            name: row[name]
            for name in (
                *("key", "action", "rule", "anchor", "attempts", "reason", "ended_at"),
                *("probed_at", "absences"),
            )
        },
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
    again = one.action in ("close", "note", "remove")  # a task may be closed, or told, twice
    over = {IntentState.REJECTED} | ({IntentState.ACKED} if again else set())
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
    """Record the task that an intent made or ended, and what it now says."""
    mention(run, one.key, [hash_of_line(line) for line in _lines(one)], now)
    mention(run, one.key, one.payload.get("covers", ()), now)
    if one.action in ("create", "alert"):
        _made(run, one, result, now)
        _escalate(run, one.payload.get("escalates", ""))
    else:
        turn(run, one.key, _turn_of(one), now)


def give_up(run: sa.Connection, one: Intent, now: dt.datetime) -> None:
    """A line that a task cannot take is not tried again: what it would have answered is over."""
    if one.action == "note":
        mention(run, one.key, one.payload.get("covers", ()), now)
        turn(run, one.key, _turn_of(one), now)


def _lines(one: Intent) -> list[str]:
    """The lines that an intent adds to a task."""
    said = one.payload
    return [*said.get("lines", ()), *([said["line"]] if "line" in said else [])]


_ENDS: Final = {"close": TaskState.RESOLVED, "remove": TaskState.UNDONE}


def _turn_of(one: Intent) -> Turn:
    said = one.payload.get("turn", {})
    state = said.get("state") or _ENDS.get(one.action)
    until = said.get("until")
    return Turn(
        state=TaskState(state) if state else None,
        until=dt.datetime.fromisoformat(until) if until else None,
        said=said.get("said", ""),
        reason=said.get("reason", ""),
        heard=tuple(said.get("heard", ())),
        theirs=said.get("theirs", False),
    )


def _made(run: sa.Connection, one: Intent, result: WriteResult, now: dt.datetime) -> None:
    if result.task_id is None:  # a notification: the CRM keeps no record of it
        return
    gone = result.reason == ADOPTED_DELETED
    at = (INTENTS.c.key == one.key) & (INTENTS.c.action == one.action)
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
            run_id=run.execute(sa.select(INTENTS.c.run_id).where(at)).scalar(),
            wrote=wrote(one.payload),
            **_about_columns(one.about, one.kind),
            **_NOTHING_SAID,
        )
    )


def _escalate(run: sa.Connection, key: str) -> None:
    """Somebody else has been told of this task."""
    run.execute(
        sa.update(TASKS)
        .where(TASKS.c.key == key, TASKS.c.state == TaskState.OPEN)
        .values(state=TaskState.ESCALATED)
    )


# -- turns -----------------------------------------------------------------------------------

#: What is true of a task of which nobody has said anything.
_NOTHING_SAID: Final = {"said": "", "reason": "", "touched": ""}


def turn(run: sa.Connection, key: str, one: Turn, now: dt.datetime) -> None:
    """Let a task become what a turn says; one that has ended keeps the moment it ended."""
    if one.state is not None:
        row = run.execute(sa.select(TASKS).where(TASKS.c.key == key)).mappings().first()
        ended = row["ended_at"] if row is not None and row["state"] not in LIVING else now
        changes: dict[str, Any] = {"state": one.state}
        if one.state not in LIVING or one.theirs:
            changes["ended_at"] = ended
        elif one.state is TaskState.OPEN:
            changes["ended_at"] = None  # we opened it again: we may end it
        if one.until is not None:
            changes["until"] = one.until
        if one.said:
            changes |= {"said": one.said, "reason": one.reason[:255]}
        run.execute(sa.update(TASKS).where(TASKS.c.key == key).values(changes))
    if one.heard:
        run.execute(
            sa.update(WORDS)
            .where(WORDS.c.key == key, WORDS.c.mark.in_(one.heard))
            .values(done_at=now)
        )


def mention(run: sa.Connection, key: str, marks: Iterable[str], now: dt.datetime) -> None:
    """Remember what a task says: lines we added, findings it names. Once each."""
    for mark in dict.fromkeys(marks):
        at = (MENTIONS.c.key == key) & (MENTIONS.c.mark == mark)
        if run.execute(sa.select(MENTIONS.c.mark).where(at)).scalar() is None:
            run.execute(sa.insert(MENTIONS).values(key=key, mark=mark, at=now))


def heard_word(row: Mapping[str, Any]) -> HeardWord:
    """Return a row of words as a noun."""
    return HeardWord(**{name: row[name] for name in HeardWord.__dataclass_fields__})


# -- tasks -----------------------------------------------------------------------------------


def adopt(run: sa.Connection, task: Task, mark: Mark) -> bool:
    """Bring one task in line with the CRM, and hear what is typed into it.

    Return whether it was unknown.
    """
    known = run.execute(sa.select(TASKS).where(TASKS.c.key == task.key)).mappings().first()
    if known is None:
        _insert(run, task, mark)
    elif known["task_id"] != task.id:
        return False  # a twin, where no unique key stops one: the ledger's own task is the one
    else:
        _bring_in_line(run, dict(known), task)
    _hear(run, task, known["rule"] if known is not None else mark.rule)
    return known is None


def _insert(run: sa.Connection, task: Task, mark: Mark) -> None:
    state = _state(task)
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
            modified_at=task.modified_at,
            wrote="{}",
            **_about_columns(_marked(task, mark), Kind(mark.kind or Kind.TASK)),
            **_NOTHING_SAID,
        )
    )


def _bring_in_line(run: sa.Connection, known: Mapping[str, Any], task: Task) -> None:
    state = _state(task)
    changes: dict[str, Any] = {
        "owner_id": task.owner_id,  # a person may hand a task on
        "modified_at": task.modified_at,
    }
    if known["state"] in LIVING and state is not TaskState.OPEN:
        changes |= {"state": state, "ended_at": task.modified_at}
    elif known["state"] not in LIVING and state is TaskState.OPEN:
        changes |= {"state": state}  # a person opened it again: `ended_at` stays and says so
    if not task.deleted:  # of a deleted one the CRM may show less
        ours = run.execute(sa.select(MENTIONS.c.mark).where(MENTIONS.c.key == task.key)).scalars()
        changes["touched"] = ",".join(touched_fields(known["wrote"], task, frozenset(ours)))
    run.execute(sa.update(TASKS).where(TASKS.c.key == task.key).values(changes))


def _hear(run: sa.Connection, task: Task, rule: str) -> None:
    """Note every word typed into a task that was not noted before."""
    for typed in words_in(task.body):
        at = (WORDS.c.key == task.key) & (WORDS.c.mark == typed.mark)
        if run.execute(sa.select(WORDS.c.mark).where(at)).scalar() is None:
            run.execute(
                sa.insert(WORDS).values(
                    key=task.key,
                    mark=typed.mark,
                    rule=rule,
                    word=typed.word,
                    argument=typed.argument,
                    heard_at=task.modified_at,
                )
            )


def wake(run: sa.Connection, now: dt.datetime) -> None:
    """Open every task again whose snooze is over."""
    run.execute(
        sa.update(TASKS)
        .where(TASKS.c.state == TaskState.SNOOZED, TASKS.c.until <= now)
        .values(state=TaskState.OPEN)
    )


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
    ours = [line for line in task.body.splitlines() if line.startswith(CLOSED_BY_US)]
    if not ours:
        return TaskState.CLAIMED
    return next((state for said, state in _SAID_AT_THE_END if said in ours[-1]), TaskState.RESOLVED)


#: What a line at the end of a task says of its state; anything else was the duty met.
_SAID_AT_THE_END: Final = (
    (EXPIRED_LINE.partition("{")[0], TaskState.EXPIRED),
    (UNDONE_LINE, TaskState.UNDONE),
)


# -- the rest --------------------------------------------------------------------------------


_SET_META: Final = sa.update(META).where(META.c.name == sa.bindparam("called"))


def set_meta(run: sa.Connection, name: str, value: str) -> None:
    """Keep one value under a name, instead of the former."""
    if not run.execute(_SET_META, {"called": name, "value": value}).rowcount:
        run.execute(sa.insert(META), {"name": name, "value": value})
