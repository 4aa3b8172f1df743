"""Trials of row F128: little memory, and much to read. Real limits, on real processes."""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from connectors.base import Window
from tests.conftest import Clock
from tests.faults.trials import in_a_directory
from tests.worker.test_mirror import NOON, TASKS, batch
from tests.worker.world import ROOT, SETTINGS, WON, Company
from worker.desk import MIRROR_FILE
from worker.ledger import Ledger
from worker.memory import enough
from worker.mirror import Mirror, MirrorError
from worker.store import LEDGER_FILE

MEGABYTE = 2**20
#: What a process may have, in megabytes: from too little to begin with to almost enough.
LIMITS = (300, 600, 660)


def at_most(megabytes: int | None) -> Callable[[], None] | None:
    """Limit the process that is about to begin; None: it may have what it wants."""
    if megabytes is None:
        return None
    limit = (megabytes * MEGABYTE,) * 2
    return lambda: resource.setrlimit(resource.RLIMIT_AS, limit)


@in_a_directory("F128")
def a_pass_that_may_have_too_little_memory(home: Path) -> None:
    """It says so, or dies of it; never a fault of ours, nothing twice. With enough all is done."""
    company = Company(home, Clock(dt.datetime.now(dt.UTC).replace(microsecond=0)))
    company.won(on=company.clock() - dt.timedelta(days=9))
    company.say(WON, SETTINGS + "writes: yes\n")
    codes = {}
    try:
        for megabytes in (*LIMITS, None):
            done = subprocess.run(
                company.command("once"),
                env=company.child() | {"MALLOC_ARENA_MAX": "2"},
                preexec_fn=at_most(megabytes),
                capture_output=True,
                text=True,
                check=False,
                timeout=170,
            )
            codes[megabytes] = done.returncode
            assert done.returncode in (0, 1, 4) or done.returncode < 0, (
                megabytes,
                done.stderr[-2000:],
            )
            assert "Traceback" not in done.stderr
            if done.returncode == 4:
                assert "memory" in done.stderr.splitlines()[-1], done.stderr
            with closing(Ledger.open(company.state / LEDGER_FILE)) as ledger:
                assert {one.task_id for one in ledger.tasks().values()} <= {
                    one["Id"] for one in company.tasks()
                }
        assert codes[300] == 4
        assert codes[None] in (0, 1)  # 1: it took so long that the clocks differ
        assert len(company.tasks()) == 1
    finally:
        company.close()


#: More than twenty megabytes hold, and than DuckDB can do piece by piece.
_MUCH: Final = "SELECT list(md5(i::VARCHAR) ORDER BY hash(i)) FROM range(2_000_000) t(i)"


@in_a_directory("F128", quick=True)
def a_mirror_that_may_use_too_little_memory(home: Path) -> None:
    """What to do is said, and nothing of what was under way is stored; with more all of it is."""
    path = home / MIRROR_FILE

    def store(memory: str) -> None:
        everything = Window(since=None, until=NOON)
        with (
            closing(Mirror.open(path, memory=memory)) as mirror,
            enough(),
            mirror.storing(TASKS, everything) as storing,
        ):
            storing.add(batch("activities", {"id": "m1", "kind": "email"}))
            mirror.connection.execute(_MUCH if memory == "20MB" else "SELECT 1").fetchall()

    with pytest.raises(MirrorError, match=r"more memory than `memory:` in followthrough\.yaml"):
        store("20MB")
    with closing(Mirror.open(path)) as mirror:
        assert (mirror.count("activities"), mirror.complete_until()) == (0, {})
    store("400MB")
    with closing(Mirror.open(path)) as mirror:
        assert mirror.count("activities") == 1
        assert mirror.complete_until() == {"activities": NOON}


#: Reads pages as a pull does: so many first, then a limit close above what these took, then more.
_PAGES = """
import datetime as dt, pathlib, resource, sys
from connectors.base import Window
from tests.worker.test_mirror import NOON, TASKS, batch
from worker.mirror import Mirror
from worker.reading import Reading
from worker.texts import Keep, TextKept
mirror = Mirror.open(pathlib.Path(sys.argv[1]), memory="100MB")
mirror.reading = Reading(kept=TextKept(keep=Keep.OFF))
def page(number):
    rows = range(number * 2000, number * 2000 + 2000)
    return batch("activities", *({"id": f"m{n}", "text": f"{n:09}" * 500} for n in rows))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
with mirror.storing(TASKS, Window(since=None, until=NOON)) as storing:
    for number in range(60):
        storing.add(page(number))
        if number == 8:
            before = peak()
            used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * 4096
            resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20,) * 2)
print(mirror.count("activities"), peak() - before)
"""


@in_a_directory("F128")
def many_pages(home: Path) -> None:
    """Half a gigabyte of texts goes through a process that may grow by less; it hardly grows."""
    done = subprocess.run(
        [sys.executable, "-c", _PAGES, str(home / MIRROR_FILE)],
        env={"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    rows, grown = map(int, done.stdout.split())
    assert rows == 120_000
    assert grown < 150, f"{grown} MB more"
