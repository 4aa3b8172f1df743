"""The ledger: what is on disk when a call returns, and which steps an intent may take."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from connectors.base import Identity
from connectors.model import Task, Verdict, WriteResult
from rules.marks import Mark
from tests.worker.postgres import fresh, server
from worker.about import About, Kind
from worker.ledger import (
    ADOPTED_DELETED,
    CLOSED_BY_US,
    Intent,
    IntentState,
    KnownRule,
    Ledger,
    LedgerError,
    TaskState,
    Turn,
)
from worker.migrate import migrate
from worker.payloads import payload_alert, payload_close, payload_draft
from worker.tables import METADATA, sqlite_engine

NOW = dt.datetime(2026, 11, 19, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
ANCHOR = dt.datetime(2026, 11, 12, 10, 0, tzinfo=dt.UTC)
ABOUT = About(subject="deal", record_id="006", deal_id="006")
MARK = Mark(rule="won-no-follow-up")
#: What a ledger of version 0001 held: a task with its alert, one without an answer, two plans.
FIRST_VERSION = Path(__file__).with_name("ledger_0001.sql")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def in_file(path: Path) -> Iterator[Ledger]:
    """A ledger in a file, for what only files have."""
    opened = Ledger.open(path)
    yield opened
    opened.close()


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.proof)])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Both stores run every test that is not about files."""
    if request.param == "file":
        yield request.getfixturevalue("in_file")
        return
    opened = Ledger.open_database(fresh(request.getfixturevalue("postgres")))
    yield opened
    opened.close()


def intent(key: str = "k1", action: str = "create", **payload: Any) -> Intent:
    return Intent(
        key=key,
        action=action,
        rule="won-no-follow-up",
        about=ABOUT,
        anchor=ANCHOR,
        payload={"owner_id": "005", "subject": "Follow up"} | payload,
    )


def result(verdict: Verdict = Verdict.APPLIED, reason: str = "") -> WriteResult:
    return WriteResult(key="k1", verdict=verdict, task_id="00T1", reason=reason)


def seen(key: str = "k1", **changed: Any) -> Task:
    task = Task(
        id="00T1",
        key=key,
        deal_id="006",
        owner_id="005",
        subject="Follow up",
        body="",
        due=None,
        closed=False,
        deleted=False,
        created_at=NOW,
        modified_at=NOW,
    )
    return replace(task, **changed)


def in_state(ledger: Ledger, state: IntentState) -> Intent:
    """Bring the intent k1 into a state along the allowed steps."""
    one = intent()
    ledger.plan([one], 1)
    if state is IntentState.PLANNED:
        return one
    ledger.arm([one], NOW)
    if state is not IntentState.SENDING:
        ledger.settle([(one, state, result(reason="a code"))], NOW)
    return one


def states(ledger: Ledger) -> dict[str, IntentState]:
    return {i.key: i.state for i in ledger.unsettled(*IntentState)}


# -- the file --------------------------------------------------------------------------------


def test_every_commit_is_on_disk(in_file: Ledger) -> None:
    """Each transaction of the ledger itself syncs fully, over a write-ahead log."""
    found: set[tuple[int, str]] = set()

    def note(run: sa.Connection) -> None:
        raw = run.connection.dbapi_connection
        assert raw is not None
        synchronous, journal = (
            raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
        )
        found.add((synchronous, journal))

    sa.event.listen(sa.Engine, "commit", note)
    try:
        in_state(in_file, IntentState.ACKED)
    finally:
        sa.event.remove(sa.Engine, "commit", note)
    assert found == {(2, "wal")}  # 2 is FULL


def test_a_transaction_takes_the_write_lock_at_once(path: Path, in_file: Ledger) -> None:
    """Even one that has only read so far keeps another writer out: BEGIN IMMEDIATE."""
    engine = sqlite_engine(path)
    other = sqlite3.connect(path, timeout=0)
    with engine.begin() as run:
        run.exec_driver_sql("SELECT count(*) FROM tasks")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")  # and lets go at the end
    other.close()
    engine.dispose()


