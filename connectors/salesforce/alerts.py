"""Tell a person about a deal: by the org's own notifications, else by a task, else by a post.

A notification carries no key and cannot be read back (facts, salesforce 3.6), so it is sent once
and nothing in here ever repeats it; whoever calls keeps the books. Which way an org gets is its
administrator's choice: deploy/salesforce/alerts holds the notification type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from connectors.errors import CrmError, Refused
from connectors.model import Alert, WriteResult
from connectors.results import applied, failed, not_applied, refused, unknown
from connectors.salesforce.client import Client, Record, soql
from connectors.salesforce.dialect import is_id
from connectors.salesforce.faults import HOPELESS, PASSING, error_code
from connectors.salesforce.units import cut_units, units

#: API name of the notification type; also the name of its file under deploy/salesforce/alerts.
TYPE_NAME: Final = "Followthrough"
ACTION: Final = "customNotificationAction"
TITLE_UNITS: Final = 250
BODY_UNITS: Final = 750

_TYPES: Final = (
    "SELECT Id, Desktop, Mobile FROM CustomNotificationType WHERE DeveloperName = {name}"
)
#: The administrator can mend these without the alert being another: a permission, the type.
#: An action that the user may not run has been reported as missing (404), too.
_MENDABLE: Final = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "NOT_FOUND",
        "FUNCTIONALITY_NOT_ENABLED",
    }
)


def active_type(client: Client) -> str | None:
    """The id of the org's notification type, or None where it has none that reaches anybody.

    Some integration users see notification types in the Tooling API only.
    """
    query = soql(_TYPES, name=TYPE_NAME)
    for row in _rows(client.rows, query) or _rows(client.setup_rows, query):
        if is_id(row.get("Id"), "0ML") and True in (row.get("Desktop"), row.get("Mobile")):
            return str(row["Id"])
    return None


def _rows(ask: Callable[[str], list[Record]], query: str) -> list[Record]:
    try:
        return ask(query)
    except Refused:  # hidden, which looks like missing
        return []


def why_unfit(alert: Alert) -> WriteResult | None:
    """The refusal of an alert that leads nowhere; None where it can be sent."""
    wrong = {
        "BAD_DEAL_ID": alert.deal_id is not None and not is_id(alert.deal_id, "006"),
        "BAD_ACCOUNT_ID": alert.account_id is not None and not is_id(alert.account_id, "001"),
        "BAD_USER_ID": not is_id(alert.to_id, "005"),
    }
    for reason, found in wrong.items():
        if found:
            return refused(alert.key, reason)
    return None


def notify(client: Client, type_id: str, alert: Alert) -> WriteResult:
    """Send one notification, once, and say what became of it. Raises nothing.

    It opens the deal, else the account; Salesforce demands a record, so at last the receiver's own.
    """
    given = {
        "customNotifTypeId": type_id,
        "recipientIds": [alert.to_id],
        "title": cut_units(alert.title, TITLE_UNITS),
        "body": cut_body(alert.body),
        "targetId": alert.deal_id or alert.account_id or alert.to_id,
    }
    try:
        answer = client.act(ACTION, given)
    except CrmError as problem:
        return failed(alert.key, problem, _MENDABLE)
    return _judged(alert.key, answer)


def post(client: Client, alert: Alert) -> WriteResult:
    """Post the alert on its record, once, with its receiver mentioned. Raises nothing."""
    given = {
        "feedElementType": "FeedItem",
        "subjectId": alert.deal_id or alert.account_id or alert.to_id,
        "body": {
            "messageSegments": [
                {"type": "Mention", "id": alert.to_id},
                {"type": "Text", "text": f" {alert.title}\n{cut_body(alert.body)}"},
            ]
        },
    }
    try:
        answer = client.post(given)
    except CrmError as problem:
        return failed(alert.key, problem, _MENDABLE)
    made = answer.get("id") if isinstance(answer, dict) else None
    if not is_id(made, "0D5"):
        return unknown(alert.key, "UNREADABLE_RESULT")
    return applied(alert.key, None, "post")


def cut_body(text: str) -> str:
    """Cut to what a notification holds, and keep the last line, which names rule and key."""
    if units(text) <= BODY_UNITS:
        return text
    words, _, last = text.rpartition("\n")
    room = BODY_UNITS - units(last) - 1
    if room < BODY_UNITS // 2:
        return cut_units(text, BODY_UNITS)
    return f"{cut_units(words, room)}\n{last}"


def _judged(key: str, answer: Any) -> WriteResult:
    """Judge the answer to one input; anything but one clear result leaves it unknown."""
    one = answer[0] if isinstance(answer, list) and len(answer) == 1 else None
    success = one.get("isSuccess") if isinstance(one, dict) else None
    if success is True:
        return applied(key, None, "notification")
    code = error_code(answer) if success is False else ""
    if not code:
        return unknown(key, "UNREADABLE_RESULT")
    passing = code in PASSING or code in HOPELESS or code in _MENDABLE
    return not_applied(key, code, permanent=not passing)
