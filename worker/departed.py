"""What the admin hears of people who have left: who takes over, and what still lies with them.

Nothing is taken from anybody: an open task stays with its owner until a person hands it on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rules.people import Person
from worker.about import Kind
from worker.decision import Decision, Reason
from worker.sitting import Sitting


def departed(decisions: Sequence[Decision], sitting: Sitting) -> Iterator[str]:
    """Yield a sentence for each person who has left and whom findings or open tasks name."""
    people = sitting.setting.people
    passed: Counter[tuple[str, str]] = Counter()
    for decision in decisions:
        owner = people.get(decision.finding.owner_id or "") if decision.finding else None
        if owner is not None and not owner.active and _is_written_or_stuck(decision):
            passed[owner.id, decision.to] += 1
    for (owner_id, to), count in sorted(passed.items()):
        yield _said(people[owner_id], to, count)
    held = Counter(task.owner_id or "" for task in sitting.memory.tasks.values() if task.living)
    for owner_id, count in sorted(held.items()):
        if owner_id in people and not people[owner_id].active:
            yield (
                f"{people[owner_id].name} has left and holds {_many(count, 'open task')} of ours. "
                "Hand over in the CRM."
            )


def _is_written_or_stuck(decision: Decision) -> bool:
    stuck = decision.reason is Reason.NO_RECEIVER and decision.kind is Kind.TASK
    return stuck or decision.draft is not None


def _said(owner: Person, to: str, count: int) -> str:
    if to:
        return f"{owner.name} has left: {_many(count, 'new task')} for their records went to {to}."
    return (
        f"{owner.name} has left, and nobody is there for {_many(count, 'finding')} about their "
        "records. Name somebody: otherwise_to: in followthrough.yaml."
    )


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
