"""The port: everything the worker asks of a CRM, and nothing else.

A connector reads by *feeds*: one feed is one object of the CRM with a watermark of its own (Task,
deals, …) that fills one or more canonical streams. The worker stores a feed's rows and moves its
watermark in one transaction; it never learns what an object is called.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

import pyarrow as pa

from connectors.model import (
    IDS,
    MOMENT,
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


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom the CRM takes us for. `org_id` guards ledger and mirror against a wrong profile."""

    org_id: str
    org_name: str
    user_id: str
    user_name: str
    server_now: dt.datetime  # the CRM's clock: the only clock that bounds a window


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One object of the CRM, read with one watermark."""

    name: str
    streams: tuple[str, ...]  # canonical streams it fills
    #: Changes with all a stored row depends on (readable fields, mapping, API version): the feed is
    #: then read afresh.
    fields_hash: str
    #: How long after its stamp a row may become visible; nothing younger is called complete. Others
    #: measured 1 to 3 seconds on Salesforce in every run (`reliability.md`, part A).
    settle: dt.timedelta = dt.timedelta(minutes=5)
    #: Reads once more, later, what another feed of the same streams may have missed. It never says
    #: how far a stream is complete, and has nothing to read the first time.
    repairs: bool = False
    #: Holds values that change without leaving a stamp (formulas): the daily sweep reads them anew.
    unstamped: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    """Changes at or after `since` (None: from the beginning) and before `until`, both UTC."""

    since: dt.datetime | None
    until: dt.datetime


@dataclass(frozen=True)
class Batch:
    """Rows of one canonical stream, in its schema of `model.STREAMS`."""

    stream: str
    rows: pa.RecordBatch
    #: Of `links` the deals, of `attendees` the meetings, as STAMPS, of which these rows are all
    #: there are; others have ended.
    whole: pa.RecordBatch | None = None
    #: Ids of rows that were, or may have been, merged into others: what hung on them hangs there.
    merged: pa.Array | None = None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """API calls: ours in this session, and the org's allowance by its own headers."""

    calls: int
    used_today: int | None
    allowed_today: int | None
    left_for_reads: int | None = None  # of our share and the org's; None: no answer said so yet


#: What a sweep compares: which records there are, and which version of each.
STAMPS: Final = pa.schema([("id", pa.string()), ("modified_at", MOMENT)])


#: The same with the deals of activities, where the list brings them for nothing.
RELATED: Final = pa.schema([*STAMPS, ("deal_ids", IDS)])


class Connector(Protocol):
    """What a CRM must be able to do. Every method may raise the errors of `connectors.errors`."""

    crm: str

    @property
    def quarantine(self) -> dt.timedelta:
        """How long after the end of an attempt its task may still appear, where no unique key would
        stop a second one; zero where the CRM keeps our key unique."""

    def identity(self) -> Identity:
        """Log in and say who we are. Raises Unusable with what to do."""

    def feeds(self) -> Sequence[Feed]:
        """The feeds this account can read, in the order to read them."""

    def blind_spots(self) -> Sequence[BlindSpot]:
        """What the account may not see, for the rules that would need it."""

    def stages(self) -> Sequence[Stage]:
        """The org's stages, in its order."""

    def pull(self, feed: str, window: Window) -> Iterator[Batch]:
        """Yield the rows of `feed` changed within `window`, deleted ones marked, ours left out."""

    def activity(self, record_id: str) -> Batch | None:
        """One activity as it now stands, by its id; None where it is gone, hidden, or our own."""

    def why_not_writable(self) -> str | None:
        """None if tasks can be written exactly once; else a sentence that says what to do."""

    def our_tasks(self, since: dt.datetime | None) -> Iterator[Task]:
        """Yield tasks that carry our key, changed at or after `since`, deleted ones too."""

    def find_tasks(self, keys: Sequence[str]) -> dict[str, Task]:
        """Our tasks by key, deleted ones too; a key nobody carries is absent."""

    def create_tasks(self, drafts: Sequence[TaskDraft]) -> list[WriteResult]:
        """Create each task once, adopting one that already carries its key; results in order."""

    def close_tasks(self, closes: Sequence[TaskClose]) -> list[WriteResult]:
        """Complete each task and add its line; one a person closed or deleted counts as done."""

    def annotate_tasks(self, notes: Sequence[TaskNote]) -> list[WriteResult]:
        """Add each line that does not stand there below the text of its task; results in order.

        Nothing else of the task is changed, and nothing of its text is lost. APPLIED where all
        lines then stand there, and the task is open where that was asked for; NOT_APPLIED for good
        with GONE, NO_ROOM, NOT_OUR_TASK or BAD_ID.
        """

    def remove_tasks(self, removals: Sequence[TaskRemoval]) -> list[WriteResult]:
        """Delete each task; results in order. One that is gone counts as done (`already_gone`).

        One that changed since is left alone: NOT_APPLIED for good, CHANGED_MEANWHILE.
        """

    def send_alert(self, alert: Alert) -> WriteResult:
        """Tell one person, once: nothing is repeated in here. APPLIED with the id of the task, if
        the alert became one; `reason` says how it went out: `notification` or `task`."""

    def record_url(self, record_id: str, kind: str = "deal") -> str:
        """Where a person opens this record: a deal, account or contact."""

    def usage(self) -> Usage:
        """What this session has cost so far."""

    def close(self) -> None:
        """Let go of connections."""


