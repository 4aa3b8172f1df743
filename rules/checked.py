"""Rules as the compiler sees them: read, checked, complete. Every default is filled in.

Nothing in here knows YAML: whoever holds a `Rule` may rely on each of its words. `load` makes them.
Days and moments are naive: in the org's time zone. What a test case is, `case_nouns` says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rules.case_nouns import Case
from rules.lengths import DueWord, Length, Times
from rules.problems import Place
from rules.vocabulary import FieldWord


@dataclass(frozen=True, kw_only=True)
class FieldRef:
    """The value of another field of the same record."""

    word: FieldWord


@dataclass(frozen=True, kw_only=True)
class ByWord:
    """A value that depends on a word of the record, such as its stage: `by_stage`."""

    word: FieldWord  # stage, pipeline, segment …: a field that holds text
    rows: Mapping[str, Length | Decimal]  # a record with another word has no value


@dataclass(frozen=True, kw_only=True)
class ByAmount:
    """A value that depends on how large the deal is: the row with the largest bound it reaches."""

    word: FieldWord
    rows: Mapping[Decimal, Length | Decimal]  # lower bound -> value; below all bounds: no value


#: A limit of time: one for all, or one by a word or the size of the record.
Limit = Length | ByWord | ByAmount

#: What a test of a field compares with. `is_one_of` and `is_none_of` have a tuple, the emptiness
#: tests have None, `older_than` and `newer_than` a limit.
TestValue = tuple[str, ...] | Decimal | dt.datetime | dt.date | Limit | FieldRef | str | None


class Op(StrEnum):
    """How a field is tested."""

    IS_ONE_OF = "is_one_of"
    IS_NONE_OF = "is_none_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    BELOW = "below"
    BEFORE = "before"  # strictly; a day means its beginning
    AFTER = "after"  # strictly; a day means its end, so `after: 2026-11-12` begins on the 13th
    OLDER_THAN = "older_than"
    NEWER_THAN = "newer_than"
    CONTAINS = "contains"  # whatever the case
    STARTS_WITH = "starts_with"  # whatever the case
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"


class Clock(StrEnum):
    """When an absence begins to count."""

    AFTER = "after"  # any touch later than `start` clears it, also one after the limit
    IN_LAST = "in_last"  # counts from the last touch, or from `start` when that is later


class Mode(StrEnum):
    """What may become of a finding: only reported, written for some people, written."""

    SHADOW = "shadow"
    PILOT = "pilot"
    LIVE = "live"


class Severity(StrEnum):
    """How much it matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Start(StrEnum):
    """Which episodes count on the first live run of a rule."""

    AGE = "age"  # those whose anchor is at most `StartFrom.length` old
    ENABLED = "enabled"  # those whose anchor lies after the rule was switched on
    BACKFILL = "backfill"  # as `AGE`, asked for on purpose: the backlog is wanted


