"""A last look before anything is written: whatever came in meanwhile prevents the task.

Between the reading of the CRM and the writing there may be minutes, or, with `apply`, days; and a
search index shows what happened only after a while. So the records that something is to be written
about are asked for directly, past the index, and only what the rules still ask for is written. Adds
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from connectors.base import Connector, LooksBeside, Places
from connectors.budget import EXHAUSTED
from connectors.errors import CrmError, Refused, Unusable
from connectors.retry import Stopped
from rules import select
from rules.evaluate import Evaluation
from rules.select import transaction
from worker.decision import NOTHING_WRITTEN, Decision, Plan, Reason
from worker.feeds import OVERLAP
from worker.log import logger
from worker.mirror import Mirror

#: A plan made from what was read so lately is true enough, what hangs on its records aside.
FRESH: Final = dt.timedelta(minutes=1)


class NotLooked(Exception):
    """The CRM could not be asked once more about the records of a plan; the message says why."""


def look_beside(connector: Connector, mirror: Mirror, plan: Plan, now: dt.datetime) -> int:
    """Read what hangs on the records that something is to be written about, as it is now.

    Return how many rows were new to the mirror. Raises NotLooked, Stopped, Unusable.
    """
    places = places_of(plan)
    if not isinstance(connector, LooksBeside) or not (places.deals or places.accounts):
        return 0
    since = min(mirror.complete_until().get("activities", now), now) - OVERLAP

    def known(ids: Sequence[str]) -> list[str]:
        sql = "SELECT id FROM activities WHERE id IN (SELECT unnest($ids)) AND modified_at < $since"
        found = select.rows(mirror.connection, sql, {"ids": list(ids), "since": since})
        return [row["id"] for row in found]

    changed = 0
    try:
        for batch in connector.beside(places, since, known):
            with transaction(mirror.connection):
                changed += mirror.store(batch)
    except (Stopped, Unusable):
        raise
    except CrmError as problem:
        if not isinstance(problem, Refused) or problem.code in EXHAUSTED:
            raise NotLooked(problem.message) from None
        # It will be refused in the next run as well: what is known must do.
        logger().warning("no last look", why=problem.message)
    return changed


def places_of(plan: Plan) -> Places:
    """Return the deals and accounts that a plan writes about, each once, in its order."""
    found = [d.finding for d in plan.decisions if writes(d) and d.finding is not None]
    return Places(
        deals=tuple(dict.fromkeys(one.deal_id for one in found if one.deal_id)),
        accounts=tuple(dict.fromkeys(one.account_id for one in found if one.account_id)),
    )


def still_true(plan: Plan, judge: Callable[[], Evaluation]) -> Plan:
    """Return the plan without what the rules no longer ask for.

    `judge` says what holds now; it is not called where nothing would be written about a finding.
    Raises what it raises.
    """
    if not any(writes(d) for d in plan.decisions):
        return plan
    evaluation = judge()
    rules = {d.rule for d in plan.decisions if writes(d)} & set(evaluation.judged)
    firing = {
        (rule, verdict.record_id, verdict.anchor)
        for rule in rules
        for verdict in evaluation.firing(rule)
    }
    return _without(plan, Reason.GONE_MEANWHILE, lambda d: not _holds(d, firing))


def unlooked(plan: Plan) -> Plan:
    """Return the plan without what could not be looked at once more, and say so."""
    count = sum(map(writes, plan.decisions))
    said = f"{count} writes wait: the CRM could not be asked whether they still hold."
    kept = _without(plan, Reason.NOT_LOOKED, writes)
    return replace(kept, look_at=(*plan.look_at, said))


def writes(decision: Decision) -> bool:
    """Tell whether a decision writes something about a finding."""
    about_finding = decision.finding is not None
    return about_finding and any((decision.draft, decision.alert, decision.tell))


def _holds(decision: Decision, firing: set[tuple[str, str, dt.datetime | None]]) -> bool:
    found = decision.finding
    if found is None or not writes(decision):
        return True
    return (found.rule, found.record_id, found.anchor) in firing


def _without(plan: Plan, why: Reason, gone: Callable[[Decision], bool]) -> Plan:
    kept: Iterator[Decision] = (
        replace(d, reason=why, **NOTHING_WRITTEN) if gone(d) else d for d in plan.decisions
    )
    return replace(plan, decisions=tuple(kept))
