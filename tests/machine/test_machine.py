"""The write protocol, tried with thousands of stories; and machines with a mistake planted in them.

`make machine` tells 5,000 stories of each kind; the suite tells a few, always the same ones.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from connectors.model import WriteResult
from tests.machine.crm import Upserting
from tests.machine.machine import QUARANTINE, Machine
from worker.known import Intent, IntentState
from worker.ledger import Ledger
from worker.tables import INTENTS

STORIES = int(os.environ.get("MACHINE_STORIES", "0"))


def told(examples: int, *, same: bool) -> settings:
    """How many stories, each up to 25 events long."""
    return settings(
        max_examples=examples,
        stateful_step_count=25,
        derandomize=same,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if same else [Phase.generate, Phase.shrink],
        print_blob=not same,
    )


class Marks(Machine):
    """Only a task's text tells ours apart: one worker, and a wait before anything is repeated."""

    unique = False
    workers = 1


@pytest.mark.parametrize("machine", [Machine, Marks])
def test_the_protocol_holds(machine: type[Machine]) -> None:
    """A unique key with two workers; marks with one."""
    run_state_machine_as_test(machine, settings=told(STORIES or 40, same=not STORIES))


# -- planted mistakes ------------------------------------------------------------------------


class SendsFirst(Ledger):
    """Records that a request is leaving only when its answer is there."""

    def arm(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Nothing yet."""

    def settle(
        self, outcomes: Sequence[tuple[Intent, IntentState, WriteResult]], now: dt.datetime
    ) -> None:
        planned = {(i.key, i.action) for i in self.unsettled(IntentState.PLANNED)}
        super().arm([i for i, *_ in outcomes if (i.key, i.action) in planned], now)
        super().settle(outcomes, now)


class FromTheStart(Ledger):
    """Counts the wait from when an attempt began."""

    def unsettled(self, *states: IntentState) -> list[Intent]:
        with self.transaction() as run:
            rows = run.execute(sa.select(INTENTS.c.key, INTENTS.c.action, INTENTS.c.armed_at)).all()
        armed = {(key, action): at for key, action, at in rows}
        found = super().unsettled(*states)
        return [replace(i, ended_at=armed[i.key, i.action] or i.ended_at) for i in found]


class SendsBeforeRecord(Machine):
    ledger_type = SendsFirst


class QuarantineFromTheStart(Marks):
    ledger_type = FromTheStart


class QuarantineTooShort(Marks):
    quarantine = QUARANTINE - 1


class UpsertsInsteadOfInserting(Machine):
    crm_type = Upserting


class TwoWorkersWithMarks(Marks):
    workers = 2


@pytest.mark.parametrize(
    ("mistake", "caught"),
    [
        (SendsBeforeRecord, "I2"),
        (QuarantineFromTheStart, "I1|I4"),
        (QuarantineTooShort, "I1|I4"),
        (UpsertsInsteadOfInserting, "I12"),
        (TwoWorkersWithMarks, "I1|I4"),
    ],
)
@pytest.mark.proof
def test_a_planted_mistake_is_caught(mistake: type[Machine], caught: str) -> None:
    """The machine has teeth, and says which promise was broken."""
    with pytest.raises(AssertionError, match=caught):
        run_state_machine_as_test(mistake, settings=told(5_000, same=True))