def test_only_its_owner_may_read_it(path: Path, in_file: Ledger) -> None:
    """File and directory are private, whatever the umask."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for beside in path.parent.iterdir():
        assert not beside.stat().st_mode & 0o077


def test_a_file_that_others_can_read_is_refused(path: Path, in_file: Ledger) -> None:
    """The sentence says what to type."""
    in_file.close()
    path.chmod(0o640)
    with pytest.raises(LedgerError, match=f"chmod 600 {path}"):
        Ledger.open(path)
    path.chmod(0o600)
    Ledger.open(path).close()


def _not_a_database(path: Path) -> None:
    path.write_bytes(b"this is no database at all, but a long enough text " * 100)


def _torn(path: Path) -> None:
    """Overwrite pages in the middle, as a bad disk does."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [_not_a_database, _torn])
def test_a_damaged_file_is_told_in_a_sentence(path: Path, in_file: Ledger, damage: Any) -> None:
    """Not a traceback: what to do, and that nothing is lost by it."""
    in_state(in_file, IntentState.ACKED)
    in_file.close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    for beside in path.parent.glob("ledger.sqlite-*"):
        beside.unlink()
    damage(path)
    with pytest.raises(LedgerError, match="the next run adopts our tasks from the CRM"):
        Ledger.open(path)


def test_a_newer_ledger_is_refused(path: Path, in_file: Ledger) -> None:
    """An older program does not guess what a newer one meant."""
    in_file.close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0999'")
    raw.close()
    with pytest.raises(LedgerError, match=r"version 0999.*Install the newer"):
        Ledger.open(path)


