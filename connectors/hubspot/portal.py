"""What this account calls things: itself, its stages, its properties, its people.

Each is asked for once a session, and only when it is needed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.errors import Refused, Unusable
from connectors.hubspot.answers import Record
from connectors.hubspot.client import Client
from connectors.hubspot.mapping import Known, StageInfo
from connectors.hubspot.objects import CALL_OUTCOME, DEAL_TYPE, KEY_PROPERTY
from connectors.hubspot.own_fields import Definition, definitions
from connectors.hubspot.words import DISPOSITION, outcome_of_label
from connectors.mail_addresses import own_domains
from connectors.model import DealState, Outcome, Stage

_PAGES: Final = "app.hubspot.com"
_PAGE_HOST: Final = re.compile(r"app(?:-[a-z]{2,4}\d{0,2})?\.hubspot\.com")
DEALS: Final = "deals"
#: Other objects whose stages have words of their own.
STAGED: Final = frozenset({"tickets", "leads"})
_LONGEST_OFFSET: Final = 14 * 3_600_000  # milliseconds


class Portal:
    """One account, as far as it has been asked about itself."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pipelines: dict[str, list[Record] | Refused] = {}
        self._definitions: dict[str, Mapping[str, Definition] | Refused] = {}
        self._owners: dict[bool, list[Record]] = {}  # by whether they are archived

    @cached_property
    def account(self) -> Record:
        """The account's own details."""
        return self._client.account()

    def ask_again(self) -> None:
        """Forget the account's details, so that the next question is answered as of now."""
        self.__dict__.pop("account", None)

    def ask_for_key_again(self) -> None:
        """Forget what was found of the key property, for it has just been made."""
        self.__dict__.pop("key_property", None)

    @property
    def id(self) -> str:
        """The portal id. Raises Unusable where HubSpot does not say it."""
        try:
            portal = self.account.get("portalId")
        except Refused:
            portal = None
        if not isinstance(portal, int):
            raise Unusable(
                "HubSpot does not say which account this is. Check that the key or app belongs to "
                "an account, and that its scopes include oauth.",
                code="NO_IDENTITY",
            )
        return str(portal)

    @property
    def name(self) -> str:
        """What people may call the account: HubSpot tells no name, so mostly its number."""
        name = self.account.get("name")
        return name if isinstance(name, str) and name else f"HubSpot account {self.id}"

    @property
    def page_host(self) -> str:
        """The host of the account's pages; European accounts have their own."""
        host = self.account.get("uiDomain")
        return host if isinstance(host, str) and _PAGE_HOST.fullmatch(host) else _PAGES

    @cached_property
    def zone(self) -> dt.tzinfo:
        """The account's time zone, in which its dates are meant; UTC where it is hidden."""
        try:
            account = self.account
        except Refused:
            return dt.UTC
        try:
            return ZoneInfo(str(account.get("timeZone")))
        except (ValueError, OSError, KeyError):
            return _fixed(account.get("utcOffsetMilliseconds"))

    def pipelines(self, kind: str = DEALS) -> list[Record] | Refused:
        """The pipelines of an object, or why they may not be seen; asked once."""
        if kind not in self._pipelines:
            try:
                self._pipelines[kind] = self._client.pipelines(kind)
            except Refused as problem:
                self._pipelines[kind] = problem
        return self._pipelines[kind]

    @cached_property
    def pipeline_labels(self) -> Mapping[str, str]:
        """What each pipeline of deals is called, by its id."""
        told = self.pipelines()
        pipelines = [] if isinstance(told, Refused) else told
        return {str(one.get("id")): str(one.get("label") or one.get("id")) for one in pipelines}

    def definitions(self, kind: str) -> Mapping[str, Definition] | Refused:
        """The properties of an object by name, or why they may not be seen; asked once."""
        if kind not in self._definitions:
            try:
                self._definitions[kind] = definitions(self._client.properties(kind))
            except Refused as problem:
                self._definitions[kind] = problem
        return self._definitions[kind]

    @property
    def deal_types(self) -> Mapping[str, str]:
        """What each type of deals is called, by its value."""
        defined = self.definitions("deals")
        found = None if isinstance(defined, Refused) else defined.get(DEAL_TYPE)
        return found.labels if found is not None else {}

    @cached_property
    def key_property(self) -> Record | Refused | None:
        """The definition of our key property on tasks; None: not there; or why it is hidden."""
        try:
            return self._client.property("tasks", KEY_PROPERTY)
        except Refused as problem:
            return problem

    def stages(self) -> list[Stage]:
        """The labels over all deal pipelines, in their order, each once.

        A label that several pipelines use is closed, or won, only if it is so in each of them.
        """
        found: dict[str, list[StageInfo]] = {}
        for info in self.stage_infos().values():
            found.setdefault(info.label, []).append(info)
        return [
            Stage(
                label=label,
                is_closed=all(one.state is not DealState.OPEN for one in infos),
                is_won=all(one.state is DealState.WON for one in infos),
            )
            for label, infos in found.items()
        ]

    def stage_infos(self, kind: str = DEALS) -> Mapping[str, StageInfo]:
        """What each stage id of an object's pipelines means."""
        told = self.pipelines(kind)
        pipelines = [] if isinstance(told, Refused) else told
        found: dict[str, StageInfo] = {}
        for pipeline in sorted(pipelines, key=_order):
            for stage in sorted(_dicts(pipeline.get("stages")), key=_order):
                found.setdefault(str(stage.get("id")), _info(stage))
        return found

    def known(self, kind: str = DEALS) -> Known:
        """What helps to read a page of an object's records."""
        if kind not in STAGED:
            return self._known
        return replace(self._known, stages=self.stage_infos(kind))

    @cached_property
    def _known(self) -> Known:
        everybody = self._everybody()
        staff = frozenset(str(one["email"]).casefold() for one in everybody if one.get("email"))
        return Known(
            stages=self.stage_infos(),
            pipelines=self.pipeline_labels,
            deal_types=self.deal_types,
            outcomes=self._outcomes(),
            staff=staff,
            domains=own_domains(staff),
            owners={
                str(one["userIdIncludingInactive"]): str(one["id"])
                for one in everybody
                if one.get("userIdIncludingInactive")
            },
            currency=self._currency(),
            zone=self.zone,
        )

    def owners(self, *, archived: bool) -> Iterator[list[Record]]:
        """Yield the owners as they now are, page by page; they are then known without asking."""
        found: list[Record] = []
        for page in self._client.owners(archived=archived):
            found += page
            yield page
        self._owners[archived] = found

    def _everybody(self) -> list[Record]:
        """Everybody who is, or was, an owner; nobody where that is hidden."""
        try:
            for archived in (False, True):
                if archived not in self._owners:
                    deque(self.owners(archived=archived), maxlen=0)
        except Refused:
            return []
        return [*self._owners[False], *self._owners[True]]

    def _currency(self) -> str | None:
        try:
            told = self.account.get("companyCurrency")
        except Refused:
            return None
        return told if isinstance(told, str) and told else None

    def _outcomes(self) -> Mapping[str, Outcome]:
        """What the account's dispositions mean, by its own labels for them."""
        own = {value: outcome_of_label(label) for value, label in self._dispositions().items()}
        return {
            **DISPOSITION,
            **{guid: outcome for guid, outcome in own.items() if outcome is not None},
        }

    def call_outcomes(self) -> dict[str, str | None]:
        """What the account calls the outcomes of calls, and what each counts as."""
        known = self._outcomes()
        return {str(label): known.get(value) for value, label in self._dispositions().items()}

    def _dispositions(self) -> Mapping[str, object]:
        """Label by id. The list has no dated path; the property of calls has the same words."""
        try:
            return {str(one.get("id")): one.get("label") for one in self._client.dispositions()}
        except Refused:
            defined = self.definitions("calls")
        found = None if isinstance(defined, Refused) else defined.get(CALL_OUTCOME)
        return found.labels if found is not None else {}


def _info(stage: Mapping[str, Any]) -> StageInfo:
    """Read a stage: closed for certain is won, closed without hope is lost (facts 4.7).

    A ticket's stage says OPEN or CLOSED instead.
    """
    told = stage.get("metadata")
    metadata = told if isinstance(told, dict) else {}
    probability = _share(metadata.get("probability"))
    closed = (
        str(metadata.get("isClosed")).lower() == "true" or metadata.get("ticketState") == "CLOSED"
    )
    state = DealState.OPEN
    if closed:
        state = DealState.WON if probability == 1.0 else DealState.LOST
    return StageInfo(
        label=str(stage.get("label") or stage.get("id")),
        state=state,
        probability=None if probability is None else round(probability * 100, 6),
    )


def _share(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _order(one: Mapping[str, Any]) -> int:
    order = one.get("displayOrder")
    return order if isinstance(order, int) else 0


def _dicts(value: Any) -> list[Record]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _fixed(milliseconds: Any) -> dt.tzinfo:
    if isinstance(milliseconds, int) and abs(milliseconds) <= _LONGEST_OFFSET:
        return dt.timezone(dt.timedelta(milliseconds=milliseconds))
    return dt.UTC
