"""Killed before every call to the system that matters, then run again: nothing twice, nothing lost.

A slow proof. One dry run tells the calls from the first SENDING to the end of a pass over three
findings: every write, sync, rename and cut of the ledger's and the mirror's files, every send and
receive on the line to the CRM. Then a fresh firm for each of them (`make prove`: for a sample), a
real SIGKILL before exactly that call, and ordinary runs until nothing is under way any more.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.prove.kills import Kills, Point, points
from tests.worker.firm import Firm
from worker.ledger import IntentState

CLIENTS = ("Northwind", "Contoso", "Fabrikam")
#: `make sweep` kills before every call, `make prove` before every tenth.
EVERY = int(os.environ.get("KILL_EVERY", "10"))
#: Where only marks tell what is ours, a fifth of that is tried: an hour of waiting follows each.
MARKS = 5

pytestmark = [
    pytest.mark.usefixtures("silent"),
    pytest.mark.skipif(
        shutil.which("strace") is None, reason="strace is not installed: nothing can be traced"
    ),
]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Kills]:
    made = Kills()
    yield made
    made.close()


class Killed:
    """A firm with three findings, and one pass of a worker in a process of its own."""

    def __init__(self, directory: Path, crm: str, *, marks: bool) -> None:
        settings = "quiet_hours: no\n" + ("marker_mode: yes\n" if marks else "")
        self.firm = Firm(directory, crm, settings=settings)
        self._directory = directory
        if marks:
            hide_key(self.firm)
        for client in CLIENTS:
            self.firm.won(client)

    def run(self, nursery: Kills, kill: Point | None = None) -> tuple[int, list[Point]]:
        """Run one pass; return its exit code and the calls that were seen."""
        trace = self._directory / "trace"
        said = self.firm.crm.environment(self.firm.sim.base_url)
        pid, code = nursery.run(
            config=str(self.firm.config),
            state=str(self.firm.state),
            environment={name: _plain(value) for name, value in said.items()}
            | {"followthrough_key": "a key of the test"},
            now=self.firm.clock().isoformat(),
            log=str(self._directory / "log"),
            trace=str(trace),
            kill=[kill.name, kill.number] if kill else None,
        )
        return code, list(points(trace, pid)) if trace.exists() else []

    def log(self) -> str:
        """What the process said."""
        return (self._directory / "log").read_text()

    def states(self) -> set[IntentState]:
        """How the writes stand."""
        with self.firm.ledger() as ledger:
            return {one.state for one in ledger.unsettled(*IntentState)}

    def close(self) -> None:
        """Stop the simulator."""
        self.firm.stack.close()


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def hide_key(firm: Firm) -> None:
    """Let the CRM have no field for the key, so that only marks in the text tell."""
    if firm.crm.made is getattr(firm.crm, "portal", None):
        del firm.crm.portal.kind("tasks").properties["followthrough_key"]
    else:
        firm.crm.org.hidden |= {"Task.Followthrough_Key__c"}


@dataclass
class Counts:
    """What the sweep saw."""

    points: int = 0
    passed_by: int = 0  # the pass ended before that call came
    duplicates: int = 0
    lost: int = 0
    unsettled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def look(self, killed: Killed) -> None:
        """Run until nothing is under way, and count what is wrong then."""
        for _ in range(5):
            killed.firm.run()
            if killed.states() == {IntentState.ACKED} and len(killed.firm.known()) == len(CLIENTS):
                break
            killed.firm.clock.later(minutes=70)
        else:
            self.unsettled += 1
        tasks = killed.firm.tasks()
        written = Counter(one.deal_id for one in tasks)
        self.duplicates += sum(n - 1 for n in written.values())
        self.lost += len(CLIENTS) - len(written)
        self.unsettled += {one.task_id for one in killed.firm.known()} != {one.id for one in tasks}


@pytest.mark.parametrize("marks", [False, True], ids=["key", "marks"])
@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_killed_before_every_call(nursery: Kills, tmp_path: Path, crm: str, marks: bool) -> None:
    """One task a finding, whatever the last thing was that the process did."""
    dry = Killed(tmp_path / "dry", crm, marks=marks)
    code, seen = dry.run(nursery)
    assert code == 0, dry.log()
    assert len(dry.firm.tasks()) == len(CLIENTS)
    dry.close()
    if not seen:
        pytest.skip("ptrace is refused here: test_kill_points kills at points of the program alone")
    counts = Counts()
    for number, point in list(enumerate(seen))[:: EVERY * (MARKS if marks else 1)]:
        killed = Killed(tmp_path / str(number), crm, marks=marks)
        code, _ = killed.run(nursery, point)
        assert code in (0, -signal.SIGKILL), killed.log()
        counts.passed_by += code == 0
        counts.look(killed)
        killed.close()
        counts.points += 1
        counts.kinds[f"{point.what} {point.name}"] += 1
    print(
        f"\n{crm}, {'marks' if marks else 'keys'}: {counts.points} of {len(seen)} calls "
        f"{dict(counts.kinds)}, {counts.passed_by} not reached: "
        f"{counts.duplicates} duplicates, {counts.lost} lost, {counts.unsettled} not settled"
    )
    assert {point.what for point in seen} == {"ledger", "mirror", "crm"}
    assert counts.passed_by <= 1 + counts.points / 10
    assert (counts.duplicates, counts.lost, counts.unsettled) == (0, 0, 0)