def test_the_migrations_build_the_tables_the_program_uses(path: Path) -> None:
    """`tables.METADATA` and the migrations cannot drift apart."""
    path.parent.mkdir()
    engine = sqlite_engine(path)
    migrate(engine)
    with engine.begin() as run:
        context = MigrationContext.configure(run, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        built = {
            t: {c["name"]: c["nullable"] for c in sa.inspect(run).get_columns(t)}
            for t in METADATA.tables
        }
    assert built == {
        name: {c.name: c.nullable for c in table.columns} for name, table in METADATA.tables.items()
    }
    engine.dispose()


@pytest.fixture
def first_version(path: Path) -> Ledger:
    """A ledger that version 0001 wrote, opened by this one."""
    path.parent.mkdir(mode=0o700)
    path.touch(0o600)
    with sqlite3.connect(path) as raw:
        raw.executescript(FIRST_VERSION.read_text())
    raw.close()
    return Ledger.open(path)


def test_a_ledger_of_the_first_version_is_upgraded(first_version: Ledger) -> None:
    """Every row is about its deal; nothing else of it has changed."""
    deals = {"ft_done": "006A", "ft_unknown": "006B", "ft_planned": "006C", "ft_alert": "006A"}
    abouts = {k: About(subject="deal", record_id=d, deal_id=d) for k, d in deals.items()}
    task = first_version.tasks()["ft_done"]
    assert (task.about, task.kind) == (abouts["ft_done"], Kind.TASK)
    assert (task.state, task.anchor, task.written_at) == (TaskState.OPEN, ANCHOR, NOW)
    assert (task.run_id, task.until, task.touched, task.said) == (None, None, (), "")
    first_version.adopt([(seen("ft_done", subject="Mine", deal_id="006A"), MARK)], LATER)
    assert first_version.tasks()["ft_done"].touched == ()  # nobody knows what was written
    intents = first_version.unsettled(*IntentState)
    assert {(i.key, i.action, i.state) for i in intents} == {
        ("ft_done", "create", IntentState.ACKED),
        ("ft_done", "close", IntentState.PLANNED),
        ("ft_unknown", "create", IntentState.UNKNOWN),
        ("ft_planned", "create", IntentState.PLANNED),
        ("ft_alert", "alert", IntentState.ACKED),
    }
    assert {i.key: i.about for i in intents} == abouts
    assert {i.key for i in intents if i.kind is Kind.ALERT} == {"ft_alert"}
    assert first_version.alerted() == {"ft_alert"}
    assert first_version.rules() == {"won-no-follow-up": KnownRule(meaning="0123", live_since=NOW)}
    first_version.close()


def test_what_the_first_version_froze_is_still_sent(first_version: Ledger) -> None:
    """Its payloads know no account; they are read as they were, and may be armed and settled."""
    intents = {(i.key, i.action): i for i in first_version.unsettled(*IntentState)}
    draft = payload_draft(intents["ft_planned", "create"])
    assert (draft.deal_id, draft.account_id, draft.owner_id) == ("006C", None, "005")
    alert = payload_alert(intents["ft_alert", "alert"])
    assert (alert.deal_id, alert.account_id, alert.to_id) == ("006A", None, "005M")
    close = intents["ft_done", "close"]
    assert payload_close(close).task_id == "00T1"
    first_version.arm([close], LATER)
    first_version.settle([(close, IntentState.ACKED, result())], LATER)
    assert first_version.tasks()["ft_done"].state is TaskState.RESOLVED
    first_version.close()


def test_opening_twice_keeps_everything(path: Path, in_file: Ledger) -> None:
    """A migration that has run is not run again."""
    in_state(in_file, IntentState.ACKED)
    in_file.close()
    again = Ledger.open(path)
    assert again.tasks()["k1"].task_id == "00T1"
    again.close()


def test_another_org_is_refused(ledger: Ledger) -> None:
    """The first org binds the ledger; it stays welcome, a second one is named and refused."""
    first = Identity(org_id="00D1", org_name="One", user_id="005", user_name="I", server_now=NOW)
    ledger.belongs_to(first)
    ledger.belongs_to(first)
    with pytest.raises(LedgerError, match="belongs to org 00D1, but the CRM says it is 00D2"):
        ledger.belongs_to(replace(first, org_id="00D2", org_name="Two"))


def test_another_key_is_refused(ledger: Ledger) -> None:
    """The first secret that wrote binds the ledger; the same one stays welcome."""
    ledger.keyed_by("ft_one")
    ledger.keyed_by("ft_one")
    with pytest.raises(LedgerError, match="FOLLOWTHROUGH_KEY"):
        ledger.keyed_by("ft_two")


# -- intents ---------------------------------------------------------------------------------


def test_a_planned_intent_may_be_armed(ledger: Ledger) -> None:
    """Arming counts the attempt and is on disk before anything leaves."""
    one = in_state(ledger, IntentState.PLANNED)
    ledger.arm([one], NOW)
    (armed,) = ledger.unsettled()
    assert (armed.state, armed.attempts) == (IntentState.SENDING, 1)


@pytest.mark.parametrize("state", [s for s in IntentState if s is not IntentState.PLANNED])
def test_nothing_else_may_be_armed(ledger: Ledger, state: IntentState) -> None:
    """What is under way, unknown, done or refused is not sent again."""
    one = in_state(ledger, state)
    with pytest.raises(AssertionError, match="was not planned"):
        ledger.arm([one], LATER)
    assert states(ledger) == {"k1": state}


def test_arming_is_all_or_nothing(ledger: Ledger) -> None:
    """One intent that may not be sent keeps the whole request back."""
    in_state(ledger, IntentState.ACKED)
    ledger.plan([intent("k2")], 1)
    with pytest.raises(AssertionError):
        ledger.arm([intent("k2"), intent("k1")], NOW)
    assert states(ledger)["k2"] is IntentState.PLANNED


@pytest.mark.parametrize("state", [IntentState.PLANNED, IntentState.ACKED, IntentState.REJECTED])
def test_what_was_not_sent_cannot_be_settled(ledger: Ledger, state: IntentState) -> None:
    """An outcome needs a request that left."""
    one = in_state(ledger, state)
    with pytest.raises(AssertionError, match="was not sent"):
        ledger.settle([(one, IntentState.ACKED, result())], LATER)
    assert states(ledger) == {"k1": state}


@pytest.mark.parametrize("state", [s for s in IntentState if s is not IntentState.REJECTED])
def test_a_frozen_payload_never_changes(ledger: Ledger, state: IntentState) -> None:
    """Planned again with other words: the first bytes stay, and so does the state."""
    in_state(ledger, state)
    ledger.plan([intent(subject="Other words")], 2)
    (kept,) = ledger.unsettled(*IntentState)
    assert (kept.payload["subject"], kept.state) == ("Follow up", state)


def test_what_the_crm_refused_may_be_replaced(ledger: Ledger) -> None:
    """A refusal is over; the new words take its place and may be sent."""
    in_state(ledger, IntentState.REJECTED)
    ledger.plan([intent(subject="Other words")], 2)
    (planned,) = ledger.unsettled(*IntentState)
    assert planned.payload["subject"] == "Other words"
    assert (planned.state, planned.attempts) == (IntentState.PLANNED, 0)


def test_a_payload_that_was_tampered_with_is_not_sent(path: Path, in_file: Ledger) -> None:
    """The hash beside the payload is checked whenever it is read."""
    in_state(in_file, IntentState.PLANNED)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE intents SET payload = replace(payload, 'Follow', 'Swallow')")
    raw.close()
    with pytest.raises(LedgerError, match="frozen payload of k1 was changed"):
        in_file.unsettled()


def test_a_process_that_died_leaves_unknown(ledger: Ledger) -> None:
    """What was being sent is unknown now; what was only planned is still planned."""
    in_state(ledger, IntentState.SENDING)
    ledger.plan([intent("k2")], 1)
    assert ledger.lost_sight(LATER) == 1
    assert states(ledger) == {"k1": IntentState.UNKNOWN, "k2": IntentState.PLANNED}
    assert ledger.lost_sight(LATER) == 0


@pytest.mark.parametrize("state", list(IntentState))
def test_only_unknown_becomes_planned_by_absence(ledger: Ledger, state: IntentState) -> None:
    """Proof of absence frees an unknown intent and moves no other."""
    one = in_state(ledger, state)
    ledger.absent([one], LATER)
    freed = IntentState.PLANNED if state is IntentState.UNKNOWN else state
    assert states(ledger) == {"k1": freed}


def test_only_what_is_planned_and_unwanted_is_cancelled(ledger: Ledger) -> None:
    """An unknown intent is never forgotten, and neither is a wanted one."""
    in_state(ledger, IntentState.UNKNOWN)
    ledger.plan([intent("k2"), intent("k3")], 1)
    ledger.cancel_planned([("k3", "create")])
    assert states(ledger) == {"k1": IntentState.UNKNOWN, "k3": IntentState.PLANNED}


def test_an_acknowledged_create_is_a_task(ledger: Ledger) -> None:
    """The task carries what the intent knew."""
    in_state(ledger, IntentState.ACKED)
    task = ledger.tasks()["k1"]
    assert (task.task_id, task.state, task.anchor) == ("00T1", TaskState.OPEN, ANCHOR)
    assert (task.owner_id, task.about, task.kind) == ("005", ABOUT, Kind.TASK)


@pytest.mark.parametrize("state", [IntentState.UNKNOWN, IntentState.REJECTED, IntentState.PLANNED])
def test_any_other_outcome_is_no_task(ledger: Ledger, state: IntentState) -> None:
    """Only what the CRM said yes to is believed to be there."""
    in_state(ledger, state)
    assert ledger.tasks() == {}


def test_a_key_that_only_a_deleted_task_carries_is_dismissed(ledger: Ledger) -> None:
    """It does not count as open, so it blocks neither the deal nor the person."""
    one = in_state(ledger, IntentState.SENDING)
    ledger.settle([(one, IntentState.ACKED, result(reason=ADOPTED_DELETED))], NOW)
    assert ledger.tasks()["k1"].state is TaskState.DISMISSED


def test_an_acknowledged_close_ends_the_task(ledger: Ledger) -> None:
    """Resolved, with the moment."""
    in_state(ledger, IntentState.ACKED)
    closing = intent(action="close")
    ledger.plan([closing], 2)
    ledger.arm([closing], LATER)
    ledger.settle([(closing, IntentState.ACKED, result())], LATER)
    task = ledger.tasks()["k1"]
    assert (task.state, task.ended_at) == (TaskState.RESOLVED, LATER)


def test_a_refusal_is_remembered_since_a_moment(ledger: Ledger) -> None:
    """Within the time asked for, and not before it."""
    in_state(ledger, IntentState.REJECTED)
    assert ledger.refused(NOW) == {"k1"}
    assert ledger.refused(LATER) == frozenset()


# -- adopting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "state"),
    [
        (seen(), TaskState.OPEN),
        (seen(closed=True), TaskState.CLAIMED),
        (seen(closed=True, body=f"…\n{CLOSED_BY_US} call, 2026-11-19."), TaskState.RESOLVED),
        (seen(deleted=True), TaskState.DISMISSED),
        (seen(deleted=True, closed=True), TaskState.DISMISSED),
    ],
    ids=["open", "ticked off", "closed by us", "deleted", "deleted when closed"],
)
def test_a_task_is_adopted_as_it_stands(ledger: Ledger, task: Task, state: TaskState) -> None:
    """Unknown to a lost ledger, or known as open: the CRM says how it is."""
    assert ledger.adopt([(task, MARK)], NOW) == 1
    assert ledger.tasks()["k1"].state is state
    assert ledger.tasks_seen_until() == NOW


