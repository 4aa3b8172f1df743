"""One pass. This is the page to read first.

    CRM ──pull──▶ mirror ──evaluate──▶ verdicts ──plan──▶ plan ──apply──▶ CRM
                                          ledger ──────────┘         └──▶ ledger

`run_cycle` only calls; every stage is a module of its own name. Nothing is written to the CRM
unless `write` is true, and what is written carries a key that the CRM itself keeps unique.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from connectors.base import Identity
from rules.checked import Mode, Rule
from rules.evaluate import Evaluation, Org, evaluate, prepare
from rules.evidence import Ending, Finding, endings, findings
from rules.people import read_people
from worker.apply import Applied, apply, recover
from worker.desk import Desk
from worker.ledger import TaskState
from worker.plan import Judged, Memory, Plan, Setting, make_plan
from worker.pull import Pulled, look_after_tasks, pull


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Everything one pass saw, decided and did."""

    identity: Identity
    pulled: Pulled | None
    evaluation: Evaluation
    plan: Plan
    applied: Applied


def run_cycle(
    desk: Desk,
    run_id: int,
    *,
    read: bool = True,
    write: bool = False,
    allow: Callable[[str], None] = lambda plan_hash: None,
) -> Pass:
    """Pull, evaluate, plan and, where allowed, apply. Raises CrmError, MirrorError, LedgerError.

    `read=False` judges the mirror as it is. `allow` sees the plan's hash before anything is written
    and may raise. The CRM's clock is *now* for everything that follows.
    """
    identity = desk.connector.identity()
    now = identity.server_now
    same_org(desk, identity)

    recovered = recover(desk.connector, desk.ledger, desk.clock)
    look_after_tasks(desk.connector, desk.ledger, now)
    pulled = pull(desk.connector, desk.mirror, now, desk.progress) if read else None

    org = desk.settings.org(desk.mirror.stages())
    evaluation = judge(desk, org, now)
    plan = decide(desk, org, evaluation, identity)
    applied = Applied()
    if write:
        allow(plan.hash)
        desk.check_writable()
        desk.ledger.keyed_by(desk.keyring(identity.org_id).mark)
        applied = apply(desk.connector, desk.ledger, plan, run_id, desk.clock, desk.stop)
        desk.ledger.remember_rules(plan.rules)
    return Pass(
        identity=identity,
        pulled=pulled,
        evaluation=evaluation,
        plan=plan,
        applied=Applied(written=applied.written, recovered=recovered),
    )


def same_org(desk: Desk, identity: Identity) -> None:
    """Bind both stores to this org, or neither: a new one is bound after the old one agreed."""
    if desk.mirror.org_id() is not None:
        desk.mirror.belongs_to(identity, desk.connector.crm)
    desk.ledger.belongs_to(identity)
    desk.mirror.belongs_to(identity, desk.connector.crm)


def judge(desk: Desk, org: Org, now: dt.datetime) -> Evaluation:
    """Say for each rule which deals it holds for."""
    connection = desk.mirror.connection
    prepare(connection, org, now)
    return evaluate(
        connection,
        list(desk.rules.values()),
        org,
        complete_until=desk.mirror.complete_until(),
        blind_spots=desk.mirror.blind_spots(),
        now=now,
    )


def decide(desk: Desk, org: Org, evaluation: Evaluation, identity: Identity) -> Plan:
    """Gather the evidence and decide what to write."""
    judged = [desk.rules[rule] for rule in evaluation.verdicts]
    found: list[Finding] = []
    ended: dict[str, Ending] = {}
    for rule in judged:
        firing = evaluation.firing(rule.id)
        as_of = evaluation.as_of[rule.id]
        found += findings(desk.mirror.connection, rule, org, firing, as_of)
        ended |= _ended(desk, rule, org, evaluation)
    setting = Setting(
        org=org,
        keyring=desk.keyring(identity.org_id),
        people=read_people(desk.mirror.connection),
        limits=desk.settings.limits,
        pilot=desk.settings.pilot,
        deal_url=desk.connector.record_url,
    )
    memory = Memory(
        tasks=desk.ledger.tasks(),
        rules=desk.ledger.rules(),
        refused=desk.ledger.refused(identity.server_now - dt.timedelta(days=1)),
        alerted=desk.ledger.alerted(),
    )
    population = {rule: len(verdicts) for rule, verdicts in evaluation.verdicts.items()}
    return make_plan(
        desk.rules,
        Judged(findings=found, endings=ended, population=population),
        memory,
        setting,
        identity.server_now,
    )


def _ended(desk: Desk, rule: Rule, org: Org, evaluation: Evaluation) -> dict[str, Ending]:
    """Return, by key, the endings of open tasks of `rule` whose finding stands no more.

    A verdict of UNKNOWN ends nothing, and neither does a deal the mirror has lost sight of, nor a
    rule that may not write. A task that a person opened again is theirs to end.
    """
    if rule.mode is Mode.SHADOW:
        return {}
    names = {rule.id, rule.was}
    holds = {v.deal_id for v in evaluation.verdicts[rule.id] if v.stands is not False}
    over = {
        task.key: task
        for task in desk.ledger.tasks().values()
        if task.rule in names
        and task.state is TaskState.OPEN
        and task.deal_id not in holds
        and not task.reopened
    }
    anchors = {task.deal_id: task.anchor or task.written_at for task in over.values()}
    said = endings(desk.mirror.connection, rule, org, anchors, evaluation.as_of[rule.id])
    return {key: said[task.deal_id] for key, task in over.items() if task.deal_id in said}
