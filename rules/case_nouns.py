"""Test cases of a rule as nouns: a record, what happened, and what the rule must say when.

Nothing in here knows YAML, nor how a case is run. Days and moments are naive: local to the owner of
the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.problems import Place

#: What a field of a record holds in a test case, by the kind of the field.
CaseValue = str | Decimal | dt.date | dt.datetime


@dataclass(frozen=True, kw_only=True)
class CasePerson:
    """Someone of ours in a test case."""

    name: str
    manager: str | None
    active: bool
    time_zone: str  # IANA name
    delegate: str | None = None
    region: str | None = None  # whose public holidays are free: DE-BY
    leave: tuple[tuple[dt.date, dt.date], ...] = ()  # first and last day, both free


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
    linked_to: str  # deal, account, contact, or client: another account of that name
    place: Place
    client: str | None = None  # the name of another client it was with
    this: bool = False  # the subject of a rule about activities
    says: tuple[str, ...] | None = None  # signals; None: they are read from the text
    due: dt.datetime | None = None  # when the promise it says falls due


@dataclass(frozen=True, kw_only=True)
class CaseQuote:
    """A quote of the deal of a test case."""

    on: dt.datetime
    presented: bool


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A file on the deal of a test case."""

    on: dt.datetime
    name: str


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What a rule must say about the deal at a moment."""

    at: dt.datetime  # local to the owner of the deal
    fires: bool
    next_check: dt.datetime | None  # None: not said in the case
    task: Mapping[str, str | dt.date]  # only what is named: to, due (a date), subject, purpose, …
    place: Place
    severity: str | None = None
    alert: Mapping[str, str | dt.date] = field(default_factory=dict)  # to, text
    digest: Mapping[str, str | dt.date] = field(default_factory=dict)  # to, text


@dataclass(frozen=True, kw_only=True)
class Case:
    """One example of a rule: a deal, what happened, and what the rule must say when.

    People who are not in `people` are active, in UTC. Without `people`, the owner (of the name in
    `deal`, else `owner`) has a manager of the name `manager`.
    """

    name: str
    deal: Mapping[str, CaseValue]  # always has `state`; fields that are not in it are empty
    other_deals: tuple[Mapping[str, CaseValue], ...] = ()  # of the same account and owner
    record: Mapping[str, CaseValue] = field(default_factory=dict)  # of a rule not for deals
    quotes: tuple[CaseQuote, ...] = ()
    files: tuple[CaseFile, ...] = ()
    stages: tuple[tuple[dt.datetime, str], ...] = ()  # earlier entries into stages
    activities: tuple[CaseActivity, ...]
    people: tuple[CasePerson, ...]
    calendar: str | None  # None: `test-calendar`
    expect: tuple[Expectation, ...]
    place: Place
