"""Rows of the fault matrix about the process, its time and what it keeps."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from connectors.simulator.exchange import Arrival
from connectors.simulator.faults import Before, Delay, Fault
from tests.conftest import Clock
from tests.faults.applying import creates_path
from tests.faults.trials import in_a_directory
from tests.worker.postgres import fresh, server
from tests.worker.world import ROOT, SETTINGS, WON, Company
from worker.file_system import why_unsafe
from worker.ledger import Ledger
from worker.loading import load_all
from worker.migrate import HEAD, migrate
from worker.postgres import postgres_engine
from worker.rule_files import let_rest
from worker.schedule import STALLED
from worker.store import LEDGER_FILE
from worker.tables import sqlite_engine

FIRST_VERSION = Path(__file__).parents[1] / "worker" / "ledger_0001.sql"


def until(holds: Callable[[], object], patience: float = 90) -> None:
    """Wait for something that another process does."""
    ends = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.1)


# -- frozen, late, dead ------------------------------------------------------------------------


class TwoMachines:
    """Two workers of one org with one database, each with a state directory of its own."""

    def __init__(self, home: Path, database: str) -> None:
        self.database = database
        self.company = Company(home, Clock(dt.datetime.now(dt.UTC).replace(microsecond=0)))
        self.company.won(on=self.company.clock() - dt.timedelta(days=9))
        self.company.say(WON, SETTINGS + "writes: yes\n")
        self.home = home
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start a pass on the next machine."""
        places = ["--config", str(self.company.config), "--state"]
        command = [*places, str(self.home / f"state{len(self.workers)}"), "once"]
        environment = self.company.child() | {"FOLLOWTHROUGH_DATABASE": self.database}
        worker = subprocess.Popen([sys.executable, "-m", "worker", *command], env=environment)
        self.workers.append(worker)
        return worker

    def freeze(self) -> None:
        """The first one stops; its lease runs out, and the second does its work meanwhile."""
        self.workers[0].send_signal(signal.SIGSTOP)
        engine = postgres_engine(self.database)
        with engine.begin() as run:
            run.exec_driver_sql("UPDATE lease SET ends = 0")
        engine.dispose()
        self.start().wait(170)
        self.workers[0].send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End both, and the CRM."""
        for one in self.workers:
            one.kill()
            one.wait()
        self.company.close()


@in_a_directory("F103")
def a_worker_that_is_frozen_while_another_takes_over(home: Path) -> None:
    """Frozen with its request on the way: the other one writes the task, and there is one."""
    with server() as postgres:
        two = TwoMachines(home, fresh(postgres))

        def meet(_: int, call: Arrival) -> Fault | None:
            first = call.method == "POST" and creates_path(call.path) and len(two.workers) == 1
            frozen = threading.Thread(target=two.freeze)
            return Before(do=frozen.start, then=Delay(seconds=30)) if first else None

        two.company.fault = meet
        try:
            assert two.start().wait(240) == 4, "the first one is told that it was taken over"
            assert [one.returncode for one in two.workers[1:]] in ([0], [1])
            (task,) = two.company.tasks()
            with closing(Ledger.open_database(two.database)) as ledger:
                (known,) = ledger.tasks().values()
            assert known.task_id == task["Id"]
        finally:
            two.close()


@in_a_directory("F108")
def a_scheduler_that_is_frozen_when_a_pass_is_due(home: Path) -> None:
    """It runs late, and once, however many beats it has missed."""
    ran = home / "ran"
    Ledger.open(home / LEDGER_FILE).close()
    passes = [sys.executable, "-c", f"open({str(ran)!r}, 'a').write('x')"]
    command = [sys.executable, "-m", "worker.schedule", str(home), "4", "info", "--", *passes]
    worker = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        until(lambda: ran.exists() and ran.read_text() == "x")
        worker.send_signal(signal.SIGSTOP)
        time.sleep(17)  # the next tick, and four beats
        assert ran.read_text() == "x"
        worker.send_signal(signal.SIGCONT)
        until(lambda: ran.read_text() == "xx")
        time.sleep(2)
        assert ran.read_text() == "xx"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
    finally:
        worker.kill()
        worker.wait()


@in_a_directory("F112")
def a_scheduler_thread_that_dies(home: Path) -> None:
    """The process ends with a code of its own, so that whoever watches it starts it again."""
    program = (
        "import datetime as dt, sys, threading; from pathlib import Path; "
        "from worker.ledger import Ledger; from worker.schedule import Loop; "
        f"loop = Loop(Ledger.open(Path({str(home / LEDGER_FILE)!r})), dt.timedelta(1), ['true']); "
        "threading.Timer(1, lambda: loop._scheduler.shutdown(wait=False)).start(); "
        "sys.exit(loop.run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=90,
        check=False,
    )
    assert done.returncode == STALLED


# -- the store ---------------------------------------------------------------------------------

MOUNTS = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
40 22 0:44 / /srv/state rw,relatime shared:9 - nfs4 10.0.0.1:/vol rw
41 22 0:45 / /srv/state/own rw,relatime - xfs /dev/sdb rw
42 22 0:46 / /mnt/with\\040blank rw - cifs //host/share rw
43 22 0:47 / /home/me/Drive rw - fuse.rclone drive: rw
"""