@pytest.mark.parametrize(
    ("task", "state"),
    [
        (seen(closed=True), TaskState.CLAIMED),
        (seen(deleted=True), TaskState.DISMISSED),
        (seen(), TaskState.OPEN),
    ],
)
def test_a_known_task_follows_the_crm(ledger: Ledger, task: Task, state: TaskState) -> None:
    """It was known, so it is not counted as new; its episode stays known."""
    in_state(ledger, IntentState.ACKED)
    assert ledger.adopt([(task, Mark())], LATER) == 0
    known = ledger.tasks()["k1"]
    assert (known.state, known.anchor) == (state, ANCHOR)
    assert not known.reopened


def test_a_reopened_task_is_open_and_says_so(ledger: Ledger) -> None:
    """A person opened again what was over: from now on it is theirs to end."""
    in_state(ledger, IntentState.ACKED)
    ledger.adopt([(seen(closed=True), Mark())], NOW)
    ledger.adopt([(seen(), Mark())], LATER)
    task = ledger.tasks()["k1"]
    assert task.state is TaskState.OPEN
    assert task.reopened


def test_a_task_handed_to_somebody_else_is_theirs(ledger: Ledger) -> None:
    """The limits count it on the desk where it lies."""
    in_state(ledger, IntentState.ACKED)
    ledger.adopt([(seen(owner_id="005OTHER"), Mark())], LATER)
    assert ledger.tasks()["k1"].owner_id == "005OTHER"


