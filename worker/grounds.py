"""What a plan is made from: what was judged, what is remembered, what is set. Nouns only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from rules.finding import Ending, Finding
from rules.org import Org
from rules.people import Person
from worker.decision import Counted
from worker.keys import Keyring
from worker.known import HeardWord, KnownRule, KnownTask

#: How a team is named under `pilot:`.
TEAM: Final = "team:"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Fatigue limits first, then brakes (`rulings: Limits, then brakes`). All are settings."""

    new_per_person_and_day: int = 3
    open_per_person: int = 7
    creates_per_rule: int = 10
    creates_of_usual: int = 3  # times the median of the rule's last live runs
    creates_share: Decimal = Decimal("0.10")  # of the records in scope
    share_from_deals: int = 100
    creates_per_day: int = 100  # of the whole org
    creates_per_owner: int = 2  # of the whole org and day, for each active person
    closes_share: Decimal = Decimal("0.20")  # of our open tasks, without an event behind them
    closes_from: int = 20  # open tasks
    renamed_from: int = 3  # tasks of a rule that stand where another one's were
    expire_after: int = 30  # days


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a plan is made under."""

    org: Org
    keyring: Keyring
    people: Mapping[str, Person]
    limits: Limits
    pilot: frozenset[str]  # names, e-mails or ids of people in the pilot; or team:North
    record_url: Callable[[str, str], str]  # subject, id in the CRM -> where a person opens it
    quiet_hours: bool = True  # whether people are told things in their working time only
    deletes: bool = False  # whether a task whose duty is met is deleted, and not closed
    otherwise_to: Sequence[str] = ()  # who gets what an owner who left would get, after the manager
    unjudgeable: Mapping[str, str] = field(default_factory=dict)  # person's id -> why, a sentence
    unseen: Mapping[str, str] = field(default_factory=dict)  # of these, who shows nothing at all

    def in_pilot(self, person: Person) -> bool:
        """Tell whether rules in pilot write for this person."""
        teams = [name for name in self.pilot if name.startswith(TEAM)]
        named = self.pilot.difference(teams)
        return (
            person.id in self.pilot
            or any(person.is_called(name) for name in named)
            or any(person.is_in(team.removeprefix(TEAM)) for team in teams)
        )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the ledger remembers."""

    tasks: Mapping[str, KnownTask]
    rules: Mapping[str, KnownRule]
    refused: frozenset[str]  # keys of creates that the CRM refused
    unanswered: frozenset[str] = frozenset()  # keys of creates that may or may not be there
    alerted: frozenset[str] = frozenset()  # keys of alerts that were sent, or may have been
    live_writes: Mapping[str, Sequence[int]] = field(default_factory=dict)  # by rule, run by run
    words: Sequence[HeardWord] = ()  # typed into tasks, and not obeyed yet
    mentions: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by key of the task


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the evaluation gave."""

    findings: Sequence[Finding]
    endings: Mapping[str, Ending]  # by key of the open task whose finding has ended
    population: Mapping[str, int]  # rule -> records in its scope
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by key, of an ending
    proofs: Mapping[str, Ending] = field(default_factory=dict)  # of tasks that people ticked off
    explained: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of tasks that ask why
    anomalies: Sequence[str] = ()  # what makes the data doubtful, in sentences
    whole: bool = True  # whether every rule could be judged
    clients: Mapping[str, str] = field(default_factory=dict)  # who a task is about, by key
    counted: Sequence[Counted] = ()  # what else holds, and leads to nothing
