"""The power is cut at every moment of a run: what the ledger said it had, it has (F102, F126).

A slow proof (`make prove`). Two passes of a real worker are traced: two tasks written, one of them
ended. Then the ledger's files are put together as they may be found after a cut at any operation,
and the ledger is opened as the worker opens it.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import Clock
from tests.prove.disk import Disk, Luck, Op, traced
from tests.prove.witness import held
from tests.worker.world import Company
from worker.ledger import IntentState, Ledger, LedgerError
from worker.store import LEDGER_FILE

#: How much of what was not synced is kept at each moment: nothing, all, and some by its own seed.
SHARES: Final = (0.0, 1.0, 0.5, 0.2, 0.8)
#: The file is written to in the middle of a pass, too, and its log begins anew.
OFTEN: Final = "wal_autocheckpoint=20"
FILES: Final = (LEDGER_FILE, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-journal")

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: nothing can be traced"
)


def passes(directory: Path, *pragmas: str) -> list[Op]:
    """What a pass with each of these settings of SQLite asked of the disk ("": as it is)."""
    company = Company(directory, Clock(dt.datetime.now(dt.UTC).replace(microsecond=0)))
    company.state.mkdir(mode=0o700)  # that the directory itself stays is taken for granted
    ops: list[Op] = []
    try:
        deals = [company.won("Northwind"), company.won("Contoso")]
        for number, pragma in enumerate(pragmas):
            ops += _one(company, directory / str(number), pragma)
            company.call(deals[0])
    finally:
        company.close()
    return ops


def _one(company: Company, directory: Path, pragma: str) -> list[Op]:
    directory.mkdir()
    notes, said = directory / "notes", company.command("once", "--write")[3:]
    return traced(
        [sys.executable, "-m", "tests.prove.witness", *said],
        {**company.child(), "NOTES": str(notes), "PRAGMA": pragma},
        files=[company.state / name for name in FILES],
        notes=notes,
        log=directory / "trace",
    )


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A moment, and what was known then."""

    place: int  # after so many operations
    before: dict[str, Any] | None  # what the last transaction left; None: there was none
    after: dict[str, Any] | None  # what the one that may have been on its way would leave
    sent: str  # the request that has just left, or ""


def cuts(ops: Sequence[Op]) -> Iterator[Cut]:
    """After every operation, and after everything the worker said."""
    notes = [json.loads(op.data) if op.kind == "note" else {} for op in ops]
    before = None
    for place, said in enumerate(notes, start=1):
        before = said if "whole" in said else before
        after = next((note for note in notes[place:] if "whole" in note), None)
        yield Cut(place=place, before=before, after=after, sent=said.get("sent", ""))


@dataclass
class Seen:
    """What came of all cuts."""

    moments: int = 0
    images: int = 0
    unreadable: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)  # intents whose requests left

    @property
    def wrong(self) -> list[str]:
        return [*self.unreadable, *self.lost, *self.unrecorded]


def replayed(ops: Sequence[Op], directory: Path, shares: Sequence[float]) -> Seen:
    """Cut the power at every moment, with every luck, and look."""
    seen, disk, done, known = Seen(), Disk(), 0, dict[object, Any]()
    for cut in cuts(ops):
        for op in ops[done : cut.place]:
            disk.take(op)
        done = cut.place
        seen.moments += 1
        for share in shares:
            files = disk.after_a_cut(Luck(share, f"{cut.place} {share}"))
            image = tuple(sorted(files.items()))
            if image not in known:
                known[image] = found(files, directory)
                seen.images += 1
            _judge(seen, cut, known[image], f"after {cut.place} operations, {share} kept")
    return seen


def found(files: dict[str, bytes], directory: Path) -> dict[str, Any] | str:
    """Open a ledger as the worker does, and return what it holds; or why it cannot be read."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in files.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    (directory / f"{LEDGER_FILE}-shm").write_bytes(b"\xa5" * 32768)  # never synced by anybody
    try:
        Ledger.open(directory / LEDGER_FILE).close()
    except LedgerError as error:
        return str(error)
    connection = sqlite3.connect(directory / LEDGER_FILE)
    try:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        return held(connection) if answer == "ok" else str(answer)
    finally:
        connection.close()


def _judge(seen: Seen, cut: Cut, there: dict[str, Any] | str, when: str) -> None:
    if isinstance(there, str):
        seen.unreadable.append(f"{when}: {there}")
        return
    known = [one["whole"] for one in (cut.before, cut.after) if one]
    if there["whole"] not in known:  # a migration that was cut is made again by the opening
        seen.lost.append(when)
    recorded = {(key, action): state for key, action, state, _ in there["intents"]}
    for key, action, _, payload in cut.before["intents"] if cut.before and cut.sent else ():
        if _names(cut.sent, key, json.loads(payload)):
            seen.sent.add(f"{action} {key}")
            if recorded.get((key, action), IntentState.PLANNED) == IntentState.PLANNED:
                seen.unrecorded.append(f"{when}: {action}")


def _names(sent: str, key: str, payload: dict[str, Any]) -> bool:
    """Whether a request is about an intent: it has its key, or the id of its task."""
    if sent.startswith("GET "):
        return False
    return key in sent or payload.get("task_id", key) in sent


def test_a_power_cut_loses_nothing_acknowledged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At each moment the ledger opens and holds what the last transaction left, or the next one."""
    seen = replayed(passes(tmp_path, "", OFTEN), tmp_path / "cut", SHARES)
    with capsys.disabled():
        print(
            f"\npower cut at {seen.moments} moments, {seen.images} different disks: "
            f"{len(seen.unreadable)} unreadable, {len(seen.lost)} lost something, "
            f"{len(seen.unrecorded)} sent before it was recorded ({len(seen.sent)} requests)"
        )
    assert seen.moments > 300
    assert len(seen.sent) == 3, "two tasks written, one ended"
    assert not seen.wrong


@pytest.mark.parametrize("careless", ["OFF", "NORMAL"])
def test_a_careless_ledger_is_caught(tmp_path: Path, careless: str) -> None:
    """One that does not wait for the disk forgets what it acknowledged, and the proof sees it."""
    seen = replayed(passes(tmp_path, f"synchronous={careless}"), tmp_path / "cut", SHARES[:2])
    assert seen.lost
    assert seen.unrecorded
