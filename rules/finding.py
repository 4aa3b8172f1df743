"""Findings: a rule that holds for a record, with what it rests on. Nouns only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.checked import Severity


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that holds for a record, with what it rests on.

    Its identity is rule, subject, record and anchor; the rest may change from run to run. `values`
    fills the placeholders of the rule's texts; days and times in it and in `evidence` are local to
    the owner of the record.
    """

    rule: str
    severity: Severity
    subject: str  # a word of `vocabulary.SUBJECTS`
    record_id: str  # of the subject, in the CRM
    anchor: dt.datetime
    deadline: dt.datetime
    as_of: dt.datetime
    owner_id: str | None  # whom of us it is about
    account_owner_id: str | None = None
    by_id: str | None = None  # who made the activity that began it
    deal_id: str | None = None  # what a task about it hangs on, if anything
    account_id: str | None = None
    contact_id: str | None = None
    account: str = "the client"
    amount: Decimal | None = None
    evidence: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def episode(self) -> tuple[str, str, dt.datetime]:
        """What makes it this finding and no other, beside its rule."""
        return (self.subject, self.record_id, self.anchor)

    @property
    def roles(self) -> Mapping[str, str | None]:
        """Who is meant by the words of `to` that depend on the record."""
        return {"owner": self.owner_id, "account_owner": self.account_owner_id, "by": self.by_id}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Why a finding no longer holds, and the id of the activity that ended it, if one did."""

    record_id: str
    line: str
    touch: str | None
