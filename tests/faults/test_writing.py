"""The writing half of the fault matrix: each row has an answer, and storage fails honestly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults import applying, forgetting, memory, running
from tests.faults.trials import TRIALS, Trial
from tests.faults.writing_rows import ALL, NOT_APPLICABLE, NOT_DONE, PROVED
from tests.worker.firm import Firm
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


def _trials() -> Iterator[Any]:
    for one in TRIALS:
        marks = [] if one.quick else [pytest.mark.proof]
        where = f"-{one.crm}" if one.crm else ""
        yield pytest.param(one, id=f"{one.id}-{one.name}{where}", marks=marks)


@pytest.mark.parametrize("trial", [*_trials()])
def test_row(trial: Trial, tmp_path: Path) -> None:
    """What goes wrong is borne, told, and made up for; see the trial's own words."""
    if trial.crm is None:
        trial.run(tmp_path)
        return
    firm = Firm(tmp_path, trial.crm)
    try:
        firm.won()
        trial.run(firm)
    finally:
        firm.close()


def test_every_row_of_the_matrix_has_an_answer() -> None:
    """Tried here, proved elsewhere, of no meaning here, or not done with a reason."""
    tried = {one.id for one in TRIALS}
    others = [*PROVED, *NOT_APPLICABLE, *NOT_DONE]
    assert len(others) == len(set(others))
    assert sorted(tried | {*others}) == sorted(ALL)
    assert not tried & {*NOT_APPLICABLE, *NOT_DONE}
    assert all(len(why) > 20 for why in (*NOT_DONE.values(), *NOT_APPLICABLE.values()))


def test_every_trial_says_what_it_tries() -> None:
    """In a sentence, as tests do."""
    assert [one.name for one in TRIALS if not one.run.__doc__] == []
    assert all(one.__doc__ for one in (applying, forgetting, memory, running))


@pytest.mark.parametrize("row", sorted(PROVED))
def test_what_proves_a_row_is_there(row: str) -> None:
    """The file has a test of that name."""
    path, _, name = PROVED[row].partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), PROVED[row]
