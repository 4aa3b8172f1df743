"""Explain a deal from the mirror alone, as it was at its last pull."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rules import select
from rules.checked import Rule
from rules.evaluate import Org, prepare, why_not
from rules.explain import Explanation, explain
from worker.desk import MIRROR_FILE
from worker.mirror import Mirror
from worker.settings import Settings

_UNREAD: Final = "nothing has been read to its end yet. Say `followthrough pull` first."


class NoSuchDeal(Exception):
    """The mirror does not hold this deal."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one rule says about the deal, or why it says nothing."""

    rule: str
    verdict: str
    explanation: Explanation | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = self.explanation
        whole = asdict(said) | {"fires": said.fires} if said else None
        return {"rule": self.rule, "verdict": self.verdict, "explanation": whole}


def explain_deal(settings: Settings, rules: Sequence[Rule], deal_id: str) -> list[Told]:
    """Explain what each rule says about a deal. Raises NoSuchDeal, MirrorError."""
    path = settings.state / MIRROR_FILE
    if not path.exists():
        raise NoSuchDeal(_UNREAD)
    mirror = Mirror.open(path, read_only=True)
    try:
        _known(mirror, deal_id)
        complete = mirror.complete_until()
        if not complete:  # a first pull that broke off leaves rows, and no moment they are true of
            raise NoSuchDeal(_UNREAD)
        org = settings.org(mirror.stages())
        prepare(mirror.connection, org, max(complete.values()))
        return [_tell(mirror, rule, org, deal_id, complete) for rule in rules]
    finally:
        mirror.close()


def _known(mirror: Mirror, deal_id: str) -> None:
    found = select.rows(
        mirror.connection, "SELECT deleted FROM deals WHERE id = $deal", {"deal": deal_id}
    )
    if not found:
        raise NoSuchDeal(
            f"the mirror holds no deal {deal_id}. Take the id from the CRM (18 characters on "
            "Salesforce), or say `followthrough pull` if it is new."
        )
    if found[0]["deleted"]:
        raise NoSuchDeal(f"deal {deal_id} has been deleted in the CRM.")


def _tell(
    mirror: Mirror, rule: Rule, org: Org, deal_id: str, complete: Mapping[str, dt.datetime]
) -> Told:
    blind = mirror.blind_spots()
    now = max(complete.values())
    reason = why_not(rule, org, complete_until=complete, blind_spots=blind, now=now)
    if reason is not None:
        return Told(rule=rule.id, verdict=f"not evaluable: {reason}", explanation=None)
    as_of = min(complete[stream] for stream in rule.needs_streams)
    said = explain(mirror.connection, rule, org, deal_id, as_of)
    return Told(rule=rule.id, verdict=_verdict(said), explanation=said)


def _verdict(said: Explanation | None) -> str:
    if said is None:
        return "says nothing"
    at = f"at {said.as_of:%Y-%m-%d %H:%M} UTC"
    if said.first_failed is None:
        return f"fires, {at}"
    return f"stays quiet, {at}; first failed: {said.first_failed.said}"
