"""The port of `connectors.base`, for HubSpot: a table of contents of this package."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import pyarrow as pa

from connectors import alert_tasks
from connectors.address import is_loopback
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
from connectors.errors import CrmError, Refused
from connectors.hubspot import attaching, provision, pull, push, retouch, sweep, writable
from connectors.hubspot import setup as set_up
from connectors.hubspot.client import Client
from connectors.hubspot.dialect import CRM, is_id
from connectors.hubspot.keying import QUARANTINE, Keying
from connectors.hubspot.mapped import Mapped
from connectors.hubspot.objects import ACTIVITIES, OBJECT_OF, OWNERS
from connectors.hubspot.pace import Pace
from connectors.hubspot.portal import Portal
from connectors.hubspot.reach import LATE, Reach, Selection
from connectors.hubspot.tasks import TaskBook
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
from connectors.transport import Tokens, Transport

#: The type ids of records that have a page (facts 4.5).
_TYPES: Final = {"deal": "0-3", "account": "0-2", "contact": "0-1"}


#: HubSpot has teams, but nobody who leads them: a call by the manager could not be told from one by
#: a stranger (facts, hubspot 4.7).
MANAGERS: Final = BlindSpot(
    stream="owners",
    field="manager_id",
    why="HubSpot does not say who leads whom. Write it in people.yaml, with e-mails: "
    "people: [{email: …, manager: …}].",
)

ESCALATED: Final = BlindSpot(
    stream="cases",
    field="escalated",
    why="HubSpot has no word for a ticket that was escalated. Rules can use its priority or its "
    "status instead.",
)

#: Before anything that HubSpot holds.
EARLIEST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What an admin wants of a connector."""

    #: The admin's own properties to read, by stream, by their internal names.
    custom: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: bool = True  # False: what people wrote is not asked for
    objects: Sequence[Mapped] = ()  # objects with properties that hold ratings or answers
    marker: bool = False  # where no unique property keeps a key, the mark in a task's text may do


USUAL: Final = Wishes()


