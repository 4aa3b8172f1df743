"""A simulated Salesforce org: its settings, its records, who is logged in, how much it was asked.

What a test turns: every field of `Org`, at any time, between two calls. What it loads: `insert`
and `update`, through the same checks as HTTP. The only place of the simulator that reads a clock.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from connectors.simulator.salesforce import (
    errors,
    founding,
    merging,
    objects,
    records,
    seed,
    service,
)
from connectors.simulator.salesforce.activities import archive, overdue
from connectors.simulator.salesforce.bell import Bell, Notification
from connectors.simulator.salesforce.bulk_jobs import Jobs
from connectors.simulator.salesforce.house_rules import HouseRules
from connectors.simulator.salesforce.paging import Locators
from connectors.simulator.salesforce.permissions import permitted
from connectors.simulator.salesforce.purged import Purged
from connectors.simulator.salesforce.query import QueryResult, run
from connectors.simulator.salesforce.scene import Scene
from connectors.simulator.salesforce.schema import Field, Schema, SObject
from connectors.simulator.salesforce.sessions import Sessions
from connectors.simulator.salesforce.store import Store
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
    jwt_keys: tuple[str, ...] = ()  # the app's certificates: public keys in PEM form
    pre_authorized: frozenset[str] = frozenset()  # usernames that may come by JWT
    rotates_refresh: bool = False  # each use of a refresh token brings another
    clock: Callable[[], dt.datetime] = utc_now
    path: Path | None = None
    token_life: dt.timedelta = dt.timedelta(hours=2)
    daily_calls: int = 100_000  # allowance of a rolling 24 hours
    hidden: frozenset[str] = frozenset()  # `Quote`, `Task.Type`: the caller may not see it
    hidden_from: Mapping[str, frozenset[str]] = field(default_factory=dict)  # username -> more
    read_only: frozenset[str] = frozenset()  # `Task`, `Task.Type`: may be seen, not written
    restricted: frozenset[str] = frozenset()  # `Task.Status`: only its own picklist's words
    quotes: bool = True  # the org uses quotes at all
    forecasts: bool = True  # … collaborative forecasts with quotas
    surveys: bool = True  # … surveys
    currencies: tuple[str, ...] = ()  # ISO codes, the company's first; none: the org has one
    person_accounts: bool = False  # an account with a LastName is a person, with a contact of it
    key_field: bool = True  # Followthrough_Key__c stands on Task and Event
    extra_fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    extra_objects: tuple[SObject, ...] = ()  # objects of the org's own
    record_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # object -> labels
    stages: tuple[seed.Stage, ...] = seed.STAGES
    statuses: tuple[seed.Status, ...] = seed.STATUSES
    priorities: tuple[seed.Priority, ...] = seed.PRIORITIES
    notification_types: tuple[seed.NotificationType, ...] = seed.NOTIFICATION_TYPES
    under_way_since: dt.datetime | None = None  # the start of the oldest change not committed yet
    slow_above: int | None = None  # rows above which a query runs longer than it may
    bulk_waits: int = 1  # questions a bulk job answers with "in progress"
    bulk_failure: str | None = None  # the message with which bulk jobs fail
    rules: HouseRules = field(default_factory=HouseRules)  # what is forbidden, and locked
    tracked: frozenset[str] = seed.TRACKED  # fields whose history is kept
    chatter: bool = True  # the org has Chatter
    may_customize: bool = False  # permission "Customize Application"
    may_notify: bool = True  # permission "Send Custom Notifications"
    audit_fields: bool = True  # permission "Set Audit Fields upon Record Creation"
    deleted_keeps_key: bool = True  # nobody has verified what a live org does

    def __post_init__(self) -> None:
        self._moment: dt.datetime | None = None
        self._calls: deque[dt.datetime] = deque()
        self._visible: dict[tuple[frozenset[str], ...], Schema] = {}
        self.fresh: set[str] = set()  # fields made since: seen by whom they are granted
        self.locators = Locators()
        self.jobs = Jobs()
        self.schema = founding.build(self)
        self.store = Store(self.schema, self.path)
        self.bell = Bell(self.store)
        self.purged = Purged(self.store)
        self.id, self.user_id = founding.plant(self)
        self.sessions = Sessions(self.id)

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

    def query(
        self, soql: str, *, all_rows: bool = False, visible: Schema | None = None
    ) -> QueryResult:
        """Run a SOQL query as a user who sees `visible`, else as the integration user.

        `all_rows` includes what is deleted or archived.
        """
        with self.store.lock:
            if "hasoverduetask" in soql.lower():
                overdue(self.scene())
            return run(
                self.store.connection,
                visible or self.visible,
                soql,
                now=self.now(),
                zone=self.zone,
                all_rows=all_rows,
            )

    def recalculate(self, entity: str, record_id: str, values: Mapping[str, object]) -> None:
        """Let formulas of a record come to other values, which leaves no stamp on it."""
        one = self.schema.objects[entity.lower()]
        self.store.update(one.name, record_id, records.read(one, _json(values)))

    def invite(self, event_id: str, user_id: str) -> str:
        """Give a colleague the child event of an event and return its id."""
        return records.invite(self.scene(), event_id, user_id)

    def plant(self, entity: str, values: Mapping[str, object]) -> str:
        """Write a record that nobody may create over the API, and return its id."""
        one = self.schema.objects[entity.lower()]
        return records.plant(self.scene(), one, _json(values))

    def convert(self, lead: str, **made: str) -> None:
        """Convert a lead; `made` are ids by object: Account, Contact, Opportunity."""
        service.convert(self.scene(), lead, made)

    def merge(self, entity: str, master: str, merged: str, *, restamps: bool = True) -> None:
        """Merge one account, contact or lead into another, as a person does on the page."""
        merging.merge(self.scene(), self._named(entity), master, merged, restamps=restamps)

    def archive(self) -> int:
        """Archive old activities as the vendor's nightly job does; return how many."""
        return archive(self.scene())

    @property
    def posts(self) -> list[dict[str, object]]:
        """What was posted on Chatter, oldest first."""
        return [dict(row) for row in self.store.all("FeedItem")]

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
        return self.visible_to(self.user_id)

    def visible_to(self, user_id: str) -> Schema:
        """What one user sees of the org."""
        hidden = self.hidden | (self.fresh - self._granted(user_id))
        if self.hidden_from:
            user = self.store.get("User", user_id) or {}
            hidden |= self.hidden_from.get(str(user.get("Username")), frozenset())
        key = (hidden, self.read_only, self.restricted)
        if key not in self._visible:
            self._visible[key] = permitted(self.schema.without(hidden), *key[1:])
        return self._visible[key]

    def customize(self, names: Iterable[str], new: Field) -> None:
        """Add a field to objects; nobody sees it before it is granted."""
        for name in names:
            self.schema = objects.extended(self.schema, {name: (new,)})
            self.store.extend(self.schema.objects[name.lower()])
            self.fresh.add(f"{name}.{new.name}")
        self._visible.clear()

    def _granted(self, user_id: str) -> frozenset[str]:
        """The fields that permission sets of a user grant by name."""
        if not self.fresh:
            return frozenset()
        given = self.store.where("PermissionSetAssignment", "AssigneeId", user_id)
        rights = [
            row
            for one in given
            for row in self.store.where("FieldPermissions", "ParentId", one["PermissionSetId"])
        ]
        return frozenset(str(row["Field"]) for row in rights if row["PermissionsRead"])

    def scene(self, user_id: str | None = None, *, allow_duplicates: bool = False) -> Scene:
        """Give what one call of a user acts on; without one, of the integration user."""
        user_id = user_id or self.user_id
        return Scene(
            store=self.store,
            schema=self.schema,
            visible=self.visible_to(user_id),
            now=self.now(),
            zone=self.zone,
            user_id=user_id,
            audit_fields=self.audit_fields,
            deleted_keeps_key=self.deleted_keeps_key,
            judge=self.rules.judge,
            tracked=self.tracked,
            allow_duplicates=allow_duplicates,
        )

    # ------------------------------------------------------------------ sessions and allowance

    def issue_token(self) -> str:
        """Open a session for the integration user and return its token."""
        return self.sessions.start(self.user_id, self.now())

    def user_of(self, token: str) -> str | None:
        """Name the user whose open session this is."""
        return self.sessions.user_of(token, self.now(), self.token_life)

    def expire_tokens(self) -> None:
        """Close every session, as an administrator can."""
        self.sessions.end_all()

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


def _json(values: Mapping[str, object]) -> dict[str, object]:
    return {name: plain(value) for name, value in values.items()}
