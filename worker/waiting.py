"""Plans that brakes have stopped, kept until a person says yes: in the ledger, whole.

A plan is known by the hash of what it would write; a run that finds the same plan keeps hash and
term. It is confirmed once, within 72 hours, and only under the rules, brakes and org it was made
under. Decides nothing about its items.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from rules.checked import Rule
from worker.grounds import Limits
from worker.ledger import Ledger
from worker.statements import hash_of
from worker.tables import PLANS

TERM: Final = dt.timedelta(hours=72)
_AWAITING, _CONFIRMED, _GONE = "awaiting", "confirmed", "gone"


class NotConfirmable(Exception):
    """A plan cannot be confirmed; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One write that waits. `payload` is what would be sent, frozen."""

    rule: str
    key: str
    action: str
    to: str
    why: str
    payload: Mapping[str, Any]

    @property
    def said(self) -> str:
        """What a person would read first of it."""
        written = self.payload
        first = written.get("subject") or written.get("title") or written.get("line")
        return str(first or (written.get("lines") or [""])[0])


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A plan that waits for a yes."""

    hash: str
    made_at: dt.datetime
    ends_at: dt.datetime
    items: tuple[Item, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        names = ("rule", "key", "action", "to", "why", "payload")
        return {
            "hash": self.hash,
            "made_at": self.made_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "items": [{name: getattr(item, name) for name in names} for item in self.items],
        }


def under(rules: Mapping[str, Rule], limits: Limits, org_id: str) -> str:
    """Name the rules, brakes and org that a plan is made under."""
    said = [org_id, repr(limits), *(f"{r.id} {r.meaning} {r.mode}" for r in rules.values())]
    return hashlib.sha256("\n".join([said[0], said[1], *sorted(said[2:])]).encode()).hexdigest()


def hold(
    ledger: Ledger, plan_hash: str, items: Sequence[Item], made_under: str, now: dt.datetime
) -> None:
    """Keep what was stopped in this run, instead of what earlier runs had stopped.

    The same plan under the same rules keeps its term; one that was confirmed or whose term is over
    waits anew. Without items nothing waits any more.
    """
    with ledger.transaction() as run:
        row = run.execute(sa.select(PLANS).where(PLANS.c.hash == plan_hash)).mappings().first()
        others = sa.update(PLANS).where(PLANS.c.state == _AWAITING, PLANS.c.hash != plan_hash)
        run.execute(others.values(state=_GONE, items="[]"))
        same = row is not None and (row["state"], row["under"]) == (_AWAITING, made_under)
        if not items or (row is not None and same and now < row["ends_at"]):
            return
        run.execute(sa.delete(PLANS).where(PLANS.c.hash == plan_hash))
        run.execute(
            sa.insert(PLANS).values(
                hash=plan_hash,
                state=_AWAITING,
                under=made_under,
                made_at=now,
                ends_at=now + TERM,
                why="",
                items=json.dumps([_as_json(item) for item in items], ensure_ascii=True),
            )
        )


def waiting(ledger: Ledger) -> list[Waiting]:
    """Return the plans that wait: one, or none."""
    query = sa.select(PLANS).where(PLANS.c.state == _AWAITING).order_by(PLANS.c.made_at)
    with ledger.transaction() as run:
        return [_waiting(dict(row)) for row in run.execute(query).mappings()]


def claim(ledger: Ledger, plan_hash: str, made_under: str, now: dt.datetime) -> Waiting:
    """Take a plan to confirm it; nobody can take it again. Raises NotConfirmable."""
    with ledger.transaction() as run:
        found = run.execute(sa.select(PLANS).where(PLANS.c.hash == plan_hash)).mappings().first()
        row = {} if found is None else dict(found)
        why_not = _why_not(row, plan_hash, made_under, now)
        if why_not is not None:
            raise NotConfirmable(why_not)
        this = sa.update(PLANS).where(PLANS.c.hash == plan_hash)
        run.execute(this.values(state=_CONFIRMED, items="[]"))
        return _waiting(row)


def _why_not(
    row: Mapping[str, Any], plan_hash: str, made_under: str, now: dt.datetime
) -> str | None:
    if not row:
        return f"no plan {plan_hash} waits. Say `followthrough confirm` to see what does."
    if row["state"] == _CONFIRMED:
        return (
            f"plan {plan_hash} was confirmed before. What is left of it waits under another hash."
        )
    if row["state"] != _AWAITING:
        return f"plan {plan_hash} is no longer what would be written; a newer run replaced it."
    if now >= row["ends_at"]:
        return f"plan {plan_hash} waited for more than 72 hours. The next run makes it anew."
    if row["under"] != made_under:
        return (
            f"rules, limits or org have changed since plan {plan_hash} was made. The next run "
            "makes a new one."
        )
    return None


def _as_json(item: Item) -> dict[str, Any]:
    payload = json.dumps(item.payload, sort_keys=True, ensure_ascii=True)
    names = ("rule", "key", "action", "to", "why")
    return {name: getattr(item, name) for name in names} | {
        "payload": payload,
        "payload_hash": hash_of(payload),
    }


def _waiting(row: Mapping[str, Any]) -> Waiting:
    """Items whose frozen payload was changed on disk are left out: nobody has seen that."""
    items = [
        one for one in json.loads(row["items"]) if hash_of(one["payload"]) == one["payload_hash"]
    ]
    return Waiting(
        hash=row["hash"],
        made_at=row["made_at"],
        ends_at=row["ends_at"],
        items=tuple(
            Item(
                payload=json.loads(one["payload"]),
                **{name: one[name] for name in ("rule", "key", "action", "to", "why")},
            )
            for one in items
        ),
    )