@dataclass(frozen=True, kw_only=True)
class Test:
    """A condition on one field of the record."""

    __test__ = False  # not a test of pytest's

    word: FieldWord  # of `subjects.fields_of`
    op: Op
    value: TestValue
    place: Place

    @property
    def field(self) -> str:
        """What the field is called."""
        return self.word.name


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A bounded formula over the fields of the record; parsed, checked and written anew."""

    text: str  # as the admin wrote it
    sql: str  # over a row `d` of the subject's table
    words: frozenset[FieldWord]
    place: Place


@dataclass(frozen=True, kw_only=True)
class Related:
    """Another record beside this one, such as an open deal of the same account."""

    subject: str  # deal, activity, contact
    same: str  # account, contact, owner, deal: what both have in common
    conditions: tuple[Condition, ...] = ()  # of a deal or contact
    pattern: TouchPattern | None = None  # of an activity
    before: Length | None = None  # an activity: at most so long before this one
    place: Place


@dataclass(frozen=True, kw_only=True)
class Group:
    """Conditions under one word: `all` of them, `any` of them, `none` of them."""

    word: str
    conditions: tuple[Condition, ...]
    place: Place


Condition = Test | Formula | Related | Group


@dataclass(frozen=True, kw_only=True)
class TouchPattern:
    """Which activities count. A touch is one that reached the client: its grade is asked for."""

    by: frozenset[str]  # words of `vocabulary.WHO`; {"anyone"} when nobody is named
    at_least: str | None  # weakest grade that counts: A, B, C, D, attempt; None: any activity
    direction: str | None  # inbound, outbound, two-way, or None for any
    kinds: frozenset[str]  # ActivityKind words; all of them when none is named
    says: frozenset[str] = frozenset()  # words of `vocabulary.SIGNALS`; one of these, if any
    does_not_say: frozenset[str] = frozenset()  # and none of these
    lacks: frozenset[str] = frozenset()  # and not all of these
    automated: bool | None = None  # None: whether or not
    #: Seconds at least; or by kind, and then only these kinds count.
    lasting: int | tuple[tuple[str, int], ...] | None = None
    picked_up: bool | None = None  # false: of calls only missed ones; true: none of those
    answers: bool | None = None  # in rules for people: whether the client had just reached out
    client_has: frozenset[str] = frozenset()  # there, too: one of `vocabulary.CLIENT_HAS`, if any
    same_document: bool = False  # only if it speaks of the kind of document that began the clock


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Something that lies ahead: a call, meeting or task of ours that is still to be done."""

    kinds: frozenset[str]
    in_next: Length
    or_by: str | None = None  # note.due: or by the day named since the clock began, if later


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A quote of the deal; `presented` asks that the client has it."""

    presented: bool


@dataclass(frozen=True, kw_only=True)
class StageEntry:
    """The deal came into one of these stages."""

    stages: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class File:
    """A file on the deal, named like a document; `mailed`: and then a mail of ours went out."""

    kinds: frozenset[str]  # words of `vocabulary.DOCUMENTS`
    mailed: bool
    same_document: bool = False  # only of the kind of document that began the clock


Event = TouchPattern | Planned | Quote | StageEntry | File


@dataclass(frozen=True, kw_only=True)
class EventStart:
    """A clock that begins with an activity: the first, the last, or each of them.

    With `each` the oldest that nothing has answered runs. `otherwise` is the moment field that
    serves where there is no such activity; None: then there is no duty. What is not `newer_than`
    a length begins nothing any more.
    """

    which: str  # first, last, each
    pattern: TouchPattern
    otherwise: FieldWord | None = None
    newer_than: Length | None = None


@dataclass(frozen=True, kw_only=True)
class Sooner:
    """What makes a duty due sooner: such an activity since the clock began, and how long it gives.

    In a rule for activities, what the activity itself says, too. The time runs from it.
    """

    pattern: TouchPattern
    limit: Length


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Something that should have been and was not: one of `events`, or all of them."""

    events: tuple[Event, ...]
    all_of: bool = False  # every one of `events` is wanted, not just one
    clock: Clock
    start: FieldWord | EventStart  # a moment field of the record, or an activity
    due: str | None = None  # promise.due or meeting.end: from where the time of `limit` runs
    limit: Limit
    sooner: Sooner | None = None
    place: Place

    @property
    def touches(self) -> tuple[TouchPattern, ...]:
        """The activities among the events."""
        return tuple(one for one in self.events if isinstance(one, TouchPattern))


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Touches that happened too often, or too seldom: in the last `in_last`, or since `after`.

    `after` is a moment field of the record, or the last of an activity; where there was none of
    that, every touch counts. Only a presence with `at_least` and not for owners has it.
    """

    pattern: TouchPattern
    in_last: Length | None  # before now; begins exclusive, as the end of every limit is
    after: FieldWord | EventStart | None = None  # one of the two is there, or both
    at_least: int | None  # 1 to 50
    at_most: int | None = None  # one of the two is there
    older_than: Length | None = None  # only those that are at least so old
    place: Place


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many of the activities of a person are of a kind, in the last `in_last`."""

    of: TouchPattern
    to: TouchPattern
    in_last: Length
    below: Decimal | None
    above: Decimal | None  # one of the two is there
    start_from: int  # fewer activities than this say nothing
    place: Place


