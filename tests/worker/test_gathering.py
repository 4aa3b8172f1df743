"""A rule that holds for hundreds of records it writes nothing about: they are counted, not listed.

What is written, what is told of a task of ours, and the numbers are what they would be without.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from tests.worker.firm import Firm
from worker.cycle import Pass
from worker.decision import Reason
from worker.gathering import SHOWN

pytestmark = pytest.mark.proof

LIVE = "- {extends: shipped/overdue-close-date, mode: live}\n"
SHADOW = "- {extends: shipped/overdue-close-date, mode: shadow}\n"
SETTINGS = "quiet_hours: no\n"


def overdue(firm: Firm, client: str, days: int) -> str:
    """Open a deal that should have closed so many days ago."""
    deal = firm.crm.deal(client, firm.people["sam"], 1000.0)
    firm.crm.expect(deal, (firm.clock() - dt.timedelta(days=days)).date().isoformat())
    return deal


def told(done: Pass) -> Counter[Reason]:
    return Counter(one.reason for one in done.plan.decisions)


def test_a_backlog_of_hundreds_is_shown_in_part_and_counted_whole(tmp_path: Path) -> None:
    firm = Firm(tmp_path, "salesforce", rules=LIVE, settings=SETTINGS)
    try:
        with firm.days_ago(60):
            old = [overdue(firm, f"Old {number}", 40 + number % 15) for number in range(SHOWN + 5)]
        first = firm.run()
        assert first.plan.reasons == {"backlog": len(old)}
        assert told(first) == {Reason.BACKLOG: SHOWN}
        assert [(one.rule, one.number) for one in first.plan.counted] == [("overdue-close-date", 5)]
        assert all(one.finding and one.finding.evidence for one in first.plan.decisions)

        fresh = overdue(firm, "Fresh", 0)
        second = firm.run(later=dt.timedelta(days=7))
        assert second.plan.reasons == {"backlog": len(old), "new": 1}
        assert [one.deal_id for one in firm.tasks()] == [fresh]

        firm.say(rules=SHADOW, settings=SETTINGS)
        for number in range(SHOWN):
            overdue(firm, f"Later {number}", 0)
        third = firm.run(later=dt.timedelta(days=7))
        assert third.plan.reasons == {"shadow": len(old) + SHOWN, "already_open": 1}
        assert told(third) == {Reason.SHADOW: SHOWN, Reason.ALREADY_OPEN: 1}
    finally:
        firm.close()
