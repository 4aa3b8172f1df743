"""Status: when the last good pass ended, and what wants a look. Reads the ledger only."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from rules import wording
from worker.breaker import is_open, read_breaker
from worker.clock import utc_now
from worker.file_system import why_unsafe
from worker.ledger import IntentState, Ledger, Run
from worker.pausing import why_paused
from worker.schedule import JOB
from worker.settings import Settings
from worker.store import LEDGER_FILE, open_ledger
from worker.waiting import waiting

OK: Final = 0
DEGRADED: Final = 1
BROKEN: Final = 2
_WEEK: Final = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Status:
    """How the worker is. `code` is the exit code: 0 well, 1 look at it, 2 no pass gets through."""

    code: int
    last: Run | None
    last_good: Run | None
    tasks: dict[str, int]
    unsettled: dict[str, int]
    next_due: dt.datetime | None
    words: dict[str, dict[str, int]]  # rule -> word typed into its tasks -> how often
    look_at: tuple[str, ...]
    now: dt.datetime

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "code": self.code,
            "last_run": _run(self.last),
            "last_good_run": _run(self.last_good),
            "tasks": self.tasks,
            "unsettled_writes": self.unsettled,
            "words_typed": self.words,
            "next_due": self.next_due.isoformat() if self.next_due else None,
            "look_at": list(self.look_at),
            "sqlite": sqlite3.sqlite_version,
        }


def read_status(settings: Settings, now: dt.datetime | None = None) -> Status:
    """Read how the worker is. Raises LedgerError."""
    now = now or utc_now()
    if not settings.database and not (settings.state / LEDGER_FILE).exists():
        return _judge(settings, now, None, None, {}, {}, None)
    ledger = open_ledger(settings.state, settings.database)
    try:
        tasks = dict(Counter(str(task.state) for task in ledger.tasks().values()))
        unsettled = {"without an answer": len(ledger.unsettled(IntentState.UNKNOWN))}
        unsettled["refused in the last week"] = ledger.rejected(now - _WEEK)
        unsettled["given up after two attempts without an answer: see `ledger dead`"] = len(
            ledger.dead()
        )
        status = _judge(
            settings,
            now,
            ledger.last_run(),
            ledger.last_run("ok", "degraded"),
            tasks,
            {state: n for state, n in unsettled.items() if n},
            ledger.next_due(JOB),
        )
        stopped = _stopped(settings, ledger, now)
        new = [one for one in stopped if one not in status.look_at]
        return replace(
            status,
            words=_by_rule(ledger.words_said()),
            look_at=(*status.look_at, *new),
            code=max(status.code, DEGRADED) if new else status.code,
        )
    finally:
        ledger.close()


def _judge(  # noqa: PLR0913 - what a ledger holds, each once
    settings: Settings,
    now: dt.datetime,
    last: Run | None,
    good: Run | None,
    tasks: dict[str, int],
    unsettled: dict[str, int],
    next_due: dt.datetime | None,
) -> Status:
    look_at = list((last.summary.get("look_at") or []) if last else [])
    look_at += [f"{n} {'write' if n == 1 else 'writes'} {state}" for state, n in unsettled.items()]
    code = DEGRADED if look_at else OK
    if good is None or good.ended_at is None:
        code, said = BROKEN, "no pass has ended yet"
        look_at.insert(0, said if last is None else f"{said}: {last.summary.get('why', 'killed')}")
    elif now - good.ended_at > 2 * settings.every and next_due is not None:
        code = BROKEN
        look_at.insert(0, f"the last good pass ended {good.ended_at:%Y-%m-%d %H:%M} UTC")
    elif last is not None and last.outcome == "failed":
        code = max(code, DEGRADED)
        look_at.insert(0, f"the last pass failed: {last.summary.get('why')}")
    return Status(
        code=code,
        last=last,
        last_good=good,
        tasks=tasks,
        words={},
        unsettled=unsettled,
        next_due=next_due,
        look_at=tuple(look_at),
        now=now,
    )


def _stopped(settings: Settings, ledger: Ledger, now: dt.datetime) -> list[str]:
    """What keeps tasks from being written until a person says something."""
    why = why_paused(settings.state, ledger)
    said = [wording.paused(why)] if why is not None else []
    breaker = read_breaker(ledger)
    said += [breaker.said] if breaker is not None and is_open(breaker, now) else []
    unsafe = why_unsafe(settings.state.resolve())
    said += [unsafe] if unsafe is not None else []
    plans = (one for one in waiting(ledger) if now < one.ends_at)
    return said + [wording.awaiting(one.hash, len(one.items)) for one in plans]


def _by_rule(words: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    said: dict[str, dict[str, int]] = defaultdict(dict)
    for (rule, word), count in sorted(words.items()):
        said[rule][word] = count
    return dict(said)


def status_page(status: Status) -> RenderableType:
    """Say it in a few lines."""
    good = status.last_good
    lines: list[RenderableType] = [
        Text(f"last good pass: {_when(good.ended_at if good else None)}"),
        Text(f"next pass: {_when(status.next_due) if status.next_due else 'not scheduled'}"),
        Text(f"read until: {_read_until(good)}"),
        Text("our tasks: " + (_counts(status.tasks) or "none")),
    ]
    for rule, words in status.words.items():
        typed = ", ".join(f"#{word} {n}" for word, n in words.items())
        lines.append(Text(f"typed into tasks of {rule}: {typed}"))
    lines += [Text(f"look at: {one}", style="yellow") for one in status.look_at]
    return Group(*lines)


def _read_until(run: Run | None) -> str:
    """Up to when everything had been read, by the CRM's clock, in the last good pass."""
    said = run.summary.get("read_until") if run else None
    return _when(dt.datetime.fromisoformat(said)) if said else "not in that pass"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))


def _when(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "id": run.id,
        "command": run.command,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "outcome": run.outcome,
        "summary": run.summary,
    }
