"""What the mirror's deals look like at a moment, as a noun and as a short text for the ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: The fields of which is counted how many open deals lack them; the order is that of the text.
FIELDS: Final = ("owner_id", "account_id", "stage", "amount", "close_date", "next_step")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the mirror's deals look like at a moment."""

    at: dt.datetime
    deals: int
    open_deals: int
    empty: Mapping[str, int]  # field -> open deals without it
    at_once: int = 0  # most deals that changed in one second since the last look
    hidden: Mapping[str, int] = field(default_factory=dict)  # stream -> records no longer shown


def text_of(one: Measured) -> str:
    """Return a measure as a text that is kept."""
    counts = [one.deals, one.open_deals, *(one.empty.get(field, 0) for field in FIELDS)]
    return json.dumps([one.at.isoformat(), *counts, dict(one.hidden)])


def measured_of(text: str) -> Measured:
    """Return the measure that a text holds."""
    at, deals, open_deals, *rest = json.loads(text)
    empty, hidden = rest[: len(FIELDS)], rest[len(FIELDS) :]
    return Measured(
        at=dt.datetime.fromisoformat(at),
        deals=deals,
        open_deals=open_deals,
        empty=dict(zip(FIELDS, empty, strict=False)),
        hidden=hidden[0] if hidden else {},  # what an earlier version believed names none
    )
