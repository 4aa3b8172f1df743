"""The brakes: what would write too much writes nothing at all (`rulings: Limits, then brakes`).

Each stops all of what it is about, before the first request; what is stopped is held for a person
to confirm. Closes behind which something stands in the CRM never trip, and nor do people's words.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from worker.decision import NOTHING_WRITTEN, Decision, Reason
from worker.grounds import Limits

#: What an episode is about: the kind of record, its id, and when it began.
Episode = tuple[str, str, dt.datetime | None]


@dataclass(frozen=True, kw_only=True)
class Braking:
    """What the brakes judge by."""

    limits: Limits
    population: Mapping[str, int]  # rule -> records in its scope
    before: Mapping[str, Sequence[int]] = field(default_factory=dict)  # rule -> writes of live runs
    today: int = 0  # tasks and alerts of ours that were written today
    owners: int = 0  # people who are active
    living: int = 0  # tasks of ours that are open
    anomalies: Sequence[str] = ()
    gone: Mapping[Episode, str] = field(default_factory=dict)  # -> the rule, which is no more


def brake(
    decisions: Sequence[Decision], braking: Braking
) -> tuple[list[Decision], tuple[Decision, ...]]:
    """Return the decisions with the stopped ones written off, and those as they would have been."""
    kept, held = list(decisions), []
    for why_stopped in (_anomalous, _renamed, _too_many_closes, _rules_run_away, _day_is_full):
        why = why_stopped(kept, braking)
        held += [one for one in kept if why(one) is not None]
        kept = [_stopped(one, why(one)) for one in kept]
    return kept, tuple(held)


Why = Callable[[Decision], str | None]


def _stopped(decision: Decision, why: str | None) -> Decision:
    if why is None:
        return decision
    return replace(decision, reason=Reason.BRAKE, note=why, close=None, **NOTHING_WRITTEN)


def _anomalous(_: Sequence[Decision], braking: Braking) -> Why:
    """The data are not to be trusted: nothing is written but what people asked for."""
    said = "; ".join(braking.anomalies)
    return lambda one: said if said and (_is_new(one) or _is_unproven(one)) else None


def _renamed(decisions: Sequence[Decision], braking: Braking) -> Why:
    """A rule under another name would ask for everything once more, and close what it had asked."""
    closing = {_record(one): one.rule for one in decisions if _is_unproven(one)}
    creates = [one for one in decisions if one.draft is not None and one.finding is not None]
    twins: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for one in creates:
        former = braking.gone.get((*_record(one), one.anchor)) or closing.get(_record(one))
        if former not in (None, one.rule):
            twins[one.rule][_record(one)] = str(former)
    counts = Counter(one.rule for one in creates)
    tripped = {
        rule: found
        for rule, found in twins.items()
        if len(found) >= max(1, braking.limits.renamed_from) and 2 * len(found) >= counts[rule]
    }
    why = {rule: _twins(found, counts[rule]) for rule, found in tripped.items()}
    stands = {record: why[rule] for rule, found in tripped.items() for record in found}
    return lambda one: (
        stands.get(_record(one))
        if _is_unproven(one)
        else (why.get(one.rule) if _is_of_a_rule(one) else None)
    )


def _record(decision: Decision) -> tuple[str, str]:
    return decision.about.subject, decision.about.record_id


def _twins(found: Mapping[tuple[str, str], str], creates: int) -> str:
    former = ", ".join(sorted({*found.values()}))
    return (
        f"{len(found)} of its {creates} new tasks stand where {former} had one. If it is that rule "
        f"under another name, write `was: {former}` into it"
    )


def _too_many_closes(decisions: Sequence[Decision], braking: Braking) -> Why:
    count, limits = sum(map(_is_unproven, decisions)), braking.limits
    enough = braking.living >= limits.closes_from
    too_many = enough and count > limits.closes_share * braking.living
    why = f"{count} of {braking.living} open tasks would be closed without an event in the CRM"
    return lambda one: why if too_many and _is_unproven(one) else None


def _rules_run_away(decisions: Sequence[Decision], braking: Braking) -> Why:
    counts = Counter(one.rule for one in decisions if _is_of_a_rule(one))
    why = {
        rule: f"{n} tasks and alerts for {braking.population.get(rule, 0)} records in scope"
        for rule, n in counts.items()
        if _too_many(rule, n, braking)
    }
    return lambda one: why.get(one.rule) if _is_of_a_rule(one) else None


def _too_many(rule: str, writes: int, braking: Braking) -> bool:
    limits, records = braking.limits, braking.population.get(rule, 0)
    usual = statistics.median(braking.before.get(rule) or [0])
    if writes <= max(limits.creates_per_rule, limits.creates_of_usual * usual):
        return False
    return records < limits.share_from_deals or writes > limits.creates_share * records


def _day_is_full(decisions: Sequence[Decision], braking: Braking) -> Why:
    """Of the whole org, whichever rules; what was written earlier today counts, too."""
    limits = braking.limits
    new = sum(one.draft is not None or one.alert is not None for one in decisions)
    most = max(limits.creates_per_day, limits.creates_per_owner * braking.owners)
    too_many = new > 0 and braking.today + new > most
    why = f"{braking.today} tasks and alerts were written today, and {new} more would be"
    return lambda one: why if too_many and _is_new(one) else None


def _is_new(decision: Decision) -> bool:
    """Whether it tells somebody something new."""
    lines = decision.tell is not None and decision.reason is not Reason.HEARD
    return lines or decision.draft is not None or decision.alert is not None


def _is_of_a_rule(decision: Decision) -> bool:
    of_a_finding = decision.finding is not None
    return decision.reason is Reason.ALSO or (of_a_finding and _is_new(decision))


def _is_unproven(decision: Decision) -> bool:
    return decision.close is not None and decision.reason is Reason.DUTY_MET and not decision.proven
