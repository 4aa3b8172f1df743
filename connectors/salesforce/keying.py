"""What makes a task ours here: the key field that Salesforce keeps unique, or the mark in its text.

Which of them is found out and never assumed (facts, salesforce 5.1 and 5.3). The mark is the last
resort: Salesforce then refuses nothing, so an admin has to allow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.salesforce.describe import Describes
from connectors.salesforce.objects import KEY_FIELD
from connectors.task_keys import key_in

EXTERNAL_ID, MARKER, NONE = "external_id", "marker", "none"

#: How long after an attempt its task may still appear: the longest a REST call may run, and as much
#: again for what is behind it (`reliability: C.4`).
QUARANTINE: Final = dt.timedelta(minutes=15)

DEPLOY: Final = (
    "Deploy the folder deploy/salesforce (field and permission set “Followthrough”) and assign the "
    "permission set to the integration user; “followthrough provision” does it where that user may"
)


class Keying:
    """How the tasks of one org are known. `allowed`: the mark alone may do; `me`: our user's id."""

    def __init__(self, describes: Describes, me: Callable[[], str], *, allowed: bool) -> None:
        self._describes = describes
        self._me = me
        self._allowed = allowed

    @property
    def mode(self) -> str:
        """How this org keeps a task from being created twice."""
        if why_unfit(self.field) is None:
            return EXTERNAL_ID
        return MARKER if self._allowed else NONE

    @property
    def by_mark(self) -> bool:
        """Tell whether the text alone says whose a task is."""
        return self._allowed and self.mode == MARKER

    @property
    def readable(self) -> bool:
        """Tell whether our tasks can be told from others at all."""
        return self.by_mark or self.field is not None

    @property
    def me(self) -> str:
        """The user by whom our tasks were created."""
        return self._me()

    @property
    def field(self) -> Mapping[str, Any] | None:
        """The key field as it was described; None where it is missing or hidden."""
        return (self._describes.fields("Task") or {}).get(KEY_FIELD)

    def key_of(self, record: Mapping[str, Any]) -> str | None:
        """The key of a task of ours; None for anybody else's."""
        key = record.get(KEY_FIELD)
        if isinstance(key, str) or not self.by_mark:
            return key if isinstance(key, str) else None
        text = record.get("Description")
        return key_in(text.replace("\r\n", "\n")) if isinstance(text, str) else None


def why_unfit(field: Mapping[str, Any] | None) -> str | None:
    """None where the key field, as described, keeps keys unique; else what a person must do."""
    if field is None:
        return (
            f"Tasks have no field {KEY_FIELD}, or the integration user may not see it; without it "
            f"a task could be created twice. {DEPLOY}."
        )
    wrong = [
        word
        for name, word in (("externalId", "an external id"), ("unique", "unique"))
        if field.get(name) is not True
    ]
    if wrong:
        return (
            f"The field {KEY_FIELD} on Activity is not {' and not '.join(wrong)}, so a task could "
            f"be created twice. {DEPLOY}."
        )
    if field.get("createable") is not True:
        return f"The integration user may not write the field {KEY_FIELD}. {DEPLOY}."
    return None
