"""A pass and its record: what stands in the ledger afterwards, and a plan that has moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.conftest import Clock
from tests.worker.world import Company
from worker.lock import Busy
from worker.passes import PlanMoved


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("passes"), Clock())
    made.won()
    yield made
    made.close()


@pytest.fixture(scope="module")
def planned(company: Company) -> str:
    """The hash of a plan that was looked at and not written."""
    return company.run(write=False).plan.hash


def test_a_plan_that_moved_is_not_written(company: Company, planned: str) -> None:
    """Another hash than the one looked at: a sentence, no write, and a failed run."""
    with pytest.raises(
        PlanMoved, match=rf"the plan is {planned} now, not abc.*nothing was written"
    ):
        company.run(read=False, wanted="abc")
    assert company.writes() == []
    assert company.tasks() == []
    with company.ledger() as ledger:
        last = ledger.last_run()
        assert last is not None
        assert last.outcome == "failed"
        assert ledger.unsettled() == []


def test_the_plan_that_was_looked_at_is_written_once(company: Company, planned: str) -> None:
    """Its hash names it; the record has the counts, one line tells them; then it is no plan."""
    with capture_logs(processors=[merge_contextvars]) as lines:
        done = company.run(read=False, wanted=planned)
    assert done.plan.hash == planned
    assert len(company.tasks()) == 1
    with company.ledger() as ledger:
        last = ledger.last_run("ok")
    assert last is not None
    assert last.summary["written"] == {"create_acked": 1}
    assert last.summary["reasons"] == {"new": 1}
    (line,) = [one for one in lines if one["event"] == "pass"]
    assert (line["outcome"], line["run"], line["written"]) == ("ok", last.id, {"create_acked": 1})
    with pytest.raises(PlanMoved):
        company.run(read=False, wanted=planned)
    assert len(company.tasks()) == 1


def test_two_processes_never_share_a_state_directory(company: Company, tmp_path: Path) -> None:
    """The second one is told to wait; when the first has ended, it may."""
    with company.desk(), pytest.raises(Busy, match="another run holds"), company.desk():
        pass
    with company.desk():
        pass
