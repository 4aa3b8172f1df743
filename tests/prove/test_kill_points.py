"""Killed at every moment of a pass that matters, then run again: nothing twice, nothing lost.

A slow proof (`make prove`). One dry run tells the events of a pass over two findings: every begin
and commit of the ledger, every request before it leaves, every answer as it arrives. Then a fresh
company for each of them, a real SIGKILL at exactly that event, and one ordinary run.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.worker.killer import Killers
from tests.worker.world import Company
from worker.ledger import IntentState

FINDINGS = 2
#: `make sweep` kills at every point, `make prove` at every third.
EVERY = int(os.environ.get("KILL_EVERY", "3"))


pytestmark = pytest.mark.usefixtures("silent")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Killers]:
    made = Killers()
    yield made
    made.close()


@contextmanager
def fresh(directory: Path) -> Iterator[Company]:
    """A company with two findings, at the machine's own time."""
    clock = Clock(dt.datetime.now(dt.UTC).replace(microsecond=0))
    company = Company(directory, clock)
    company.won("Northwind")
    company.won("Contoso")
    yield company
    company.close()


@dataclass
class Counts:
    """What the sweep saw."""

    points: int = 0
    duplicates: int = 0
    lost: int = 0
    unsettled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def look(self, company: Company) -> None:
        """Count what is wrong after the run that follows a kill."""
        written = Counter(str(task["WhatId"]) for task in company.tasks(deleted=True))
        self.duplicates += sum(n - 1 for n in written.values())
        self.lost += FINDINGS - len(written)
        with company.ledger() as ledger:
            states = {i.state for i in ledger.unsettled(*IntentState)}
            known = {t.task_id for t in ledger.tasks().values()}
        ids = {t["Id"] for t in company.tasks(deleted=True)}
        self.unsettled += states != {IntentState.ACKED} or known != ids


def _events(nursery: Killers, directory: Path) -> list[str]:
    with fresh(directory) as company:
        nursery.start(company, "once", "--write", log=directory / "log")
        code, events = nursery.end()
        assert code == 0
        assert len(company.tasks()) == FINDINGS
    return events


def test_killed_at_every_event(nursery: Killers, tmp_path: Path) -> None:
    """For each N, or every third: killed at the N-th event, run again, one task a finding."""
    events = _events(nursery, tmp_path / "dry")
    counts = Counts()
    for number, kind in list(enumerate(events, start=1))[::EVERY]:
        directory = tmp_path / str(number)
        with fresh(directory) as company:
            nursery.start(company, "once", "--write", log=directory / "log", nth=number)
            code, seen = nursery.end()
            assert code == -signal.SIGKILL, (directory / "log").read_text()
            assert seen[-1] == kind
            company.run()
            counts.look(company)
        counts.points += 1
        counts.kinds[kind] += 1
    print(
        f"\nkill points {counts.points} {dict(counts.kinds)}: {counts.duplicates} duplicates, "
        f"{counts.lost} lost, {counts.unsettled} not settled"
    )
    assert counts.points * EVERY > 80
    assert (counts.duplicates, counts.lost, counts.unsettled) == (0, 0, 0)
