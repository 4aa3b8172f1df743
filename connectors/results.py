"""Outcomes of writes, made from what became of them. Knows no CRM and sends nothing.

A reason is the CRM's code or one of ours, never its text, which may hold clients' data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from connectors.errors import CrmError, OutcomeUnknown, Refused
from connectors.model import Task, Verdict, WriteResult


class Keyed(Protocol):
    """Something to be written, known by its key."""

    @property
    def key(self) -> str:
        """The key that its result will carry."""


Order = TypeVar("Order", bound=Keyed)

#: One outcome; and the error, if any, that the writes behind it would meet as well.
Step = tuple[WriteResult, CrmError | None]


def applied(key: str, task_id: str | None, reason: str = "") -> WriteResult:
    """It stands as it should, whoever brought it there; `task_id` is None where it is no task."""
    return WriteResult(key=key, verdict=Verdict.APPLIED, task_id=task_id, reason=reason)


def adopted(key: str, holder: Task | None, taken: str) -> WriteResult:
    """The key is taken: by our own task from an attempt before, which then is the one wanted.

    No holder (a twin still under way, or invisible) leaves it unknown, with `taken` as the reason.
    """
    if holder is None:
        return unknown(key, taken)
    return applied(key, holder.id, "adopted_deleted" if holder.deleted else "adopted")


def not_applied(key: str, reason: str, *, permanent: bool) -> WriteResult:
    """It was not written; `permanent` where trying again unchanged makes no sense."""
    return WriteResult(key=key, verdict=Verdict.NOT_APPLIED, reason=reason, permanent=permanent)


def refused(key: str, reason: str) -> WriteResult:
    """The CRM, or we, will never accept this as it is."""
    return not_applied(key, reason, permanent=True)


def unknown(key: str, reason: str) -> WriteResult:
    """Nobody knows; it is looked up by its key before anything is sent again."""
    return WriteResult(key=key, verdict=Verdict.UNKNOWN, reason=reason)


def failed(key: str, problem: CrmError, passing: frozenset[str] = frozenset()) -> WriteResult:
    """A request that failed; `passing` are codes of refusals that may not last."""
    reason = problem.code or type(problem).__name__
    if isinstance(problem, OutcomeUnknown):
        return unknown(key, reason)
    permanent = isinstance(problem, Refused) and reason not in passing
    return not_applied(key, reason, permanent=permanent)


def not_sent(keys: Iterable[str], because: CrmError) -> list[WriteResult]:
    """Nothing of this was sent, because of what went wrong before."""
    reason = f"NOT_SENT_AFTER_{because.code or type(because).__name__}"
    return [not_applied(key, reason, permanent=False) for key in keys]


def in_turn(
    orders: Sequence[Order], write: Callable[[Order], Step]
) -> tuple[list[WriteResult], CrmError | None]:
    """Write one after the other, results in order; what stopped it, and nothing behind is sent."""
    results: list[WriteResult] = []
    for number, order in enumerate(orders):
        result, stopped = write(order)
        results.append(result)
        if stopped is not None:
            return results + not_sent([one.key for one in orders[number + 1 :]], stopped), stopped
    return results, None
