"""The nouns of a story: people, clients, deals and what was said, in no CRM's words.

Nouns and closed lists of words only: no reading, no checking, no CRM. Moments are relative until a
story is told. People, accounts and contacts are named by their names, which are unique.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from connectors.simulator.moments import Day, Moment

STAGES: Final = ("Prospecting", "Qualification", "Proposal", "Negotiation", "Won", "Lost")
CLOSED: Final = frozenset({"Won", "Lost"})
ROLES: Final = ("manager", "rep", "queue")
CONTACT_ROLES: Final = ("decision maker", "buyer", "technical buyer", "user", "evaluator")
DIRECTIONS: Final = ("out", "in")
LINKS: Final = ("deal", "contact", "account")
CALL_OUTCOMES: Final = (
    "connected",
    "no_answer",
    "busy",
    "voicemail",
    "left_message",
    "wrong_number",
)
MEETING_OUTCOMES: Final = ("held", "no_show", "canceled")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the company, or a queue."""

    line: int = field(compare=False)
    name: str
    role: str
    email: str
    title: str = ""
    manager: str | None = None
    time_zone: str | None = None  # IANA name; the company's where it is not said
    left: Moment | None = None  # from then on not active

    @property
    def is_queue(self) -> bool:
        """Whether this is nobody, but a pile of work."""
        return self.role == "queue"

    @property
    def active(self) -> bool:
        """Whether the person is still with the company when the story is told."""
        return self.left is None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Somebody of a client."""

    line: int = field(compare=False)
    name: str
    email: str
    title: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A client."""

    line: int = field(compare=False)
    name: str
    owner: str
    since: Moment
    contacts: tuple[Contact, ...]
    industry: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A deal's entry into a stage."""

    at: Moment
    stage: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of a deal that is no change of stage."""

    line: int = field(compare=False)
    at: Moment
    amount: Decimal | None = None
    closes: Day | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What every activity has; `by` and `contact` are the deal's owner and contact if not said."""

    line: int = field(compare=False)
    at: Moment
    by: str | None = None
    contact: str | None = None
    linked: str = "deal"  # what the activity hangs on in the CRM
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Call(Happening):
    """A call that has ended; `at` is its beginning."""

    direction: str
    outcome: str | None = None
    minutes: Decimal | None = None
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail(Happening):
    """A mail that was sent."""

    direction: str
    subject: str
    automated: bool = False  # no person wrote it to this contact


@dataclass(frozen=True, kw_only=True)
class Meeting(Happening):
    """A meeting, which may still lie ahead; `invited` are colleagues of `by`."""

    subject: str
    minutes: Decimal
    outcome: str | None = None
    place: str = ""
    booked: Moment | None = None
    invited: tuple[str, ...] = ()
    internal: bool = False  # nobody of the client takes part


@dataclass(frozen=True, kw_only=True)
class Note(Happening):
    """A note somebody wrote down."""

    subject: str


@dataclass(frozen=True, kw_only=True)
class ToDo(Happening):
    """A task somebody set a person or a queue, and perhaps did; `at` is when it was written."""

    subject: str
    due: Day
    done: Moment | None = None


Activity = Call | Mail | Meeting | Note | ToDo


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A deal, from its first stage on."""

    line: int = field(compare=False)
    name: str
    account: str
    owner: str
    contact: str  # the main contact
    amount: Decimal
    stages: tuple[Entry, ...]
    closes: Day | None = None  # the date that was aimed at; a closed deal closes with its stage
    currency: str | None = None
    source: str = ""
    next_step: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)  # contact -> role
    changes: tuple[Change, ...] = ()
    activities: tuple[Activity, ...] = ()

    @property
    def stage(self) -> str:
        """The stage the deal is in when the story is told."""
        return self.stages[-1].stage


@dataclass(frozen=True, kw_only=True)
class Story:
    """A company and its clients, up to the moment of the telling."""

    company: str
    time_zone: str
    currency: str
    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    deals: tuple[Deal, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the story's times of day are meant."""
        return ZoneInfo(self.time_zone)

    @property
    def contacts(self) -> dict[str, tuple[Contact, Account]]:
        """Every contact by name, with the account it belongs to."""
        return {one.name: (one, account) for account in self.accounts for one in account.contacts}
