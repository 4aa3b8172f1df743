"""What follows from a rule without being written in it: its meaning, and what it must read.

The meaning is a hash of for, where, missing, count and to: whoever changes a text, a title or a
test changes no meaning, nor does whoever writes the same conditions in another order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rules.checked import Absence, Presence, Step, TaskText, Test, TouchPattern
from rules.vocabulary import (
    DEAL_FIELDS,
    MANAGER_READS,
    OWNER_READS,
    TEXT_READS,
    TOUCH_READS,
    TOUCH_STREAMS,
)


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """The clauses of a rule that decide: what it is about, what it looks for, who is told."""

    subject: str
    where: Sequence[Test]
    absences: Sequence[Absence]
    presences: Sequence[Presence]
    task: TaskText
    escalate: Sequence[Step]

    @property
    def patterns(self) -> list[TouchPattern]:
        """Every kind of touch it looks for."""
        return [one.pattern for one in self.absences] + [one.pattern for one in self.presences]


def meaning(rule: Clauses) -> str:
    """The hash, 16 hexadecimal digits. Who is told when a task stays open is not in it."""
    said = {
        "for": rule.subject,
        "where": sorted([test.field, test.op, _written(test.value)] for test in rule.where),
        "missing": [_absence(absence) for absence in rule.absences],
        "to": rule.task.to,
    }
    if rule.presences:  # only then: a rule without a count keeps the hash it has always had
        said["count"] = [_presence(presence) for presence in rule.presences]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def needed_fields(rule: Clauses) -> frozenset[str]:
    """Every `stream.column` the rule reads to decide; what its texts name is not among them."""
    fields = set(OWNER_READS)
    for test in rule.where:
        fields |= DEAL_FIELDS[test.field].reads
    for absence in rule.absences:
        fields |= DEAL_FIELDS[absence.start].reads
        if isinstance(absence.limit, dict):
            fields |= DEAL_FIELDS["stage"].reads
    for pattern in rule.patterns:
        fields |= TOUCH_READS | (TEXT_READS if pattern.says | pattern.does_not_say else set())
    if _asks_for_managers(rule):
        fields |= MANAGER_READS
    return frozenset(fields)


def needed_streams(rule: Clauses) -> frozenset[str]:
    """Every stream the rule reads."""
    streams = frozenset(field.partition(".")[0] for field in needed_fields(rule))
    return streams | TOUCH_STREAMS if rule.patterns else streams


def _asks_for_managers(rule: Clauses) -> bool:
    told = {*rule.task.to, *(one for step in rule.escalate for one in step.to)}
    return "manager" in told or any(one.by & {"manager", "team"} for one in rule.patterns)


def _absence(absence: Absence) -> list[Any]:
    limit = absence.limit
    lengths = (
        {stage: str(length) for stage, length in limit.items()}
        if isinstance(limit, dict)
        else str(limit)
    )
    return [absence.clock, absence.start, lengths, _touch(absence.pattern)]


def _presence(presence: Presence) -> list[Any]:
    pattern = presence.pattern
    said = [sorted(pattern.says), sorted(pattern.does_not_say)]
    return [str(presence.in_last), presence.at_least, _touch(pattern), said]


def _touch(pattern: TouchPattern) -> list[Any]:
    return [sorted(pattern.by), pattern.at_least, pattern.direction, sorted(pattern.kinds)]


def _written(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else [str(value)]
