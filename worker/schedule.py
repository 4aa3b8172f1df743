"""Run passes by the clock. APScheduler only ticks; when a pass is due stands in the ledger.

So a restart, a crash or a frozen process never loses a pass and never doubles one: whoever comes
back finds the due time in the past and runs once (`reliability.md` C.9, D.1). The scheduler process
imports neither DuckDB nor a client library: each pass is a child process.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from worker.clock import utc_now
from worker.ledger import Ledger
from worker.log import logger

JOB: Final = "cycle"
TICK_SECONDS: Final = 15
PATIENCE_SECONDS: Final = 25  # how long a pass may take to finish its request after SIGTERM
STALLED: Final = 70  # exit code: the scheduler thread died; the supervisor starts us again


def is_due(next_due: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a pass is to run: never run before, or its moment has come."""
    return next_due is None or next_due <= now


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
    if not is_due(due, now):
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
        self._child = subprocess.Popen(self._command, env=os.environ)  # noqa: S603 - our own program
        code = self._child.wait()
        self._child = None
        if code not in (0, 1):
            logger().error("pass_failed", exit_code=code)
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

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
