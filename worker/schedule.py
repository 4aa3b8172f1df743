"""Run passes by the clock. APScheduler only ticks; when a pass is due stands in the ledger.

So a restart, a crash or a frozen process never loses a pass and never doubles one: whoever comes
back finds the due time in the past and runs once (`reliability.md` C.9, D.1). The scheduler process
imports neither DuckDB, pyarrow nor a client library: each pass is a child process. `become` gives
up a process that has loaded them, to check the settings, for a fresh one that has not.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from worker.clock import utc_now
from worker.ledger import Ledger
from worker.log import configure, keep_out, logger
from worker.store import database_of, open_ledger

JOB: Final = "cycle"
TICK_SECONDS: Final = 15
PATIENCE_SECONDS: Final = 25  # how long a pass may take to finish its request after SIGTERM
STALLED: Final = 70  # exit code: the scheduler thread died; the supervisor starts us again


def is_due(next_due: dt.datetime | None, now: dt.datetime, every: dt.timedelta) -> bool:
    """Tell whether a pass is to run: never run before, or its moment has come.

    A moment further away than one beat was set by a clock that has been put back since: it counts
    as come, or the worker would sleep until then.
    """
    return next_due is None or next_due <= now or next_due > now + every


def due_after(next_due: dt.datetime | None, start: dt.datetime, every: dt.timedelta) -> dt.datetime:
    """Return when the next pass is due: on the old beat, skipping what was slept through."""
    if next_due is None or next_due > start:
        return start + every
    missed = (start - next_due) // every
    return next_due + (missed + 1) * every


def tick(
    ledger: Ledger,
    every: dt.timedelta,
    run_pass: Callable[[], int],
    clock: Callable[[], dt.datetime] = utc_now,
) -> int | None:
    """Run a pass if one is due and move its due time; return its exit code, or None.

    The due time moves before the pass starts: a pass that always crashes does not run in a loop.
    """
    now = clock()
    due = ledger.next_due(JOB)
    if not is_due(due, now, every):
        return None
    ledger.set_due(JOB, due_after(due, now, every), start=now)
    code = run_pass()
    ledger.set_due(JOB, due_after(due, now, every), start=now, end=clock())
    return code


class Loop:
    """The scheduler process: a ticking thread, a child a pass, a clean end on SIGTERM."""

    def __init__(self, ledger: Ledger, every: dt.timedelta, command: Sequence[str]) -> None:
        self._ledger = ledger
        self._every = every
        self._command = list(command)
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC, executors={"default": ThreadPoolExecutor(1)}
        )

    def run(self) -> int:
        """Tick until told to stop; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=TICK_SECONDS,
            next_run_time=utc_now(),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()
        logger().info("run", every_seconds=self._every.total_seconds())
        while not self._stop.wait(5):
            if not self._alive():
                logger().error("scheduler_stalled")
                return STALLED
        self._end_child()
        self._scheduler.shutdown(wait=True)
        return 0

    def _alive(self) -> bool:
        thread = getattr(self._scheduler, "_thread", None)
        return thread is not None and thread.is_alive()

    def _tick(self) -> None:
        if not self._stop.is_set():
            tick(self._ledger, self._every, self._run_pass)

    def _run_pass(self) -> int:
        child = subprocess.Popen(self._command, env=os.environ)  # noqa: S603 - our own program
        self._child = child
        if self._stop.is_set():  # told to stop between the tick and the start
            child.terminate()
        code = child.wait()
        self._child = None
        if code not in (0, 1):
            logger().error("pass_failed", exit_code=code)
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # Not from here: the main thread may hold the event's own lock, which is not re-entrant.
        threading.Thread(target=self._stop.set, name="stop").start()

    def _end_child(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()  # correct, because a crash is: the next pass asks the CRM by key


def pass_command(arguments: Sequence[str]) -> list[str]:
    """Return the command of one pass, with the options this process was given."""
    return [sys.executable, "-m", "worker", *arguments, "once", "--scheduled"]


def become(state: Path, every: dt.timedelta, command: Sequence[str]) -> NoReturn:
    """Turn this process into the scheduler process: same process id, nothing else loaded."""
    sys.stdout.flush()
    sys.stderr.flush()
    seconds = str(int(every.total_seconds()))
    level = logging.getLevelName(logging.getLogger().level).lower()
    own = [sys.executable, "-m", "worker.schedule", str(state), seconds, level, "--", *command]
    os.execv(sys.executable, own)  # noqa: S606 - our own program, no shell


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scheduler process, as `become` starts it. Raises LedgerError."""
    parser = argparse.ArgumentParser(prog="worker.schedule", description="see `followthrough run`")
    parser.add_argument("state", type=Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("level")
    parser.add_argument("command", nargs="+")
    said = parser.parse_args(arguments)
    configure(level=said.level)
    keep_out(
        *(
            os.environ[name]
            for name in os.environ
            if name.endswith(("_SECRET", "_KEY", "_DATABASE"))
        )
    )
    ledger = open_ledger(said.state, database_of(os.environ))
    try:
        return Loop(ledger, dt.timedelta(seconds=said.seconds), said.command).run()
    finally:
        ledger.close()


if __name__ == "__main__":
    sys.exit(main())
