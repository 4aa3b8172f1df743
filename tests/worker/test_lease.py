"""The lease: one worker changes the ledger, and one that was held up changes nothing any more."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from connectors.errors import Refused
from tests.conftest import Clock
from tests.worker.postgres import fresh, server
from tests.worker.test_ledger import LATER, NOW, in_state, result, states
from tests.worker.world import Company
from worker.lease import MARGIN_SECONDS, TERM_SECONDS, Lease, LeaseLost
from worker.ledger import IntentState, Ledger, LedgerError
from worker.lock import Busy
from worker.pausing import end_pause, pause, why_paused
from worker.postgres import postgres_engine

Open = Callable[[], Ledger]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def address(postgres: str) -> str:
    return fresh(postgres)


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.proof)])
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the same ledger once more, in either store."""
    opened: list[Ledger] = []
    where = request.getfixturevalue("address") if request.param == "database" else None

    def open_it() -> Ledger:
        one = Ledger.open_database(where) if where else Ledger.open(tmp_path / "s" / "l.sqlite")
        opened.append(one)
        return one

    yield open_it
    for one in opened:
        one.close()


def die(address: str) -> None:
    """Let the term of whoever holds the lease be over, as after a minute without a renewal."""
    engine = postgres_engine(address)
    with engine.begin() as run:
        run.exec_driver_sql("UPDATE lease SET ends = 0")
    engine.dispose()


def test_every_holder_has_a_number_of_its_own(another: Open) -> None:
    """It grows by one, also when the former one let go."""
    ledger = another()
    numbers = []
    for name in ("a", "b", "c"):
        lease = ledger.take_lease(name)
        numbers.append(lease.epoch)
        lease.give_back()
    assert numbers == [1, 2, 3]


def test_who_was_taken_over_records_nothing(another: Open) -> None:
    """Neither an outcome nor a plan; and it knows that nothing may be sent. The new one goes on."""
    old, new = another(), another()
    first = old.take_lease("a")
    one = in_state(old, IntentState.SENDING)
    first.give_back()
    new.take_lease("b")
    with pytest.raises(LeaseLost, match="records nothing more"):
        old.settle([(one, IntentState.ACKED, result())], NOW)
    assert not first.lasts()
    assert not first.renew()
    assert new.lost_sight(LATER) == 1
    assert states(new) == {"k1": IntentState.UNKNOWN}


def test_the_holder_is_not_disturbed(another: Open) -> None:
    """Renewed or not, its transactions go through."""
    ledger = another()
    lease = ledger.take_lease("a")
    in_state(ledger, IntentState.ACKED)
    assert lease.renew()
    assert lease.lasts()
    assert states(ledger) == {"k1": IntentState.ACKED}


@pytest.mark.proof
def test_a_second_worker_waits_until_the_first_is_gone(address: str) -> None:
    """Refused while the term runs, with how long; let in when it is over, with the next number."""
    first, second = Ledger.open_database(address), Ledger.open_database(address)
    assert first.take_lease("host:1").epoch == 1
    with pytest.raises(Busy, match=r"another worker \(host:1\).*or (60|59) seconds after it died"):
        second.take_lease("host:2")
    die(address)
    assert second.take_lease("host:2").epoch == 2
    with pytest.raises(LeaseLost):
        first.tasks()
    first.close()
    second.close()


@pytest.mark.proof
def test_nothing_is_sent_near_the_end_of_a_term(address: str) -> None:
    """A worker that was frozen finds that out by its own steady clock, before it asks anybody."""
    Ledger.open_database(address).close()
    engine, now = postgres_engine(address), [100.0]
    lease = Lease(engine, "a", lambda: now[0])
    lease.take()
    assert lease.lasts()
    now[0] += TERM_SECONDS - MARGIN_SECONDS
    assert not lease.lasts()
    assert lease.renew()
    assert lease.lasts()
    engine.dispose()


