"""The brake: a rule that would write too much writes nothing at all (`rulings: then brakes`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from worker.decision import NOTHING_WRITTEN, Decision, Reason
from worker.grounds import Limits


def brake(
    decisions: Sequence[Decision], population: Mapping[str, int], limits: Limits
) -> list[Decision]:
    """Stop a rule that would write too many tasks and alerts: all of them, before the first."""
    writes = Counter(d.rule for d in decisions if _writes(d))
    stopped = {
        rule: f"{n} tasks and alerts for {population.get(rule, 0)} records in scope"
        for rule, n in writes.items()
        if _too_many(n, population.get(rule, 0), limits)
    }
    return [
        replace(d, reason=Reason.BRAKE, note=stopped[d.rule], **NOTHING_WRITTEN)
        if _writes(d) and d.rule in stopped
        else d
        for d in decisions
    ]


def _writes(decision: Decision) -> bool:
    also = decision.reason is Reason.ALSO
    return also or any((decision.draft, decision.alert, decision.tell))


def _too_many(writes: int, records: int, limits: Limits) -> bool:
    if writes <= limits.creates_per_rule:
        return False
    return records < limits.share_from_deals or writes > limits.creates_share * records
