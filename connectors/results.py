"""Outcomes of writes, made from what went wrong. Knows no CRM and sends nothing.

A reason is the CRM's code or one of ours, never its text, which may hold clients' data.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.errors import CrmError, OutcomeUnknown, Refused
from connectors.model import Verdict, WriteResult


def applied(key: str, task_id: str, reason: str = "") -> WriteResult:
    """The task stands as it should, whoever brought it there."""
    return WriteResult(key=key, verdict=Verdict.APPLIED, task_id=task_id, reason=reason)


def refused(key: str, reason: str) -> WriteResult:
    """The CRM, or we, will never accept this as it is."""
    return WriteResult(key=key, verdict=Verdict.NOT_APPLIED, reason=reason, permanent=True)


def unknown(key: str, reason: str) -> WriteResult:
    """Nobody knows; it is looked up by its key before anything is sent again."""
    return WriteResult(key=key, verdict=Verdict.UNKNOWN, reason=reason)


def failed(key: str, problem: CrmError, passing: frozenset[str] = frozenset()) -> WriteResult:
    """A request that failed; `passing` are codes of refusals that may not last."""
    reason = problem.code or type(problem).__name__
    if isinstance(problem, OutcomeUnknown):
        return unknown(key, reason)
    permanent = isinstance(problem, Refused) and reason not in passing
    return WriteResult(key=key, verdict=Verdict.NOT_APPLIED, reason=reason, permanent=permanent)


def not_sent(keys: Iterable[str], because: CrmError) -> list[WriteResult]:
    """Nothing of this was sent, because of what went wrong before."""
    reason = f"NOT_SENT_AFTER_{because.code or type(because).__name__}"
    return [WriteResult(key=key, verdict=Verdict.NOT_APPLIED, reason=reason) for key in keys]