@pytest.mark.parametrize(
    ("mark", "deal", "kind", "about"),
    [
        (MARK, "006", Kind.TASK, ABOUT),
        (Mark(rule="r", kind="step"), "006", Kind.STEP, ABOUT),
        (
            Mark(rule="r", subject="account", record_id="001"),
            None,
            Kind.TASK,
            About(subject="account", record_id="001", account_id="001"),
        ),
        (
            Mark(rule="r", kind="digest", subject="owner", record_id="005"),
            None,
            Kind.DIGEST,
            About(subject="owner", record_id="005"),
        ),
        (Mark(), None, Kind.TASK, About(subject="deal", record_id="")),
    ],
    ids=["deal", "step", "account", "list", "cut by a person"],
)
def test_a_lost_ledger_learns_again_what_a_task_is_about(
    ledger: Ledger, mark: Mark, deal: str | None, kind: Kind, about: About
) -> None:
    """From the last line of the task; where there is none, from the deal it hangs on."""
    ledger.adopt([(seen(deal_id=deal), mark)], NOW)
    task = ledger.tasks()["k1"]
    assert (task.kind, task.about, task.anchor) == (kind, about, None)


def test_a_task_of_no_deal_comes_back_as_it_went(ledger: Ledger) -> None:
    """Intent and task keep subject, record, account and kind."""
    about = About(subject="contact", record_id="003", account_id="001")
    one = replace(intent(), about=about, kind=Kind.STEP)
    ledger.plan([one], 1)
    assert [(i.about, i.kind) for i in ledger.unsettled()] == [(about, Kind.STEP)]
    ledger.arm([one], NOW)
    ledger.settle([(one, IntentState.ACKED, result())], NOW)
    assert (ledger.tasks()["k1"].about, ledger.tasks()["k1"].kind) == (about, Kind.STEP)


