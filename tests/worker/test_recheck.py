"""The last look before writing: only what the rules still ask for is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from connectors.base import Batch, Connector
from connectors.errors import CrmError, Refused, Retriable
from tests.worker.scene import NOW, RULE, Scene, finding
from worker.decision import Reason
from worker.mirror import Mirror
from worker.recheck import NotLooked, look_beside, still_true, unlooked


def seen(*firing: str) -> Any:
    """What judging anew would say: the rule fires for these deals."""
    verdicts = [
        SimpleNamespace(record_id=f.record_id, anchor=f.anchor) for f in map(finding, firing)
    ]
    return SimpleNamespace(judged=[RULE.id], firing=lambda _: verdicts)


def test_what_no_longer_holds_is_not_written() -> None:
    """The other finding keeps its task."""
    plan = Scene(findings=[finding("d1"), finding("d2")]).plan()
    kept = still_true(plan, lambda: seen("d2"))
    assert {d.about.record_id: d.reason for d in kept.decisions} == {
        "d1": Reason.GONE_MEANWHILE,
        "d2": Reason.NEW,
    }
    assert [d.about.record_id for d in kept.creates] == ["d2"]


def test_what_could_not_be_looked_at_waits_and_is_told() -> None:
    """Nothing of it is written; the next run asks again."""
    kept = unlooked(Scene(findings=[finding("d1"), finding("d2")]).plan())
    assert {d.reason for d in kept.decisions} == {Reason.NOT_LOOKED}
    assert kept.creates == []
    assert kept.look_at == ("2 writes wait: the CRM could not be asked whether they still hold.",)


class Beside:
    """As much of a connector as looks beside a record, and cannot."""

    def __init__(self, problem: CrmError) -> None:
        self.problem = problem

    def beside(self, *_: object) -> Iterator[Batch]:
        raise self.problem


@pytest.mark.parametrize(
    ("problem", "waits"),
    [
        (Retriable("No answer."), True),
        (Refused("The day's share is used up.", code="API_BUDGET"), True),
        (Refused("No permission.", code="FORBIDDEN"), False),
    ],
)
def test_what_may_be_read_later_is_waited_for(problem: CrmError, waits: bool) -> None:
    """What will be refused for ever is not: what is known must do."""
    plan, crm = Scene(findings=[finding("d1")]).plan(), cast("Connector", Beside(problem))
    mirror = Mirror.open(None)
    with pytest.raises(NotLooked) if waits else nullcontext():
        assert look_beside(crm, mirror, plan, NOW) == 0
    mirror.close()


def test_nothing_is_read_where_nothing_would_be_written() -> None:
    """A quiet pass costs no call more."""
    plan = Scene(findings=[]).plan()
    assert still_true(plan, lambda: 1 / 0) is plan  # type: ignore[arg-type,return-value]
