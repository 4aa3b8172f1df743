"""Gather everything a plan rests on, from both stores, and make the plan. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from connectors.base import Identity
from rules.coverage import unjudgeable, unseen
from rules.evaluate import Evaluation
from rules.evidence import findings
from rules.finding import Finding
from rules.org import Org
from rules.people import read_people
from worker.clients import clients_of
from worker.decision import Counted
from worker.desk import Desk
from worker.ended import Ended, endings_of
from worker.explained import explained
from worker.gathering import choose
from worker.plan import Judged, Memory, Plan, Setting, make_plan
from worker.quiet import quiet_of
from worker.usual import live_writes


def decide(
    desk: Desk, org: Org, evaluation: Evaluation, identity: Identity, anomalies: Sequence[str] = ()
) -> Plan:
    """Gather the evidence and decide what to write. `anomalies` make the data doubtful."""
    connection, connector = desk.mirror.connection, desk.connector
    tasks, rules = desk.ledger.tasks(), desk.ledger.rules()
    found: list[Finding] = []
    counted: list[Counted] = []
    ended = Ended()
    for rule in (desk.rules[name] for name in evaluation.judged):
        quiet = quiet_of(rule, rules.get(rule.id), identity.server_now)
        ours = [t.about.record_id for t in tasks.values() if t.about.subject == rule.subject]
        chosen = choose(evaluation, rule.id, quiet, ours)
        found += findings(connection, rule, org, chosen.verdicts, evaluation.as_of[rule.id])
        if chosen.counted:
            counted.append(Counted(rule=rule.id, reason=quiet.reason, number=chosen.counted))
        ended |= endings_of(connection, rule, org, evaluation, tasks.values())
    setting = Setting(
        org=org,
        keyring=desk.keyring(identity.org_id),
        people=read_people(connection, org),
        limits=desk.settings.limits,
        pilot=desk.settings.pilot,
        record_url=lambda kind, record_id: connector.record_url(record_id, kind),
        quiet_hours=desk.settings.file.quiet_hours,
        deletes=desk.settings.file.resolve_as == "delete",
        otherwise_to=desk.settings.file.otherwise_to,
        unjudgeable=unjudgeable(connection),
        unseen=unseen(connection),
    )
    memory = Memory(
        tasks=tasks,
        rules=rules,
        refused=desk.ledger.refused(identity.server_now - dt.timedelta(days=1)),
        unanswered=desk.ledger.unanswered(),
        alerted=desk.ledger.alerted(),
        live_writes=live_writes(desk.ledger),
        words=desk.ledger.words(),
        mentions=desk.ledger.mentions(),
    )
    judged = Judged(
        findings=found,
        endings=ended.endings,
        values=ended.values,
        proofs=ended.proofs,
        anomalies=anomalies,
        whole=not evaluation.not_evaluable,
        clients=clients_of(connection, tasks.values()),
        explained=explained(connection, desk.rules, org, evaluation, memory),
        counted=counted,
        population={rule: evaluation.population(rule) for rule in {f.rule for f in found}},
    )
    return make_plan(desk.rules, judged, memory, setting, identity.server_now)
