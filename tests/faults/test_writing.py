"""The writing half of the fault matrix: each row has an answer, and storage fails honestly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.writing_rows import ALL, NOT_DONE, PROVED
from tests.worker.test_ledger import LATER, NOW, in_state, intent, result, states
from worker.ledger import IntentState, Ledger, LedgerError

ROOT = Path(__file__).resolve().parents[2]


def full(ledger: Ledger) -> None:
    """Let the file grow no further, as on a full disk."""
    with ledger.transaction() as run:
        pages = run.exec_driver_sql("PRAGMA page_count").scalar_one()
        run.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


def test_f104_a_full_disk_at_the_answer_stops_the_worker(path: Path) -> None:
    """The outcome is not recorded, so the row stays SENDING, and the next run asks by key."""
    ledger = Ledger.open(path)
    one = in_state(ledger, IntentState.SENDING)
    full(ledger)
    long = replace(one, payload=dict(one.payload) | {"covers": [f"{n:064}" for n in range(900)]})
    with pytest.raises(LedgerError, match="full"):
        ledger.settle([(long, IntentState.ACKED, result())], NOW)
    ledger.close()
    again = Ledger.open(path)
    assert states(again) == {"k1": IntentState.SENDING}
    assert again.lost_sight(LATER) == 1
    again.close()


def test_f122_a_full_disk_is_told_and_what_was_recorded_stays(path: Path) -> None:
    """A sentence, whole or nothing; and the ledger can still be read."""
    ledger = Ledger.open(path)
    in_state(ledger, IntentState.ACKED)
    full(ledger)
    with pytest.raises(LedgerError, match=r"the ledger cannot be used now .*full"):
        ledger.plan([intent(f"n{n}", body="x" * 5_000) for n in range(50)], 2)
    assert states(ledger) == {"k1": IntentState.ACKED}
    assert set(ledger.tasks()) == {"k1"}
    ledger.close()


def test_every_row_of_the_matrix_has_an_answer() -> None:
    """Proved, or not done with a reason; none twice."""
    assert sorted([*PROVED, *NOT_DONE]) == sorted(ALL)
    assert all(len(why) > 20 for why in NOT_DONE.values())


@pytest.mark.parametrize("row", sorted(PROVED))
def test_what_proves_a_row_is_there(row: str) -> None:
    """The file has a test of that name."""
    path, _, name = PROVED[row].partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), PROVED[row]
