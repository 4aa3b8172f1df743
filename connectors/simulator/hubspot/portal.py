"""A simulated HubSpot portal: its settings, its records, who is let in, how much it was asked.

What a test turns: every field of `Portal`, at any time, between two calls (pipelines, the key
property and the path only when it is made). What it loads: `insert`, `update`, `archive`,
`associate`, through the same checks as HTTP. The only place of the dialect that reads a clock.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from connectors.simulator.hubspot import (
    account,
    association_types,
    custom_objects,
    errors,
    files,
    links,
    merging,
    objects,
    pipelines,
    records,
)
from connectors.simulator.hubspot.access import Access
from connectors.simulator.hubspot.association_types import LinkType, LinkTypes
from connectors.simulator.hubspot.owners import FIRST_ID, FIRST_USER, Owner
from connectors.simulator.hubspot.pipelines import LEADS, SUPPORT, Pipeline
from connectors.simulator.hubspot.rendering import rendered
from connectors.simulator.hubspot.scene import Scene
from connectors.simulator.hubspot.schema import Hand, Kind, Option, Property
from connectors.simulator.hubspot.store import Store
from connectors.simulator.hubspot.times import millis

#: How a person's work in HubSpot's own pages is marked.
PERSON: Final = Hand(source="CRM_UI", source_id="userId:12450300", user_id=12_450_300)

#: A private app's token, a client secret, a refresh token.
OPENS_NOTHING_ELSE: Final = ("pat-na1-simulated", "followthrough-secret", "refresh-1")


def utc_now() -> dt.datetime:
    """Read the machine's clock; a portal may be given another."""
    return dt.datetime.now(dt.UTC)