@dataclass(frozen=True, kw_only=True)
class TaskText:
    """The task a rule writes. Texts hold placeholders of `vocabulary.placeholder_names`."""

    to: tuple[str, ...]  # words of `vocabulary.RECEIVERS`; the first who is there gets it
    subject: str
    purpose: str
    opening: str
    done_when: str
    due: Length | DueWord
    high_priority: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line for a person: an alert, told at once, or a line of their digest."""

    to: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens when a task stays open: after `after`, somebody else is told.

    `after` counts from the moment the task was written, in the business time of the record's owner;
    `Times` are of the limit of the first absence: as long again as the record had.
    Exactly one of `alert`, `task` and `digest` is there.
    """

    after: Length | Times
    to: tuple[str, ...]  # the first of these who is there
    alert: str | None = None  # one line; holds placeholders
    task: TaskText | None = None
    digest: str | None = None  # a line of their digest
    place: Place


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one rule may write, beside the limits of the org."""

    per_owner_per_day: int | None = None
    per_run: int | None = None
    repeat_after: Length | None = None  # None: an episode is asked once
    reopen_within: Length | None = None  # None: a new episode has a task of its own


@dataclass(frozen=True, kw_only=True)
class Resolve:
    """When a finding is over although it still holds, and what the task then says."""

    when: tuple[Condition, ...] = ()
    close_task_with: str | None = None


@dataclass(frozen=True, kw_only=True)
class StartFrom:
    """Which episodes count on the first live run. `length` is None for `enabled` only."""

    start: Start
    length: Length | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: for which records, where what holds, what is missing or counted, then what to write.

    All absences, presences and ratios must hold. It writes a task, an alert or a line of a digest.
    """

    id: str
    title: str
    about: str
    severity: Severity
    tags: tuple[str, ...]
    mode: Mode
    was: str | None  # the id it had before
    extends: str | None  # the id of the shipped rule it is built on
    subject: str  # a word of `vocabulary.SUBJECTS`
    where: tuple[Condition, ...]
    absences: tuple[Absence, ...]  # what is missing; the first is the duty
    task: TaskText | None
    start_from: StartFrom
    calendar: str | None  # a name; None: each person's own
    cases: tuple[Case, ...]
    place: Place
    meaning: str  # hash of for, where, missing, count, to: not of texts, titles, tests, mode
    needs_streams: frozenset[str]
    needs_fields: frozenset[str]  # "stream.column"
    heeds_streams: frozenset[str] = frozenset()  # waited for where an org has them
    presences: tuple[Presence, ...] = ()  # what is counted
    ratios: tuple[Ratio, ...] = ()
    escalate: tuple[Step, ...] = ()  # in growing order of `after`
    alert: Line | None = None
    digest: Line | None = None
    severity_grows: bool = False  # with lateness: low, medium from 1.5 times the limit, high from 3
    lone_deals: bool = False  # of accounts: deals without one are judged as well
    late_counts: bool = True  # false: what comes after the limit does not end the finding
    starts_on: dt.date | None = None  # in the org's zone; before it the rule says nothing
    ends_on: dt.date | None = None  # the last day
    limits: Limits = Limits()
    resolve: Resolve = Resolve()

    @property
    def asks_manager(self) -> bool:
        """Whether only the manager can meet its duty, so that the owner's work is not judged."""
        duty = self.absences[0].touches if self.absences else ()
        return bool(duty) and all(one.by == {"manager"} for one in duty)

    @property
    def judges_contact(self) -> bool:
        """Whether it holds against somebody what they did or did not log (the coverage guard)."""
        few = (one.at_most is not None or one.after is not None for one in self.presences)
        return bool(self.absences or self.ratios) or any(few)