def test_adopting_is_one_transaction(ledger: Ledger) -> None:
    """What breaks off half-way has seen nothing, so the next run reads it all again."""

    def breaking() -> Iterator[tuple[Task, Mark]]:
        yield seen(), Mark()
        raise ConnectionError("half-way")

    with pytest.raises(ConnectionError):
        ledger.adopt(breaking(), NOW)
    assert ledger.tasks() == {}
    assert ledger.tasks_seen_until() is None


# -- rules, runs, schedule -------------------------------------------------------------------


def test_rules_are_remembered(ledger: Ledger) -> None:
    """The newest word replaces the older one of the same rule only."""
    ledger.remember_rules({"a": KnownRule(meaning="1", live_since=NOW)})
    ledger.remember_rules({"b": KnownRule(meaning="2", live_since=None)})
    ledger.remember_rules({"b": KnownRule(meaning="3", live_since=LATER)})
    assert ledger.rules() == {
        "a": KnownRule(meaning="1", live_since=NOW),
        "b": KnownRule(meaning="3", live_since=LATER),
    }


def test_a_run_that_was_killed_has_no_outcome(ledger: Ledger) -> None:
    """It stays visible as the newest run, and the last good one is still found."""
    good = ledger.begin_run("once", NOW)
    ledger.end_run(good, "ok", {"rules": 2}, LATER)
    killed = ledger.begin_run("once", LATER)
    last, last_good = ledger.last_run(), ledger.last_run("ok", "degraded")
    assert last is not None
    assert last_good is not None
    assert (last.id, last.outcome) == (killed, None)
    assert (last_good.id, last_good.summary) == (good, {"rules": 2})


def test_a_due_time_is_kept(path: Path, in_file: Ledger) -> None:
    """It is on disk, and a job that never was has none."""
    assert in_file.next_due("cycle") is None
    in_file.set_due("cycle", LATER, start=NOW)
    in_file.close()
    again = Ledger.open(path)
    assert again.next_due("cycle") == LATER
    again.close()


# -- a task's life ---------------------------------------------------------------------------


def written(ledger: Ledger, **payload: Any) -> None:
    """The task k1, written by run 7."""
    ledger.plan([intent(**{"body": "Purpose: x", "due": "2026-11-20"} | payload)], 7)
    (one,) = ledger.unsettled(IntentState.PLANNED)
    ledger.arm([one], NOW)
    ledger.settle([(one, IntentState.ACKED, result())], NOW)


