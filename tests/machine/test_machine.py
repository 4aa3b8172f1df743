"""The write protocol, tried with thousands of stories; and machines with a mistake planted in them.

`make machine` tells 5,000 stories of each kind; the suite tells a few, always the same ones.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from connectors.model import WriteResult
from tests.machine.crm import SERVER_MAX, Fate, Silent, Upserting
from tests.machine.machine import Machine
from worker.known import Intent, IntentState
from worker.ledger import Ledger
from worker.tables import INTENTS

STORIES = int(os.environ.get("MACHINE_STORIES", "0"))
#: So many in one test, so that two processes share them evenly.
AT_ONCE: Final = 500


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
        report_multiple_bugs=False,
        print_blob=not same,
    )


class Marks(Machine):
    """Only a task's text tells ours apart: one worker, and a wait before anything is repeated."""

    unique = False
    workers = 1


@pytest.mark.parametrize("first", range(0, STORIES or 1, AT_ONCE))
@pytest.mark.parametrize("machine", [Machine, Marks])
def test_the_protocol_holds(machine: type[Machine], first: int) -> None:
    """A unique key with two workers; marks with one. The stories from the first of these on."""
    stories = min(AT_ONCE, STORIES - first) if STORIES else 6
    run_state_machine_as_test(machine, settings=told(stories, same=not STORIES))


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


class QuarantineWithoutTheLag(Marks):
    quarantine = SERVER_MAX


class UpsertsInsteadOfInserting(Machine):
    crm_type = Upserting


class SilenceIsProof(Marks):
    crm_type = Silent


class TwoWorkersWithMarks(Marks):
    workers = 2


Story = Sequence[Callable[[Machine], None]]
OPENS: Story = [lambda m: m.a_finding_opens()]
RUNS: Story = [lambda m: m.a_pass(0, [], None)]
RENAMED: Story = [lambda m: m.a_person_acts("rename", 0)]
TWO_MINUTES: Story = [lambda m: m.time_passes(2)]
RUNS_BLIND: Story = [lambda m: m.a_pass(0, [], None, hidden=True)]
FOUR_MINUTES: Story = [lambda m: m.time_passes(SERVER_MAX)]


def sent(**fate: Any) -> Story:
    """A pass whose request has a fate."""
    return [lambda m: m.a_pass(0, [Fate(**fate)], None)]


LATE: Final = {"outcome": "late", "delay": SERVER_MAX}
#: For each mistake the shortest story that shows it, and the promise that it breaks.
SHOWN: Final[Sequence[tuple[type[Machine], Story, str]]] = [
    (SendsBeforeRecord, [*OPENS, *RUNS], "I2"),
    (
        QuarantineFromTheStart,
        [*OPENS, *sent(pause=8, **LATE), *RUNS, *FOUR_MINUTES, *RUNS],
        "I1",
    ),
    (
        QuarantineWithoutTheLag,
        [*OPENS, *sent(**LATE), *FOUR_MINUTES, *RUNS, *TWO_MINUTES, *RUNS],
        "I1",
    ),
    (
        UpsertsInsteadOfInserting,
        [*OPENS, *sent(**LATE), *RUNS, *RENAMED, *FOUR_MINUTES],
        "I12",
    ),
    (
        SilenceIsProof,
        [
            *OPENS,
            *sent(outcome="lost"),
            *FOUR_MINUTES,
            *FOUR_MINUTES,
            *RUNS_BLIND,
            *FOUR_MINUTES,
            *RUNS_BLIND,
            *FOUR_MINUTES,
            *RUNS_BLIND,
        ],
        "I1",
    ),
    (
        TwoWorkersWithMarks,
        [*OPENS, *sent(pause=8, intruder=True, **LATE), *FOUR_MINUTES, *RUNS],
        "I1",
    ),
]


def tell(machine: Machine, story: Story) -> None:
    """Let a story happen, and look at every promise after each event."""
    for event in story:
        event(machine)
        machine.one_task_a_key()
        machine.what_is_acknowledged_is_there()
        machine.a_persons_words_stay()
    machine.teardown()


@pytest.mark.parametrize(("mistake", "story", "broken"), SHOWN)
def test_a_planted_mistake_is_caught(mistake: type[Machine], story: Story, broken: str) -> None:
    """The machine has teeth, and says which promise was broken."""
    with pytest.raises(AssertionError, match=broken):
        tell(mistake(), story)


@pytest.mark.parametrize(("mistake", "story", "broken"), SHOWN)
def test_the_same_story_is_borne_without_the_mistake(
    mistake: type[Machine], story: Story, broken: str
) -> None:
    """So it is the mistake that was caught, and not the story."""
    tell(Machine() if mistake.unique else Marks(), story)


@pytest.mark.proof
@pytest.mark.parametrize("mistake", [SendsBeforeRecord])
def test_a_mistake_is_found_by_search(mistake: type[Machine]) -> None:
    """Nobody tells Hypothesis the story."""
    with pytest.raises(AssertionError, match=r"I1|I2|I4"):
        run_state_machine_as_test(mistake, settings=told(2_000, same=True))


def test_the_page_says_where_each_promise_is_asserted() -> None:
    """I1 to I22, by number, in a row of a table; what a row names is there."""
    root = Path(__file__).resolve().parents[2]
    rows = [r for r in (root / "docs/proof.md").read_text().splitlines() if r.startswith("| I")]
    said = {number for row in rows for number in re.findall(r"I\d+", row.split("|")[1])}
    assert said == {f"I{number}" for number in range(1, 23)}
    for path, _, test in re.findall(r"`(tests/[\w/]+\.py)(::(\w+))?`", "\n".join(rows)):
        assert f"def {test}" in (root / path).read_text(), f"{path} has no {test}"
