"""The breaker: a CRM that does not answer is left alone for a while, longer each time.

Each pass of the scheduler is a process of its own, so that it is kept in the ledger. A person who
starts a pass is never held up by it, and whoever gets through closes it.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
from dataclasses import dataclass
from typing import Final

from connectors.budget import EXHAUSTED
from connectors.errors import CrmError, Retriable
from connectors.retry import Stopped
from worker.ledger import Ledger

FIRST: Final = dt.timedelta(seconds=60)
LONGEST: Final = dt.timedelta(minutes=15)
_NAME: Final = "breaker"
_OPEN: Final = "BREAKER_OPEN"


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Until when a CRM is left alone, and for how long it was told to be. Moments by our clock."""

    until: dt.datetime
    wait: dt.timedelta

    @property
    def said(self) -> str:
        """Say it in a sentence."""
        return (
            f"the CRM did not answer, and is left alone until {self.until:%Y-%m-%d %H:%M:%S} UTC. "
            "Passes go on by themselves then; `followthrough once` tries at once."
        )


def read_breaker(ledger: Ledger) -> Breaker | None:
    """Return the breaker, or None while it is closed."""
    text = ledger.noted(_NAME)
    if not text:
        return None
    told = json.loads(text)
    wait = dt.timedelta(seconds=told["wait"])
    return Breaker(until=dt.datetime.fromisoformat(told["until"]), wait=wait)


def is_open(breaker: Breaker | None, now: dt.datetime) -> bool:
    """Tell whether nothing should be asked yet. A clock that was put back does not keep it open."""
    return breaker is not None and breaker.until - breaker.wait <= now < breaker.until


def hold_back(ledger: Ledger, now: dt.datetime) -> None:
    """Raise Retriable while the breaker is open; nothing was asked of the CRM then."""
    breaker = read_breaker(ledger)
    if breaker is not None and is_open(breaker, now):
        raise Retriable(breaker.said, code=_OPEN)


def failed(ledger: Ledger, problem: CrmError, now: dt.datetime) -> None:
    """Open it, for twice as long as the last time, where the CRM could not answer."""
    if not _is_down(problem):
        return
    before = read_breaker(ledger)
    wait = min(LONGEST, 2 * before.wait) if before is not None else FIRST
    said = {"until": (now + wait).isoformat(), "wait": wait.total_seconds()}
    ledger.note(_NAME, json.dumps(said))


def closed(ledger: Ledger) -> None:
    """Forget it: the CRM has answered."""
    if ledger.noted(_NAME):
        ledger.note(_NAME, "")


def _is_down(problem: CrmError) -> bool:
    """A limit is an answer, and so is what a person must mend; to be stopped is none of it."""
    if not isinstance(problem, Retriable) or isinstance(problem, Stopped):
        return False
    limited = problem.status == http.client.TOO_MANY_REQUESTS or problem.code in EXHAUSTED
    return not limited and problem.code != _OPEN
