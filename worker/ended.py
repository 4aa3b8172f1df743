"""Which tasks of a rule have outlived their finding, and what is said of each. Reads only.

UNKNOWN ends nothing, and neither does a record the mirror has lost sight of, nor a rule that may
not write. A task that a person opened again is theirs to end. One that a person ticked off is
looked at for a month more: evidence that is logged late still proves it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb

from rules.checked import Mode, Rule
from rules.evaluate import Evaluation, Verdict
from rules.evidence import endings, findings
from rules.finding import Ending
from rules.org import Org
from worker.about import Kind
from worker.known import KnownTask, TaskState

#: For so long evidence may come after a person has ticked a task off.
PROOF_MAY_COME: Final = dt.timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The endings of tasks, and what the texts of their rules may name, both by key."""

    endings: Mapping[str, Ending] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    proofs: Mapping[str, Ending] = field(default_factory=dict)  # of tasks a person ticked off

    def __or__(self, other: Ended) -> Ended:
        return Ended(
            endings={**self.endings, **other.endings},
            values={**self.values, **other.values},
            proofs={**self.proofs, **other.proofs},
        )


def endings_of(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    evaluation: Evaluation,
    tasks: Iterable[KnownTask],
) -> Ended:
    """Return how the findings of tasks of `rule` ended, of those that did."""
    if rule.mode is Mode.SHADOW:
        return Ended()
    as_of = evaluation.as_of[rule.id]
    mine = [task for task in tasks if _is_of(rule, task)]
    over = _over(rule, evaluation, [t for t in mine if t.living and not t.reopened])
    ticked = _over(rule, evaluation, [t for t in mine if _may_be_proven(t, as_of)])
    said = _said(connection, rule, org, over, as_of)
    proofs = _said(connection, rule, org, ticked, as_of)
    values: dict[str, Mapping[str, str]] = {}
    if over and rule.resolve.close_task_with is not None:
        once = [_verdict(rule, record, anchor) for record, anchor in _anchors(over).items()]
        values = {f.record_id: f.values for f in findings(connection, rule, org, once, as_of)}
    return Ended(
        endings={t.key: said[t.about.record_id] for t in over if t.about.record_id in said},
        values={t.key: values[t.about.record_id] for t in over if t.about.record_id in values},
        proofs={
            t.key: proofs[t.about.record_id]
            for t in ticked
            if t.about.record_id in proofs and proofs[t.about.record_id].touch is not None
        },
    )


def _is_of(rule: Rule, task: KnownTask) -> bool:
    return (
        task.rule in (rule.id, rule.was)
        and task.kind not in (Kind.DIGEST, Kind.ROLL_UP)
        and bool(task.about.record_id)
        and task.about.subject == rule.subject
    )


def _may_be_proven(task: KnownTask, as_of: dt.datetime) -> bool:
    ended = task.ended_at
    recent = ended is not None and as_of - ended < PROOF_MAY_COME
    return task.state is TaskState.CLAIMED and recent


def _over(rule: Rule, evaluation: Evaluation, mine: Sequence[KnownTask]) -> list[KnownTask]:
    """Those whose record is out of scope, or no longer meant."""
    if not mine:
        return []
    stands = evaluation.stands(rule.id, sorted({task.about.record_id for task in mine}))
    return [task for task in mine if stands.get(task.about.record_id, False) is False]


def _anchors(tasks: Iterable[KnownTask]) -> dict[str, dt.datetime]:
    return {task.about.record_id: task.anchor or task.written_at for task in tasks}


def _said(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    over: Sequence[KnownTask],
    as_of: dt.datetime,
) -> Mapping[str, Ending]:
    return endings(connection, rule, org, _anchors(over), as_of) if over else {}


def _verdict(rule: Rule, record_id: str, anchor: dt.datetime) -> Verdict:
    """What a rule once said of a record, so that its texts can be filled a last time."""
    return Verdict(
        rule=rule.id,
        record_id=record_id,
        fires=False,
        stands=False,
        next_check=None,
        anchor=anchor,
        deadline=anchor,
    )
