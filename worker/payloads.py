"""What is frozen with a key: drafts and alerts as JSON, and back. The same key, the same bytes.

What an earlier version froze is still read: words that came later may be missing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from connectors.model import Alert, TaskClose, TaskDraft
from worker.ledger import Intent


def draft_payload(draft: TaskDraft) -> dict[str, Any]:
    """Return a draft as the JSON that is frozen with its key."""
    return {
        "deal_id": draft.deal_id,
        "contact_id": draft.contact_id,
        "owner_id": draft.owner_id,
        "subject": draft.subject,
        "body": draft.body,
        "due": draft.due.isoformat(),
        "high_priority": draft.high_priority,
    } | _account(draft)


def payload_draft(intent: Intent) -> TaskDraft:
    """Return the draft that was frozen in an intent."""
    values = dict(intent.payload)
    return TaskDraft(key=intent.key, **(values | {"due": dt.date.fromisoformat(values["due"])}))


def alert_payload(alert: Alert) -> dict[str, Any]:
    """Return an alert as the JSON that is frozen with its key."""
    return {
        "deal_id": alert.deal_id,
        "owner_id": alert.to_id,
        "title": alert.title,
        "body": alert.body,
        "due": alert.due.isoformat(),
    } | _account(alert)


def payload_alert(intent: Intent) -> Alert:
    """Return the alert that was frozen in an intent."""
    said = intent.payload
    return Alert(
        key=intent.key,
        deal_id=said["deal_id"],
        to_id=said["owner_id"],
        title=said["title"],
        body=said["body"],
        due=dt.date.fromisoformat(said["due"]),
        account_id=said.get("account_id"),
    )


def _account(write: TaskDraft | Alert) -> dict[str, str]:
    """Nothing where a deal says enough, so that the bytes of such a key stay what they were."""
    return {"account_id": write.account_id} if write.account_id else {}


def close_payload(close: TaskClose) -> dict[str, Any]:
    """Return the end of a task as the JSON that is frozen with its key."""
    return {"task_id": close.task_id, "line": close.line}


def payload_close(intent: Intent) -> TaskClose:
    """Return the end of a task that was frozen in an intent."""
    return TaskClose(key=intent.key, task_id=intent.payload["task_id"], line=intent.payload["line"])
