"""How much each rule usually writes: the numbers of its last live runs, from what runs said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from worker.ledger import Ledger

LIVE_RUNS: Final = 20
_LOOK_AT: Final = 200  # among so many runs, also of other commands


def live_writes(ledger: Ledger) -> Mapping[str, Sequence[int]]:
    """Return for each rule how much it wrote in each of the last 20 runs that were to write."""
    said = (one.get("wrote") for one in ledger.last_summaries(_LOOK_AT))
    runs = [one for one in said if isinstance(one, dict)][:LIVE_RUNS]
    return {rule: [one.get(rule, 0) for one in runs] for rule in {r for one in runs for r in one}}