def as_written(**changed: Any) -> Task:
    """The task k1 as we wrote it, but for what is said."""
    return seen(**{"body": "Purpose: x", "due": dt.date(2026, 11, 20)} | changed)


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ({}, ()),
        ({"body": "Purpose:  x\r\n\r\n"}, ()),  # a CRM keeps blanks in its own way
        ({"subject": "Mine"}, ("subject",)),
        ({"body": "Purpose: x\nI rang"}, ("body",)),
        ({"due": None}, ("due",)),
        ({"owner_id": "005X"}, ("owner",)),
    ],
)
def test_what_a_person_changed_is_known(
    ledger: Ledger, changed: dict[str, Any], touched: tuple[str, ...]
) -> None:
    """By comparing with what was written; the run that wrote it is known, too."""
    written(ledger)
    ledger.adopt([(as_written(**changed), MARK)], LATER)
    task = ledger.tasks()["k1"]
    assert (task.touched, task.run_id) == (touched, 7)


def test_our_own_line_is_nobodys_change(ledger: Ledger) -> None:
    """Until a person changes it."""
    written(ledger)
    note = intent(action="note", task_id="00T1", lines=["Also: y"], covers=["k9"])
    ledger.plan([note], 8)
    ledger.arm([note], NOW)
    ledger.settle([(note, IntentState.ACKED, result())], NOW)
    assert "k9" in ledger.mentions()["k1"]
    ledger.adopt([(as_written(body="Purpose: x\nAlso: y"), MARK)], LATER)
    assert ledger.tasks()["k1"].touched == ()
    ledger.adopt([(as_written(body="Purpose: x\nAlso: z"), MARK)], LATER)
    assert ledger.tasks()["k1"].touched == ("body",)


def test_a_word_is_heard_once_and_done_once(ledger: Ledger) -> None:
    """Reading the task again hears nothing new; what is done is not obeyed twice."""
    written(ledger)
    for _ in range(2):
        ledger.adopt([(as_written(body="Purpose: x\n#snooze 3d"), MARK)], LATER)
    (word,) = ledger.words()
    assert (word.key, word.word, word.argument, word.heard_at) == ("k1", "snooze", "3d", NOW)
    until = NOW + dt.timedelta(days=3)
    turn = Turn(state=TaskState.SNOOZED, until=until, said="snooze", heard=(word.mark,))
    ledger.turn([("k1", turn)], NOW)
    assert (ledger.words(), ledger.tasks()["k1"].state) == ([], TaskState.SNOOZED)
    ledger.adopt([], until - dt.timedelta(seconds=1))
    assert ledger.tasks()["k1"].state is TaskState.SNOOZED
    ledger.adopt([], until)
    task = ledger.tasks()["k1"]
    assert (task.state, task.runs_from) == (TaskState.OPEN, until)


def test_a_step_that_was_taken_makes_its_task_escalated(ledger: Ledger) -> None:
    """Still open; evidence ends it as any other, and a tick of a person."""
    written(ledger)
    step = replace(intent("k2", escalates="k1"), kind=Kind.STEP)
    ledger.plan([step], 8)
    ledger.arm([step], NOW)
    ledger.settle([(step, IntentState.ACKED, replace(result(), key="k2", task_id="00T2"))], NOW)
    task = ledger.tasks()["k1"]
    assert (task.state, task.living) == (TaskState.ESCALATED, True)
    ledger.adopt([(as_written(closed=True), MARK)], LATER)
    assert ledger.tasks()["k1"].state is TaskState.CLAIMED


def test_a_twin_is_not_the_task(ledger: Ledger) -> None:
    """Where no key is unique two may carry it: what happens to the other is not our task's life."""
    written(ledger)
    ledger.adopt([(as_written(id="00T9", deleted=True), MARK)], LATER)
    assert ledger.tasks()["k1"].state is TaskState.OPEN


def test_all_tasks_are_looked_at_once_a_day(ledger: Ledger) -> None:
    """And at once where a rebuild asks for it."""
    assert ledger.sweep_is_due(NOW)
    ledger.adopt([], NOW, all_of_them=True)
    ledger.adopt([], LATER)
    assert not ledger.sweep_is_due(NOW + dt.timedelta(hours=23))
    assert ledger.sweep_is_due(NOW + dt.timedelta(days=1))
    ledger.look_at_all()
    assert ledger.sweep_is_due(NOW)
    assert ledger.tasks_seen_until() is None
