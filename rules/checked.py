"""Rules as the compiler sees them: read, checked, complete. Every default is filled in.

Nothing in here knows YAML: whoever holds a `Rule` may rely on each of its words. `load` makes them.
Days and moments are naive: in the org's time zone in a rule, local to the owner in a test case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rules.lengths import DueWord, Length
from rules.problems import Place

#: A limit of time: one for all, or one for each stage; a deal in a stage not named has no limit.
Limit = Length | Mapping[str, Length]

#: What a test of a field compares with. `is_one_of` and `is_none_of` have a tuple, the emptiness
#: tests have None, `older_than` and `newer_than` a length.
TestValue = tuple[str, ...] | Decimal | dt.datetime | dt.date | Length | str | None

#: What a field of a deal holds in a test case, by the kind of the field.
CaseValue = str | Decimal | dt.date | dt.datetime


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
    """A condition on one field of the deal. All tests of a rule must hold."""

    __test__ = False  # not a test of pytest's

    field: str  # a word of `vocabulary.DEAL_FIELDS`
    op: Op
    value: TestValue
    place: Place


@dataclass(frozen=True, kw_only=True)
class TouchPattern:
    """Which touches of the client count."""

    by: frozenset[str]  # words of `vocabulary.WHO`; {"anyone"} when nobody is named
    at_least: str  # the weakest grade that counts: A, B, C, D or attempt
    direction: str | None  # inbound, outbound, two-way, or None for any
    kinds: frozenset[str]  # ActivityKind words; all of them when none is named
    says: frozenset[str] = frozenset()  # words of `vocabulary.SIGNALS`; one of these, if any
    does_not_say: frozenset[str] = frozenset()  # and none of these


@dataclass(frozen=True, kw_only=True)
class Absence:
    """A touch that should have been and was not."""

    pattern: TouchPattern
    clock: Clock
    start: str  # a moment field of the deal
    limit: Limit
    place: Place


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Touches that happened too often: at least `at_least` of them in the last `in_last`."""

    pattern: TouchPattern
    in_last: Length  # before now; begins exclusive, as the end of every limit is
    at_least: int  # 1 to 50
    place: Place


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens when a task stays open: after `after`, the first of `to` is told `alert`.

    `after` counts from the moment the task was written, in the business time of the deal's owner.
    """

    after: Length
    to: tuple[str, ...]  # the first of these who is there is told: owner, manager
    alert: str  # one line; holds placeholders of `vocabulary.placeholder_names`
    place: Place


@dataclass(frozen=True, kw_only=True)
class TaskText:
    """The task a rule writes. Texts hold placeholders of `vocabulary.placeholder_names`."""

    to: tuple[str, ...]  # the first of these who is there gets it: owner, manager
    subject: str
    purpose: str
    opening: str
    done_when: str
    due: Length | DueWord
    high_priority: bool


@dataclass(frozen=True, kw_only=True)
class StartFrom:
    """Which episodes count on the first live run. `length` is None for `enabled` only."""

    start: Start
    length: Length | None


@dataclass(frozen=True, kw_only=True)
class CasePerson:
    """Someone of ours in a test case."""

    name: str
    manager: str | None
    active: bool
    time_zone: str  # IANA name


@dataclass(frozen=True, kw_only=True)
class CaseActivity:
    """An activity of a test case."""

    on: dt.datetime  # local to the owner of the deal
    kind: str  # an ActivityKind word
    direction: str | None  # inbound, outbound or internal for call, email and message
    outcome: str | None  # an Outcome word
    by: str  # owner, manager, team (another who has the owner's manager), or a name
    automated: bool | None  # None: nobody knows
    with_client: bool | None  # None: nobody knows
    done: bool  # false: planned, draft or still to be done
    duration_seconds: int | None
    subject: str | None
    text: str | None
    linked_to: str  # deal, account or contact
    place: Place


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a rule must say about the deal at a moment."""

    at: dt.datetime  # local to the owner of the deal
    fires: bool
    next_check: dt.datetime | None  # None: not said in the case
    task: Mapping[str, str | dt.date]  # only what is named: to, due (a date), subject, purpose, …
    place: Place


@dataclass(frozen=True, kw_only=True)
class Case:
    """One example of a rule: a deal, what happened, and what the rule must say when.

    People who are not in `people` are active, in UTC. Without `people`, the owner (of the name in
    `deal`, else `owner`) has a manager of the name `manager`.
    """

    name: str
    deal: Mapping[str, CaseValue]  # always has `state`; fields that are not in it are empty
    activities: tuple[CaseActivity, ...]
    people: tuple[CasePerson, ...]
    calendar: str | None  # None: `test-calendar`
    expect: tuple[Expectation, ...]
    place: Place


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: for which deals, where what holds, what is missing or counted, then what to write.

    It has at least one absence or presence; all of both must hold.
    """

    id: str
    title: str
    about: str
    severity: Severity
    tags: tuple[str, ...]
    mode: Mode
    was: str | None  # the id it had before
    extends: str | None  # the id of the shipped rule it is built on
    subject: str  # deal
    where: tuple[Test, ...]
    absences: tuple[Absence, ...]  # what is missing; empty when the rule only counts
    task: TaskText
    start_from: StartFrom
    calendar: str | None  # a name; None: each person's own
    cases: tuple[Case, ...]
    place: Place
    meaning: str  # hash of for, where, missing, count, to: not of texts, titles, tests, mode
    needs_streams: frozenset[str]
    needs_fields: frozenset[str]  # "stream.column"
    presences: tuple[Presence, ...] = ()  # what is counted
    escalate: tuple[Step, ...] = ()  # in growing order of `after`
