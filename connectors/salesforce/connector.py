"""The port of `connectors.base`, for Salesforce: a table of contents of this package."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from connectors import alert_tasks
from connectors.base import (
    Attachment,
    Batch,
    Feed,
    Identity,
    Places,
    Provision,
    Setup,
    Usage,
    Window,
)
from connectors.crm_clock import server_now
from connectors.errors import CrmError, Refused, Unusable
from connectors.model import (
    Alert,
    BlindSpot,
    Stage,
    Task,
    TaskClose,
    TaskDraft,
    TaskNote,
    TaskRemoval,
    WriteResult,
)
from connectors.results import not_sent
from connectors.salesforce import alerts, attachments, org, provision, pull, push, retouch
from connectors.salesforce import setup as set_up
from connectors.salesforce.auth import Logins
from connectors.salesforce.client import ApiUse, Client, soql
from connectors.salesforce.describe import Describes, Selection, Wanted
from connectors.salesforce.dialect import CRM, is_id, page_of
from connectors.salesforce.keying import QUARANTINE, Keying
from connectors.salesforce.mapping import Known
from connectors.salesforce.objects import ACTIVITIES
from connectors.salesforce.tasks import TaskBook
from connectors.transport import Transport

#: Objects whose changes Salesforce's replication log tells (facts, salesforce 3.2).
_VOUCHED: Final = frozenset({"Opportunity", "Task", "Event"})
#: What hangs on a record, by which field, and on which records.
_BESIDE: Final = (
    ("Task", "WhatId", ("deals",)),
    ("Task", "AccountId", ("accounts",)),
    ("Event", "WhatId", ("deals",)),
    ("Event", "AccountId", ("accounts",)),
    ("EmailMessage", "RelatedToId", ("deals", "accounts")),
)
_A_SECOND: Final = dt.timedelta(seconds=1)


class SalesforceConnector:
    """One org, for one session. Asks nothing before it is asked."""

    crm = "salesforce"

    def __init__(
        self,
        transport: Transport,
        tokens: Logins,
        use: ApiUse,
        wanted: Wanted,
    ) -> None:
        transport.tokens = tokens
        self._transport = transport
        self._tokens = tokens
        self._client = Client(transport, use)
        self._describes = Describes(self._client, wanted)
        self._keying = Keying(self._describes, self._me, allowed=wanted.marker)
        self._book = TaskBook(self._client, self._describes, self._keying)
        self._reader = pull.Reader(
            self._client,
            self._describes,
            known=lambda: self._known,
            now=lambda: server_now(self._transport, CRM),
        )

    @cached_property
    def _words(self) -> push.Words:
        return org.words(self._client)

    @cached_property
    def _known(self) -> Known:
        return org.known(self._client, self._describes)

    @cached_property
    def _alert_type(self) -> str | None:
        return alerts.active_type(self._client)

    def identity(self) -> Identity:
        """Log in and say who we are. Raises Unusable with what to do."""
        ours = self._single("SELECT Id, Name FROM Organization")
        user = self._single(soql("SELECT Id, Name FROM User WHERE Id = {user}", user=self._me()))
        return Identity(
            org_id=str(ours["Id"]),
            org_name=str(ours.get("Name") or ""),
            user_id=str(user["Id"]),
            user_name=str(user.get("Name") or ""),
            server_now=server_now(self._transport, CRM),
        )

    def _me(self) -> str:
        user_id = self._tokens.user_id or self._client.user_info().get("user_id")
        if not isinstance(user_id, str) or not is_id(user_id, "005"):
            raise Unusable(
                "Salesforce does not say which user the app runs as. Name a run-as user in the "
                "app's client credentials settings.",
                code="NO_USER",
            )
        return user_id

    def _single(self, query: str) -> dict[str, Any]:
        rows = self._client.rows(query)
        if not rows:
            raise Unusable(
                "Salesforce does not show the integration user its own org or user. Give it the "
                "permission set “Followthrough”.",
                code="NO_IDENTITY",
            )
        return rows[0]

    def feeds(self) -> Sequence[Feed]:
        """The objects this user can read, in the order to read them."""
        return [selection.feed for selection in self._describes.selections()]

    def read_only(self, streams: frozenset[str]) -> None:
        """Leave out objects that fill none of these streams."""
        self._describes.read_only(streams)

    def blind_spots(self) -> Sequence[BlindSpot]:
        """What this user may not see, for the rules that would need it."""
        return self._describes.blind_spots()

    def stages(self) -> Sequence[Stage]:
        """The org's stages, in its order."""
        return org.stages(self._client, self._describes)

    def pull(self, feed: str, window: Window) -> Iterator[Batch]:
        """Yield the rows of one object changed within the window; see `Reader.pull`."""
        return self._reader.pull(self._selection(feed), window)

    def covered(self, feed: str, window: Window) -> dt.datetime | None:
        """Up to when Salesforce vouches that nothing changed before can still turn up."""
        return pull.covered(self._client, feed, window) if feed in _VOUCHED else None

    def stamps(self, feed: str, since: dt.datetime | None) -> Iterator[pa.RecordBatch]:
        """Yield id and stamp of the living records of a feed changed at or after `since`."""
        selection = self._selection(feed)
        until = server_now(self._transport, CRM) + _A_SECOND  # this second's changes, too
        return self._reader.stamps(selection, Window(since=since, until=until))

    def fetch(self, feed: str, ids: Sequence[str]) -> Iterator[Batch]:
        """Yield these records as they now stand, deleted ones too; hidden ones are absent."""
        return self._reader.fetch(self._selection(feed), ids)

    def feed_of(self, record_id: str, kind: str) -> str | None:
        """The object of an activity, by how its id begins."""
        return ACTIVITIES.get(record_id[:3])

    def beside(
        self, places: Places, since: dt.datetime, known: Callable[[Sequence[str]], Collection[str]]
    ) -> Iterator[Batch]:
        """Yield these deals as they stand, and what changed on these records since."""
        if places.deals:
            yield from self.fetch("Opportunity", places.deals)
        for name, by, of in _BESIDE:
            ids = [one for kind in of for one in getattr(places, kind)]
            yield from self._reader.about(name, by, ids, since)

    def rows_of(self, feed: str, window: Window) -> int | None:
        """How many rows a window holds, by one call; None where it cannot be counted in time."""
        return self._reader.rows_of(self._selection(feed), window)

    def _selection(self, feed: str) -> Selection:
        selection = self._describes.selection(feed) if self._describes.knows(feed) else None
        if selection is None:
            raise Refused(
                f"Salesforce has no feed {feed}, or hides it from the integration user. "
                "“followthrough pull” lists what cannot be seen.",
                code="NO_FEED",
            )
        return selection

    def activity(self, record_id: str) -> Batch | None:
        """One activity as it now stands, by its id; None where it is gone, hidden, or our own."""
        name = ACTIVITIES.get(record_id[:3]) if is_id(record_id) else None
        selection = self._describes.selection(name) if name else None
        if selection is None:
            return None
        return self._reader.one(selection, record_id)

    def why_not_writable(self) -> str | None:
        """None if tasks can be written exactly once; else a sentence that says what to do."""
        return org.why_not_writable(self._describes, self._keying)

    def our_tasks(self, since: dt.datetime | None) -> Iterator[Task]:
        """Yield tasks that carry our key, changed at or after `since`, deleted ones too."""
        return self._book.since(since)

    def find_tasks(self, keys: Sequence[str]) -> dict[str, Task]:
        """Our tasks by key, deleted ones too; a key nobody carries is absent."""
        return self._book.find(keys)

    def create_tasks(self, drafts: Sequence[TaskDraft]) -> list[WriteResult]:
        """Create each task once, adopting one that already carries its key; results in order."""
        try:
            words = self._words
        except CrmError as problem:
            return not_sent([draft.key for draft in drafts], problem)
        return push.create(self._client, self._book, words, drafts)

    def close_tasks(self, closes: Sequence[TaskClose]) -> list[WriteResult]:
        """Complete each task and add its line; one a person closed or deleted counts as done."""
        try:
            words = self._words
        except CrmError as problem:
            return not_sent([one.key for one in closes], problem)
        return push.close(self._client, self._book, words, closes)

    @property
    def quarantine(self) -> dt.timedelta:
        """None is needed where the key field is unique; where only a mark tells, a while."""
        return QUARANTINE if self._keying.by_mark else dt.timedelta()

    def mode(self) -> str:
        """What keeps a task from being created twice: `external_id`, `marker` or `none`."""
        return self._keying.mode

    def provision(self, *, write: bool) -> list[Provision]:
        """Look for what writing needs, and make what is missing where `write` says so."""
        return provision.provision(self._client, self._describes, self._keying, write=write)

    def setup(self) -> Setup:
        """How the org is set up; see `setup.setup`."""
        return set_up.setup(self._client, self._describes, self._words)

    def attach(self, files: Sequence[Attachment]) -> list[WriteResult]:
        """Hang each file on its task; one of the same name there gets a new version. In order."""
        return attachments.attach(self._client, self._book, files)

    def annotate_tasks(self, notes: Sequence[TaskNote]) -> list[WriteResult]:
        """Add each line that is missing below the text of its task; results in order."""
        try:
            words = self._words
        except CrmError as problem:
            return not_sent([one.key for one in notes], problem)
        return retouch.annotate(self._client, self._book, words, notes)

    def remove_tasks(self, removals: Sequence[TaskRemoval]) -> list[WriteResult]:
        """Delete each task that nobody changed since it was read; results in order."""
        return retouch.remove(self._client, self._book, removals)

    def send_alert(self, alert: Alert) -> WriteResult:
        """Tell one person, once: by a notification, by a task where the org has no type for it,
        and where no task can be written by a post on the deal that mentions them.

        A notification or post that came to be UNKNOWN can never be looked up (facts 3.6).
        """
        unfit = alerts.why_unfit(alert)
        if unfit is not None:
            return unfit
        try:
            type_id = self._alert_type
            by_post = type_id is None and self.why_not_writable() is not None
        except CrmError as problem:
            return not_sent([alert.key], problem)[0]
        if by_post:
            return alerts.post(self._client, alert)
        if type_id is None:
            (result,) = self.create_tasks([alert_tasks.draft(alert)])
            return alert_tasks.as_task(result)
        return alerts.notify(self._client, type_id, alert)

    def record_url(self, record_id: str, kind: str = "deal") -> str:
        """Where a person opens this record; the org's start page for what is no record id."""
        return self._transport.address.base + page_of(record_id)

    def usage(self) -> Usage:
        """What this session has cost so far."""
        return self._transport.budget.usage

    def for_writing(self) -> AbstractContextManager[None]:
        """Let what is asked within be part of writing: it may use what reads leave."""
        return self._transport.budget.for_writing()

    def spent_before(self, calls: int) -> None:
        """Say how many calls we made in the 24 hours before this session."""
        self._transport.budget.before = calls

    def bound_by(self, term: Callable[[], float]) -> None:
        """Let no request that writes last longer than `term` says."""
        self._transport.term = term

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()
