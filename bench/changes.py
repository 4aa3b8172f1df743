"""What may have changed in the company of the bench since the last pass, as batches of a pull."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from bench.company import NOW
from connectors.base import Batch
from connectors.model import STREAMS
from rules import select
from worker.mirror import Mirror

DEALS: Final = 10_000


def fields(mirror: Mirror, minute: int) -> list[Batch]:
    """Every deal of these has another next step; touches and stages are as they were."""
    return [_deals(mirror, {"next_step": f"'Call them at {minute}'"}, minute)]


def amounts(mirror: Mirror, minute: int) -> list[Batch]:
    """Every deal of these is worth more: what hangs on its client is judged again, too."""
    return [_deals(mirror, {"amount": f"coalesce(amount, 0) + {minute}"}, minute)]


def stages(mirror: Mirror, minute: int) -> list[Batch]:
    """Every open deal of these has moved to another stage: all rules look at it, and its client."""
    moved = (
        "CASE WHEN state <> 'open' THEN stage WHEN stage = 'Negotiation' THEN 'Proposal' "
        "ELSE 'Negotiation' END"
    )
    return [_deals(mirror, {"stage": moved}, minute)]


def calls(mirror: Mirror, minute: int) -> list[Batch]:
    """One of ten of these deals has been won, and every one has been spoken with."""
    won = {
        "state": "CASE WHEN key % 10 = 0 THEN 'won' ELSE state END",
        "stage": "CASE WHEN key % 10 = 0 THEN 'Closed Won' ELSE stage END",
    }
    deals = _deals(mirror, won, minute)
    known = deals.rows.to_pydict()
    rows = [
        _call(number, deal, owner, minute)
        for number, (deal, owner) in enumerate(zip(known["id"], known["owner_id"], strict=True))
    ]
    return [deals, _batch("activities", rows)]


#: What is told of them -> the batches, stored at a minute of their own.
CHANGES: Final[Mapping[str, Callable[[Mirror, int], Sequence[Batch]]]] = {
    "10,000 next steps": fields,
    "10,000 amounts": amounts,
    "10,000 stages": stages,
    "10,000 deals and calls": calls,
}


def _deals(mirror: Mirror, changed: Mapping[str, str], minute: int) -> Batch:
    names = STREAMS["deals"].names
    said = {"modified_at": f"TIMESTAMPTZ '{NOW + dt.timedelta(minutes=minute)}'", **changed}
    columns = ", ".join(f"{said.get(name, name)} AS {name}" for name in names)
    sql = f"SELECT {columns} FROM deals ORDER BY hash(key, {minute}) LIMIT {DEALS}"
    return _batch("deals", select.rows(mirror.connection, sql))


def _call(number: int, deal: str, owner: str | None, minute: int) -> dict[str, Any]:
    return {
        "id": f"call{number}-{minute}",
        "modified_at": NOW + dt.timedelta(minutes=minute),
        "deleted": False,
        "kind": "call",
        "direction": "outbound",
        "outcome": "connected",
        "at": NOW - dt.timedelta(hours=1),
        "done": True,
        "owner_id": owner,
        "automated": False,
        "text": "Spoke about the next step.",
        "deal_ids": [deal],
    }


def _batch(stream: str, rows: list[dict[str, Any]]) -> Batch:
    return Batch(stream, pa.RecordBatch.from_pylist(rows, schema=STREAMS[stream]))
