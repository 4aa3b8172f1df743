"""Explain a record from the mirror alone, as it was at its last pull."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rules import select
from rules.checked import Rule
from rules.evaluate import Org, prepare, streams_of, why_not
from rules.explain import Explanation, explain
from worker.desk import MIRROR_FILE
from worker.mirror import Mirror
from worker.settings import Settings

_UNREAD: Final = "nothing has been read to its end yet. Say `followthrough pull` first."


class NoSuchRecord(Exception):
    """The mirror does not hold this record."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one rule says about the record, or why it says nothing."""

    rule: str
    verdict: str
    explanation: Explanation | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = self.explanation
        whole = asdict(said) | {"fires": said.fires} if said else None
        return {"rule": self.rule, "verdict": self.verdict, "explanation": whole}


#: Where records of each subject are kept, in the order in which an id is looked for.
_KEPT: Final = {
    "deal": "deals",
    "account": "accounts",
    "contact": "contacts",
    "owner": "owners",
    "activity": "activities",
    "rating": "ratings",
}


def explain_record(settings: Settings, rules: Sequence[Rule], record_id: str) -> list[Told]:
    """Explain what each rule of its kind says about a deal, an account, a person or an activity.

    Raises NoSuchRecord, MirrorError.
    """
    path = settings.state / MIRROR_FILE
    if not path.exists():
        raise NoSuchRecord(_UNREAD)
    mirror = Mirror.open(path, read_only=True, memory=settings.memory)
    try:
        subject = _subject(mirror, record_id)
        complete = mirror.complete_until()
        if not complete:  # a first pull that broke off leaves rows, and no moment they are true of
            raise NoSuchRecord(_UNREAD)
        org = settings.org(mirror.stages())
        fitting = [rule for rule in rules if rule.subject == subject]
        prepare(mirror.connection, org, max(complete.values()), fitting)
        return [_tell(mirror, rule, org, record_id, complete) for rule in fitting]
    finally:
        mirror.close()


def _subject(mirror: Mirror, record_id: str) -> str:
    for subject, table in _KEPT.items():
        found = select.rows(
            mirror.connection,
            f"SELECT deleted FROM {table} WHERE id = $record",
            {"record": record_id},
        )
        if found and found[0]["deleted"]:
            raise NoSuchRecord(f"{subject} {record_id} has been deleted in the CRM.")
        if found:
            return subject
    raise NoSuchRecord(
        f"the mirror holds no deal {record_id}, nor another record of this id. Take the id from "
        "the CRM (18 characters on Salesforce), or say `followthrough pull` if it is new."
    )


def _tell(
    mirror: Mirror, rule: Rule, org: Org, record_id: str, complete: Mapping[str, dt.datetime]
) -> Told:
    blind = mirror.blind_spots()
    now = max(complete.values())
    reason = why_not(rule, org, complete_until=complete, blind_spots=blind, now=now)
    if reason is not None:
        return Told(rule=rule.id, verdict=f"not evaluable: {reason}", explanation=None)
    as_of = min(complete[stream] for stream in streams_of(rule, org))
    said = explain(mirror.connection, rule, org, record_id, as_of)
    return Told(rule=rule.id, verdict=_verdict(said), explanation=said)


def _verdict(said: Explanation | None) -> str:
    if said is None:
        return "says nothing"
    at = f"at {said.as_of:%Y-%m-%d %H:%M} UTC"
    if said.first_failed is None:
        return f"fires, {at}"
    return f"stays quiet, {at}; first failed: {said.first_failed.said}"
