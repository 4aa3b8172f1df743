"""Killed for good, in the middle of a write: the next run leaves exactly one task a finding.

Real processes, real SIGKILL. The sweep over every moment is `tests/prove/test_kill_points.py`.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import ActThenDrop, DropBefore, Fault, Instead
from tests.conftest import Clock, LeavesTheMachine
from tests.worker.killer import Killers
from tests.worker.world import Company
from worker.ledger import IntentState, TaskState
from worker.store import LEDGER_FILE


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Two findings, a secret that nothing may show; the machine's own clock."""
    clock = Clock(dt.datetime.now(dt.UTC).replace(microsecond=0))
    made = Company(tmp_path, clock, client_secret="canary-4d1f77e2c0")
    made.won("Northwind")
    made.won("Contoso")
    yield made
    made.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Killers]:
    made = Killers()
    yield made
    made.close()


class Worker:
    """`followthrough once --write` as a process, and everything it said."""

    def __init__(self, company: Company, nursery: Killers, log: Path) -> None:
        self.company, self.nursery, self.log = company, nursery, log
        self.tokens: set[str] = set()

    def run(
        self,
        fault: Callable[[int, Arrival], Fault | None] | None = None,
        *,
        command: tuple[str, ...] = ("once", "--write"),
        **order: object,
    ) -> int:
        """Run it to its end and return its exit code; `fault` may kill it."""

        def play(number: int, call: Arrival) -> Fault | None:
            self.tokens.add(call.headers.get("authorization", "").removeprefix("Bearer "))
            return fault(number, call) if fault else None

        self.company.fault = play
        words = ("--log-level", "debug", *command)
        self.nursery.start(self.company, *words, log=self.log, **order)
        code, _ = self.nursery.end()
        self.company.fault = None
        return code

    def kill(self) -> None:
        """SIGKILL, to this very run."""
        os.kill(self.nursery.pid, signal.SIGKILL)

    def armed(self) -> bool:
        """Whether the ledger on disk says SENDING."""
        path = self.company.state / LEDGER_FILE
        if not path.exists():
            return False
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as look:
            tables = look.execute("SELECT 1 FROM sqlite_master WHERE name = 'intents'").fetchone()
            found = (
                tables
                and look.execute("SELECT count(*) FROM intents WHERE state = 'sending'").fetchone()
            )
        look.close()
        return bool(found and found[0])

    def before_the_request(self, _number: int, call: Arrival) -> Fault | None:
        """The ledger says SENDING, and what still has to be read is being read."""
        if call.method == "GET" and self.armed():
            self.kill()
            return DropBefore()
        return None

    def before_the_act(self, _number: int, call: Arrival) -> Fault | None:
        """The request has arrived and is thrown away."""
        if "composite" in call.path:
            self.kill()
            return DropBefore()
        return None

    def after_the_act(self, _number: int, call: Arrival) -> Fault | None:
        """The CRM has acted; nobody is there to hear the answer."""
        if "composite" in call.path:
            self.kill()
            return ActThenDrop()
        return None


@pytest.fixture
def worker(company: Company, nursery: Killers, tmp_path: Path) -> Worker:
    return Worker(company, nursery, tmp_path / "log")


def test_no_test_leaves_this_machine() -> None:
    """Neither an address nor a name outside gets a socket; loopback does."""
    with socket.socket() as outside, pytest.raises(LeavesTheMachine):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(LeavesTheMachine):
        socket.create_connection(("crm.example", 443), 1)
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname(), 1).close()


def whole(company: Company) -> None:
    """Exactly one task a finding; the ledger knows both; nothing is left open."""
    tasks = company.tasks(deleted=True)
    assert len(tasks) == len({t["WhatId"] for t in tasks}) == 2
    with company.ledger() as ledger:
        assert {t.task_id for t in ledger.tasks().values()} == {t["Id"] for t in tasks}
        assert {t.state for t in ledger.tasks().values()} == {TaskState.OPEN}
        assert {i.state for i in ledger.unsettled(*IntentState)} == {IntentState.ACKED}


@pytest.mark.parametrize(
    ("moment", "there"),
    [("before_the_request", 0), ("before_the_act", 0), ("after_the_act", 2)],
)
def test_a_killed_run_is_finished_by_the_next(
    company: Company, worker: Worker, moment: str, there: int
) -> None:
    """The process dies while it writes; the next run asks by key, then does what is missing."""
    assert worker.run(getattr(worker, moment)) == -signal.SIGKILL
    assert len(company.tasks()) == there
    assert worker.armed()
    done = company.run()
    assert done.applied.recovered == 2
    whole(company)
    with company.ledger() as ledger:
        outcomes = [ledger.last_run("ok"), ledger.last_run()]
    assert outcomes[0] == outcomes[1]


def test_killed_between_the_answer_and_the_record(company: Company, worker: Worker) -> None:
    """The CRM said yes, and the ledger was just about to say so too."""
    assert worker.run(kind="ack") == -signal.SIGKILL
    assert len(company.tasks()) == 2
    before = len(company.sim.requests)
    assert company.run().applied.recovered == 2
    assert company.writes(before) == []
    whole(company)


def test_switched_off_the_command_writes_nothing(company: Company, worker: Worker) -> None:
    """`once` with `writes: no` plans and tells; `writes: yes` in the settings is what writes."""
    settings = (company.config / "followthrough.yaml").read_text()
    assert worker.run(command=("once",)) == 0
    assert company.writes() == []
    (company.config / "followthrough.yaml").write_text(settings + "writes: yes\n")
    assert worker.run(command=("once",)) == 0
    whole(company)


def test_no_secret_in_anything_a_run_leaves_behind(company: Company, worker: Worker) -> None:
    """Output, log, tracebacks, ledger and mirror, byte by byte: a run that works, one that fails
    in the middle, one that may not log in."""

    def fail(_number: int, call: Arrival) -> Fault | None:
        return (
            Instead(status=400, body=call.headers["authorization"])
            if "Task" in call.query
            else None
        )

    assert worker.run() == 0
    assert worker.run(fail) == 3
    assert worker.run(environment={"SALESFORCE_CLIENT_SECRET": "canary-wrong-one"}) == 3
    secrets = {t for t in worker.tokens if "!" in t} | {
        company.org.client_secret,
        "canary-wrong-one",
        "a key of the test",
    }
    assert len(secrets) == 5  # two tokens among them
    left = [worker.log, *(p for p in company.state.rglob("*") if p.is_file())]
    assert {"ledger.sqlite", "mirror.duckdb", "log"} <= {p.name for p in left}
    for path in left:
        held = path.read_bytes()
        assert held or path.name in ("lock", "mirror.duckdb.wal", "ledger.sqlite-wal"), path
        assert [s for s in secrets if s.encode() in held] == [], path
    assert b"pass" in worker.log.read_bytes()
