"""What follows from a rule without being written in it: its meaning, and what it must read.

The meaning is a hash of for, where, missing and to: whoever changes a text, a title or a test
changes no meaning, nor does whoever writes the same conditions in another order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from rules.checked import Absence, TaskText, Test
from rules.vocabulary import DEAL_FIELDS, MANAGER_READS, OWNER_READS, TOUCH_READS, TOUCH_STREAMS


def meaning(
    subject: str, where: Sequence[Test], absences: Sequence[Absence], task: TaskText
) -> str:
    """The hash, 16 hexadecimal digits."""
    said = {
        "for": subject,
        "where": sorted([test.field, test.op, _written(test.value)] for test in where),
        "missing": [_absence(absence) for absence in absences],
        "to": task.to,
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def needed_fields(
    where: Iterable[Test], absences: Iterable[Absence], task: TaskText
) -> frozenset[str]:
    """Every `stream.column` the rule reads to decide; what its texts name is not among them."""
    fields = set(OWNER_READS)
    for test in where:
        fields |= DEAL_FIELDS[test.field].reads
    for absence in absences:
        fields |= TOUCH_READS | DEAL_FIELDS[absence.start].reads
        if isinstance(absence.limit, dict):
            fields |= DEAL_FIELDS["stage"].reads
        if absence.pattern.by & {"manager", "team"}:
            fields |= MANAGER_READS
    if "manager" in task.to:
        fields |= MANAGER_READS
    return frozenset(fields)


def needed_streams(fields: Iterable[str], absences: Sequence[Absence]) -> frozenset[str]:
    """Every stream the rule reads."""
    streams = frozenset(field.partition(".")[0] for field in fields)
    return streams | TOUCH_STREAMS if absences else streams


def _absence(absence: Absence) -> list[Any]:
    pattern = absence.pattern
    limit = absence.limit
    lengths = (
        {stage: str(length) for stage, length in limit.items()}
        if isinstance(limit, dict)
        else str(limit)
    )
    touch = [sorted(pattern.by), pattern.at_least, pattern.direction, sorted(pattern.kinds)]
    return [absence.clock, absence.start, lengths, touch]


def _written(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else [str(value)]
