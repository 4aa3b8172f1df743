"""One pass. This is the page to read first.

    CRM ──pull──▶ mirror ──evaluate──▶ verdicts ──plan──▶ plan ──apply──▶ CRM
                                          ledger ──────────┘         └──▶ ledger

`run_cycle` only calls; every stage is a module of its own name. Nothing is written to the CRM
unless `write` is true, and what is written carries a key that the CRM itself keeps unique.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from connectors.base import Identity, Sweeps, for_writing
from rules.checked import Rule
from rules.coverage import lay_coverage
from rules.evaluate import Evaluation, NotEvaluable, evaluate, prepare, streams_of
from rules.keeping import evaluate_kept
from rules.org import Org
from worker.anomalies import measure, unusual
from worker.apply import Applied, apply, recover
from worker.apply import write as write_intents
from worker.confirming import Confirmed, items_of, still_stand
from worker.deciding import decide
from worker.decision import Reason
from worker.desk import Desk
from worker.look_back import look_back
from worker.pausing import why_paused
from worker.plan import Plan
from worker.pull import Pulled, look_after_tasks, pull
from worker.recheck import FRESH, NotLooked, look_beside, still_true, unlooked, writes
from worker.sweep import unswept
from worker.waiting import claim, hold, under


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Everything one pass saw, decided and did."""

    identity: Identity
    pulled: Pulled | None
    evaluation: Evaluation
    plan: Plan
    applied: Applied
    skew: dt.timedelta = dt.timedelta()  # how far our clock is ahead of the CRM's
    paused: str | None = None  # why nothing was written although it should have been
    waits: str = ""  # the hash of a plan that waits for a person's yes
    confirmed: Confirmed | None = None
    live: bool = False  # whether it was to write, and might have
    rebuilding: bool = False  # the mirror was never whole yet, so nothing is written
    dead: int = 0  # writes that were sent twice without an answer, where only marks tell


def run_cycle(
    desk: Desk,
    run_id: int,
    *,
    read: bool = True,
    write: bool = False,
    confirm: str | None = None,
    allow: Callable[[str], None] = lambda plan_hash: None,
) -> Pass:
    """Pull, evaluate, plan and, where allowed, apply.

    `read=False` judges the mirror as it is; what changed since is read before anything is written.
    `allow` sees the plan's hash before that and may raise. `confirm` is the hash of a plan that
    waited: then what is left of it is written, and nothing else. The CRM's clock is *now* for
    everything that follows. Raises CrmError, MirrorError, LedgerError, NotConfirmable.
    """
    started = desk.clock()
    with for_writing(desk.connector):  # it goes on where reads may not
        identity = desk.connector.identity()
        now, skew = identity.server_now, desk.clock() - identity.server_now
        same_org(desk, identity)
        recovered = recover(desk.connector, desk.ledger, desk.clock)
        look_after_tasks(desk.connector, desk.ledger, now)
    pulled = read_crm(desk, now) if read else None

    org = desk.settings.org(desk.mirror.stages())
    evaluation = judge(desk, org, now)
    believed = desk.ledger.believed()
    measured = measure(desk.mirror.connection, now, believed.at if believed else None)
    measured = replace(measured, hidden=desk.mirror.hidden())
    anomalies = tuple(unusual(measured, believed))
    plan = decide(desk, org, evaluation, identity, anomalies)
    seen = Pass(
        identity=identity,
        pulled=pulled,
        evaluation=evaluation,
        plan=plan,
        applied=Applied(recovered=recovered),
        skew=skew,
        paused=why_paused(desk.settings.state, desk.ledger) if write else None,
        rebuilding=not desk.mirror.is_whole(),
        dead=len(desk.ledger.dead()) if desk.connector.quarantine else 0,
    )
    if not write or seen.paused is not None or seen.rebuilding:
        return seen
    allow(plan.hash)
    with for_writing(desk.connector):
        desk.check_writable()
    desk.ledger.keyed_by(desk.keyring(identity.org_id).mark)
    if confirm is not None:
        done = _write_confirmed(desk, run_id, seen, confirm, org)
    else:
        fresh = read and desk.clock() - started < FRESH
        plan = _last_look(desk, org, seen.plan, fresh, now)
        done = _write(desk, run_id, replace(seen, plan=plan))
    if confirm is not None or not anomalies:
        desk.ledger.believe(measured)
    return done


def _write(desk: Desk, run_id: int, seen: Pass) -> Pass:
    """Write the plan, and keep what brakes have stopped."""
    plan, now = seen.plan, seen.identity.server_now
    why = {d.key: d.note for d in plan.decisions if d.reason is Reason.BRAKE}
    items = items_of(plan.held, desk.ledger.tasks(), why)
    hold(desk.ledger, plan.held_hash, items, _under(desk, seen), now)
    with for_writing(desk.connector):
        applied = apply(desk.connector, desk.ledger, plan, run_id, desk.clock, desk.must_stop)
    desk.ledger.turn([(d.key, d.turn) for d in plan.turns if d.turn is not None], now)
    desk.ledger.remember_rules(plan.rules)
    return replace(
        seen,
        applied=replace(applied, recovered=seen.applied.recovered),
        waits=plan.held_hash,
        live=True,
    )


