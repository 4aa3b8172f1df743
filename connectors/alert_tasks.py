"""Alerts as tasks of high priority, for where nobody can be notified. Sends nothing."""

from __future__ import annotations

from dataclasses import replace

from connectors.model import Alert, TaskDraft, Verdict, WriteResult


def draft(alert: Alert) -> TaskDraft:
    """The alert as a task that its receiver sees at the top of their list."""
    return TaskDraft(
        key=alert.key,
        deal_id=alert.deal_id,
        account_id=alert.account_id,
        contact_id=None,
        owner_id=alert.to_id,
        subject=alert.title,
        body=alert.body,
        due=alert.due,
        high_priority=True,
    )


def as_task(result: WriteResult) -> WriteResult:
    """The outcome of a task that stands for an alert: made now or found, it went out as a task."""
    return replace(result, reason="task") if result.verdict is Verdict.APPLIED else result
