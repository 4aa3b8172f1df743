"""Worker processes that are killed at a chosen moment. `Killers` is for tests; the rest is its
other end, the process `python -m tests.worker.killer`.

That process reads one order a line from standard input, as JSON: the environment and the command
line of a run, and where to kill it: at the N-th event (`nth`), or at the first of a kind (`kind`).
Each order is carried out by a fork, so that a sweep pays for the imports once. It answers two
lines: the process id at once, and at the end the exit code (negative: the signal) with the events
that were seen.

Events, seen from outside through the libraries' own doors: a transaction of the ledger is about to
`begin` or to `commit`, the statement that will `ack` a write, a request is about to be sent
(`send`), an answer has begun to arrive (`answer`).
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

# Everything a pass needs, so that a fork starts at once; none of it opens anything.
import connectors.salesforce.connector
import worker.desk
import worker.passes
import worker.render
import worker.report
from tests.worker.nursery import Nursery
from tests.worker.world import Company
from worker.cli import main as run_worker

_READY = (connectors.salesforce.connector, worker.desk, worker.passes, worker.render, worker.report)


class Killer:
    """Counts events into a file, so that they survive, and kills its own process at the chosen."""

    def __init__(self, events: Path, nth: int, kind: str) -> None:
        self._events = events.open("a")
        self._nth, self._kind, self._seen = nth, kind, 0

    def note(self, kind: str) -> None:
        """Something is about to happen, or has just happened."""
        self._seen += 1
        self._events.write(kind + "\n")
        self._events.flush()
        if self._seen == self._nth or kind == self._kind:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Stand at the doors."""
        sa.event.listen(sa.Engine, "begin", lambda _run: self.note("begin"))
        sa.event.listen(sa.Engine, "commit", lambda _run: self.note("commit"))
        sa.event.listen(sa.Engine, "before_cursor_execute", self._statement)
        sendall, getresponse = socket.socket.sendall, http.client.HTTPConnection.getresponse

        def send(sock: socket.socket, *args: Any) -> None:
            self.note("send")
            sendall(sock, *args)

        def answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
            found = getresponse(connection)
            self.note("answer")
            return found

        socket.socket.sendall = send  # type: ignore[assignment,method-assign]
        http.client.HTTPConnection.getresponse = answer  # type: ignore[assignment,method-assign]

    def _statement(self, _run: Any, _cursor: Any, said: str, values: Any, *_: Any) -> None:
        changed = said.partition(" WHERE ")[0]  # what is only looked for is no answer noted
        noted = changed.startswith("UPDATE intents SET") and "state=" in changed.replace(" ", "")
        if noted and "acked" in str(values):
            self.note("ack")


def _carry_out(order: dict[str, Any], events: Path) -> None:
    os.environ.update(order["environment"])
    out = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    Killer(events, order.get("nth", 0), order.get("kind", "")).watch()
    try:
        run_worker(order["arguments"])
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 0)


def _serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        events = Path(order["log"] + ".events")
        events.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            _carry_out(order, events)
        print(json.dumps({"pid": child}), flush=True)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seen = events.read_text().split() if events.exists() else []
        print(json.dumps({"code": code, "events": seen}), flush=True)


class Killers(Nursery):
    """The other end: starts runs of the worker one after another, each a process of its own."""

    def __init__(self) -> None:
        super().__init__("tests.worker.killer")
        self.pid = 0

    def start(self, company: Company, *words: str, log: Path, **order: Any) -> None:
        """Start a run; its process id is in `pid`."""
        environment = company.child() | order.pop("environment", {})
        said = {"environment": environment, "arguments": company.command(*words)[3:]}
        self.order(**said, log=str(log), **order)
        self.pid = self.answer()["pid"]

    def end(self) -> tuple[int, list[str]]:
        """Wait for the run to end; return its exit code (negative: a signal) and its events."""
        answer = self.answer()
        return answer["code"], answer["events"]


if __name__ == "__main__":
    _serve()
