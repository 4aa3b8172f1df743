"""A simulated Salesforce org: its settings, its records, who is logged in, how much it was asked.

What a test turns: every field of `Org`, at any time, between two calls. What it loads: `insert`
and `update`, through the same checks as HTTP. The only place of the simulator that reads a clock.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from connectors.simulator.salesforce import errors, objects, records, seed
from connectors.simulator.salesforce.activities import archive, overdue
from connectors.simulator.salesforce.bell import Bell, Notification
from connectors.simulator.salesforce.paging import Locators
from connectors.simulator.salesforce.query import QueryResult, run
from connectors.simulator.salesforce.scene import Scene
from connectors.simulator.salesforce.schema import Field, Schema, SObject
from connectors.simulator.salesforce.store import Row, Store
from connectors.simulator.salesforce.times import stamp
from connectors.simulator.salesforce.values import plain

_DAY: Final = dt.timedelta(days=1)


def utc_now() -> dt.datetime:
    """Read the machine's clock; an org may be given another."""
    return dt.datetime.now(dt.UTC)


@dataclass(kw_only=True)
class Org:
    """One org. Without a `path` its records live in memory and go with it."""

    name: str = "Simulated Company"
    organization_type: str = "Enterprise Edition"
    sandbox: bool = False
    zone: str = "UTC"  # IANA name
    locale: str = "en_US"
    client_id: str = "followthrough-client"
    client_secret: str = "followthrough-secret"  # noqa: S105  # opens nothing but this simulator
    clock: Callable[[], dt.datetime] = utc_now
    path: Path | None = None
    token_life: dt.timedelta = dt.timedelta(hours=2)
    daily_calls: int = 100_000  # allowance of a rolling 24 hours
    hidden: frozenset[str] = frozenset()  # `Quote`, `Task.Type`: the caller may not see it
    read_only: frozenset[str] = frozenset()  # `Task`, `Task.Type`: may be seen, not written
    restricted: frozenset[str] = frozenset()  # `Task.Status`: only its own picklist's words
    quotes: bool = True  # the org uses quotes at all
    key_field: bool = True  # Followthrough_Key__c stands on Task and Event
    extra_fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    record_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # object -> labels
    stages: tuple[seed.Stage, ...] = seed.STAGES
    statuses: tuple[seed.Status, ...] = seed.STATUSES
    priorities: tuple[seed.Priority, ...] = seed.PRIORITIES
    notification_types: tuple[seed.NotificationType, ...] = seed.NOTIFICATION_TYPES
    may_notify: bool = True  # permission "Send Custom Notifications"
    audit_fields: bool = True  # permission "Set Audit Fields upon Record Creation"
    deleted_keeps_key: bool = True  # nobody has verified what a live org does

    def __post_init__(self) -> None:
        self._moment: dt.datetime | None = None
        self._tokens: dict[str, dt.datetime] = {}
        self._calls: deque[dt.datetime] = deque()
        self._visible: dict[tuple[frozenset[str], ...], Schema] = {}
        self.locators = Locators()
        self.schema = self._build()
        self.store = Store(self.schema, self.path)
        self.bell = Bell(self.store)
        self.id, self.user_id = self._plant()

    # ------------------------------------------------------------------ records

    def insert(self, entity: str, values: Mapping[str, object]) -> str:
        """Create a record and return its id; dates and decimals may be Python's own.

        Raises `SalesforceError` where the API would refuse.
        """
        return records.create(self.scene(), self._named(entity), _json(values))

    def update(self, entity: str, record_id: str, values: Mapping[str, object]) -> None:
        """Change a record. Raises `SalesforceError` where the API would refuse."""
        records.update(self.scene(), self._named(entity), record_id, _json(values))

    def delete(self, entity: str, record_id: str) -> None:
        """Put a record into the recycle bin. Raises `SalesforceError` where the API would."""
        records.delete(self.scene(), self._named(entity), record_id)

    def get(self, entity: str, record_id: str) -> dict[str, object]:
        """Read a record as the API would show it."""
        one = self._named(entity)
        return records.rendered(one, records.find(self.scene(), one, record_id))

    def query(self, soql: str, *, all_rows: bool = False) -> QueryResult:
        """Run a SOQL query; `all_rows` includes what is deleted or archived."""
        with self.store.lock:
            if "hasoverduetask" in soql.lower():
                overdue(self.scene())
            return run(
                self.store.connection,
                self.visible,
                soql,
                now=self.now(),
                zone=self.zone,
                all_rows=all_rows,
            )

    def invite(self, event_id: str, user_id: str) -> str:
        """Give a colleague the child event of an event and return its id."""
        return records.invite(self.scene(), event_id, user_id)

    def archive(self) -> int:
        """Archive old activities as the vendor's nightly job does; return how many."""
        return archive(self.scene())

    @property
    def notifications(self) -> list[Notification]:
        """What users were told by custom notifications, oldest first."""
        return self.bell.rung()

    def _named(self, entity: str) -> SObject:
        one = self.visible.object(entity)
        if one is None:
            raise errors.no_such_type(entity)
        return one

    # ------------------------------------------------------------------ time and view

    def now(self) -> dt.datetime:
        """Give the org's moment: UTC, aware."""
        return self._moment or self.clock()

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[None]:
        """Let everything inside happen at another moment, for loading a past."""
        before, self._moment = self._moment, moment
        try:
            yield
        finally:
            self._moment = before

    @property
    def visible(self) -> Schema:
        """What the integration user sees of the org."""
        key = (self.hidden, self.read_only, self.restricted)
        if key not in self._visible:
            self._visible[key] = _permitted(self.schema.without(self.hidden), *key[1:])
        return self._visible[key]

    def scene(self) -> Scene:
        """Give what one call acts on."""
        return Scene(
            store=self.store,
            schema=self.schema,
            visible=self.visible,
            now=self.now(),
            zone=self.zone,
            user_id=self.user_id,
            audit_fields=self.audit_fields,
            deleted_keeps_key=self.deleted_keeps_key,
        )

    # ------------------------------------------------------------------ sessions and allowance

    def issue_token(self) -> str:
        """Open a session for the integration user and return its token."""
        token = f"{self.id[:15]}!AQ{secrets.token_urlsafe(48)}"
        self._tokens[token] = self.now()
        return token

    def accepts(self, token: str) -> bool:
        """Tell whether a token's session is open."""
        issued = self._tokens.get(token)
        return issued is not None and self.now() - issued < self.token_life

    def expire_tokens(self) -> None:
        """Close every session, as an administrator can."""
        self._tokens.clear()

    def count_call(self) -> bool:
        """Count one API call; False when the allowance of the last 24 hours is used up."""
        if self.calls_used() >= self.daily_calls:
            return False
        self._calls.append(self.now())
        return True

    def calls_used(self) -> int:
        """Count the API calls of the last 24 hours."""
        while self._calls and self.now() - self._calls[0] >= _DAY:
            self._calls.popleft()
        return len(self._calls)

    def forget_calls(self) -> None:
        """Give the org its whole allowance back."""
        self._calls.clear()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # ------------------------------------------------------------------ building

    def _build(self) -> Schema:
        gone = frozenset() if self.quotes else frozenset({"Quote", "Opportunity.SyncedQuoteId"})
        schema = objects.with_record_types(objects.standard().without(gone), self.record_types)
        words = {
            "Opportunity.StageName": [stage.name for stage in self.stages if stage.active],
            "Task.Status": [status.name for status in self.statuses],
            "Task.Priority": [priority.name for priority in self.priorities],
        }
        for place, values in words.items():
            entity, name = place.split(".")
            old = schema.objects[entity.lower()].fields[name.lower()]
            schema = objects.extended(schema, {entity: (replace(old, picklist=tuple(values)),)})
        if self.key_field:
            schema = objects.extended(schema, objects.KEYED)
        return objects.extended(schema, self.extra_fields)

    def _plant(self) -> tuple[str, str]:
        """Give a new org what every org has; find it again in a file that has it."""
        held = self.store.all("Organization")
        if held:
            return str(held[0]["Id"]), str(held[0]["CreatedById"])
        with self.store.transaction():
            return self._plant_anew()

    def _plant_anew(self) -> tuple[str, str]:
        user_id = self.store.mint("User", "005")
        stamps: Row = {"CreatedById": user_id, "LastModifiedById": user_id}
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            stamps[name] = stamp(self.now())
        self.store.insert("User", {"Id": user_id, **stamps, **self._integration_user()})
        org_id = seed.plant(self.store, "Organization", "00D", self._organization(), stamps)
        lists = {
            ("OpportunityStage", "01J"): seed.stage_rows(self.stages),
            ("RecordType", "012"): seed.record_type_rows(self.record_types),
            ("TaskStatus", "01T"): seed.status_rows(self.statuses),
            ("TaskPriority", "01P"): seed.priority_rows(self.priorities),
            ("CustomNotificationType", "0ML"): seed.notification_type_rows(self.notification_types),
        }
        for (name, prefix), rows in lists.items():
            for row in rows:
                seed.plant(self.store, name, prefix, row, stamps)
        return org_id, user_id

    def _integration_user(self) -> Row:
        return {
            "FirstName": "Integration",
            "LastName": "User",
            "Name": "Integration User",
            "Username": "integration@simulated.example",
            "Email": "integration@simulated.example",
            "Alias": "integ",
            "IsActive": 1,
            "UserType": "Standard",
            "TimeZoneSidKey": self.zone,
            "LocaleSidKey": self.locale,
            "LanguageLocaleKey": "en_US",
        }

    def _organization(self) -> Row:
        return {
            "Name": self.name,
            "OrganizationType": self.organization_type,
            "IsSandbox": int(self.sandbox),
            "IsReadOnly": 0,
            "TimeZoneSidKey": self.zone,
            "DefaultLocaleSidKey": self.locale,
            "LanguageLocaleKey": "en_US",
            "FiscalYearStartMonth": 1,
            "InstanceName": "SIM1",
        }


def _json(values: Mapping[str, object]) -> dict[str, object]:
    return {name: plain(value) for name, value in values.items()}


def _permitted(schema: Schema, read_only: frozenset[str], restricted: frozenset[str]) -> Schema:
    return Schema({key: _one(one, read_only, restricted) for key, one in schema.objects.items()})


def _one(one: SObject, read_only: frozenset[str], restricted: frozenset[str]) -> SObject:
    if one.name in read_only:
        one = replace(one, createable=False, updateable=False, deletable=False)
    fields = dict(one.fields)
    for key, old in fields.items():
        place = f"{one.name}.{old.name}"
        if place in read_only:
            fields[key] = replace(old, createable=False, updateable=False)
        elif place in restricted:
            fields[key] = replace(old, restricted_picklist=True)
    return replace(one, fields=fields)
