"""Workers that are killed before a chosen call to the system. `Kills` is for tests; the rest is
its other end, the process `python -m tests.prove.kills`.

That process reads one order a line from standard input, as JSON, and carries each out in a fork, so
that a sweep pays for the imports once. A fork runs one pass by a clock that it is told. Before the
ledger says for the first time that a write is on its way, it lets strace take hold of it, which
notes every call that writes, syncs, renames, cuts, sends or receives, and kills it (SIGKILL) before
the n-th of a name, if the order names one.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

# Everything a pass needs, so that a fork starts at once; none of it opens anything.
import connectors.hubspot.connector
import connectors.salesforce.connector
import worker.report
from connectors.base import Connector
from connectors.open import open_connector
from tests.worker.nursery import Nursery
from tests.worker.world import rules_of
from worker.desk import open_desk
from worker.environment import Environment
from worker.passes import run_pass
from worker.settings import Settings, load_settings

_READY = (connectors.hubspot.connector, connectors.salesforce.connector, worker.report)

CALLS: Final = (
    *("write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "ftruncate", "unlink"),
    *("rename", "renameat", "renameat2", "sendto", "recvfrom"),
)
_PR_SET_PTRACER: Final = 0x59616D61
_ANYBODY: Final = ctypes.c_ulong(-1)


@dataclass(frozen=True)
class Point:
    """A call to the system: its name, and how many of that name the main thread had made."""

    name: str
    number: int
    what: str  # ledger, mirror, crm


# -- the worker ------------------------------------------------------------------------------


def _held_by_strace(trace: str, kill: Sequence[Any] | None) -> None:
    """Wait until strace has taken hold of this process, or has given up since it may not."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)
    told = ["strace", "-f", "-qq", "-y", "-o", trace, "-e", f"trace={','.join(CALLS)}"]
    if kill:
        told += ["-e", f"inject={kill[0]}:signal=SIGKILL:when={kill[1]}"]
    strace = subprocess.Popen([*told, "-p", str(os.getpid())], stderr=subprocess.DEVNULL)
    status = Path("/proc/self/status")
    while "TracerPid:\t0\n" in status.read_text() and strace.poll() is None:
        time.sleep(0.002)


def _watch(order: Mapping[str, Any]) -> None:
    """Let strace come before the first statement that says a write is on its way."""
    waiting = [True]

    def statement(_run: Any, _cursor: Any, said: str, *_: Any) -> None:
        if waiting and said.startswith("UPDATE intents") and "armed_at=" in said:
            waiting.clear()
            _held_by_strace(order["trace"], order.get("kill"))

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)


def _connect(settings: Settings, stop: Any) -> Connector:
    return open_connector(settings.crm_settings(), stop=stop, pause=lambda _: None)


def _carry_out(order: Mapping[str, Any]) -> None:
    out = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    _watch(order)
    config, now = Path(order["config"]), dt.datetime.fromisoformat(order["now"])
    settings = load_settings(config, Path(order["state"]), Environment(**order["environment"]))
    rules = rules_of((config / "rules" / "r.yaml").read_text())
    with open_desk(settings, rules, clock=lambda: now, connect=_connect) as desk:
        run_pass(desk, "once", read=True, write=True)
    os._exit(0)


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _carry_out(json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"pid": child, "code": code}), flush=True)


# -- the other end ---------------------------------------------------------------------------


class Kills(Nursery):
    """Runs passes one after another, each in a process of its own."""

    def __init__(self) -> None:
        super().__init__("tests.prove.kills")

    def run(self, **order: Any) -> tuple[int, int]:
        """Run one to its end; return its process id, and its exit code (negative: the signal)."""
        self.order(**order)
        said = self.answer()
        return said["pid"], said["code"]


_LINE: Final = re.compile(r"^(\d+) +(\w+)\((?:\d+<([^>]*)>+|\"([^\"]*)\")?")
_PLACES: Final = (("ledger.sqlite", "ledger"), ("mirror.duckdb", "mirror"), ("socket:", "crm"))


def points(trace: Path, pid: int) -> Iterator[Point]:
    """Yield the calls of the main thread on the ledger, the mirror and the line to the CRM."""
    made: Counter[str] = Counter()
    for line in trace.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if not found or int(found[1]) != pid:
            continue  # another thread's, or the end of a call that was told already
        made[found[2]] += 1
        place = found[3] or found[4] or ""
        for part, what in _PLACES:
            if part in place:
                yield Point(found[2], made[found[2]], what)
                break


if __name__ == "__main__":
    _serve()
