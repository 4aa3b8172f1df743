"""What a pass did, as plain data: for `--json`, the ledger, the log line and the printed page."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from connectors.base import Usage
from rules import wording
from rules.finding import Finding
from worker.apply import tally
from worker.cycle import Pass
from worker.decision import Decision, Reason
from worker.known import IntentState
from worker.pull import Pulled

#: A clock that differs by more is told (reliability, F47).
MOST_SKEW: Final = dt.timedelta(minutes=5)


def summary(done: Pass, usage: Usage) -> dict[str, Any]:
    """Return the counts of a pass: one canonical line."""
    pulled = done.pulled
    return {
        "org": done.identity.org_id,
        "rows": sum(f.rows for f in pulled.feeds) if pulled else 0,
        "changed": sum(f.changed for f in pulled.feeds) if pulled else 0,
        "left": [one.what for one in pulled.left] if pulled else [],
        "read_until": _read_until(pulled) if pulled else None,
        "repaired": sum(s.repaired for s in pulled.swept) if pulled else 0,
        "rules": len(done.evaluation.judged),
        "not_evaluable": [n.rule for n in done.evaluation.not_evaluable],
        "findings": len(_findings(done.plan.decisions)) + sum(c.number for c in done.plan.counted),
        "reasons": done.plan.reasons,
        "plan": done.plan.hash,
        "written": tally(done.applied),
        "awaiting": done.waits,
        **({"wrote": wrote_by_rule(done)} if done.live else {}),
        "recovered": done.applied.recovered,
        "api_calls": usage.calls,
        "api_calls_estimated": _estimated(pulled) if pulled else 0,
        "api_calls_by_feed": {f.feed: f.calls for f in pulled.feeds} if pulled else {},
        "api_used_today": usage.used_today,
        "api_allowed_today": usage.allowed_today,
    }


def wrote_by_rule(done: Pass) -> dict[str, int]:
    """Count what each rule told people in this pass: tasks and alerts."""
    new = (w for w in done.applied.written if w.action in ("create", "alert"))
    return dict(Counter(w.rule for w in new if w.state is IntentState.ACKED))


def degraded(done: Pass) -> list[str]:
    """Return what a person should look at, one sentence each; empty when all is well."""
    said = [f"{n.rule} is not evaluable: {n.why}" for n in done.evaluation.not_evaluable]
    for state, what in _TROUBLE.items():
        many = done.applied.count(state)
        if many:
            said.append(f"{many} of our writes {what}")
    braked = sorted(
        {f"{d.rule}: {d.note}" for d in done.plan.decisions if d.reason is Reason.BRAKE}
    )
    said += [f"a brake stopped {one}" for one in braked]
    said += _waits(done)
    if done.dead:
        said.append(
            f"{done.dead} of our writes went unanswered twice and wait for somebody to look: "
            "followthrough ledger dead"
        )
    if done.rebuilding:
        said.insert(0, "rebuilding: nothing is written until all feeds were read once")
    said += _of_reading(done.pulled) if done.pulled else []
    if abs(done.skew) > MOST_SKEW:
        ahead = "ahead of" if done.skew > dt.timedelta() else "behind"
        said.append(
            f"this machine's clock is {abs(done.skew).total_seconds() / 60:.0f} minutes {ahead} "
            "the CRM's. What is read goes by the CRM's; passes are started by this one: set it."
        )
    return [*said, *done.plan.look_at, *cannot_see(done.plan.decisions)]


def _waits(done: Pass) -> list[str]:
    if done.paused is not None:
        return [wording.paused(done.paused)]
    if not done.waits:
        return []
    count = sum(bool(d.action) for d in done.plan.held)
    return [wording.awaiting(done.waits, count)]


def _read_until(pulled: Pulled) -> str | None:
    """Up to when all streams were read, by the CRM's clock; None before the first time."""
    oldest = min(pulled.read_until.values(), default=None)
    return oldest.isoformat() if oldest else None


def _estimated(pulled: Pulled) -> int:
    """The calls that reading was thought to need, as far as anybody could know."""
    return sum(feed.estimated or 0 for feed in pulled.feeds)


