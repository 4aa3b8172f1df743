"""A small CRM in virtual time, as the write protocol sees one: late, forgetful, edited by people.

A request may be applied and its answer lost, never arrive, or be applied minutes after the worker
gave up waiting. `unique` says whether a key can stand on two tasks; where it can, only a task's
text tells ours apart, and the index that finds it lags behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.model import Task, TaskClose, TaskDraft, Verdict, WriteResult
from worker.known import ADOPTED_DELETED

BEGAN = dt.datetime(2026, 11, 16, 8, 0, tzinfo=dt.UTC)
SERVER_MAX = 4  # minutes in which a request may still be applied
LAG = 3  # minutes until an index shows a change


class Crash(BaseException):
    """The process is gone: nothing of it runs on."""


@dataclass(frozen=True)
class Fate:
    """What happens to one request that writes."""

    outcome: str = "ok"  # ok, lost, never, late, refused, busy
    pause: int = 0  # minutes between the committed row and the request
    intruder: bool = False  # another worker takes over, and runs again after the pause
    crash: str = ""  # before the request, or after it: no answer is ever recorded
    delay: int = 1  # of a late one: how many minutes after it was sent


OK = Fate()


@dataclass
class Crm:
    """Tasks, and requests on their way. It is the connector to itself."""

    unique: bool
    quarantine: dt.timedelta
    watch: Callable[[str, Sequence[TaskDraft | TaskClose]], None]
    intrude: Callable[[], None]
    now: dt.datetime = BEGAN
    rows: list[Task] = field(default_factory=list)
    coming: list[tuple[dt.datetime, Callable[[], object], str]] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    hidden: bool = False  # the field of the key, by an admin: nothing of ours is found

    def pass_time(self, minutes: int) -> None:
        """Let minutes pass, and what was on its way arrive, each at its own time."""
        until = self.now + dt.timedelta(minutes=minutes)
        due = sorted((one for one in self.coming if one[0] <= until), key=lambda one: one[0])
        self.coming = [one for one in self.coming if one[0] > until]
        for at, act, _ in due:
            self.now = max(self.now, at)
            act()
        self.now = until

    def carrying(self, key: str) -> list[Task]:
        """Every task with this key, deleted ones too."""
        return [row for row in self.rows if row.key == key]

    def change(self, task_id: str, **said: object) -> None:
        """Change a task, as a person or a request does."""
        for place, row in enumerate(self.rows):
            if row.id == task_id:
                self.rows[place] = replace(row, modified_at=self.now, **said)

    # -- the connector: reading --------------------------------------------------------------

    def why_not_writable(self) -> str | None:
        return "the key is hidden" if self.hidden else None

    def our_tasks(self, since: dt.datetime | None) -> Iterator[Task]:
        return iter([row for row in self._indexed() if since is None or row.modified_at >= since])

    def find_tasks(self, keys: Sequence[str]) -> dict[str, Task]:
        """By a unique key there is no lag."""
        rows = self.rows if self.unique and not self.hidden else self._indexed()
        return {row.key: row for row in rows if row.key in keys}

    def _indexed(self) -> list[Task]:
        if self.hidden:
            return []
        shown = self.now - dt.timedelta(minutes=LAG)
        return [row for row in self.rows if row.created_at <= shown]

    # -- the connector: writing --------------------------------------------------------------

    def create_tasks(self, drafts: Sequence[TaskDraft]) -> list[WriteResult]:
        self.watch("create", drafts)
        return self._request([(draft.key, lambda d=draft: self.insert(d)) for draft in drafts])

    def close_tasks(self, closes: Sequence[TaskClose]) -> list[WriteResult]:
        self.watch("close", closes)
        return self._request([(close.key, lambda c=close: self.complete(c)) for close in closes])

    def _request(self, acts: Sequence[tuple[str, Callable[[], WriteResult]]]) -> list[WriteResult]:
        fate = self.fates.pop(0) if self.fates else OK
        if fate.intruder:
            self.intrude()
        self.pass_time(fate.pause)
        if fate.intruder:
            self.intrude()
        if fate.crash == "before":
            raise Crash
        results = [self._one(key, act, fate) for key, act in acts]
        if fate.crash == "after":
            raise Crash
        return results

    def _one(self, key: str, act: Callable[[], WriteResult], fate: Fate) -> WriteResult:
        if fate.outcome == "refused":
            return WriteResult(
                key=key, verdict=Verdict.NOT_APPLIED, reason="REFUSED", permanent=True
            )
        if fate.outcome == "busy":
            return WriteResult(key=key, verdict=Verdict.NOT_APPLIED, reason="BUSY")
        if fate.outcome == "late":
            self.coming.append((self.now + dt.timedelta(minutes=fate.delay), act, key))
        elif fate.outcome != "never":
            done = act()
            if fate.outcome == "ok":
                return done
        return WriteResult(key=key, verdict=Verdict.UNKNOWN, reason="no_answer")

    def insert(self, draft: TaskDraft) -> WriteResult:
        """Make a task, or adopt the one that has its key."""
        there = self.carrying(draft.key) if self.unique else []
        if there:
            why = ADOPTED_DELETED if there[0].deleted else "adopted"
            return self._done(draft.key, there[0].id, why)
        made = Task(
            id=f"T{len(self.rows)}",
            key=draft.key,
            deal_id=draft.deal_id,
            owner_id=draft.owner_id,
            subject=draft.subject,
            body=draft.body,
            due=draft.due,
            closed=False,
            deleted=False,
            created_at=self.now,
            modified_at=self.now,
        )
        self.rows.append(made)
        return self._done(draft.key, made.id, "")

    def complete(self, close: TaskClose) -> WriteResult:
        """Complete a task; one that is over stays as it is."""
        (row,) = [row for row in self.rows if row.id == close.task_id]
        if not row.deleted and not row.closed:
            self.change(row.id, closed=True, body=f"{row.body}\n{close.line}")
        return self._done(close.key, row.id, "")

    def _done(self, key: str, task_id: str, reason: str) -> WriteResult:
        return WriteResult(key=key, verdict=Verdict.APPLIED, task_id=task_id, reason=reason)


class Silent(Crm):
    """A planted mistake: nobody is told that the key is hidden, so its silence counts as proof."""

    def why_not_writable(self) -> str | None:
        return None


class Upserting(Crm):
    """A planted mistake: a create writes over the task that has its key."""

    def insert(self, draft: TaskDraft) -> WriteResult:
        for row in self.carrying(draft.key):
            self.change(row.id, subject=draft.subject, body=draft.body, closed=False)
        return super().insert(draft)