@pytest.mark.proof
def test_a_transaction_that_began_first_ends_first(address: str) -> None:
    """A takeover cannot slip in between the look at the number and the commit."""
    ledger = Ledger.open_database(address)
    ledger.take_lease("a")
    other = sa.create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    free = "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema(), 7106))"
    with ledger.transaction(), other.begin() as taking:
        assert taking.exec_driver_sql(free).scalar_one() is False
    with other.begin() as taking:
        assert taking.exec_driver_sql(free).scalar_one() is True
    ledger.close()
    other.dispose()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("no address", "is not an address"),
        ("mysql://secret@host/db", "is not the address of a PostgreSQL"),
        ("postgresql://me:secret@/db?host=/nowhere", "the ledger cannot be used now"),
    ],
)
def test_a_wrong_database_is_told_in_a_sentence(address: str, said: str) -> None:
    """Without the address, which may hold a password."""
    if address.startswith("postgresql"):
        pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
    with pytest.raises(LedgerError, match=said) as told:
        Ledger.open_database(address)
    assert "secret" not in str(told.value)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("lease"), Clock())
    yield made
    made.close()


@pytest.mark.proof
def test_two_workers_with_one_database_write_one_task(company: Company, address: str) -> None:
    """Each has a state directory of its own; the second knows what the first has written."""
    company.won("Two Hands")
    here = {"followthrough_database": SecretStr(address)}
    company.run(**here)
    company.forget_everything()  # the other worker has no mirror yet
    company.run(**here)
    assert len(company.tasks()) == 1
    ledger = Ledger.open_database(address)
    assert len(ledger.tasks()) == 1
    assert ledger.take_lease("a").epoch == 3
    with pytest.raises(Busy, match="another worker"), company.desk(**here):
        pass
    ledger.close()


@pytest.mark.proof
@pytest.mark.parametrize("told_to_stop", [True, False])
def test_a_worker_that_finds_another_one_stands_by(
    company: Company, address: str, told_to_stop: bool
) -> None:
    """With a line. Told to stop, it ends with 0 and nothing begun; else its turn comes."""
    other = Ledger.open_database(address)
    lease = other.take_lease("host:1")
    child = subprocess.Popen(
        [*company.command("once"), "--scheduled"],
        env=company.child() | {"FOLLOWTHROUGH_DATABASE": address},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        line = next(line for line in child.stderr if "standby" in line)
        assert "another worker (host:1) writes with this ledger" in line
        if told_to_stop:
            child.send_signal(signal.SIGTERM)
        else:
            lease.give_back()
        assert child.wait(60) in ({0} if told_to_stop else {0, 1}), child.stderr.read()
        child.stderr.close()
    finally:
        child.kill()
        child.wait()
    other.close()
    again = Ledger.open_database(address)
    assert (again.last_run() is None) is told_to_stop
    again.close()


@pytest.mark.proof
def test_a_pause_holds_for_all_who_share_the_ledger(address: str, tmp_path: Path) -> None:
    """Wherever it was said; and ends for all. A file holds for its own directory."""
    here, there = tmp_path / "here", tmp_path / "there"
    one, two = Ledger.open_database(address), Ledger.open_database(address)
    one.take_lease("host:1")
    here.mkdir()
    pause(there, "the quarter ends", two)
    assert why_paused(here, one) == "the quarter ends"
    assert end_pause(here, one)
    (there / "pause").unlink()
    assert why_paused(there, two) is None
    (here / "pause").touch()
    assert (why_paused(here, one), why_paused(there, two)) == ("no reason was given", None)
    one.close()
    two.close()


class ByMark:
    """As much of a connector as says that only a task's text tells ours apart."""

    quarantine = dt.timedelta(minutes=15)

    def why_not_writable(self) -> str | None:
        return None


@pytest.mark.proof
def test_marks_alone_are_for_one_worker(company: Company, address: str) -> None:
    """Where the CRM does not keep the key unique a lease cannot keep two from writing at once."""
    with company.desk() as desk:
        replace(desk, connector=ByMark()).check_writable()  # in a file: allowed
    with company.desk(followthrough_database=SecretStr(address)) as desk:
        desk.connector.identity()
        desk.check_writable()  # the key is unique: allowed
        marking = replace(desk, connector=ByMark())
        with pytest.raises(Refused, match="two workers could write one task"):
            marking.check_writable()