class HubSpotConnector:
    """One account, for one session. Asks nothing before it is asked."""

    crm = "hubspot"

    def __init__(
        self,
        transport: Transport,
        tokens: Tokens,
        *,
        version: str,
        pace: Pace,
        wishes: Wishes = USUAL,
    ) -> None:
        transport.tokens = tokens
        self._transport = transport
        self._client = Client(transport, version=version, pace=pace)
        self._portal = Portal(self._client)
        self._reach = Reach(
            self._client, self._portal, wishes.custom, texts=wishes.texts, objects=wishes.objects
        )
        self._keying = Keying(self._portal, allowed=wishes.marker)
        self._book = TaskBook(self._client, self._portal, self._keying)

    def identity(self) -> Identity:
        """Say which account this is, and its time. Raises Unusable with what to do."""
        self._portal.ask_again()
        org_id = self._portal.id
        return Identity(
            org_id=org_id,
            org_name=self._portal.name,
            user_id="",  # a key acts for the account, not for a person
            user_name="the app of this key",
            server_now=server_now(self._transport, CRM),
        )

    def feeds(self) -> Sequence[Feed]:
        """The objects this app can read, in the order to read them."""
        return self._reach.feeds()

    def read_only(self, streams: frozenset[str]) -> None:
        """Leave out objects that fill none of these streams."""
        self._reach.read_only(streams)

    def blind_spots(self) -> Sequence[BlindSpot]:
        """What this app may not see, for the rules that would need it."""
        cases = [ESCALATED] if self._reach.reads("tickets") else []
        return [*self._reach.blind_spots(), *cases, MANAGERS]

    def stages(self) -> Sequence[Stage]:
        """The labels over all deal pipelines, in their order."""
        return self._portal.stages()

    def pull(self, feed: str, window: Window) -> Iterator[Batch]:
        """Yield the rows of one object changed within the window; see `pull.pull`."""
        if feed == OWNERS and self._reach.refusal(OWNERS) is None:
            return pull.owners(self._portal)
        late = feed.endswith(LATE)  # the archive, where nothing comes late, is the other feed's
        one = self._selection(feed.removesuffix(LATE))
        known = self._portal.known(one.name)
        return pull.pull(self._client, one, window, known, archive=not late)

    def _selection(self, feed: str) -> Selection:
        if not self._reach.knows(feed) or not self._reach.reads(feed):
            raise Refused(
                f"HubSpot has no feed {feed}, or hides it from this app. “followthrough "
                "pull” lists what cannot be seen.",
                code="NO_FEED",
            )
        return self._reach.selection(feed)

    def stamps(self, feed: str, since: dt.datetime | None) -> Iterator[pa.RecordBatch]:
        """Yield id and moment of change of what there is, by listing; owners are always read."""
        if feed == OWNERS:
            return iter(())
        return sweep.stamps(self._client, self._selection(feed), since)

    def fetch(self, feed: str, ids: Sequence[str]) -> Iterator[Batch]:
        """Yield these records as they now stand, archived and merged ones as deleted rows."""
        now = server_now(self._transport, CRM)
        selection = self._selection(feed)
        others, whole = self._reach.filling_too(feed)
        wanted = [one for one in ids if is_id(one)]
        return sweep.fetch(
            self._client, [selection, *others], wanted, self._portal.known, now, whole=whole
        )

    def feed_of(self, record_id: str, kind: str) -> str | None:
        """The object whose records are activities of this kind."""
        return OBJECT_OF.get(kind)

    def beside(
        self, places: Places, since: dt.datetime, known: Callable[[Sequence[str]], Collection[str]]
    ) -> Iterator[Batch]:
        """Yield these deals as they stand, and the activities that hang on these records now.

        Associations are no search: they show what the index does not have yet. They name no
        moment, so what is `known` is left out instead.
        """
        if places.deals:
            yield from self.fetch("deals", places.deals)
        for one in self._activities():
            ids: dict[str, None] = {}
            for kind, of in (("deals", places.deals), ("companies", places.accounts)):
                linked = self._client.linked(kind, one.name, of) if of else {}
                ids |= {link.id: None for links in linked.values() for link in links}
            there = frozenset(known(list(ids)))
            if new := [record for record in ids if record not in there]:
                yield from self.fetch(one.name, new)

    def rows_of(self, feed: str, window: Window) -> int | None:
        """How many rows a window holds, as the search index has it; of owners nobody knows."""
        if feed == OWNERS:
            return None
        one = self._selection(feed.removesuffix(LATE))
        bounds = pull.between(one.source.changed, window.since or EARLIEST, window.until)
        return self._client.count(one.name, bounds)

    def _activities(self) -> list[Selection]:
        readable = (name for name in ACTIVITIES if self._reach.refusal(name) is None)
        return [self._reach.selection(name) for name in readable]

    def activity(self, record_id: str) -> Batch | None:
        """One activity as it now stands, by its id; None where it is gone, hidden, or our own."""
        if not is_id(record_id):
            return None
        found = (
            pull.one_record(self._client, one, record_id, self._portal.known())
            for one in self._activities()
        )
        return next((batch for batch in found if batch is not None), None)

    def why_not_writable(self) -> str | None:
        """None if tasks can be written exactly once; else a sentence that says what to do."""
        return self._why_not_writable

    @cached_property
    def _why_not_writable(self) -> str | None:
        return writable.why_not_writable(self._client, self._portal, self._keying)

    def our_tasks(self, since: dt.datetime | None) -> Iterator[Task]:
        """Yield tasks that carry our key, changed at or after `since`, archived ones too."""
        return self._book.since(since)

    def find_tasks(self, keys: Sequence[str]) -> dict[str, Task]:
        """Our tasks by key, archived ones too; a key nobody carries is absent."""
        return self._book.find(keys)

    def create_tasks(self, drafts: Sequence[TaskDraft]) -> list[WriteResult]:
        """Create each task once, adopting one that already carries its key; results in order."""
        try:
            zone = self._portal.zone
        except CrmError as problem:
            return not_sent([draft.key for draft in drafts], problem)
        return push.create(self._client, self._book, zone, drafts)

    def close_tasks(self, closes: Sequence[TaskClose]) -> list[WriteResult]:
        """Complete each task and add its line; one a person closed or deleted counts as done."""
        return push.close(self._client, self._book, closes)

    @property
    def quarantine(self) -> dt.timedelta:
        """None is needed where the key property is unique; a mark is found by looking, in time."""
        return QUARANTINE if self._keying.by_mark else dt.timedelta()

    def setup(self) -> Setup:
        """How the account is set up; see `setup.setup`."""
        return set_up.setup(self._client.version, self._portal, self._reach)

    def attach(self, files: Sequence[Attachment]) -> list[WriteResult]:
        """Hang each file on its task, once; results in order."""
        return attaching.attach(self._client, self._portal, self._book, files)

    def mode(self) -> str:
        """What keeps a task from being created twice."""
        return self._keying.mode

    def provision(self, *, write: bool) -> list[Provision]:
        """Look for the key property, and create it where `write` says so."""
        self.__dict__.pop("_why_not_writable", None)
        return provision.provision(self._client, self._portal, write=write)

    def annotate_tasks(self, notes: Sequence[TaskNote]) -> list[WriteResult]:
        """Add each line that is missing below the text of its task; results in order."""
        return retouch.annotate(self._client, self._book, notes)

    def remove_tasks(self, removals: Sequence[TaskRemoval]) -> list[WriteResult]:
        """Delete each task that nobody changed since it was read; results in order."""
        return retouch.remove(self._client, self._book, removals)

    def send_alert(self, alert: Alert) -> WriteResult:
        """Tell one person, once: by a task of high priority, since HubSpot has nothing else."""
        (result,) = self.create_tasks([alert_tasks.draft(alert)])
        return alert_tasks.as_task(result)

    def record_url(self, record_id: str, kind: str = "deal") -> str:
        """Where a person opens this record; the account's start page for what is no record id."""
        base = self._transport.address.base
        if not is_loopback(urlsplit(base).hostname):
            base = f"https://{self._portal.page_host}"
        page = f"{base}/contacts/{self._portal.id}"
        return f"{page}/record/{_TYPES[kind]}/{record_id}" if is_id(record_id) else page

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
