"""Which open tasks of a rule have outlived their finding, and what is said of each. Reads only.

UNKNOWN ends nothing, and neither does a record the mirror has lost sight of, nor a rule that may
not write. A task that a person opened again is theirs to end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from rules.checked import Mode, Rule
from rules.evaluate import Evaluation, Verdict
from rules.evidence import endings, findings
from rules.finding import Ending
from rules.org import Org
from worker.about import Kind
from worker.known import KnownTask, TaskState


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The endings of tasks, and what the texts of their rules may name, both by key."""

    endings: Mapping[str, Ending] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __or__(self, other: Ended) -> Ended:
        return Ended(
            endings={**self.endings, **other.endings}, values={**self.values, **other.values}
        )


def endings_of(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    org: Org,
    evaluation: Evaluation,
    tasks: Iterable[KnownTask],
) -> Ended:
    """Return how the findings of open tasks of `rule` ended, of those that did."""
    over = _over(rule, evaluation, tasks)
    if not over:
        return Ended()
    anchors = {task.about.record_id: task.anchor or task.written_at for task in over}
    as_of = evaluation.as_of[rule.id]
    said = endings(connection, rule, org, anchors, as_of)
    values: dict[str, Mapping[str, str]] = {}
    if rule.resolve.close_task_with is not None:
        once = [_verdict(rule, record, anchor) for record, anchor in anchors.items()]
        values = {f.record_id: f.values for f in findings(connection, rule, org, once, as_of)}
    return Ended(
        endings={t.key: said[t.about.record_id] for t in over if t.about.record_id in said},
        values={t.key: values[t.about.record_id] for t in over if t.about.record_id in values},
    )


def _over(rule: Rule, evaluation: Evaluation, tasks: Iterable[KnownTask]) -> list[KnownTask]:
    """The open tasks of a rule and its steps whose record is out of scope, or no longer meant."""
    if rule.mode is Mode.SHADOW:
        return []
    mine = [
        task
        for task in tasks
        if task.rule in (rule.id, rule.was)
        and task.kind is not Kind.DIGEST
        and task.state is TaskState.OPEN
        and task.about.record_id
        and task.about.subject == rule.subject
        and not task.reopened
    ]
    if not mine:
        return []
    stands = evaluation.stands(rule.id, sorted({task.about.record_id for task in mine}))
    return [task for task in mine if stands.get(task.about.record_id, False) is False]


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
