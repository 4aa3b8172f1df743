"""The ledger: what we meant to write, what became of it, and when to run next.

Laws of this file: every change is one transaction that is on disk when it returns (`synchronous =
FULL`: with NORMAL acknowledged rows were lost at 79 of 83 power-cut points, `reliability.md` D.2);
an intent is SENDING before its request leaves; UNKNOWN becomes PLANNED only with evidence that the
CRM does not hold the task; a frozen payload never changes.

The same key stands on the task in the CRM, so this file may be lost: `adopt` fills it again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from worker import statements
from worker.anew import write_anew
from worker.known import (
    ADOPTED_DELETED,
    CLOSED_BY_US,
    UNSETTLED,
    HeardWord,
    Intent,
    IntentState,
    KnownRule,
    KnownTask,
    Run,
    TaskState,
    Turn,
)
from worker.lease import Lease
from worker.measured import Measured, measured_of, text_of
from worker.migrate import NewerLedger, migrate
from worker.postgres import WrongAddress, keeps_its_word, postgres_engine
from worker.statements import LedgerError
from worker.tables import (
    INTENTS,
    MENTIONS,
    META,
    RULES,
    RUNS,
    SCHEDULE,
    TASKS,
    WORDS,
    sqlite_engine,
)

if TYPE_CHECKING:  # the scheduler process opens the ledger and must not load a client's libraries
    from connectors.base import Identity
    from connectors.model import Task, WriteResult
    from rules.marks import Mark

#: Why a dead write is no longer told: a person has looked.
LET_GO: Final = "let_go"

__all__ = [
    "ADOPTED_DELETED",
    "CLOSED_BY_US",
    "UNSETTLED",
    "Intent",
    "IntentState",
    "KnownRule",
    "KnownTask",
    "Ledger",
    "LedgerError",
    "Run",
    "TaskState",
    "Turn",
]

#: That something was erased, and may still lie in the store's files, stands in `meta` under this.
ERASED: Final = "erased"
SWEPT: Final = "tasks_swept_at"
SWEEP_EVERY: Final = dt.timedelta(days=1)
#: What was sent, and of which an outcome may still be recorded.
_SENT: Final = (IntentState.SENDING, IntentState.UNKNOWN, IntentState.DEAD)


class Ledger:
    """The ledger: a SQLite file for one worker, or a PostgreSQL database for several."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lease: Lease | None = None

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Open the ledger at `path`, creating and upgrading it. Raises LedgerError."""
        _private_file(path)
        engine = sqlite_engine(path)
        try:
            migrate(engine)
            with engine.begin() as connection:
                answer = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        except NewerLedger as error:
            raise LedgerError(str(error)) from None
        except sa.exc.DatabaseError as error:
            if "locked" in str(error.orig):
                raise LedgerError(
                    f"{path} has been busy for ten seconds. Wait until the other run has ended."
                ) from None
            raise LedgerError(
                f"{path} cannot be read as a ledger ({type(error.orig).__name__}). Restore it from "
                "a backup, or move it away: the next run adopts our tasks from the CRM."
            ) from None
        if answer != "ok":
            raise LedgerError(
                f"{path} is damaged. Restore it from a backup, or move it away: the next run "
                "adopts our tasks from the CRM."
            )
        return cls(engine)

    @classmethod
    def open_database(cls, url: str) -> Ledger:
        """Open the ledger in a PostgreSQL database, upgrading it. Raises LedgerError."""
        try:
            engine = postgres_engine(url)
            migrate(engine)
            safe = keeps_its_word(engine)
        except (NewerLedger, WrongAddress) as error:
            raise LedgerError(str(error)) from None
        except sa.exc.DBAPIError as error:
            raise _away(error) from None
        if not safe:
            raise LedgerError(
                "the database of the ledger runs with fsync = off: it forgets what it said it "
                "had, and tasks would be written twice. Turn fsync on."
            )
        return cls(engine)

    def write_anew(self) -> None:
        """Write the store anew where something was erased and still lies in a file.

        A transaction of `erasing` says so, so that the next opening goes on. Raises LedgerError.
        """
        if self.noted(ERASED) is None:
            return
        try:
            write_anew(self._engine)
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            raise LedgerError(
                f"what was erased could not be taken out of the ledger's files ({error}). Make "
                "room on the disk, let no other program read it, and say it again."
            ) from None
        with self.transaction() as run:
            run.execute(sa.delete(META).where(META.c.name == ERASED))

    def take_lease(self, holder: str) -> Lease:
        """Become the one who changes this ledger: from now on every transaction says so.

        Raises Busy, LedgerError.
        """
        lease = Lease(self._engine, holder)
        try:
            lease.take()
        except sa.exc.DBAPIError as error:
            raise _away(error) from None
        self._lease = lease
        return lease

    @property
    def shared(self) -> bool:
        """Whether several workers may use it."""
        return self._engine.dialect.name == "postgresql"

    def connections(self) -> int:
        """Count the connections that this process has open to the store."""
        pool = self._engine.pool
        return pool.checkedin() + pool.checkedout() if isinstance(pool, sa.QueuePool) else 1

    def close(self) -> None:
        """Let go of the file, or of the database."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Begin, and commit at the end: on disk, or not at all. Raises LedgerError, LeaseLost."""
        try:
            with self._engine.begin() as connection:
                if self._lease is not None:
                    self._lease.check(connection)
                yield connection
        except (sa.exc.OperationalError, sa.exc.InternalError) as error:
            raise _away(error) from None

    # -- whose ledger this is ----------------------------------------------------------------

    def org_id(self) -> str | None:
        """Return the id of the org this ledger is of, or None while it is of none."""
        return self.noted("org_id")

    def belongs_to(self, identity: Identity) -> None:
        """Bind the ledger to its org, or refuse another one's. Raises LedgerError."""
        with self.transaction() as run:
            stored = run.execute(sa.select(META.c.value).where(META.c.name == "org_id")).scalar()
            if stored is None:
                run.execute(sa.insert(META).values(name="org_id", value=identity.org_id))
            elif stored != identity.org_id:
                raise LedgerError(
                    f"this ledger belongs to org {stored}, but the CRM says it is "
                    f"{identity.org_id} ({identity.org_name}). Point the settings back to the "
                    "first org, or use another state directory for the second."
                )

    def noted(self, name: str) -> str | None:
        """Return what was noted under a name; None where nothing ever was."""
        with self.transaction() as run:
            found = run.execute(sa.select(META.c.value).where(META.c.name == name)).scalar()
            return None if found is None else str(found)

    def note(self, name: str, value: str) -> None:
        """Note something small, in the place of what was noted before."""
        with self.transaction() as run:
            statements.set_meta(run, name, value)

    def keyed_by(self, mark: str) -> None:
        """Bind the ledger to the secret its keys are made with, or refuse another one's.

        Raises LedgerError: with other keys every task would be written once more.
        """
        with self.transaction() as run:
            stored = run.execute(sa.select(META.c.value).where(META.c.name == "key_mark")).scalar()
            if stored is None:
                statements.set_meta(run, "key_mark", mark)
            elif stored != mark:
                raise LedgerError(
                    "FOLLOWTHROUGH_KEY is not the one that this ledger's tasks were written with, "
                    "so every one of them would be written once more. Set the former one again "
                    "(or none, if there was none); nothing was written."
                )

    # -- tasks -------------------------------------------------------------------------------

    def tasks(self) -> dict[str, KnownTask]:
        """Return every task of ours that is known, by key."""
        with self.transaction() as run:
            rows = run.execute(sa.select(TASKS)).mappings().all()
        return {row["key"]: statements.known_task(dict(row)) for row in rows}

    def tasks_seen_until(self) -> dt.datetime | None:
        """Return up to when our tasks were last read from the CRM, or None if never."""
        with self.transaction() as run:
            value = run.execute(
                sa.select(META.c.value).where(META.c.name == "tasks_seen_until")
            ).scalar()
        return None if value is None else dt.datetime.fromisoformat(value)

    def sweep_is_due(self, now: dt.datetime) -> bool:
        """Tell whether a day has passed since all of our tasks were read from the CRM."""
        with self.transaction() as run:
            value = run.execute(sa.select(META.c.value).where(META.c.name == SWEPT)).scalar()
        return value is None or now - dt.datetime.fromisoformat(value) >= SWEEP_EVERY

    def look_at_all(self) -> None:
        """Let the next look at our tasks be at all of them."""
        with self.transaction() as run:
            run.execute(sa.delete(META).where(META.c.name.in_((SWEPT, "tasks_seen_until"))))

    def adopt(
        self, seen: Iterable[tuple[Task, Mark]], until: dt.datetime, *, all_of_them: bool = False
    ) -> int:
        """Bring the ledger in line with our tasks as they stand in the CRM, read up to `until`.

        `seen` pairs each task with what its last line says. Return how many were unknown.
        """
        unknown = 0
        with self.transaction() as run:
            for task, mark in seen:
                unknown += statements.adopt(run, task, mark)
            statements.wake(run, until)
            statements.set_meta(run, "tasks_seen_until", until.isoformat())
            if all_of_them:
                statements.set_meta(run, SWEPT, until.isoformat())
        return unknown

    def turn(self, turns: Iterable[tuple[str, Turn]], now: dt.datetime) -> None:
        """Record what tasks become without a write to the CRM, by key."""
        with self.transaction() as run:
            for key, one in turns:
                statements.turn(run, key, one, now)

    def words(self) -> list[HeardWord]:
        """Return the words typed into tasks of which nothing has come yet, the oldest first."""
        query = sa.select(WORDS).where(WORDS.c.done_at.is_(None))
        ordered = query.order_by(WORDS.c.heard_at, WORDS.c.key, WORDS.c.mark)
        with self.transaction() as run:
            return [statements.heard_word(dict(row)) for row in run.execute(ordered).mappings()]

    def words_said(self) -> dict[tuple[str, str], int]:
        """Count the words typed into tasks, by rule and word."""
        columns = (WORDS.c.rule, WORDS.c.word)
        query = sa.select(*columns, sa.func.count()).group_by(*columns)
        with self.transaction() as run:
            return {(rule, word): count for rule, word, count in run.execute(query)}

    def mentions(self) -> dict[str, frozenset[str]]:
        """Return what each task says beside its own matter: keys of findings, hashes of lines."""
        found: dict[str, set[str]] = defaultdict(set)
        with self.transaction() as run:
            for key, mark in run.execute(sa.select(MENTIONS.c.key, MENTIONS.c.mark)):
                found[key].add(mark)
        return {key: frozenset(marks) for key, marks in found.items()}

    # -- intents -----------------------------------------------------------------------------

    def plan(self, intents: Sequence[Intent], run_id: int) -> None:
        """Record what shall be written. One that is known keeps its frozen payload, unless the CRM
        refused it before: then the new one takes its place."""
        with self.transaction() as run:
            for intent in intents:
                statements.plan(run, intent, run_id)

    def unsettled(self, *states: IntentState) -> list[Intent]:
        """Return intents in these states (default: all that may still come to something)."""
        wanted = [str(state) for state in states or UNSETTLED]
        query = sa.select(INTENTS).where(INTENTS.c.state.in_(wanted)).order_by(INTENTS.c.key)
        with self.transaction() as run:
            return [statements.intent(dict(row)) for row in run.execute(query).mappings()]

    def purge_payloads(self, before: dt.datetime) -> int:
        """Forget what was written by intents acknowledged before a moment; return how many."""
        nothing = json.dumps({})
        with self.transaction() as run:
            return run.execute(
                sa.update(INTENTS)
                .where(
                    INTENTS.c.state == IntentState.ACKED,
                    INTENTS.c.ended_at < before,
                    INTENTS.c.payload != nothing,
                )
                .values(payload=nothing, payload_hash=statements.hash_of(nothing))
            ).rowcount

    def refused(self, since: dt.datetime) -> frozenset[str]:
        """Return the keys of tasks that the CRM refused to create at or after `since`."""
        query = sa.select(INTENTS.c.key).where(
            INTENTS.c.state == IntentState.REJECTED,
            INTENTS.c.action == "create",
            INTENTS.c.ended_at >= since,
        )
        with self.transaction() as run:
            return frozenset(run.execute(query).scalars())

    def unanswered(self) -> frozenset[str]:
        """Return the keys of tasks that were sent, and may or may not be in the CRM."""
        query = sa.select(INTENTS.c.key).where(
            INTENTS.c.action == "create", INTENTS.c.state.in_([str(one) for one in _SENT])
        )
        with self.transaction() as run:
            return frozenset(run.execute(query).scalars())

    def rejected(self, since: dt.datetime) -> int:
        """Count the writes that came to nothing at or after `since`."""
        query = sa.select(sa.func.count()).where(
            INTENTS.c.state == IntentState.REJECTED, INTENTS.c.ended_at >= since
        )
        with self.transaction() as run:
            return int(run.execute(query).scalar_one())

    def alerted(self) -> frozenset[str]:
        """Return the keys of alerts that were sent, or may have been: none is sent again."""
        query = sa.select(INTENTS.c.key).where(
            INTENTS.c.action == "alert", INTENTS.c.state != IntentState.PLANNED
        )
        with self.transaction() as run:
            return frozenset(run.execute(query).scalars())

    def told(
        self,
        *,
        run_id: int | None = None,
        rule: str | None = None,
        since: dt.datetime | None = None,
    ) -> int:
        """Count the notifications that went out and are no task: of a run, or of a rule since."""
        wanted = [INTENTS.c.action == "alert", INTENTS.c.state == IntentState.ACKED]
        wanted.append(INTENTS.c.key.not_in(sa.select(TASKS.c.key)))
        wanted += [INTENTS.c.run_id == run_id] if run_id is not None else []
        wanted += [INTENTS.c.rule == rule] if rule is not None else []
        wanted += [INTENTS.c.ended_at >= since] if since is not None else []
        with self.transaction() as run:
            query = sa.select(sa.func.count()).select_from(INTENTS).where(*wanted)
            return int(run.execute(query).scalar_one())

    def closed(
        self,
        *,
        run_id: int | None = None,
        rule: str | None = None,
        since: dt.datetime | None = None,
    ) -> dict[str, Intent]:
        """Return by key what ended our tasks: in a run, or of a rule since."""
        wanted = [INTENTS.c.action == "close", INTENTS.c.state == IntentState.ACKED]
        wanted += [INTENTS.c.run_id == run_id] if run_id is not None else []
        wanted += [INTENTS.c.rule == rule] if rule is not None else []
        wanted += [INTENTS.c.ended_at >= since] if since is not None else []
        with self.transaction() as run:
            rows = run.execute(sa.select(INTENTS).where(*wanted)).mappings()
            return {row["key"]: statements.intent(dict(row)) for row in rows}

    def vanished(self, keys: Iterable[str], now: dt.datetime) -> None:
        """Record that tasks are gone from the CRM without a trace: nobody wants them there."""
        gone = Turn(state=TaskState.DISMISSED, said="", reason="gone from the CRM")
        with self.transaction() as run:
            for key in keys:
                statements.turn(run, key, gone, now)

    def arm(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Commit that these are about to be sent. Only then may they be."""
        with self.transaction() as run:
            for intent in intents:
                changed = run.execute(
                    statements.this(intent, IntentState.PLANNED).values(
                        state=IntentState.SENDING,
                        attempts=INTENTS.c.attempts + 1,
                        armed_at=now,
                        ended_at=None,
                        probed_at=None,
                    )
                ).rowcount
                assert changed == 1, f"{intent.key} was not planned"

    def settle(
        self, outcomes: Sequence[tuple[Intent, IntentState, WriteResult]], now: dt.datetime
    ) -> None:
        """Record what became of intents that were sent, and the tasks they made or ended."""
        with self.transaction() as run:
            for intent, state, result in outcomes:
                changed = run.execute(
                    statements.this(intent, *_SENT).values(
                        state=state, ended_at=now, reason=result.reason[:255]
                    )
                ).rowcount
                assert changed == 1, f"{intent.key} was not sent"
                if state is IntentState.ACKED:
                    statements.acknowledge(run, intent, result, now)
                elif state is IntentState.REJECTED:
                    statements.give_up(run, intent, now)

    def lost_sight(self, now: dt.datetime) -> int:
        """Turn what an earlier process was sending when it died into UNKNOWN; return how many."""
        with self.transaction() as run:
            return run.execute(
                sa.update(INTENTS)
                .where(INTENTS.c.state == IntentState.SENDING)
                .values(state=IntentState.UNKNOWN, ended_at=now, reason="process_died")
            ).rowcount

    def absent(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Plan again what the CRM, asked by key, does not hold."""
        with self.transaction() as run:
            for intent in intents:
                run.execute(
                    statements.this(intent, IntentState.UNKNOWN).values(
                        state=IntentState.PLANNED,
                        ended_at=now,
                        reason="absent",
                        absences=INTENTS.c.absences + 1,
                    )
                )

    def probed(self, intents: Sequence[Intent], now: dt.datetime) -> None:
        """Record that the CRM was asked once for these, and did not hold them yet."""
        with self.transaction() as run:
            for intent in intents:
                run.execute(statements.this(intent, IntentState.UNKNOWN).values(probed_at=now))

    def write_again(self, intents: Sequence[Intent]) -> None:
        """Plan these once more: a person has looked, and the CRM does not hold them."""
        with self.transaction() as run:
            for intent in intents:
                dead = statements.this(intent, IntentState.DEAD)
                run.execute(dead.values(state=IntentState.PLANNED, reason="said_by_a_person"))

    def dead(self) -> list[Intent]:
        """Return the writes that wait for a person to look, by key."""
        return [one for one in self.unsettled(IntentState.DEAD) if one.reason != LET_GO]

    def bury(self, intents: Sequence[Intent], why: str) -> None:
        """Send these never again, unless a person says so; `LET_GO`: nor tell of them."""
        with self.transaction() as run:
            for intent in intents:
                over = statements.this(intent, IntentState.UNKNOWN, IntentState.DEAD)
                run.execute(over.values(state=IntentState.DEAD, reason=why))

    def cancel_planned(self, keep: Iterable[tuple[str, str]]) -> None:
        """Forget plans of an earlier run that were never sent and are no longer wanted."""
        kept = set(keep)
        with self.transaction() as run:
            for intent in run.execute(
                sa.select(INTENTS).where(INTENTS.c.state == IntentState.PLANNED)
            ).mappings():
                if (intent["key"], intent["action"]) not in kept:
                    run.execute(
                        sa.delete(INTENTS).where(
                            INTENTS.c.key == intent["key"], INTENTS.c.action == intent["action"]
                        )
                    )

    # -- rules -------------------------------------------------------------------------------

    def rules(self) -> dict[str, KnownRule]:
        """Return what is remembered of each rule."""
        with self.transaction() as run:
            rows = run.execute(sa.select(RULES)).mappings().all()
        return {
            row["rule"]: KnownRule(meaning=row["meaning"], live_since=row["live_since"])
            for row in rows
        }

    def remember_rules(self, rules: Mapping[str, KnownRule]) -> None:
        """Replace what is remembered of these rules."""
        with self.transaction() as run:
            for rule, known in rules.items():
                run.execute(sa.delete(RULES).where(RULES.c.rule == rule))
                run.execute(
                    sa.insert(RULES).values(
                        rule=rule, meaning=known.meaning, live_since=known.live_since
                    )
                )

    # -- the pause of all who share it -----------------------------------------------------------

    def paused(self) -> str | None:
        """Return why nobody who shares this ledger may write now, or None."""
        with self.transaction() as run:
            return run.execute(sa.select(META.c.value).where(META.c.name == "paused")).scalar()

    def pause(self, why: str | None) -> None:
        """Let nobody who shares this ledger write; None ends it."""
        with self.transaction() as run:
            if why is None:
                run.execute(sa.delete(META).where(META.c.name == "paused"))
            else:
                statements.set_meta(run, "paused", why[:255])

    # -- what the data looked like -----------------------------------------------------------

    def believed(self) -> Measured | None:
        """Return what the mirror looked like when it was last believed, or None."""
        with self.transaction() as run:
            value = run.execute(sa.select(META.c.value).where(META.c.name == "believed")).scalar()
        return None if value is None else measured_of(value)

    def believe(self, measured: Measured) -> None:
        """Remember what the mirror looks like as what it should look like."""
        with self.transaction() as run:
            statements.set_meta(run, "believed", text_of(measured))

    # -- runs and schedule -------------------------------------------------------------------

    def begin_run(self, command: str, now: dt.datetime) -> int:
        """Open a run and return its number."""
        with self.transaction() as run:
            done = run.execute(sa.insert(RUNS).values(command=command, started_at=now))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def end_run(
        self, run_id: int, outcome: str, summary: Mapping[str, Any], now: dt.datetime
    ) -> None:
        """Close a run with its outcome and its counts."""
        with self.transaction() as run:
            run.execute(
                sa.update(RUNS)
                .where(RUNS.c.id == run_id)
                .values(ended_at=now, outcome=outcome, summary=json.dumps(summary, sort_keys=True))
            )

    def run_begun(self, moment: dt.datetime) -> int | None:
        """Return the newest run that began in the minute of a moment, or None."""
        begins = moment.replace(second=0, microsecond=0)
        query = sa.select(RUNS.c.id).where(
            RUNS.c.started_at >= begins, RUNS.c.started_at < begins + dt.timedelta(minutes=1)
        )
        with self.transaction() as run:
            return run.execute(query.order_by(RUNS.c.id.desc()).limit(1)).scalar()

    def last_run(self, *outcomes: str) -> Run | None:
        """Return the newest run (with one of these outcomes), or None."""
        query = sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(1)
        if outcomes:
            query = query.where(RUNS.c.outcome.in_(outcomes))
        with self.transaction() as run:
            row = run.execute(query).mappings().first()
        if row is None:
            return None
        return Run(**{**row, "summary": json.loads(row["summary"] or "{}")})

    def last_summaries(self, most: int) -> list[Mapping[str, Any]]:
        """Return what the newest runs that got through said of themselves, the newest first."""
        query = sa.select(RUNS.c.summary).where(RUNS.c.outcome.in_(("ok", "degraded")))
        with self.transaction() as run:
            rows = run.execute(query.order_by(RUNS.c.id.desc()).limit(most)).scalars().all()
        return [json.loads(row or "{}") for row in rows]

    def next_due(self, job: str) -> dt.datetime | None:
        """Return when a job is due, or None if it never was."""
        with self.transaction() as run:
            return run.execute(sa.select(SCHEDULE.c.next_due).where(SCHEDULE.c.job == job)).scalar()

    def set_due(
        self,
        job: str,
        next_due: dt.datetime,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
    ) -> None:
        """Record when a job is due next, and when it last started and ended."""
        with self.transaction() as run:
            run.execute(sa.delete(SCHEDULE).where(SCHEDULE.c.job == job))
            run.execute(
                sa.insert(SCHEDULE).values(
                    job=job, next_due=next_due, last_start=start, last_end=end
                )
            )


def _away(error: sa.exc.DBAPIError) -> LedgerError:
    """What went wrong with the store; never a statement, a value or an address."""
    code = getattr(error.orig, "sqlstate", None)
    from_file = isinstance(error.orig, sqlite3.Error)
    what = str(error.orig) if from_file else f"{type(error.orig).__name__} {code or ''}"
    return LedgerError(
        f"the ledger cannot be used now ({what.strip()}). Whatever was not recorded is found out "
        "by key in the next run."
    )


def _private_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        raise LedgerError(f"{path} can be read by others. Say: chmod 600 {path}")
