"""What people do in a Salesforce org, at random, to all that is read. Asserts nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from connectors.simulator.salesforce.errors import SalesforceError
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.times import stamp
from tests.prove.week_hands import Hands

Values = dict[str, Any]

#: Streams and the objects whose records are theirs, by the id; `where` as the connector has it.
TRUTH: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("Account",),
    "contacts": ("Contact",),
    "deals": ("Opportunity",),
    "stage_changes": ("OpportunityHistory",),
    "links": ("OpportunityContactRole",),
    "activities": ("Task", "Event", "EmailMessage", "Note"),
    "proposals": ("Quote",),
    "cases": ("Case",),
    "leads": ("Lead",),
}
#: How many of an object there are, of a hundred.
_MIX: Final[Mapping[str, int]] = {
    "Account": 8,
    "Contact": 10,
    "Opportunity": 22,
    "OpportunityContactRole": 6,
    "Task": 22,
    "Event": 8,
    "EmailMessage": 8,
    "Note": 4,
    "Quote": 4,
    "Case": 4,
    "Lead": 4,
}
_STAGES: Final = ("Prospecting", "Qualification", "Proposal/Price Quote", "Closed Won")


class Salesforce(Hands):
    """An org, the hands that work in it, and what each object has."""

    crm = "salesforce"
    kinds = tuple(_MIX)
    amount = "Opportunity.Amount"
    streams = tuple(TRUTH)

    def __init__(self, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(_MIX, SalesforceError)
        self.org = Org(clock=clock, daily_calls=10_000_000)
        self.owners = [self._hire(number) for number in range(5)]
        self.under_way: dict[int, dt.datetime] = {}  # changes that are not committed yet

    def _hire(self, number: int) -> str:
        name = f"user{number}@hartwell.example"
        return self.org.insert(
            "User",
            {
                "LastName": f"User {number}",
                "Email": name,
                "Username": name,
                "Alias": f"u{number}",
                "IsActive": True,
                "TimeZoneSidKey": "UTC",
            },
        )

    @property
    def settings(self) -> Values:
        return {"client_id": self.org.client_id, "client_secret": self.org.client_secret}

    # -- what may happen ---------------------------------------------------------------------

    def act(self, dice: Random) -> None:
        """Change something, as somebody would."""
        verbs = (self.make, self.change, self.delete, self.merge, self.purge)
        verb = dice.choices(verbs, (26, 64, 7, 2, 1))[0]
        self.try_to(lambda: verb(dice, self.some_kind(dice)))

    def make(self, dice: Random, kind: str) -> None:
        """Make a record."""
        made = self.org.insert(kind, _filled(self, dice, kind))
        self.there[kind].append(made)

    def change(self, dice: Random, kind: str) -> None:
        """Change one field of a record."""
        record = self.some(dice, kind)
        choices = _CHANGES.get(kind)
        if record and choices:
            name, value = dice.choice(choices)
            self.org.update(kind, record, {name: value(self, dice)})

    def delete(self, dice: Random, kind: str) -> None:
        """Put a record into the bin, and with it what hangs on it: seldom a client."""
        if kind in ("Account", "Opportunity", "Contact") and dice.random() < 0.7:
            return
        record = self.some(dice, kind)
        if record:
            self.there[kind].remove(record)
            self.org.delete(kind, record)

    def merge(self, dice: Random, kind: str) -> None:
        """Merge two clients."""
        kind = dice.choice(("Account", "Contact", "Lead"))
        one, other = self.some(dice, kind), self.some(dice, kind)
        if one and other and one != other:
            self.org.merge(kind, one, other, restamps=dice.random() < 0.5)
            self.there[kind].remove(other)

    def purge(self, dice: Random, kind: str) -> None:
        """Delete a record, and empty the bin at once."""
        kind = dice.choice(("Task", "Event", "Note", "Quote", "Case"))
        record = self.some(dice, kind)
        if record:
            self.there[kind].remove(record)
            self.org.delete(kind, record)
            self.org.purged.purge(kind, record)

    def late(self, dice: Random) -> Callable[[], None]:
        """Begin a change that nobody sees before it is committed; give what commits it.

        What somebody else has changed meanwhile is locked in truth, so another thing is made then.
        """
        began, number = self.org.now(), self.done
        kind = self.some_kind(dice)
        record = self.some(dice, kind)
        drops = kind in _ALONE and dice.random() < 0.2
        self.done += 1
        self.under_way[number] = began
        self._vouch()

        def commit() -> None:
            with self.org.at(began):
                self.try_to(lambda: self._commit(dice, kind, record, drops=drops))
            del self.under_way[number]
            self._vouch()

        return commit

    def _commit(self, dice: Random, kind: str, record: str | None, *, drops: bool) -> None:
        row = self.org.store.get(kind, record) if record else None
        if row is None or row["IsDeleted"] or str(row["SystemModstamp"]) > stamp(self.org.now()):
            self.make(dice, kind)
        elif drops:
            self.there[kind].remove(str(record))
            self.org.delete(kind, str(record))
        elif kind in _CHANGES:
            name, value = dice.choice(_CHANGES[kind])
            self.org.update(kind, str(record), {name: value(self, dice)})

    def _vouch(self) -> None:
        self.org.under_way_since = min(self.under_way.values(), default=None)

    # -- a field that is hidden, a day without calls ------------------------------------------

    def hide(self, *names: str) -> None:
        """Let the worker see all but these fields."""
        self.org.hidden = frozenset(names)

    def exhaust(self, *, on: bool) -> None:
        """Let the org have no calls left, or as many as before."""
        self.org.daily_calls = 1 if on else 10_000_000

    def calm(self) -> None:
        """Nothing is late any more."""

    def unsteady(self, dice: Random, *, harsh: bool = False) -> None:
        """What is late is so change by change here: see `late`."""

    # -- the truth -----------------------------------------------------------------------------

    def truth(self, stream: str) -> dict[str, str]:
        """Ids and stamps of the living records of a stream."""
        found = {}
        for name in TRUTH[stream]:
            alone = " AND IsChild = 0" if name == "Event" else ""
            rows = self.org.store.execute(
                f'SELECT Id, SystemModstamp AS at FROM "{name}" WHERE IsDeleted = 0{alone}'
            )
            found |= {str(row["Id"]): str(row["at"]) for row in rows}
        return found

    @staticmethod
    def moment(at: str) -> dt.datetime:
        """A stamp of the truth as a moment."""
        return dt.datetime.fromisoformat(at.replace("Z", "+00:00")).replace(tzinfo=dt.UTC)

    def close(self) -> None:
        """Close the database."""
        self.org.close()


def _word(dice: Random) -> str:
    return f"{dice.choice(('Alder', 'Birch', 'Cedar', 'Fern'))} {dice.randrange(10_000)}"


def _day(dice: Random) -> str:
    return f"2026-{dice.randrange(1, 13):02}-{dice.randrange(1, 28):02}"


Maker = Callable[["Salesforce", Random], object]


def _mail_(crm: Salesforce, dice: Random) -> object:
    """An address that few people share: a mail finds its contact by it."""
    return f"p{dice.randrange(500)}@b.example"


def _either_(crm: Salesforce, dice: Random) -> object:
    return "user1@hartwell.example" if dice.random() < 0.5 else _mail_(crm, dice)


def _named_(crm: Salesforce, dice: Random) -> object:
    return _word(dice)


def _owned_(crm: Salesforce, dice: Random) -> object:
    return dice.choice(crm.owners)


def _account_(crm: Salesforce, dice: Random) -> object:
    return crm.some(dice, "Account")


def _deal_(crm: Salesforce, dice: Random) -> object:
    return crm.some(dice, "Opportunity")


def _person_(crm: Salesforce, dice: Random) -> object:
    return crm.some(dice, "Contact")


def _stage_(crm: Salesforce, dice: Random) -> object:
    return dice.choice(_STAGES)


def _amount_(crm: Salesforce, dice: Random) -> object:
    return dice.randrange(1000, 90_000)


def _date_(crm: Salesforce, dice: Random) -> object:
    return _day(dice)


def _moment_(crm: Salesforce, dice: Random) -> object:
    return f"{_day(dice)}T10:00:00Z"


def _one_of(*words: str) -> Maker:
    return lambda crm, dice: dice.choice(words)


#: Fields of a new record.
_MAKE: Final[Mapping[str, Mapping[str, Maker]]] = {
    "Account": {"Name": _named_, "OwnerId": _owned_},
    "Contact": {"LastName": _named_, "AccountId": _account_, "Email": _mail_},
    "Opportunity": {
        "Name": _named_,
        "StageName": _stage_,
        "CloseDate": _date_,
        "AccountId": _account_,
        "OwnerId": _owned_,
        "Amount": _amount_,
    },
    "OpportunityContactRole": {
        "OpportunityId": _deal_,
        "ContactId": _person_,
        "Role": _one_of("Decision Maker", "Evaluator"),
        "IsPrimary": lambda crm, dice: dice.random() < 0.3,
    },
    "Task": {
        "Subject": _named_,
        "Status": _one_of("Not Started", "Completed"),
        "TaskSubtype": _one_of("Call", "Task"),
        "WhatId": _deal_,
        "WhoId": _person_,
        "OwnerId": _owned_,
        "Description": _one_of("We talked.", "Left a message.", ""),
    },
    "Event": {
        "Subject": _named_,
        "StartDateTime": _moment_,
        "DurationInMinutes": _one_of("30", "60"),
        "WhatId": _deal_,
        "WhoId": _person_,
        "OwnerId": _owned_,
    },
    "EmailMessage": {
        "Subject": _named_,
        "TextBody": _one_of("Thank you.", "See the offer."),
        "Status": _one_of("0", "3"),
        "Incoming": lambda crm, dice: dice.random() < 0.5,
        "FromAddress": _either_,
        "ToAddress": _either_,
        "RelatedToId": _deal_,
    },
    "Note": {"ParentId": _deal_, "Title": _named_, "Body": _named_},
    "Quote": {"OpportunityId": _deal_, "Name": _named_, "Status": _one_of("Draft", "Presented")},
    "Case": {
        "Subject": _named_,
        "AccountId": _account_,
        "ContactId": _person_,
        "Status": _one_of("New", "Working"),
        "OwnerId": _owned_,
    },
    "Lead": {"LastName": _named_, "Company": _named_, "Status": _one_of("Open - Not Contacted")},
}

#: Fields of a record that people change.
_CHANGES: Final[Mapping[str, tuple[tuple[str, Maker], ...]]] = {
    "Account": (("Name", _named_), ("OwnerId", _owned_)),
    "Contact": (("LastName", _named_), ("AccountId", _account_)),
    "Opportunity": (
        ("Amount", _amount_),
        ("StageName", _stage_),
        ("CloseDate", _date_),
        ("NextStep", _named_),
        ("OwnerId", _owned_),
        ("AccountId", _account_),
    ),
    "OpportunityContactRole": (("Role", _one_of("Decision Maker", "Evaluator", "Other")),),
    "Task": (
        ("Status", _one_of("Completed", "In Progress")),
        ("Subject", _named_),
        ("WhatId", _deal_),
        ("WhoId", _person_),
    ),
    "Event": (("Subject", _named_), ("WhatId", _deal_)),
    "Note": (("Title", _named_), ("Body", _named_)),
    "Quote": (("Status", _one_of("Draft", "Presented", "Accepted")),),
    "Case": (("Status", _one_of("Working", "Closed")), ("Subject", _named_)),
    "Lead": (("Company", _named_), ("Status", _one_of("Working - Contacted"))),
}
#: Deleting one of these deletes nothing else.
_ALONE: Final = frozenset({"Task", "Note", "Quote", "Case"})


def _filled(crm: Salesforce, dice: Random, kind: str) -> Values:
    made = ((name, value(crm, dice)) for name, value in _MAKE[kind].items())
    return {name: value for name, value in made if value is not None}
