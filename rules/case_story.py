"""A test case as records of the canonical streams, so that the CRM's own statements judge it.

Every id begins with the case's, so that all cases of a rule fit in one mirror: they have nothing in
common but the calendars. Times in a case are local to the owner of its record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from connectors.model import EVERY_STREAM, STREAMS
from rules.case_nouns import Case, CaseActivity, CaseValue
from rules.cases import DATED
from rules.free_days import span
from rules.org import Org, Said
from rules.subjects import OwnFields

ZONE: Final = "UTC"
#: What a case writes for a deal without an account: `account: no`.
NO_ACCOUNT: Final = "no"
_MOMENTS: Final = ("won_at", "closed_at", "stage_entered_at")
_STAGES: Final = {"won": "Won", "lost": "Lost", "open": "Qualification"}
_STAMP: Final = {"modified_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC), "deleted": False}


@dataclass
class Story:
    """One case; `id` is the id of its deal."""

    case: Case
    id: str
    subject: str = "deal"
    own: OwnFields = field(default_factory=dict)
    owner: str = field(init=False)
    zones: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        record = self.case.record
        named = record.get("name") if self.subject == "owner" else record.get("owner")
        self.owner = str(named or self.case.deal.get("owner", "owner"))
        self.zones = {person.name: person.time_zone for person in self.case.people}

    @property
    def judged(self) -> str:
        """The id of the record that the rule is judged for."""
        if self.subject == "owner":
            return self._id(self.owner)
        if self.subject == "activity":
            marked = [n for n, a in enumerate(self.case.activities) if a.this]
            number = marked[0] if marked else len(self.case.activities) - 1
            return f"{self._id('activity')}-{number}"
        return self.id if self.subject == "deal" else self._id(self.subject)

    @property
    def zone(self) -> str:
        """The time zone of its owner."""
        return self.zones.get(self.owner, ZONE)

    def utc(self, local: dt.datetime) -> dt.datetime:
        """Return a case's moment, which is local to the owner of its record."""
        return Org().calendar(self.zone).utc(local)

    def local(self, moment: dt.datetime | None) -> str:
        """Say a moment as the case would write it."""
        if moment is None:
            return "never"
        return f"{Org().calendar(self.zone).local(moment):%Y-%m-%d %H:%M}"

    def said_of(self) -> Iterator[tuple[str, Said]]:
        """Yield what the case says of its people beside what a CRM knows, by their e-mail."""
        people = {person.name: person for person in self.case.people}
        for row in self._people():
            person = people.get(row["name"])
            yield (
                row["email"],
                Said(
                    delegate=self._mail(person.delegate) if person and person.delegate else None,
                    region=person.region if person else None,
                    leave=tuple(span(*days) for days in person.leave) if person else (),
                    calendar=self.case.calendar,
                ),
            )

    def streams(self) -> dict[str, list[dict[str, Any]]]:
        """Return the records of this case by stream."""
        deals = [self._deal(self.case.deal, self.id)] if self._has_deal() else []
        deals += [
            self._deal(said, f"{self.id}-deal-{number}")
            for number, said in enumerate(self.case.other_deals)
        ]
        links = [{"id": self._id("link"), "deal_id": self.id, "is_primary": True}]
        return {
            "deals": deals,
            "stage_changes": list(self._stage_changes()),
            "owners": self._people(),
            "accounts": list(self._accounts()),
            "contacts": [
                {
                    "id": self._id("contact"),
                    "name": self.case.record.get("name") if self.subject == "contact" else "Client",
                    "account_id": None if self._alone else self._id("account"),
                    "fields": self._fields("contact", self.case.record),
                }
            ],
            "links": [one | {"contact_id": self._id("contact")} for one in links if deals],
            "activities": [self._activity(n, a) for n, a in enumerate(self.case.activities)],
            "proposals": [
                {
                    "id": f"{self._id('quote')}-{number}",
                    "deal_id": self.id,
                    "presented": quote.presented,
                    "at": self.utc(quote.on),
                }
                for number, quote in enumerate(self.case.quotes)
            ],
            "files": [
                {
                    "id": f"{self._id('file')}-{number}",
                    "deal_id": self.id,
                    "name": file.name,
                    "created_at": self.utc(file.on),
                }
                for number, file in enumerate(self.case.files)
            ],
            "ratings": list(self._ratings()),
        }

    def signals(self) -> Iterator[dict[str, Any]]:
        """Yield what the case says its texts say, where it does not leave that to be read."""
        for number, said in enumerate(self.case.activities):
            for word in said.says or ():
                yield {
                    "activity_id": f"{self._id('activity')}-{number}",
                    "signal": word,
                    "said": said.text or said.subject or "",
                    "due_at": self.utc(said.due) if said.due and word in DATED else None,
                }

    def _id(self, name: str) -> str:
        return f"{self.id}-{name}"

    def _mail(self, name: str) -> str:
        return f"{self._id(name)}@example.com".lower().replace(" ", ".")

    def _has_deal(self) -> bool:
        """A rule for accounts, people or ratings may have cases without a deal."""
        return self.subject in ("deal", "activity", "contact") or len(self.case.deal) > 1

    @property
    def _alone(self) -> bool:
        """Whether the deal has no account, and so its contact has none."""
        return self.case.deal.get("account") == NO_ACCOUNT

    # -- deals -----------------------------------------------------------------------------

    def _moment(self, said: Mapping[str, CaseValue], name: str) -> dt.datetime | None:
        moment = said.get(name)
        return self.utc(moment) if isinstance(moment, dt.datetime) else None

    def _entered(self, said: Mapping[str, CaseValue]) -> dt.datetime | None:
        return next((m for name in _MOMENTS if (m := self._moment(said, name)) is not None), None)

    def _deal(self, said: Mapping[str, CaseValue], id: str) -> dict[str, Any]:
        amount = said.get("amount")
        return {
            "id": id,
            "name": said.get("name", "Deal"),
            "account_id": None if said.get("account") == NO_ACCOUNT else self._id("account"),
            "owner_id": self._id(str(said.get("owner", self.owner))),
            "state": said["state"],
            "stage": said.get("stage", _STAGES[str(said["state"])]),
            "amount": amount if isinstance(amount, Decimal) else None,
            "currency": said.get("currency"),
            "probability": float(str(said["probability"])) if "probability" in said else None,
            "close_date": said.get("close_date"),
            "next_step": said.get("next_step"),
            "pipeline": said.get("pipeline"),
            "type": said.get("type"),
            "created_at": self._created(said),
            "fields": self._fields("deal", said),
        }

    def _created(self, said: Mapping[str, CaseValue]) -> dt.datetime:
        """When nothing is said: thirty days before anything happened."""
        created = self._moment(said, "created_at")
        if created is not None:
            return created
        first = min((a.on for a in self.case.activities), default=self.case.expect[0].at)
        moments = [self._entered(said), self.utc(first), *(self.utc(on) for on, _ in self._past())]
        return min(m for m in moments if m is not None) - dt.timedelta(days=30)

    def _past(self) -> Sequence[tuple[dt.datetime, str]]:
        return self.case.stages

    def _stage_changes(self) -> Iterator[dict[str, Any]]:
        for number, (on, stage) in enumerate(self.case.stages):
            yield self._entry(f"stage-{number}", self.id, stage, self.utc(on))
        deals = [(self.id, self.case.deal)] if self._has_deal() else []
        deals += [(f"{self.id}-deal-{n}", said) for n, said in enumerate(self.case.other_deals)]
        for id, said in deals:
            entered = self._entered(said)
            if entered is not None:
                stage = str(said.get("stage", _STAGES[str(said["state"])]))
                yield self._entry(f"entry-{id}", id, stage, entered)

    def _entry(self, name: str, deal: str, stage: str, at: dt.datetime) -> dict[str, Any]:
        return {"id": self._id(name), "deal_id": deal, "stage": stage, "at": at}

    def _fields(self, subject: str, said: Mapping[str, CaseValue]) -> list[tuple[str, str]]:
        """The org's own fields, as the CRM would hold them; of an account, `account.word` too."""
        known = self.own.get(subject, {})
        prefix = f"{subject}."
        found = []
        for name, value in said.items():
            word = known.get(name.removeprefix(prefix))
            if word is not None and (name.startswith(prefix) or self._is(subject)):
                found.append((word.source, self._text(value)))
        return found

    def _is(self, subject: str) -> bool:
        return subject in ("deal", self.subject)

    def _text(self, value: CaseValue) -> str:
        if isinstance(value, dt.datetime):
            return self.utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
        return format(value, "f") if isinstance(value, Decimal) else str(value)

    # -- people and clients ----------------------------------------------------------------

    def _people(self) -> list[dict[str, Any]]:
        named = {person.name: person for person in self.case.people}
        manager = "manager"
        if self.owner in named:
            manager = named[self.owner].manager or manager
        rows = [
            self._person(one.name, one.manager, active=one.active, zone=one.time_zone)
            for one in named.values()
        ]
        usual: dict[str, str | None] = {self.owner: manager, "team": manager, manager: None}
        for name in self._other_owners():
            usual.setdefault(name, manager)
        return rows + [
            self._person(name, above) for name, above in usual.items() if name not in named
        ]

    def _other_owners(self) -> Iterator[str]:
        for said in (self.case.deal, *self.case.other_deals):
            if "owner" in said:
                yield str(said["owner"])

    def _person(
        self, name: str, manager: str | None, *, active: bool = True, zone: str = ZONE
    ) -> dict[str, Any]:
        return {
            "id": self._id(name),
            "name": name,
            "email": self._mail(name),
            "manager_id": self._id(manager) if manager else None,
            "active": active,
            "time_zone": zone,
        }

    def _accounts(self) -> Iterator[dict[str, Any]]:
        record = self.case.record
        name = record.get("name", "Acme") if self.subject == "account" else None
        fields = self._fields("account", self.case.deal)
        if self.subject == "account":
            fields = [*fields, *self._fields("account", record)]
        yield {
            "id": self._id("account"),
            "name": name or ("Acme" if self._alone else self.case.deal.get("account", "Acme")),
            "owner_id": self._id(self.owner),
            "fields": fields,
        }
        for client in sorted({a.client for a in self.case.activities if a.client}):
            yield {"id": self._id(f"client-{client}"), "name": client}

    def _ratings(self) -> Iterator[dict[str, Any]]:
        if self.subject == "rating":
            said = self.case.record
            yield {
                "id": self._id("rating"),
                "account_id": self._id("account"),
                "contact_id": self._id("contact"),
                "owner_id": self._id(self.owner),
                "behaviour": said.get("behaviour"),
                "category": said.get("category"),
                "comment": said.get("comment"),
                "at": self._moment(said, "at"),
            }

    def _activity(self, number: int, said: CaseActivity) -> dict[str, Any]:
        by = {"owner": self.owner, "manager": self._manager()}.get(said.by, said.by)
        link = "account" if said.client else said.linked_to
        if link == "deal" and not self._has_deal():
            link = "account"
        account = self._id(f"client-{said.client}") if said.client else self._id("account")
        return {
            "id": f"{self._id('activity')}-{number}",
            "kind": said.kind,
            "direction": "internal" if said.with_client is False else said.direction,
            "outcome": said.outcome,
            "at": self.utc(said.on),
            "done": said.done,
            "duration_seconds": said.duration_seconds,
            "owner_id": self._id(by),
            "subject": None if said.says is not None else said.subject,
            "text": "." if said.says is not None else said.text,
            "automated": said.automated,
            "outsiders": 1 if said.with_client else None,
            "created_at": self.utc(said.on),
            "deal_ids": [self.id] if link == "deal" else [],
            "account_ids": [account] if link == "account" else [],
            "contact_ids": [self._id("contact")] if link == "contact" else [],
        }

    def _manager(self) -> str:
        person = next((p for p in self.case.people if p.name == self.owner), None)
        return (person.manager if person else None) or "manager"


def streams_of(stories: Sequence[Story]) -> dict[str, pa.Table]:
    """Return all stories as one set of canonical streams."""
    rows: dict[str, list[dict[str, Any]]] = {stream: [] for stream in (*STREAMS, "files")}
    for story in stories:
        for stream, records in story.streams().items():
            rows[stream] += [_STAMP | record for record in records]
    return {name: pa.Table.from_pylist(rows[name], schema=EVERY_STREAM[name]) for name in rows}
