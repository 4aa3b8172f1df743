"""Whether the data look as they did when they were last believed. Measures and compares; no more.

A connection that lost half of its rights, an import gone wrong, a field that was emptied: each
makes rules right about data that are wrong. So nothing new is written until a person has said yes,
and what was believed stays the measure until then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from rules import select
from rules.select import Connection
from worker.measured import FIELDS, Measured

#: With fewer open deals than this a share says nothing.
FEW: Final = 20
#: So many open deals fewer are a loss (reliability C.8).
LOST_SHARE: Final = 0.30
#: A field that is so much emptier was emptied.
EMPTIED_SHARE: Final = Fraction(1, 5)
#: So many deals changed in one and the same second are an import.
IMPORTED: Final = 100
IMPORTED_SHARE: Final = 0.10

_MEASURE: Final = """
SELECT count(*) AS deals,
       count(*) FILTER (state = 'open') AS open_deals,
       count(*) FILTER (state = 'open' AND owner_id IS NULL) AS no_owner_id,
       count(*) FILTER (state = 'open' AND account_id IS NULL) AS no_account_id,
       count(*) FILTER (state = 'open' AND stage IS NULL) AS no_stage,
       count(*) FILTER (state = 'open' AND amount IS NULL) AS no_amount,
       count(*) FILTER (state = 'open' AND close_date IS NULL) AS no_close_date,
       count(*) FILTER (state = 'open' AND next_step IS NULL) AS no_next_step
FROM deals WHERE NOT deleted
"""
_IMPORT: Final = """
SELECT coalesce(max(n), 0) AS n FROM (
    SELECT count(*) AS n FROM deals
    WHERE modified_at >= $since GROUP BY date_trunc('second', modified_at)
)
"""


def measure(connection: Connection, now: dt.datetime, since: dt.datetime | None) -> Measured:
    """Measure the mirror. `since`: when it was last believed; None: never, and nothing came in.

    What is hidden is not in the mirror's tables; whoever has the mirror adds it.
    """
    (row,) = select.rows(connection, _MEASURE)
    at_once = 0
    if since is not None:
        at_once = select.rows(connection, _IMPORT, {"since": since})[0]["n"]
    return Measured(
        at=now,
        deals=row["deals"],
        open_deals=row["open_deals"],
        empty={field: row[f"no_{field}"] for field in FIELDS},
        at_once=at_once,
    )


def unusual(now: Measured, before: Measured | None) -> Iterator[str]:
    """Yield a sentence for everything that is not as it was; nothing where nothing is known."""
    if before is None:
        return
    if before.open_deals >= FEW and now.open_deals < (1 - LOST_SHARE) * before.open_deals:
        yield f"open deals fell from {before.open_deals:,} to {now.open_deals:,}"
    if now.at_once >= max(IMPORTED, IMPORTED_SHARE * now.deals):
        yield f"{now.at_once:,} deals were changed in one second, as by an import"
    for stream, count in sorted(now.hidden.items()):
        if count > before.hidden.get(stream, 0):
            yield (
                f"{count:,} {stream} are no longer shown to this account, and the CRM does not "
                "call them deleted"
            )
    for field in FIELDS:
        was, is_now = _share(before, field), _share(now, field)
        if min(before.open_deals, now.open_deals) >= FEW and is_now - was >= EMPTIED_SHARE:
            name = field.removesuffix("_id").replace("_", " ")
            yield (
                f"{name} is empty on {float(is_now):.0%} of the open deals; it was on "
                f"{float(was):.0%}"
            )


def _share(one: Measured, field: str) -> Fraction:
    return Fraction(one.empty.get(field, 0), one.open_deals) if one.open_deals else Fraction(0)