# -- what a connector may offer beside; the worker does without where it does not ----------------


@runtime_checkable
class Covers(Protocol):
    """A CRM that says how late a change may still turn up."""

    def covered(self, feed: str, window: Window) -> dt.datetime | None:
        """Up to when the CRM vouches for `feed`; None: it does not say. Asked after a pull."""


@runtime_checkable
class Sweeps(Protocol):
    """A CRM whose records can be listed, so that what windows missed is found."""

    def stamps(self, feed: str, since: dt.datetime | None) -> Iterator[pa.RecordBatch]:
        """Yield, as STAMPS, the live records of `feed` changed at or after `since` (None: all).

        More may come; ours are left out, and the stamps are those that `pull` gives. At least one
        batch comes, be it empty; none means that this feed is not compared. A feed of activities
        may yield RELATED instead, of all there are, so that their deals are compared as well.
        """

    def fetch(self, feed: str, ids: Sequence[str]) -> Iterator[Batch]:
        """Yield these records as they now stand, as `pull` does; what the CRM calls deleted as a
        deleted row, and what it says nothing of not at all."""


@runtime_checkable
class Sorts(Protocol):
    """A CRM of whose activities one can tell by which feed each comes."""

    def feed_of(self, record_id: str, kind: str) -> str | None:
        """The feed of an activity of this id and kind (`model.ActivityKind`); None: any may be."""


@runtime_checkable
class Counts(Protocol):
    """A CRM that says how much there is to read before it is read."""

    def rows_of(self, feed: str, window: Window) -> int | None:
        """How many rows the window holds; None: nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Provision:
    """One thing that writing needs in the CRM."""

    what: str  # a noun with its name
    there: bool
    made: bool = False  # just now
    todo: str | None = None  # a sentence: what a person must do


@runtime_checkable
class Provisions(Protocol):
    """A connector that can make in the CRM what it needs there."""

    def mode(self) -> str:
        """What keeps a task from being created twice: `unique_property`, `external_id`, `marker`
        (nothing but its text), or `none`."""

    def provision(self, *, write: bool) -> list[Provision]:
        """Look for what writing needs, and make what is missing where `write` says so."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file for one of our own tasks: a report somebody is to read."""

    key: str
    task_id: str
    name: str  # with its extension
    content: bytes
    media_type: str


@runtime_checkable
class Attaches(Protocol):
    """A connector that can hang files on our tasks."""

    def attach(self, files: Sequence[Attachment]) -> list[WriteResult]:
        """Hang each file on its task, once; one of the same name there is replaced. In order.

        NOT_APPLIED for good with GONE, NOT_OUR_TASK, BAD_ID, TOO_LARGE or NO_ATTACHMENTS.
        """


@runtime_checkable
class Reserves(Protocol):
    """A connector whose reads leave a part of the day's calls to writing."""

    def for_writing(self) -> AbstractContextManager[None]:
        """Let what is asked within be part of writing: it may use what reads leave."""


def for_writing(connector: Connector) -> AbstractContextManager[None]:
    """The same, of any connector."""
    return connector.for_writing() if isinstance(connector, Reserves) else nullcontext()


@runtime_checkable
class Remembers(Protocol):
    """A connector that counts its calls towards a day, not towards a session."""

    def spent_before(self, calls: int) -> None:
        """Say how many calls we made in the 24 hours before this session."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the CRM is set up, as far as it says so: for a person who asks whether all is well."""

    api_version: str
    api_ends: dt.date | None = None  # from when on the CRM no longer supports that version
    api_versions: tuple[str, ...] = ()  # all it offers, where it says so
    time_zone: str | None = None  # IANA name
    outcomes: Mapping[str, str | None] = field(default_factory=dict)  # of calls: label -> ours
    unstamped: tuple[str, ...] = ()  # own fields that change without leaving a stamp
    todo: tuple[str, ...] = ()  # sentences: what does not fit, and what to do


@runtime_checkable
class Explains(Protocol):
    """A connector that can say how its CRM is set up."""

    def setup(self) -> Setup:
        """Ask for it; what is hidden is left out."""


@runtime_checkable
class Narrows(Protocol):
    """A connector that need not read everything."""

    def read_only(self, streams: frozenset[str]) -> None:
        """Leave out feeds of which nobody needs a stream: they are neither looked for nor read."""


@runtime_checkable
class Bounded(Protocol):
    """A connector whose writing requests can be cut off at a moment."""

    def bound_by(self, term: Callable[[], float]) -> None:
        """Let no request that writes last longer than `term` says, in seconds from its start."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Records about which something is to be written."""

    deals: Sequence[str] = ()
    accounts: Sequence[str] = ()


@runtime_checkable
class LooksBeside(Protocol):
    """A CRM that can be asked what hangs on a record now, past its search index."""

    def beside(
        self, places: Places, since: dt.datetime, known: Callable[[Sequence[str]], Collection[str]]
    ) -> Iterator[Batch]:
        """Yield these deals as they stand, and the activities on these records, as `pull` does.

        Only activities changed at or after `since`, where the CRM can tell; else all but those
        whose ids `known` returns, of the ids it is given.
        """