@in_a_directory("F120", quick=True)
def a_state_directory_that_several_machines_share(_: Path) -> None:
    """It is named, with what to do; a disk of this machine is not, nor what nobody knows."""
    shared = ("/srv/state", "/srv/state/a/b", "/mnt/with blank/x", "/home/me/Drive")
    for place in shared:
        said = why_unsafe(Path(place), MOUNTS)
        assert said is not None, place
        assert "Move it to a disk of this machine" in said
    for place in ("/srv", "/srv/state/own/x", "/srv/stately", "/home/me"):
        assert why_unsafe(Path(place), MOUNTS) is None, place
    assert why_unsafe(Path("/srv/state"), "") is None


@in_a_directory("F124", quick=True)
def a_bug_of_the_write_ahead_log(home: Path) -> None:
    """It takes two connections that write: a worker has one, and a second process is refused."""
    with closing(Ledger.open(home / LEDGER_FILE)) as ledger:
        for _ in range(3):
            ledger.begin_run("once", dt.datetime(2026, 11, 19, tzinfo=dt.UTC))
        assert ledger.connections() == 1


@in_a_directory("F126")
def a_kill_in_the_middle_of_a_migration(home: Path) -> None:
    """At whichever statement: the ledger is the old one, whole, and the next start upgrades it."""
    killed = 0
    for statement in range(1, 400, 5):
        path = home / f"{statement}.sqlite"
        with closing(sqlite3.connect(path)) as raw:
            raw.executescript(FIRST_VERSION.read_text())
        path.chmod(0o600)
        child = os.fork()
        if child == 0:
            _migrate_until(path, statement)
        _, status = os.waitpid(child, 0)
        with closing(sqlite3.connect(path)) as raw:
            version = raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        assert version == ("0001" if status else HEAD)
        with closing(Ledger.open(path)) as ledger:
            assert set(ledger.tasks()) == {"ft_done"}
        killed += bool(status)
        if not status:
            break
    else:
        raise AssertionError("the migration has more statements than were tried")
    assert killed > 5


def _migrate_until(path: Path, statement: int) -> None:
    """In a process of its own: die before this statement, or end well."""
    engine, left = sqlite_engine(path), [statement]

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            os._exit(9)

    migrate(engine)
    os._exit(0)


@in_a_directory("F133")
def a_crash_leaves_no_memory_behind(home: Path) -> None:
    """A process of ours may not write a core, in which tokens would lie."""
    port = ["simulator", "--port", "0"]
    command = [sys.executable, "-m", "worker", "--state", str(home), *port]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close() if process.stdout else None


# -- rules -------------------------------------------------------------------------------------


@in_a_directory("F63", quick=True)
def a_rule_file_that_cannot_be_read(home: Path) -> None:
    """Its place is said, and no rule of it counts; what editors leave behind does no harm."""
    rules = home / "config" / "rules"
    rules.mkdir(parents=True)
    good = "- {extends: shipped/won-no-follow-up}\n"
    for text, place in (("- {id: [\n", ":1:9: "), ("- id: x\n\tmode: live\n", ":2:1: ")):
        (rules / "a.yaml").write_text(text)
        problems = load_all(home / "config", home)[2]
        assert any(place in str(one) for one in problems), [*map(str, problems)]
    for text in ("\ufeff" + good, good.replace("\n", "\r\n")):
        (rules / "a.yaml").write_bytes(text.encode())
        assert load_all(home / "config", home)[2] == []


@in_a_directory("F70", quick=True)
def a_rule_file_that_is_half_written(home: Path) -> None:
    """The worker waits until it has rested for two seconds, and gives up after half a minute."""
    path, clock = home / "rules" / "a.yaml", Clock()
    path.parent.mkdir()
    writing = [3]

    def pause(seconds: float) -> None:
        clock.later(seconds=seconds)
        writing[0] -= 1
        if writing[0] > 0:
            write()

    def write() -> None:
        path.write_text("- id: half")
        os.utime(path, (clock().timestamp(),) * 2)

    write()
    assert let_rest(home, clock, pause)
    assert writing[0] == -1  # two more writings, and the two seconds after the last
    writing[0] = 99
    write()
    assert not let_rest(home, clock, pause)
    os.utime(path, (clock().timestamp() + 999,) * 2)
    assert let_rest(home, clock, lambda _: None)
