"""What a task of ours is about, and what kind of task it is. Nouns only; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What we write. Each has its own keys, and its own effect on the limits."""

    TASK = "task"  # what a rule asks of its receiver
    STEP = "step"  # a task for somebody else, once the first has been open for long
    ALERT = "alert"  # a word told at once; it is a task where the CRM cannot notify
    DIGEST = "digest"  # the list of a person's week
    ROLL_UP = "roll-up"  # the rest of a person's findings, when they have enough tasks


@dataclass(frozen=True, kw_only=True)
class About:
    """The record a rule spoke of, and the deal and account it belongs to, if any."""

    subject: str  # deal, activity, account, contact, owner, rating
    record_id: str
    deal_id: str | None = None
    account_id: str | None = None

    @property
    def slot(self) -> tuple[str, str]:
        """Where at most one task of ours may be open: the deal, else the account, else it."""
        if self.deal_id:
            return ("deal", self.deal_id)
        if self.account_id:
            return ("account", self.account_id)
        return (self.subject, self.record_id)
