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

from connectors.base import Identity, Sweeps
from rules.checked import Rule
from rules.coverage import lay_coverage, unjudgeable, unseen
from rules.evaluate import Evaluation, NotEvaluable, prepare, streams_of
from rules.evidence import findings
from rules.finding import Finding
from rules.keeping import evaluate_kept
from rules.org import Org
from rules.people import read_people
from worker.apply import Applied, apply, recover
from worker.clients import clients_of
from worker.desk import Desk
from worker.ended import Ended, endings_of
from worker.explained import explained
from worker.look_back import look_back
from worker.plan import Judged, Memory, Plan, Setting, make_plan
from worker.pull import Pulled, look_after_tasks, pull
from worker.recheck import FRESH, still_true
from worker.sweep import unswept


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Everything one pass saw, decided and did."""

    identity: Identity
    pulled: Pulled | None
    evaluation: Evaluation
    plan: Plan
    applied: Applied
    skew: dt.timedelta = dt.timedelta()  # how far our clock is ahead of the CRM's


def run_cycle(
    desk: Desk,
    run_id: int,
    *,
    read: bool = True,
    write: bool = False,
    allow: Callable[[str], None] = lambda plan_hash: None,
) -> Pass:
    """Pull, evaluate, plan and, where allowed, apply. Raises CrmError, MirrorError, LedgerError.

    `read=False` judges the mirror as it is; what changed since is read before anything is written.
    `allow` sees the plan's hash before that and may raise. The CRM's clock is *now* for everything
    that follows.
    """
    started = desk.clock()
    identity = desk.connector.identity()
    now, skew = identity.server_now, desk.clock() - identity.server_now
    same_org(desk, identity)

    recovered = recover(desk.connector, desk.ledger, desk.clock)
    look_after_tasks(desk.connector, desk.ledger, now)
    pulled = read_crm(desk, now) if read else None

    org = desk.settings.org(desk.mirror.stages())
    evaluation = judge(desk, org, now)
    plan = decide(desk, org, evaluation, identity)
    applied = Applied()
    if write:
        allow(plan.hash)
        desk.check_writable()
        desk.ledger.keyed_by(desk.keyring(identity.org_id).mark)
        if not read or desk.clock() - started >= FRESH:
            plan = still_true(plan, lambda: _look_again(desk, org))
        applied = apply(desk.connector, desk.ledger, plan, run_id, desk.clock, desk.stop)
        turns = [(d.key, d.turn) for d in plan.turns if d.turn is not None]
        desk.ledger.turn(turns, now)
        desk.ledger.remember_rules(plan.rules)
    return Pass(
        identity=identity,
        pulled=pulled,
        evaluation=evaluation,
        plan=plan,
        applied=Applied(written=applied.written, recovered=recovered),
        skew=skew,
    )


def _look_again(desk: Desk, org: Org) -> Evaluation:
    """Read what has changed until this moment, and judge anew."""
    now = desk.connector.identity().server_now
    read_crm(desk, now)
    return judge(desk, org, now)


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
    return pull(desk.connector, desk.mirror, now, desk.progress, look_back=back)


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


def decide(desk: Desk, org: Org, evaluation: Evaluation, identity: Identity) -> Plan:
    """Gather the evidence and decide what to write."""
    connection, connector = desk.mirror.connection, desk.connector
    tasks = desk.ledger.tasks()
    found: list[Finding] = []
    ended = Ended()
    for rule in (desk.rules[name] for name in evaluation.judged):
        firing = evaluation.firing(rule.id)
        found += findings(connection, rule, org, firing, evaluation.as_of[rule.id])
        ended |= endings_of(connection, rule, org, evaluation, tasks.values())
    setting = Setting(
        org=org,
        keyring=desk.keyring(identity.org_id),
        people=read_people(connection, org),
        limits=desk.settings.limits,
        pilot=desk.settings.pilot,
        record_url=lambda kind, record_id: connector.record_url(record_id, kind),
        otherwise_to=desk.settings.file.otherwise_to,
        unjudgeable=unjudgeable(connection),
        unseen=unseen(connection),
    )
    memory = Memory(
        tasks=tasks,
        rules=desk.ledger.rules(),
        refused=desk.ledger.refused(identity.server_now - dt.timedelta(days=1)),
        alerted=desk.ledger.alerted(),
        words=desk.ledger.words(),
        mentions=desk.ledger.mentions(),
    )
    judged = Judged(
        findings=found,
        endings=ended.endings,
        values=ended.values,
        proofs=ended.proofs,
        clients=clients_of(connection, tasks.values()),
        explained=explained(connection, desk.rules, org, evaluation, memory),
        population={rule: evaluation.population(rule) for rule in {f.rule for f in found}},
    )
    return make_plan(desk.rules, judged, memory, setting, identity.server_now)
