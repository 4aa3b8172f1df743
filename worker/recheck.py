"""A last look before anything is written: whatever came in meanwhile prevents the task.

Between the reading of the CRM and the writing there may be minutes, or, with `apply`, days. What
has changed since is read again, and only what the rules still ask for is written. Adds nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rules.evaluate import Evaluation
from worker.decision import NOTHING_WRITTEN, Decision, Plan, Reason

#: A plan made from what was read so lately is true enough.
FRESH: Final = dt.timedelta(minutes=1)


def still_true(plan: Plan, look_again: Callable[[], Evaluation]) -> Plan:
    """Return the plan without what the rules no longer ask for.

    `look_again` reads what has changed and judges anew; it is not called where nothing would be
    written about a finding. Raises what it raises.
    """
    if not any(_writes(d) for d in plan.decisions):
        return plan
    evaluation = look_again()
    rules = {d.rule for d in plan.decisions if _writes(d)} & set(evaluation.judged)
    firing = {
        (rule, verdict.record_id, verdict.anchor)
        for rule in rules
        for verdict in evaluation.firing(rule)
    }
    kept = tuple(d if _holds(d, firing) else _without(d) for d in plan.decisions)
    return replace(plan, decisions=kept)


def _writes(decision: Decision) -> bool:
    about_finding = decision.finding is not None
    return about_finding and any((decision.draft, decision.alert, decision.tell))


def _holds(decision: Decision, firing: set[tuple[str, str, dt.datetime | None]]) -> bool:
    found = decision.finding
    if found is None or not _writes(decision):
        return True
    return (found.rule, found.record_id, found.anchor) in firing


def _without(decision: Decision) -> Decision:
    return replace(decision, reason=Reason.GONE_MEANWHILE, **NOTHING_WRITTEN)
