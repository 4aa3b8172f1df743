"""The write protocol against whatever can happen: the worker's own ledger, recovery and writing.

One finding, one or two workers, a CRM in virtual time. The invariants have the numbers of
`reliability.md` C.13; `docs/proof.md` says of each where it is asserted.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectors.model import TaskClose, TaskDraft
from rules.marks import Mark, ref_line
from tests.machine.crm import LAG, SERVER_MAX, Crash, Crm, Fate
from worker.about import About
from worker.apply import recover, write
from worker.keys import Keyring
from worker.known import CLOSED_BY_US, Intent, IntentState
from worker.lease import LeaseLost
from worker.ledger import Ledger
from worker.migrate import migrate
from worker.payloads import close_payload, draft_payload, payload_close, payload_draft
from worker.pull import look_after_tasks
from worker.statements import intent as intent_of_row
from worker.tables import INTENTS

RULE = "won-no-follow-up"
QUARANTINE = SERVER_MAX + LAG
SETTLED = frozenset({IntentState.ACKED, IntentState.REJECTED, IntentState.DEAD})
_KEYS = Keyring(b"k", "org")
_READS = {"create": payload_draft, "close": payload_close}


def _memory() -> sa.Engine:
    """A ledger's engine in memory, with one connection."""
    engine = sa.create_engine(
        "sqlite://",
        poolclass=sa.pool.StaticPool,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        held_by(connection).execute("BEGIN IMMEDIATE")

    return engine


def held_by(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    held = connection.connection.dbapi_connection
    assert isinstance(held, sqlite3.Connection)
    return held


@cache
def empty_ledger() -> tuple[sa.Engine, sqlite3.Connection, bytes]:
    """One engine for every story, its connection, and the image of an empty ledger.

    To make tables, and to compile a statement, takes longer than most of what is tried on it.
    """
    engine = _memory()
    migrate(engine)
    with engine.connect() as connection:
        held = held_by(connection)
        connection.rollback()
    return engine, held, held.serialize()


class Machine(RuleBasedStateMachine):
    """What may happen, in any order; and what must hold whatever happened."""

    unique = True
    workers = 2
    ledger_type: type[Ledger] = Ledger
    crm_type: type[Crm] = Crm
    quarantine = QUARANTINE

    def __init__(self) -> None:
        super().__init__()
        every, self.file, image = empty_ledger()
        self.file.deserialize(image)
        self.engine = every.execution_options()  # what is heard here is of this story alone
        sa.event.listen(self.engine, "begin", self._count)
        self.crm = self.crm_type(
            unique=self.unique,
            quarantine=dt.timedelta(minutes=0 if self.unique else self.quarantine),
            watch=self._watch,
            intrude=self._intrude,
        )
        self.begins_left: int | None = None
        self.epoch = 0
        self.holder: Ledger | None = None
        self.episode = 0
        self.is_open = False
        self.anchors: list[dt.datetime] = []
        self.sent: dict[str, str] = {}  # key -> the bytes that were sent for it
        self.touched: set[str] = set()  # keys of tasks that a person ended or opened again
        self.subjects: dict[str, str] = {}  # what a person made of a subject, by task
        self.backup: bytes | None = None
        self.last_send = self.crm.now

    def teardown(self) -> None:
        """Quiet time; then the end must be the one that a run without faults comes to."""
        self.begins_left = None
        self._come_to_rest()
        if IntentState.REJECTED in self._states():
            self.crm.pass_time(24 * 60 + 1)  # what was refused is tried again after a day
            self._come_to_rest()
        self._ends_well()

    def _come_to_rest(self) -> None:
        """Three passes settle whatever is open (L1, L2); fewer, where one had nothing to do."""
        for _ in range(3):
            self.crm.pass_time(QUARANTINE + 2)
            if not self._pass("quiet") and self._states() <= SETTLED:
                return

    # -- what happens ------------------------------------------------------------------------

    @rule(
        worker=st.integers(0, 1),
        fates=st.lists(
            st.builds(
                Fate,
                outcome=st.sampled_from(["ok", "lost", "never", "late", "late", "refused", "busy"]),
                pause=st.sampled_from([0, 0, 1, 8]),
                intruder=st.booleans(),
                crash=st.sampled_from(["", "", "before", "after"]),
                delay=st.integers(1, SERVER_MAX),
            ),
            max_size=2,
        ),
        dies_at=st.none() | st.integers(1, 16),
        hidden=st.sampled_from([False, False, False, True]),
    )
    def a_pass(
        self, worker: int, fates: list[Fate], dies_at: int | None, *, hidden: bool = False
    ) -> None:
        """A worker runs once. Its requests have fates; it may die before any transaction.

        While an admin hides the key nothing of ours is found, and nothing is written.
        """
        self.crm.hidden = hidden
        self.crm.fates = list(fates)
        self.begins_left = dies_at
        self._pass(f"worker {worker % self.workers}")
        self.begins_left = None
        self.crm.hidden = False
        self.crm.fates = []

    @rule(minutes=st.sampled_from([1, 2, 3, 4, 7, 8]))
    def time_passes(self, minutes: int) -> None:
        self.crm.pass_time(minutes)

    @precondition(lambda self: not self.is_open)
    @rule()
    def a_finding_opens(self) -> None:
        self.is_open = True
        self.anchors.append(self.crm.now)
        self.crm.pass_time(1)  # two episodes never begin at one moment

    @precondition(lambda self: self.is_open)
    @rule()
    def the_duty_is_met(self) -> None:
        self.is_open = False

    @precondition(lambda self: self.crm.rows)
    @rule(what=st.sampled_from(["close", "delete", "rename", "reopen"]), which=st.integers(0, 3))
    def a_person_acts(self, what: str, which: int) -> None:
        """On one of our tasks: tick it off, delete it, give it other words, open it again."""
        row = self.crm.rows[which % len(self.crm.rows)]
        if row.deleted:
            return
        if what == "rename":
            self.subjects[row.id] = f"Mine, since {self.crm.now}"
            self.crm.change(row.id, subject=self.subjects[row.id])
            return
        self.touched.add(row.key)
        said = {"close": {"closed": True}, "delete": {"deleted": True}, "reopen": {"closed": False}}
        self.crm.change(row.id, **said[what])

    @rule()
    def the_ledger_is_copied(self) -> None:
        self.backup = self.file.serialize()

    @precondition(lambda self: self.backup is not None and self._quiet())
    @rule()
    def the_copy_is_restored(self) -> None:
        """An older ledger takes the place of the present one. With marks alone only after a rest,
        as the operators' page says: what is on its way would be unknown to it."""
        assert self.backup is not None
        self.file.deserialize(self.backup)
        self.epoch = 0
        self.sent.clear()

    def _quiet(self) -> bool:
        return self.unique or self.crm.now >= self.last_send + dt.timedelta(minutes=QUARANTINE + 8)

    # -- a pass ------------------------------------------------------------------------------

    def _pass(self, name: str) -> int:
        """Run as `cycle` does: recover, look at our tasks, write. Return what was written."""
        outer, self.holder = self.holder, None
        crm: Any = self.crm
        ledger = self.ledger_type(self.engine)
        try:
            lease = ledger.take_lease(name)
            assert lease.epoch > self.epoch, "I11: an epoch came twice"
            self.epoch, self.holder = lease.epoch, ledger
            run_id = ledger.begin_run(name, self.crm.now)
            recover(crm, ledger, lambda: self.crm.now)
            look_after_tasks(crm, ledger, self.crm.now)
            written = 0
            if crm.why_not_writable() is None:
                wanted = self._wanted(ledger)
                done = write(crm, ledger, wanted, run_id, lambda: self.crm.now, lambda: False)
                written = len(done.written)
            ledger.end_run(run_id, "ok", {}, self.crm.now)
            lease.give_back()
            return written
        except (Crash, LeaseLost):
            return 0
        finally:
            self.holder = outer

    def _intrude(self) -> None:
        """The lease has run out while this worker slept: another one does its work."""
        if self.workers > 1:
            fates, self.crm.fates = self.crm.fates, []
            self._pass("intruder")
            self.crm.fates = fates

    def _count(self, _: sa.Connection) -> None:
        if self.begins_left is not None:
            self.begins_left -= 1
            if self.begins_left <= 0:
                self.begins_left = None
                raise Crash

    def _wanted(self, ledger: Ledger) -> list[Intent]:
        """A task for the open finding; an end for those whose finding is over."""
        known = ledger.tasks()
        refused = ledger.refused(self.crm.now - dt.timedelta(days=1))
        wanted = []
        for anchor in self.anchors:
            key, task = key_of(anchor), known.get(key_of(anchor))
            if self._asks(anchor) and task is None and key not in refused:
                wanted.append(creating(key, anchor, self.crm.now))
            elif not self._asks(anchor) and task and task.living and not task.reopened:
                wanted.append(closing(key, anchor, task.task_id))
        return wanted

    def _asks(self, anchor: dt.datetime) -> bool:
        return self.is_open and anchor == self.anchors[-1]

    # -- what must hold ----------------------------------------------------------------------

    def _watch(self, action: str, writes: Sequence[TaskDraft | TaskClose]) -> None:
        """A request is about to leave."""
        self.last_send = self.crm.now
        for one in writes:
            with self.engine.begin() as run:
                at = (INTENTS.c.key == one.key) & (INTENTS.c.action == action)
                row = run.execute(sa.select(INTENTS).where(at)).mappings().first()
            assert row is not None, "I2: sent without a row"
            assert row["state"] == IntentState.SENDING, "I2: sent before it was recorded"
            assert _READS[action](intent_of_row(dict(row))) == one, "I2: other bytes were sent"
            if action == "create":
                before = self.sent.setdefault(one.key, row["payload_hash"])
                if before != row["payload_hash"]:  # an earlier one is known to be nowhere
                    assert not self.crm.carrying(one.key), "I14: the payload of a key changed"
                    self.sent[one.key] = row["payload_hash"]
                if not self.unique:
                    coming = [key for *_, key in self.crm.coming]
                    assert one.key not in coming, "I4: sent again while the first may still come"

    @invariant()
    def one_task_a_key(self) -> None:
        """I1 and I13: also where the first was deleted, or ended by a person."""
        for anchor in self.anchors:
            tasks = self.crm.carrying(key_of(anchor))
            assert len(tasks) <= 1, f"I1: {len(tasks)} tasks with one key"

    @invariant()
    def what_is_acknowledged_is_there(self) -> None:
        """I3: under this key and this id."""
        there = {(row.key, row.id) for row in self.crm.rows}
        assert set(self.file.execute("SELECT key, task_id FROM tasks")) <= there, "I3"

    @invariant()
    def a_persons_words_stay(self) -> None:
        """I12."""
        for row in self.crm.rows:
            assert row.subject == self.subjects.get(row.id, row.subject), "I12"

    def _ends_well(self) -> None:
        """I5, I22 and L1, L2: every finding has its task, every end its line, nothing is open."""
        assert self._states() <= SETTLED, f"L1, L2: {self._states()}"
        dead = self._dead()
        assert not (dead and self.unique), "L2: given up, although the key is unique"
        for anchor in self.anchors:
            key = key_of(anchor)
            tasks = self.crm.carrying(key)
            if self._asks(anchor) and key not in dead:
                assert len(tasks) == 1, "I5: a finding without its task"
            if key not in self.touched and tasks:
                assert tasks[0].closed is not self._asks(anchor), "I22: another end than the oracle"
        before = [*self.crm.rows]
        assert self._pass("idle") == 0, "I21: a second run wrote"
        assert self.crm.rows == before, "I21: a second run changed something"

    def _dead(self) -> set[str]:
        asked = "SELECT key FROM intents WHERE state = 'dead'"
        return {key for (key,) in self.file.execute(asked)}

    def _states(self) -> set[str]:
        return {state for (state,) in self.file.execute("SELECT DISTINCT state FROM intents")}


def key_of(anchor: dt.datetime) -> str:
    """The key of the task of an episode."""
    return _KEYS.task_key(RULE, "deal", "D1", anchor)


def creating(key: str, anchor: dt.datetime, now: dt.datetime) -> Intent:
    """The intent of a task; its words tell when it was planned."""
    draft = TaskDraft(
        key=key,
        deal_id="D1",
        contact_id=None,
        owner_id="U1",
        subject="Follow up",
        body=f"Planned at {now}\n{ref_line(Mark(rule=RULE), 'abcd1234', key)}",
        due=dt.date(2026, 11, 20),
    )
    return _intent(key, "create", anchor, draft_payload(draft))


def closing(key: str, anchor: dt.datetime, task_id: str) -> Intent:
    """The intent of an end."""
    close = TaskClose(key=key, task_id=task_id, line=f"{CLOSED_BY_US} the duty was met.")
    return _intent(key, "close", anchor, close_payload(close))


def _intent(key: str, action: str, anchor: dt.datetime, payload: dict[str, Any]) -> Intent:
    about = About(subject="deal", record_id="D1", deal_id="D1")
    return Intent(key=key, action=action, rule=RULE, about=about, anchor=anchor, payload=payload)
