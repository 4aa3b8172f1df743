"""What people do in a HubSpot portal, at random, to all that is read. Asserts nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from connectors.simulator.hubspot.errors import HubSpotError
from connectors.simulator.hubspot.portal import Portal
from tests.prove.week_hands import Hands

Values = dict[str, Any]

#: Streams and the objects whose records are theirs, by the id.
TRUTH: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("companies",),
    "contacts": ("contacts",),
    "deals": ("deals",),
    "activities": ("calls", "emails", "meetings", "notes", "communications", "tasks"),
    "proposals": ("quotes",),
    "cases": ("tickets",),
    "leads": ("leads",),
}
#: How many of an object there are, of a hundred.
_MIX: Final[Mapping[str, int]] = {
    "companies": 8,
    "contacts": 12,
    "deals": 24,
    "calls": 14,
    "emails": 10,
    "meetings": 6,
    "notes": 6,
    "tasks": 8,
    "communications": 2,
    "quotes": 3,
    "tickets": 4,
    "leads": 3,
}
#: What a new record is associated with.
_LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": ("companies",),
    "deals": ("companies", "contacts"),
    **dict.fromkeys(
        ("calls", "emails", "meetings", "notes", "tasks", "communications"),
        ("deals", "companies", "contacts"),
    ),
    "quotes": ("deals",),
    "tickets": ("companies", "contacts", "deals"),
    "leads": ("contacts",),
}
_MOVES: Final = ("calls", "emails", "notes", "meetings", "tasks")


class HubSpot(Hands):
    """A portal, the hands that work in it, and what each object has."""

    crm = "hubspot"
    kinds = tuple(_MIX)
    amount = "deals.amount"
    streams = tuple(TRUTH)

    def __init__(self, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(_MIX, HubSpotError)
        self.org = Portal(clock=clock, daily=10_000_000, association_daily=10_000_000)
        self.owners = [self.org.add_owner(f"user{n}@hartwell.example") for n in range(5)]

    @property
    def settings(self) -> Values:
        return {"access_token": self.org.access_token}

    # -- what may happen ---------------------------------------------------------------------

    def act(self, dice: Random) -> None:
        """Change something, as somebody would."""
        verbs = (self.make, self.change, self.delete, self.merge, self.relate)
        verb = dice.choices(verbs, (26, 62, 6, 2, 4))[0]
        self.try_to(lambda: verb(dice, self.some_kind(dice)))

    def make(self, dice: Random, kind: str) -> None:
        """Make a record, and associate it."""
        values = {name: value(self, dice) for name, value in _MAKE[kind].items()}
        made = self.org.insert(kind, values)
        self.there[kind].append(made)
        for to in _LINKS.get(kind, ()):
            other = self.some(dice, to)
            if other and dice.random() < 0.8:
                self.org.associate(kind, made, to, other)

    def change(self, dice: Random, kind: str) -> None:
        """Change one property of a record."""
        record = self.some(dice, kind)
        if record:
            name, value = dice.choice(_CHANGES[kind])
            self.org.update(kind, record, {name: value(self, dice)})

    def delete(self, dice: Random, kind: str) -> None:
        """Archive a record: seldom a client."""
        if kind in ("companies", "deals", "contacts") and dice.random() < 0.7:
            return
        record = self.some(dice, kind)
        if record:
            self.there[kind].remove(record)
            self.org.archive(kind, record)

    def merge(self, dice: Random, kind: str) -> None:
        """Merge two records."""
        kind = dice.choice(("companies", "contacts", "deals", "tickets"))
        one, other = self.some(dice, kind), self.some(dice, kind)
        if one and other and one != other:
            self.there[kind].remove(one)
            self.there[kind].remove(other)
            self.there[kind].append(self.org.merge(kind, one, other))

    def relate(self, dice: Random, kind: str) -> None:
        """Put an activity on another deal, or a contact into one: its stamp stays."""
        kind = dice.choice((*_MOVES, "contacts"))
        record, deal = self.some(dice, kind), self.some(dice, "deals")
        if record and deal:
            self.org.associate("deals", deal, kind, record)

    def late(self, dice: Random) -> Callable[[], None]:
        """HubSpot commits at once; only its index is late."""
        self.act(dice)
        return lambda: None

    # -- a property that is hidden, a day without calls, an index that lags --------------------

    def hide(self, *names: str) -> None:
        """Let the worker see all but these properties."""
        self.org.hidden = frozenset(names)

    def exhaust(self, *, on: bool) -> None:
        """Let the account have no calls left, or as many as before."""
        self.org.others_today = 10_000_000 if on else 0

    def unsteady(self, dice: Random, *, harsh: bool = False) -> None:
        """Let the index lag otherwise than before: seldom longer than any window waits."""
        lag = 400 if harsh else dice.choice((0, 0, 0.1, 2, 20, 50, 50, 180))
        self.org.index_lag = dt.timedelta(minutes=lag)

    def calm(self) -> None:
        """Nothing is late any more."""
        self.org.index_lag = dt.timedelta(0)

    # -- the truth -----------------------------------------------------------------------------

    def truth(self, stream: str) -> dict[str, str]:
        """Ids and stamps of the living records of a stream."""
        found = {}
        for name in TRUTH[stream]:
            rows = self.org.store.rows(
                "SELECT id, updated FROM record WHERE kind = ? AND archived IS NULL", name
            )
            found |= {str(row["id"]): str(row["updated"]) for row in rows}
        return found

    @staticmethod
    def moment(at: str) -> dt.datetime:
        """A stamp of the truth as a moment."""
        return dt.datetime.fromtimestamp(int(at) / 1000, dt.UTC)

    def close(self) -> None:
        """Close the database."""
        self.org.close()


Maker = Callable[["HubSpot", Random], object]


def _one_of(*words: str) -> Maker:
    return lambda crm, dice: dice.choice(words)


def _named_(crm: HubSpot, dice: Random) -> object:
    return f"{dice.choice(('Alder', 'Birch'))} {dice.randrange(9999)}"


def _owned_(crm: HubSpot, dice: Random) -> object:
    return dice.choice(crm.owners)


def _mail_(crm: HubSpot, dice: Random) -> object:
    return f"p{dice.randrange(10**9)}@b.example"


def _amount_(crm: HubSpot, dice: Random) -> object:
    return dice.randrange(1000, 90_000)


def _moment_(crm: HubSpot, dice: Random) -> object:
    return crm.org.now() - dt.timedelta(hours=dice.randrange(99))


def _stage_(crm: HubSpot, dice: Random) -> object:
    return dice.choice(crm.org.pipelines[0].stages).id


def _step_(crm: HubSpot, dice: Random) -> object:
    return dice.choice(crm.org.ticket_pipelines[0].stages).id


def _lead_step_(crm: HubSpot, dice: Random) -> object:
    return dice.choice(crm.org.lead_pipelines[0].stages).id


_TEXT: Final = _one_of("We talked.", "Left a message.", "Thank you for the offer.")

_DONE_AT: Final[Mapping[str, Maker]] = {"hs_timestamp": _moment_, "hubspot_owner_id": _owned_}

#: Properties of a new record.
_MAKE: Final[Mapping[str, Mapping[str, Maker]]] = {
    "companies": {"name": _named_, "hubspot_owner_id": _owned_},
    "contacts": {"lastname": _named_, "email": _mail_},
    "deals": {
        "dealname": _named_,
        "pipeline": _one_of("default"),
        "dealstage": _stage_,
        "amount": _amount_,
        "hubspot_owner_id": _owned_,
    },
    "calls": {**_DONE_AT, "hs_call_title": _named_, "hs_call_body": _TEXT},
    "emails": {
        **_DONE_AT,
        "hs_email_subject": _named_,
        "hs_email_text": _TEXT,
        "hs_email_direction": _one_of("EMAIL", "INCOMING_EMAIL"),
    },
    "meetings": {**_DONE_AT, "hs_meeting_title": _named_},
    "notes": {**_DONE_AT, "hs_note_body": _TEXT},
    "tasks": {**_DONE_AT, "hs_task_subject": _named_},
    "communications": {**_DONE_AT, "hs_communication_body": _TEXT},
    "quotes": {"hs_title": _named_},
    "tickets": {
        "subject": _named_,
        "hs_pipeline": _one_of("0"),
        "hs_pipeline_stage": _step_,
        "content": _TEXT,
    },
    "leads": {"hs_lead_name": _named_},
}

#: Properties of a record that people change.
_CHANGES: Final[Mapping[str, tuple[tuple[str, Maker], ...]]] = {
    "companies": (("name", _named_), ("hubspot_owner_id", _owned_)),
    "contacts": (("lastname", _named_), ("email", _mail_)),
    "deals": (
        ("amount", _amount_),
        ("dealstage", _stage_),
        ("hs_next_step", _named_),
        ("hubspot_owner_id", _owned_),
    ),
    "calls": (("hs_call_title", _named_), ("hs_call_body", _TEXT)),
    "emails": (("hs_email_subject", _named_),),
    "meetings": (("hs_meeting_title", _named_),),
    "notes": (("hs_note_body", _TEXT),),
    "tasks": (
        ("hs_task_status", _one_of("COMPLETED", "NOT_STARTED")),
        ("hs_task_subject", _named_),
    ),
    "communications": (("hs_communication_body", _TEXT),),
    "quotes": (("hs_title", _named_),),
    "tickets": (("hs_pipeline_stage", _step_), ("subject", _named_)),
    "leads": (("hs_lead_name", _named_), ("hs_pipeline_stage", _lead_step_)),
}