def _of_reading(pulled: Pulled) -> list[str]:
    """What of the CRM was not read, and what the sweep found."""
    said = [f"{one.what} was left for a later pull: {one.why}" for one in pulled.left]
    for one in pulled.swept:
        if one.repaired:
            said.append(
                f"the daily sweep found {one.repaired:,} {one.stream} that reading changes had "
                "missed. They were read; windows overlap more until a sweep finds none."
            )
        if one.hidden:
            said.append(
                f"{one.hidden:,} {one.stream} are no longer shown to this account, and the CRM "
                "does not call them deleted. They stay as they were last seen."
            )
    return said


def cannot_see(decisions: Sequence[Decision]) -> list[str]:
    """Return a sentence for each person whose findings were held back, and how many they are."""
    held: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.reason is Reason.CANNOT_SEE:
            held[decision.note].append(decision)
    counts = {why: len(_findings(some)) for why, some in sorted(held.items())}
    return [
        f"{why} ({n} {'finding' if n == 1 else 'findings'} held back)" for why, n in counts.items()
    ]


_NAMED_BY = {"activity": "subject"}  # the placeholder that says what an activity was about


def record_of(finding: Finding) -> tuple[str, ...]:
    """Return what a person calls the record of a finding: the client, if any, then the record."""
    word = _NAMED_BY.get(finding.subject, finding.subject)
    name = finding.values.get(word) or finding.values.get("deal") or finding.record_id
    client = finding.account if finding.account_id or finding.deal_id else ""
    return tuple(dict.fromkeys(part for part in (client, name) if part))


def _findings(decisions: Sequence[Decision]) -> set[tuple[Any, ...]]:
    """The findings behind some decisions, each once: one may lead to several."""
    return {(d.rule, *d.finding.episode) for d in decisions if d.finding is not None}


_TROUBLE = {
    IntentState.REJECTED: "were refused by the CRM; the ledger holds its codes.",
    IntentState.UNKNOWN: "ended without an answer; the next run asks the CRM before it repeats.",
    IntentState.PLANNED: "could not be made now; the next run tries again.",
}


def full(done: Pass, usage: Usage) -> dict[str, Any]:
    """Return a pass whole, for `--json`."""
    return {
        "summary": summary(done, usage),
        "pulled": [
            {
                "feed": f.feed,
                "rows": f.rows,
                "changed": f.changed,
                "first_time": f.first_time,
                "calls": f.calls,
                "estimated_calls": f.estimated,
            }
            for f in (done.pulled.feeds if done.pulled else ())
        ],
        "read_until": {
            stream: at.isoformat()
            for stream, at in sorted(done.pulled.read_until.items() if done.pulled else ())
        },
        "left": [
            {"what": one.what, "why": one.why} for one in (done.pulled.left if done.pulled else ())
        ],
        "followed": done.pulled.followed if done.pulled else 0,
        "swept": [asdict(one) for one in (done.pulled.swept if done.pulled else ())],
        "blind_spots": [
            {"stream": b.stream, "field": b.field, "why": b.why}
            for b in (done.pulled.blind_spots if done.pulled else ())
        ],
        "not_evaluable": [{"rule": n.rule, "why": n.why} for n in done.evaluation.not_evaluable],
        "decisions": [_decision(d) for d in done.plan.decisions],
        "counted": [
            {"rule": c.rule, "reason": c.reason.name.lower(), "findings": c.number}
            for c in done.plan.counted
        ],
        "written": [
            {
                "key": w.key,
                "action": w.action,
                "subject": w.about.subject,
                "record": w.about.record_id,
                "deal": w.about.deal_id,
                "state": str(w.state),
                "reason": w.reason,
                "task": w.task_id,
            }
            for w in done.applied.written
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    finding, draft = decision.finding, decision.draft
    return {
        "rule": decision.rule,
        "kind": str(decision.kind),
        "subject": decision.about.subject,
        "record": decision.about.record_id,
        "deal": decision.about.deal_id,
        "key": decision.key,
        "reason": decision.reason.name.lower(),
        "why": decision.note or str(decision.reason),
        "to": decision.to,
        "account": finding.account if finding else None,
        "severity": str(finding.severity) if finding else None,
        "anchor": finding.anchor.isoformat() if finding else None,
        "deadline": finding.deadline.isoformat() if finding else None,
        "evidence": list(finding.evidence) if finding else [],
        "task": {
            "subject": draft.subject,
            "body": draft.body,
            "due": draft.due.isoformat(),
            "owner_id": draft.owner_id,
        }
        if draft
        else None,
        "close": decision.close.line if decision.close else None,
        "alert": decision.alert.title if decision.alert else None,
        "line": decision.line or None,
    }
