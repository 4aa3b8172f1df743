"""The schedule: when a pass is due, and the process that waits for it."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.worker.world import SETTINGS, WON, Company
from worker.ledger import Ledger
from worker.schedule import JOB, due_after, is_due, tick

NOON = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)
EVERY = dt.timedelta(minutes=15)
HEAVY = ("duckdb", "pyarrow", "simple_salesforce", "hubspot")


def minutes(number: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=number)


@pytest.mark.parametrize(
    ("sentence", "due", "expected"),
    [
        ("It never ran.", None, True),
        ("It is due in a minute.", minutes(1), False),
        ("Its moment is now.", NOON, True),
        ("Its moment was a day ago.", NOON - dt.timedelta(days=1), True),
        ("It is due after exactly one beat.", NOON + EVERY, False),
        ("The clock was put back since: it is due after more than a beat.", minutes(16), True),
        ("The clock was a year ahead when it was set.", NOON + dt.timedelta(days=365), True),
    ],
)
def test_when_a_pass_is_due(sentence: str, due: dt.datetime | None, expected: bool) -> None:
    """Each case in its sentence."""
    assert is_due(due, NOON, EVERY) is expected, sentence


@pytest.mark.parametrize(
    ("sentence", "due", "start", "expected"),
    [
        ("The first pass sets the beat.", None, 0, 15),
        ("On time: one beat later.", 0, 0, 15),
        ("A little late: the old beat goes on.", 0, 4, 15),
        ("One beat late: the missed one is this one.", 0, 15, 30),
        ("Slept for a day: no queue of 96 passes.", 0, 24 * 60 + 1, 24 * 60 + 15),
        ("Set by a clock ahead of this one: a new beat.", 500, 0, 15),
    ],
)
def test_when_the_next_one_is_due(
    sentence: str, due: float | None, start: float, expected: float
) -> None:
    """Always after the start, and never more than a beat after it."""
    found = due_after(None if due is None else minutes(due), minutes(start), EVERY)
    assert found == minutes(expected), sentence
    assert minutes(start) < found <= minutes(start) + EVERY


@dataclass
class Beat:
    """A ledger, a clock, and the passes that were run."""

    ledger: Ledger
    clock: Clock
    ran: list[dt.datetime] = field(default_factory=list)

    def tick(self, *, takes: float = 0, fails: bool = False) -> int | None:
        def run() -> int:
            self.ran.append(self.clock())
            self.clock.later(minutes=takes)
            if fails:
                raise RuntimeError("the process was killed here")
            return 0

        return tick(self.ledger, EVERY, run, self.clock)

    def ticks_for(self, number: int, *, takes: float = 0) -> int:
        """Tick once a minute; return how many passes ran."""
        before = len(self.ran)
        for _ in range(number):
            self.tick(takes=takes)
            self.clock.later(minutes=1)
        return len(self.ran) - before


@pytest.fixture
def beat(tmp_path: Path) -> Iterator[Beat]:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    yield Beat(ledger, Clock(NOON))
    ledger.close()


def test_it_runs_on_its_beat(beat: Beat) -> None:
    """At once, then every quarter of an hour; a tick in between does nothing."""
    assert beat.ticks_for(46) == 4
    assert beat.ran == [minutes(n) for n in (0, 15, 30, 45)]
    assert beat.tick() is None


def test_a_missed_day_is_caught_up_once(beat: Beat) -> None:
    """One pass, however long the machine slept, and then the old beat."""
    beat.tick()
    beat.clock.later(days=1, minutes=7)
    assert beat.ticks_for(8) == 1
    assert beat.ticks_for(16) == 2


def test_a_pass_that_takes_longer_than_a_beat_is_followed_by_one(beat: Beat) -> None:
    """Frozen for an hour in the middle of a pass: the next tick runs one, not four."""
    beat.tick(takes=60)
    assert beat.ticks_for(3) == 1


def test_a_pass_that_always_crashes_does_not_run_in_a_loop(beat: Beat) -> None:
    """Its due time has moved before it began, so the next attempt is a beat later."""
    with pytest.raises(RuntimeError):
        beat.tick(fails=True)
    assert beat.ledger.next_due(JOB) == minutes(15)
    assert beat.ticks_for(14) == 0
    beat.clock.later(minutes=1)
    assert beat.tick() == 0


def test_a_clock_that_was_put_back_does_not_stop_the_worker(beat: Beat) -> None:
    """The due time of the wrong clock lies far ahead; it counts as come."""
    beat.clock.later(days=30)
    beat.tick()
    beat.clock.now = NOON
    assert beat.ticks_for(16) == 2


def test_a_restart_keeps_the_beat(beat: Beat, tmp_path: Path) -> None:
    """The due time is on disk: another process neither doubles nor loses a pass."""
    beat.tick()
    again = Ledger.open(tmp_path / "ledger.sqlite")
    later = Beat(again, beat.clock)
    assert later.ticks_for(15) == 0
    assert later.tick() == 0
    again.close()


# -- processes -------------------------------------------------------------------------------


def test_the_scheduler_loads_nothing_heavy() -> None:
    """Importing it and the command line brings neither a database nor a client library."""
    program = (
        "import sys, json, worker.schedule, worker.cli; "
        f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == []


@pytest.mark.proof
def test_the_worker_process_writes_its_task_and_ends_when_told(tmp_path: Path) -> None:
    """`followthrough run`: a pass at once, nothing heavy mapped, and 0 on SIGTERM."""
    company = Company(tmp_path, Clock(dt.datetime.now(dt.UTC).replace(microsecond=0)))
    company.won(on=company.clock() - dt.timedelta(days=9))
    company.say(WON, SETTINGS + "writes: yes\n")
    log = tmp_path / "log"
    with log.open("wb") as err:
        process = subprocess.Popen(
            company.command("run"), env=company.child(), stdout=err, stderr=err
        )
    try:
        _until(lambda: b'"event": "pass"' in log.read_bytes() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        maps = Path(f"/proc/{process.pid}/maps")
        if maps.exists():
            loaded = maps.read_text()
            assert [name for name in ("duckdb", "pyarrow", "arrow.so") if name in loaded] == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
    assert len(company.tasks()) == 1
    with company.ledger() as ledger:
        last = ledger.last_run("ok")
        assert last is not None
        assert last.command == "run"
        assert ledger.next_due(JOB) is not None
    secret = company.org.client_secret.encode()
    assert secret not in log.read_bytes()
    company.close()


def _until(condition: object, patience: float = 60) -> None:
    assert callable(condition)
    for _ in range(int(patience / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {patience:g} s in vain; this process is {os.getpid()}")
