"""Apply: write what was planned, each thing once, whatever happens meanwhile.

The order is the guarantee. A row in the ledger says SENDING before the request leaves, and what
became of it after; whoever finds SENDING from a process that died asks the CRM by key before
anything is sent again. A create is an insert with a unique key, never an upsert: a repeat would
overwrite what the rep did meanwhile (`reliability.md` C.2 to C.4).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from connectors.added_lines import missing
from connectors.base import Connector
from connectors.model import Task, Verdict, WriteResult
from worker.about import About
from worker.decision import Decision, Plan
from worker.known import ADOPTED_DELETED, Intent, IntentState, KnownTask
from worker.ledger import Ledger
from worker.payloads import (
    payload_alert,
    payload_close,
    payload_draft,
    payload_note,
    payload_of,
    payload_removal,
)

#: What is done, in this order, and how many share a request, and a loss. An alert goes alone: the
#: CRM keeps no key of it, so one whose outcome is unknown is never repeated.
BATCHES: Final = {"close": 50, "remove": 50, "note": 50, "create": 50, "alert": 1}

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of one write."""

    key: str
    action: str
    rule: str
    about: About
    state: IntentState
    reason: str
    task_id: str | None


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What one apply did."""

    written: tuple[Written, ...] = ()
    recovered: int = 0  # writes of an earlier run whose outcome was unknown and is known now

    def count(self, state: IntentState, action: str | None = None) -> int:
        """Count the writes that ended in this state."""
        return sum(w.state is state and action in (None, w.action) for w in self.written)


def recover(connector: Connector, ledger: Ledger, clock: Clock) -> int:
    """Find out what became of writes that an earlier run did not see the end of.

    Return how many are settled now. While the CRM hides the key, its silence proves nothing: they
    stay unknown. So does a create that may still appear, where no unique key would stop a second.
    """
    ledger.lost_sight(clock())
    unknown = ledger.unsettled(IntentState.UNKNOWN, IntentState.DEAD)
    if not unknown or connector.why_not_writable() is not None:
        return 0
    found = connector.find_tasks(sorted({intent.key for intent in unknown}))
    settled = []
    silent: dict[Silence, list[Intent]] = {silence: [] for silence in Silence}
    for intent in unknown:
        task = found.get(intent.key)
        if _STANDS[intent.action](intent, task):
            settled.append((intent, IntentState.ACKED, _found(intent, task)))
        elif intent.action == "alert":
            lost = WriteResult(key=intent.key, verdict=Verdict.UNKNOWN, reason="never_repeated")
            settled.append((intent, IntentState.REJECTED, lost))
        else:
            silent[silence_of(intent, connector.quarantine, clock())].append(intent)
    ledger.settle(settled, clock())
    ledger.absent(silent[Silence.PROVES], clock())
    if connector.quarantine:
        ledger.probed(silent[Silence.FIRST], clock())
        ledger.bury(silent[Silence.AGAIN], "twice_without_an_answer")
    return len(settled) + len(silent[Silence.PROVES]) + len(silent[Silence.AGAIN])


class Silence(Enum):
    """What it means that the CRM, asked by key, does not show what was sent."""

    NOTHING = auto()  # too early: it may still appear
    FIRST = auto()  # the first look after the wait; a second one, later, decides
    PROVES = auto()  # it is not there, or not closed yet: sent again with the same key
    AGAIN = auto()  # as the attempt before: a person must look


def silence_of(intent: Intent, wait: dt.timedelta, now: dt.datetime) -> Silence:
    """Say what silence means now. `wait` is the connector's quarantine.

    It counts from the end of the attempt, never from its beginning; the second look comes half of
    it after the first (reliability C.4).
    """
    if intent.state is IntentState.DEAD:
        return Silence.NOTHING
    if intent.action != "create" or not wait:
        return Silence.PROVES
    if intent.ended_at is None or now < intent.ended_at + wait:
        return Silence.NOTHING
    if intent.probed_at is None:
        return Silence.FIRST
    if now < intent.probed_at + wait / 2:
        return Silence.NOTHING
    return Silence.AGAIN if intent.absences else Silence.PROVES


def _found(intent: Intent, task: Task | None) -> WriteResult:
    gone = task is not None and task.deleted
    return WriteResult(
        key=intent.key,
        verdict=Verdict.APPLIED,
        task_id=task.id if task else None,
        reason=ADOPTED_DELETED if gone else "found_by_key",
    )


def _ended(_: Intent, task: Task | None) -> bool:
    return task is not None and (task.closed or task.deleted)


def _told(intent: Intent, task: Task | None) -> bool:
    if task is not None and task.closed and not task.deleted and payload_note(intent).reopen:
        return False
    return task is not None and (task.deleted or not missing(task.body, payload_note(intent).lines))


#: Whether the CRM holds what an intent wanted, by what it does.
_STANDS: Final[dict[str, Callable[[Intent, Task | None], bool]]] = {
    "create": lambda _, task: task is not None,
    "alert": lambda _, task: task is not None,
    "close": _ended,
    "note": _told,
    "remove": lambda _, task: task is None or task.deleted,
}


def apply(
    connector: Connector,
    ledger: Ledger,
    plan: Plan,
    run_id: int,
    clock: Clock,
    gate: Callable[[], bool],
) -> Applied:
    """Write the plan. What the CRM refuses is recorded with its code; nothing is raised for it.

    Stops between two requests when `gate` says so. Raises CrmError where nothing works any more.
    """
    tasks = ledger.tasks()
    writes = (*plan.closes, *plan.tells, *plan.creates, *plan.alerts)
    return write(connector, ledger, [intent_of(d, tasks) for d in writes], run_id, clock, gate)


def write(
    connector: Connector,
    ledger: Ledger,
    intents: Sequence[Intent],
    run_id: int,
    clock: Clock,
    gate: Callable[[], bool],
) -> Applied:
    """Write these intents, and forget those of earlier runs that were never sent."""
    ledger.cancel_planned((i.key, i.action) for i in intents)
    if not intents:
        return Applied()
    ledger.plan(intents, run_id)
    wanted = {(i.key, i.action) for i in intents}
    planned = [i for i in ledger.unsettled(IntentState.PLANNED) if (i.key, i.action) in wanted]
    written: list[Written] = []
    for action, batch in BATCHES.items():
        mine = [i for i in planned if i.action == action]
        for start in range(0, len(mine), batch):
            if gate():
                return Applied(written=tuple(written))
            written += _send(connector, ledger, action, mine[start : start + batch], clock)
    return Applied(written=tuple(written))


def _send(
    connector: Connector, ledger: Ledger, action: str, intents: Sequence[Intent], clock: Clock
) -> list[Written]:
    ledger.arm(intents, clock())
    results = _SENDERS[action](connector, intents)
    by_key = {result.key: result for result in results}
    outcomes = [(i, *_outcome(by_key.get(i.key), i)) for i in intents]
    ledger.settle(outcomes, clock())
    return [
        Written(
            key=intent.key,
            action=action,
            rule=intent.rule,
            about=intent.about,
            state=state,
            reason=result.reason,
            task_id=result.task_id,
        )
        for intent, state, result in outcomes
    ]


def _outcome(result: WriteResult | None, intent: Intent) -> tuple[IntentState, WriteResult]:
    if result is None:
        result = WriteResult(key=intent.key, verdict=Verdict.UNKNOWN, reason="no_answer")
    if result.verdict is Verdict.APPLIED:
        return IntentState.ACKED, result
    if result.verdict is Verdict.UNKNOWN:
        return IntentState.UNKNOWN, result
    return (IntentState.REJECTED if result.permanent else IntentState.PLANNED), result


def intent_of(decision: Decision, tasks: Mapping[str, KnownTask]) -> Intent:
    """Return what a decision means to write, as it is frozen."""
    action, payload = payload_of(decision)
    known = tasks.get(decision.key)
    anchor = decision.anchor or (known.anchor if known else None)
    return Intent(
        key=decision.key,
        action=action,
        rule=decision.rule,
        about=decision.about,
        kind=decision.kind,
        anchor=anchor,
        payload=payload,
    )


_SENDERS: Final[dict[str, Callable[[Connector, Sequence[Intent]], list[WriteResult]]]] = {
    "close": lambda crm, intents: crm.close_tasks([payload_close(i) for i in intents]),
    "note": lambda crm, intents: crm.annotate_tasks([payload_note(i) for i in intents]),
    "remove": lambda crm, intents: crm.remove_tasks([payload_removal(i) for i in intents]),
    "create": lambda crm, intents: crm.create_tasks([payload_draft(i) for i in intents]),
    "alert": lambda crm, intents: [crm.send_alert(payload_alert(i)) for i in intents],
}


def tally(applied: Applied) -> dict[str, int]:
    """Count writes by what was done and what became of it."""
    return dict(Counter(f"{w.action}_{w.state}" for w in applied.written))
