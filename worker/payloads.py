"""What is frozen with a key: drafts and alerts as JSON, and back. The same key, the same bytes.

What an earlier version froze is still read: words that came later may be missing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from connectors.model import Alert, TaskClose, TaskDraft, TaskNote, TaskRemoval
from worker.decision import Decision
from worker.known import Intent, Turn

#: What is frozen with a draft for the ledger, and is not sent.
_OURS: Final = frozenset({"covers", "escalates"})


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
    values = {name: said for name, said in intent.payload.items() if name not in _OURS}
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


def note_payload(note: TaskNote) -> dict[str, Any]:
    """Return lines for a task as the JSON that is frozen with its key."""
    said = {"task_id": note.task_id, "lines": list(note.lines)}
    return said | ({"reopen": True} if note.reopen else {})


def payload_note(intent: Intent) -> TaskNote:
    """Return the lines that were frozen in an intent."""
    said = intent.payload
    return TaskNote(
        key=intent.key,
        task_id=said["task_id"],
        lines=tuple(said["lines"]),
        reopen=said.get("reopen", False),
    )


def removal_payload(removal: TaskRemoval) -> dict[str, Any]:
    """Return the removal of a task as the JSON that is frozen with its key."""
    return {"task_id": removal.task_id, "unchanged_since": removal.unchanged_since.isoformat()}


def payload_removal(intent: Intent) -> TaskRemoval:
    """Return the removal that was frozen in an intent."""
    return TaskRemoval(
        key=intent.key,
        task_id=intent.payload["task_id"],
        unchanged_since=dt.datetime.fromisoformat(intent.payload["unchanged_since"]),
    )


def payload_of(decision: Decision) -> tuple[str, dict[str, Any]]:
    """Return what a decision writes, and what is frozen of it: for the CRM, and for the ledger."""
    action, payload = _sent(decision)
    if decision.turn is not None:
        payload["turn"] = _turn(decision.turn)
    if decision.covers:
        payload["covers"] = list(decision.covers)
    if decision.escalates:
        payload["escalates"] = decision.escalates
    return action, payload


def _sent(decision: Decision) -> tuple[str, dict[str, Any]]:
    if decision.draft is not None:
        return "create", draft_payload(decision.draft)
    if decision.alert is not None:
        return "alert", alert_payload(decision.alert)
    if decision.tell is not None:
        return "note", note_payload(decision.tell)
    assert decision.close is not None
    if decision.deletes is None:
        return "close", close_payload(decision.close)
    task, since = decision.close, decision.deletes
    removal = TaskRemoval(key=task.key, task_id=task.task_id, unchanged_since=since)
    return "remove", close_payload(task) | removal_payload(removal)


def _turn(turn: Turn) -> dict[str, Any]:
    said: dict[str, Any] = {"said": turn.said, "reason": turn.reason, "heard": list(turn.heard)}
    if turn.until is not None:
        said["until"] = turn.until.isoformat()
    return said | ({"state": str(turn.state)} if turn.state else {})