def _write_confirmed(desk: Desk, run_id: int, seen: Pass, plan_hash: str, org: Org) -> Pass:
    """Write what is left of a plan that waited; the rest of the present plan is not touched."""
    now = seen.identity.server_now
    waited = claim(desk.ledger, plan_hash, _under(desk, seen), now)
    wanted = {(item.key, item.action) for item in waited.items}
    both = (*seen.plan.decisions, *seen.plan.held)
    mine = tuple(one for one in both if (one.key, one.action) in wanted)
    plan = _last_look(desk, org, replace(seen.plan, decisions=mine, held=()), True, now)
    confirmed = still_stand(waited, plan, desk.ledger.tasks())
    intents = confirmed.intents
    with for_writing(desk.connector):
        applied = write_intents(
            desk.connector, desk.ledger, intents, run_id, desk.clock, desk.must_stop
        )
    applied = replace(applied, recovered=seen.applied.recovered)
    return replace(seen, applied=applied, confirmed=confirmed)


def _under(desk: Desk, seen: Pass) -> str:
    return under(desk.rules, desk.settings.limits, seen.identity.org_id)


def _last_look(desk: Desk, org: Org, plan: Plan, fresh: bool, now: dt.datetime) -> Plan:
    """Return the plan as it stands at this moment. Raises CrmError, MirrorError.

    What has changed is read where the plan is not fresh, and then, past the CRM's index, what hangs
    on the records that something would be written about.
    """
    if not any(writes(one) for one in plan.decisions):
        return plan
    if not fresh:
        with for_writing(desk.connector):
            now = desk.connector.identity().server_now
        read_crm(desk, now)
        plan = still_true(plan, lambda: judge(desk, org, now))
    try:
        with for_writing(desk.connector):
            changed = look_beside(desk.connector, desk.mirror, plan, now)
    except NotLooked as problem:
        structlog.get_logger().warning("no last look", why=str(problem))
        return unlooked(plan)
    return still_true(plan, lambda: _judge_now(desk, org, plan, now)) if changed else plan


def _judge_now(desk: Desk, org: Org, plan: Plan, now: dt.datetime) -> Evaluation:
    """Judge anew, as of this moment: of what the plan writes about all is known up to it."""
    connection = desk.mirror.connection
    names = {one.rule for one in plan.decisions if writes(one)}
    prepare(connection, org, now, [*desk.rules.values()])
    return evaluate(
        connection,
        [rule for rule in desk.rules.values() if rule.id in names],
        org,
        complete_until=dict.fromkeys(desk.mirror.complete_until(), now),
        blind_spots=desk.mirror.blind_spots(),
        now=now,
    )


def pull_alone(desk: Desk) -> Pulled:
    """Pull, and bring what follows from the mirror in line with it, so that reading it is quick.

    Raises CrmError, MirrorError.
    """
    identity = desk.connector.identity()
    same_org(desk, identity)
    pulled = read_crm(desk, identity.server_now)
    org = desk.settings.org(desk.mirror.stages())
    prepare(desk.mirror.connection, org, identity.server_now, ())
    return pulled


def read_crm(desk: Desk, now: dt.datetime) -> Pulled:
    """Bring the mirror up to date. Raises CrmError, MirrorError."""
    back = look_back(desk.rules.values())
    pulled = pull(desk.connector, desk.mirror, now, desk.progress, look_back=back)
    desk.mirror.widen()
    return pulled


def same_org(desk: Desk, identity: Identity) -> None:
    """Bind both stores to this org, or neither: a new one is bound after the old one agreed."""
    if desk.mirror.org_id() is not None:
        desk.mirror.belongs_to(identity, desk.connector.crm)
    desk.ledger.belongs_to(identity)
    desk.mirror.belongs_to(identity, desk.connector.crm)


def judge(desk: Desk, org: Org, now: dt.datetime) -> Evaluation:
    """Say for each rule which records it holds for; judge again only what may have changed."""
    connection = desk.mirror.connection
    every = list(desk.rules.values())
    waiting = _waiting(desk, every, org, now)
    rules = [rule for rule in every if rule.id not in waiting]
    prepare(connection, org, now, every)
    lay_coverage(connection, org, now)
    kept = evaluate_kept(
        connection,
        rules,
        org,
        complete_until=desk.mirror.complete_until(),
        blind_spots=desk.mirror.blind_spots(),
        now=now,
    )
    if kept.differences:  # a bug of ours: what is kept was put right, and somebody should know
        structlog.get_logger().warning("kept verdicts were wrong", differ=dict(kept.differences))
    not_evaluable = [*kept.evaluation.not_evaluable]
    not_evaluable += [NotEvaluable(rule=rule, why=why) for rule, why in waiting.items()]
    return replace(kept.evaluation, not_evaluable=not_evaluable)


def _waiting(desk: Desk, rules: Sequence[Rule], org: Org, now: dt.datetime) -> dict[str, str]:
    """Rules that judge by what is missing, and the streams were not compared for too long."""
    if not isinstance(desk.connector, Sweeps):
        return {}
    whys = {
        rule.id: unswept(desk.mirror, streams_of(rule, org), now) for rule in rules if rule.absences
    }
    return {rule: why for rule, why in whys.items() if why is not None}