@dataclass(kw_only=True)
class Portal:
    """One portal. Without a `path` its records live in memory and go with it."""

    name: str = "Simulated Company"
    portal_id: int = 24_681_357
    zone: str = "UTC"  # IANA name
    currency: str = "EUR"
    ui_domain: str = "app.hubspot.com"
    clock: Callable[[], dt.datetime] = utc_now
    path: Path | None = None
    app_id: int = 3_141_592  # of the app that calls; marks what it writes
    access_token: str = OPENS_NOTHING_ELSE[0]  # private app or service key
    client_id: str = "followthrough-client"
    client_secret: str = OPENS_NOTHING_ELSE[1]
    refresh_token: str = OPENS_NOTHING_ELSE[2]  # the first one of the OAuth app
    rotates: bool = False  # every refresh gives another refresh token
    installed: bool = True  # False: the account has removed the app
    token_life: dt.timedelta = dt.timedelta(minutes=30)
    missing: frozenset[str] = frozenset()  # scopes the app was not granted
    hidden: frozenset[str] = frozenset()  # `tasks.hs_task_body`: the caller may not see it
    pipelines: tuple[Pipeline, ...] = (pipelines.SALES,)
    ticket_pipelines: tuple[Pipeline, ...] = (SUPPORT,)
    lead_pipelines: tuple[Pipeline, ...] = (LEADS,)
    key_property: bool = True  # followthrough_key stands on tasks, with unique values
    absent: frozenset[str] = frozenset()  # object types the account's subscription lacks
    rules: frozenset[str] = frozenset()  # `deals.amount`: required by an administrator
    burst: int = 190  # calls in ten seconds
    oauth_burst: int = 110  # the same for an OAuth app
    association_burst: int = 150
    daily: int = 625_000
    association_daily: int = 500_000
    search_rate: int = 5  # searches in a second, for the whole account
    others_searching: int = 0  # searches that other apps of the account make in every second
    others_today: int = 0  # calls that other private apps have made today
    enforced: frozenset[str] = frozenset({"DAILY"})  # the policies that refuse
    retry_after: bool = False  # 429 says how long to wait
    ceiling: int = 10_000  # results a search can give
    longest_search: int = 3_000  # characters of a search body
    index_lag: dt.timedelta = dt.timedelta(0)  # until search hears of a change
    link_page: int = 1_000  # associations of one record in one answer
    inline_links: int = 100  # associations of one object type that a record brings with it
    conflict_status: int = 409  # for a taken unique value; 400 is the other form
    archived_keeps_key: bool = True  # nobody has verified what a live portal does
    merge_renews: bool = True  # what is left of a merge has an id of its own
    former_owners: bool = False  # records may be given to deactivated owners

    def __post_init__(self) -> None:
        self._moment: dt.datetime | None = None
        self.store = Store(self.path)
        self.access = Access(self)
        self.kinds = self._kinds()
        self._names = objects.names(self.kinds)
        self.link_types = self._link_types()
        self.owners = {
            one.id: one for one in map(Owner.from_kept, self.store.kept("owner").values())
        }
        self.groups = account.groups(self.kinds)
        self.began = millis(self.now())

    # ------------------------------------------------------------------ records

    def insert(self, kind: str, properties: Mapping[str, object], *, by: Hand = PERSON) -> str:
        """Create a record as a person or another hand, and return its id.

        Moments and decimals may be Python's own. Raises `HubSpotError` where the API would refuse.
        """
        one = self.kind(kind)
        with self.store.transaction():
            return str(records.create(self.scene(by), one, account.plain(properties)).id)

    def update(
        self, kind: str, record_id: str, properties: Mapping[str, object], *, by: Hand = PERSON
    ) -> None:
        """Change a record. Raises `HubSpotError` where the API would refuse."""
        one, scene = self.kind(kind), self.scene(by)
        with self.store.transaction():
            record = records.find(scene, one, record_id)
            records.update(scene, one, record, account.plain(properties))

    def archive(self, kind: str, record_id: str) -> None:
        """Archive a record. Raises `HubSpotError` where there is none."""
        one, scene = self.kind(kind), self.scene()
        with self.store.transaction():
            records.archive(scene, one, records.find(scene, one, record_id))

    def merge(self, kind: str, main_id: str, other_id: str) -> str:
        """Merge a record into the main one, and return the id of what is left."""
        one, scene = self.kind(kind), self.scene()
        with self.store.transaction():
            main, other = (records.find(scene, one, given) for given in (main_id, other_id))
            return str(merging.merge(scene, one, main, other, renews=self.merge_renews).id)

    def submit(self, properties: Mapping[str, object]) -> str:
        """Let a client answer a survey, and return the id of the feedback submission."""
        return self._by_hubspot("feedback_submissions", properties)

    def set_goal(self, properties: Mapping[str, object]) -> str:
        """Set a person's goal, and return its id."""
        return self._by_hubspot("goal_targets", properties)

    def add_file(self, name: str) -> str:
        """Upload a file, and return its id, for the `hs_attachment_ids` of an activity."""
        with self.store.transaction():
            return files.add(self.store, name, millis(self.now()))

    def _by_hubspot(self, name: str, properties: Mapping[str, object]) -> str:
        kind = replace(self.kind(name), writable=True)
        scene = replace(self.scene(), settable=frozenset(kind.properties))
        with self.store.transaction():
            return str(records.create(scene, kind, account.plain(properties)).id)

    def associate(self, kind: str, record_id: str, to: str, to_id: str, *types: int | str) -> None:
        """Associate two records by the plain kind, and by others named by number or label."""
        source, target = self.kind(kind), self.kind(to)
        chosen = [self._link_type(source, target, one) for one in types]
        with self.store.transaction():
            links.associate(self.scene(), (source, int(record_id)), (target, int(to_id)), chosen)

    def get(self, kind: str, record_id: str) -> dict[str, object]:
        """Read a record's properties as the API shows them, those without a value left out."""
        one, scene = self.kind(kind), self.scene()
        shown = rendered(scene, one, records.find(scene, one, record_id), None)["properties"]
        return dict(shown) if isinstance(shown, dict) else {}

    # ------------------------------------------------------------------ people and words

    def add_owner(
        self,
        email: str,
        first: str = "",
        last: str = "",
        *,
        queue: bool = False,
        teams: Sequence[str] = (),
        owner_id: int | None = None,
    ) -> str:
        """Add an owner and return the id; of several teams the first is the main one."""
        number = len(self.owners)
        owner = Owner(
            id=owner_id or FIRST_ID + 7 * number,
            email=email,
            first=first,
            last=last,
            user_id=FIRST_USER + 11 * number,
            created=millis(self.now()),
            type="QUEUE" if queue else "PERSON",
            teams=tuple((str(sum(map(ord, t)) + 100), t, n == 0) for n, t in enumerate(teams)),
        )
        self._keep_owner(owner)
        return str(owner.id)

    def deactivate_owner(self, owner_id: str) -> None:
        """Let a user leave: the owner is archived and keeps its records."""
        self._keep_owner(replace(self.owners[int(owner_id)], archived=True))

    def hand_of(self, owner_id: str) -> Hand:
        """Give the hand of an owner, for `insert` and `update`."""
        user_id = self.owners[int(owner_id)].user_id
        return Hand(source="CRM_UI", source_id=f"userId:{user_id}", user_id=user_id)

    def add_property(self, kind: str, one: Property) -> None:
        """Add a property of the account's own. Raises `HubSpotError` where the API would."""
        account.add_property(self.store, self.kind(kind), one, millis(self.now()))

    def define(
        self, name: str, properties: Sequence[Property], *, linked: Sequence[str] = ("companies",)
    ) -> str:
        """Make an object of the account's own, and return its type id."""
        place = len(self.store.kept(custom_objects.FAMILY))
        new = custom_objects.defined(place, self.portal_id, name, properties, linked)
        self.store.keep(custom_objects.FAMILY, name, new)
        made = custom_objects.kind(new)
        self.kinds[made.name] = made
        self._names = objects.names(self.kinds)
        self.groups = account.groups(self.kinds)
        self.link_types = self._link_types()
        return made.type_id

    def add_outcome(self, label: str) -> str:
        """Let calls end in a way of the account's own, and return its id."""
        calls = self.kind("calls").properties
        value = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.portal_id} {label}"))
        known = calls["hs_call_disposition"]
        options = (*known.options, Option(value=value, label=label))
        calls["hs_call_disposition"] = replace(known, options=options)
        return value

    def add_label(self, kind: str, to: str, label: str) -> tuple[int, int]:
        """Let people label associations, and return the two type ids."""
        source, target = self.kind(kind), self.kind(to)
        first = 1 + 2 * len(self.store.kept("label"))
        definition = {"source": source.name, "target": target.name, "id": first, "label": label}
        self.store.keep("label", f"{source.name} {target.name} {label}", definition)
        self.link_types = self._link_types()
        return first, first + 1

    # ------------------------------------------------------------------ time and view

    def now(self) -> dt.datetime:
        """Give the portal's moment: UTC, aware."""
        return self._moment or self.clock()

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[None]:
        """Let everything inside happen at another moment, for loading a past."""
        before, self._moment = self._moment, moment
        try:
            yield
        finally:
            self._moment = before

    def midnight(self) -> dt.datetime:
        """Give the beginning of the account's day, when the daily limit starts anew."""
        today = self.now().astimezone(ZoneInfo(self.zone)).date()
        return dt.datetime.combine(today, dt.time(), ZoneInfo(self.zone))

    @property
    def app(self) -> Hand:
        """The hand of the app that calls."""
        return Hand(source="INTEGRATION", source_id=str(self.app_id))

    def scene(self, hand: Hand = PERSON, *, rules: frozenset[str] = frozenset()) -> Scene:
        """Give what one call acts on."""
        now = millis(self.now())
        return Scene(
            store=self.store,
            kinds=self.kinds,
            link_types=self.link_types,
            owners=self.owners,
            pipelines=self.pipelines,
            ticket_pipelines=self.ticket_pipelines,
            lead_pipelines=self.lead_pipelines,
            portal_id=self.portal_id,
            now=now,
            written=now,
            hand=hand,
            hidden=self.hidden,
            rules=rules,
            conflict_status=self.conflict_status,
            archived_keeps_key=self.archived_keeps_key,
            former_owners=self.former_owners,
        )

    def kind(self, name: str) -> Kind:
        """Find an object type by any of its spellings. Raises `HubSpotError` for no type."""
        found = self._names.get(name.lower())
        if found is None and name.lower() in objects.UNKNOWN_HERE:
            raise errors.NotSimulated(f"the object type {name}")
        if found is None or found.name in self.absent:
            raise errors.unknown_type(name)
        return found

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # ------------------------------------------------------------------ building

    def _kinds(self) -> dict[str, Kind]:
        kinds = objects.standard()
        deals = kinds["deals"]
        for one in pipelines.properties(self.pipelines, deals.group):
            deals.properties[one.name] = one
        for name, ones in (("tickets", self.ticket_pipelines), ("leads", self.lead_pipelines)):
            group = kinds[name].group
            for one in pipelines.words(ones, group, "hs_pipeline", "hs_pipeline_stage"):
                kinds[name].properties[one.name] = one
        calls = kinds["calls"].properties
        calls["hs_call_disposition"] = replace(
            calls["hs_call_disposition"], options=account.DISPOSITIONS
        )
        for own in self.store.kept(custom_objects.FAMILY).values():
            made = custom_objects.kind(own)
            kinds[made.name] = made
        for name, kept in self.store.kept("property").items():
            kind = kinds[name.partition(".")[0]]
            one = account.kept_property(kept)
            kind.properties[one.name] = one
        if self.key_property and account.KEY.name not in kinds["tasks"].properties:
            account.add_property(self.store, kinds["tasks"], account.KEY, millis(self.now()))
        return kinds

    def _link_types(self) -> LinkTypes:
        found = association_types.standard()
        own = [one for one in self.kinds.values() if one.short]
        for place, made in enumerate(own):
            found += custom_objects.link_types(place, made)
        for kept in self.store.kept("label").values():
            one = LinkType(
                source=str(kept["source"]),
                target=str(kept["target"]),
                id=int(str(kept["id"])),
                back=int(str(kept["id"])) + 1,
                name=f"label_{kept['id']}",
                label=str(kept["label"]),
                category=association_types.USER,
            )
            found += association_types.pair(one, one.name, one.label)
        return LinkTypes(found)

    def _link_type(self, source: Kind, target: Kind, wanted: int | str) -> LinkType:
        known = self.link_types.between(source.name, target.name)
        found = next((one for one in known if wanted in (one.id, one.label)), None)
        if found is None:
            raise errors.validation(f"{wanted} is no kind of association between these types")
        return found

    def _keep_owner(self, owner: Owner) -> None:
        self.owners[owner.id] = owner
        self.store.keep("owner", str(owner.id), owner.kept())
