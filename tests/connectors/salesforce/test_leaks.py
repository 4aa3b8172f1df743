"""Nothing of what Salesforce says, or was asked, leaves the connector by an error. Real sockets."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import Window
from connectors.errors import CrmError
from connectors.model import Alert, TaskClose, TaskDraft, TaskNote
from connectors.simulator.faults import Instead

SECRET = "Zephyr-4711"
KEY = "ft_" + "a" * 26
CODES = (
    (400, "MALFORMED_QUERY"),
    (401, "INVALID_SESSION_ID"),
    *(
        pytest.param(status, code, marks=pytest.mark.proof)
        for status, code in (
            (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
            (400, "DUPLICATES_DETECTED"),
            (403, "REQUEST_LIMIT_EXCEEDED"),
            (404, "NOT_FOUND"),
            (500, "UNKNOWN_EXCEPTION"),
            (300, ""),
            (418, ""),
        )
    ),
)


def calls(company: Any, connector: Any) -> list[Callable[[], Any]]:
    """Everything the worker may ask, reading and writing."""
    window = Window(since=None, until=company.clock.now)
    late = dt.date(2026, 11, 20)
    draft = TaskDraft(
        key=KEY,
        deal_id=company.ids["deal"],
        contact_id=None,
        owner_id=company.ids["user"],
        subject=SECRET,
        body=SECRET,
        due=late,
    )
    alert = Alert(
        key=KEY, deal_id=draft.deal_id, to_id=draft.owner_id, title=SECRET, body="x", due=late
    )
    task = "00T000000000001AAA"
    return [
        connector.identity,
        connector.feeds,
        connector.blind_spots,
        connector.stages,
        lambda: list(connector.pull("Opportunity", window)),
        lambda: list(connector.stamps("Task", None)),
        lambda: list(connector.fetch("Task", [task])),
        lambda: connector.covered("Task", window),
        lambda: connector.rows_of("Task", window),
        lambda: connector.activity(task),
        connector.why_not_writable,
        lambda: list(connector.our_tasks(None)),
        lambda: connector.find_tasks([KEY]),
        lambda: connector.create_tasks([draft]),
        lambda: connector.close_tasks([TaskClose(key=KEY, task_id=task, line=SECRET)]),
        lambda: connector.annotate_tasks([TaskNote(key=KEY, task_id=task, lines=(SECRET,))]),
        lambda: connector.send_alert(alert),
    ]


def told(call: Callable[[], Any]) -> str:
    """What a log would say of the answer, or of the error and all that it came from."""
    try:
        return repr(call())
    except CrmError as error:
        lines = "".join(traceback.format_exception(error)).splitlines()
        messages = [line for line in lines if not line.startswith(" ")]  # frames hold no values
        return "\n".join((*messages, repr(vars(error)), repr(error)))


@pytest.mark.parametrize(("status", "code"), CODES)
def test_a_refusal_that_quotes_is_not_quoted(company: Any, status: int, code: str) -> None:
    """Whatever is asked and however it is refused: no body, no SOQL, no token."""
    body = f'[{{"message": "{SECRET} in SELECT Name", "errorCode": "{code}", "fields": []}}]'
    fault = Instead(status=status, body=body, headers={"Content-Type": "application/json"})
    token = company.org.client_secret
    connector = company.connect(attempts=1)
    connector.feeds()
    company.fault = lambda _number, call: fault if "/data/" in call.path else None
    for number, call in enumerate(calls(company, connector)):
        shown = told(call)
        for word in (SECRET, "SELECT Name", token, "simple_salesforce"):
            assert word not in shown, (number, word)
