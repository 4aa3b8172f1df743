"""Settings -> connector. The only place that knows which CRMs there are; opens no connection."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.address import Address
from connectors.answer import Line
from connectors.base import Connector
from connectors.budget import Share
from connectors.errors import Unusable
from connectors.hubspot import dialect as hubspot
from connectors.hubspot import paths
from connectors.hubspot.auth import RefreshToken, ServiceKey
from connectors.hubspot.connector import HubSpotConnector, Wishes
from connectors.hubspot.mapped import HOLDERS, Mapped
from connectors.hubspot.pace import Pace
from connectors.model import EVERY_STREAM
from connectors.retry import Patience, Pause
from connectors.salesforce import dialect as salesforce
from connectors.salesforce.auth import Logins
from connectors.salesforce.client import ApiUse
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.describe import Wanted
from connectors.salesforce.grants import ClientCredentials, Grant, JwtBearer
from connectors.salesforce.grants import RefreshToken as SalesforceRefresh
from connectors.salesforce.source import Source
from connectors.salesforce.token_file import TokenFile
from connectors.transport import Dialect, Limits, Road, Tokens, Transport

#: A field by the CRM's own name. What a name may hold can stand in a query and in an error.
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$")]
#: HubSpot's objects whose properties may hold ratings or answers.
HUBSPOT_HOLDERS: Final = HOLDERS
#: An object of the org's own: on Salesforce `Client_Rating__c`; on HubSpot its type id `2-123`, its
#: full name `p123_client_rating` or its short one. No object of Salesforce's own is among them.
OBJECT: Final = r"^([A-Za-z][A-Za-z0-9_]{0,120}__c|2-\d{1,12}|[a-z][a-z0-9_]{0,127})$"
#: CRM -> the names among these that it can have, where those are fewer, and what to write.
OBJECTS_OF: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "salesforce": (
        re.compile(rf".*__c|{'|'.join(HOLDERS)}"),
        "no object of a Salesforce org's own. Write its API name, which ends in __c.",
    )
}
#: The streams that an object of the org's own may fill.
MappedStream = Annotated[str, Field(pattern=r"^(ratings|survey_answers)$")]
#: The streams that carry the admin's own fields; see `model.OWN_FIELDS`.
Owned = Annotated[str, Field(pattern=r"^(deals|accounts|contacts|activities)$")]


class MappedObject(BaseModel):
    """An object of the org's own that fills a stream: its name, and the field of each column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    object: Annotated[str, Field(pattern=OBJECT)]
    fields: Mapping[str, FieldName]

    def checked(self, stream: str) -> Self:
        """Itself, if the stream has every column. Raises ValueError."""
        unknown = set(self.fields) - set(EVERY_STREAM[stream].names) | {"id"} & set(self.fields)
        if unknown or not self.fields:
            raise ValueError(f"{stream} has no {', '.join(sorted(unknown)) or 'fields'}")
        return self


class CrmSettings(BaseModel):
    """How to reach one CRM. Secrets never show in repr, logs or JSON. Times in seconds.

    What a CRM needs of them stands in `NEEDS`; `api_version` None is the CRM's default.
    `custom_fields`: the admin's own fields to read, by stream and by the CRM's own names.
    `texts`: whether what people wrote in activities is asked for at all. `marker_mode`: whether
    tasks may be written that nothing but a mark in their text tells from others, where the CRM
    keeps no unique key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    crm: str = "salesforce"
    base_url: str | None = Field(default=None, min_length=1)
    client_id: str | None = Field(default=None, min_length=1)
    client_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    refresh_token_file: Path | None = None  # kept up to date: Salesforce may rotate the token
    username: str | None = Field(default=None, min_length=1)
    private_key: SecretStr | None = None  # PEM
    api_version: str | None = None
    objects: Mapping[MappedStream, MappedObject] = Field(default_factory=dict)  # of the org's own
    bulk_above: int = Field(default=20_000, ge=0)  # facts, salesforce 3.3
    bulk_page: int = Field(default=50_000, ge=1)  # rows in one answer of a bulk job
    page_size: int = Field(default=2000, ge=200, le=2000)
    proxy: str | None = None
    ca_bundle: str | None = None
    connect_timeout: float = Field(default=10.0, gt=0, le=120)
    read_timeout: float = Field(default=130.0, gt=0, le=600)
    deadline: float = Field(default=180.0, gt=0, le=900)
    attempts: int = Field(default=5, ge=1, le=10)
    api_share: float = Field(default=0.2, gt=0, le=1)
    custom_fields: Mapping[Owned, tuple[FieldName, ...]] = Field(default_factory=dict)
    texts: bool = True
    marker_mode: bool = False

    @property
    def name(self) -> str:
        """The CRM's name as `CRMS` has it."""
        return self.crm.strip().lower()

    @model_validator(mode="after")
    def _enough_for_its_crm(self) -> Self:
        ways = NEEDS.get(self.name, ())
        if ways and not any(all(getattr(self, one) for one in way) for way in ways):
            wanted = ", or ".join(" and ".join(way) for way in ways)
            raise ValueError(f"{self.name} needs {wanted}")
        for stream, one in self.objects.items():
            one.checked(stream)
        known = VERSIONS.get(self.name)
        if self.api_version is not None and known and not known.fullmatch(self.api_version):
            raise ValueError(f"api_version is not one of {self.name}")
        return self


#: CRM -> the sets of settings of which one must be complete.
NEEDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "salesforce": (
        ("base_url", "client_id", "client_secret"),
        ("base_url", "client_id", "username", "private_key"),
        ("base_url", "client_id", "refresh_token_file"),
    ),
    "hubspot": (("access_token",), ("client_id", "client_secret", "refresh_token")),
}

#: CRM -> what its API versions look like.
VERSIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "salesforce": re.compile(r"\d{2}\.0"),
    "hubspot": re.compile("|".join(map(re.escape, paths.VERSIONS))),
}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a connector stands on: how it waits, and by which way its requests go.

    `stop` interrupts every wait. The others are for tests: `pause` replaces waiting, `seconds` is
    the clock by which waits are reckoned, `line` takes the place of sockets.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    pause: Pause | None = None
    seconds: Callable[[], float] = time.monotonic
    line: Line | None = None


def open_connector(
    settings: CrmSettings,
    *,
    stop: threading.Event | None = None,
    pause: Pause | None = None,
    seconds: Callable[[], float] = time.monotonic,
    line: Line | None = None,
) -> Connector:
    """Make the connector the settings name; nothing is asked of the CRM yet.

    What may be given beside the settings: see `Ground`. Raises Unusable, with what to write
    instead, for a CRM nobody knows or an address that is no org's.
    """
    make = CRMS.get(settings.name)
    if make is None:
        raise Unusable(
            f"There is no connector for this CRM. Write one of: {', '.join(CRMS)}.", code="NO_CRM"
        )
    ground = Ground(stop=stop or threading.Event(), pause=pause, seconds=seconds, line=line)
    return make(settings, ground)


def _salesforce(settings: CrmSettings, ground: Ground) -> Connector:
    assert settings.base_url, "validated"
    dialect = salesforce.DIALECT
    address = Address(crm=dialect.crm, base=salesforce.home(settings.base_url), paths=dialect.paths)
    transport = _transport(settings, address, dialect, ground)
    tokens = Logins(transport, _salesforce_grant(settings))
    use = ApiUse(
        version=settings.api_version or "62.0",
        page_size=settings.page_size,
        bulk_above=settings.bulk_above,
        bulk_page=settings.bulk_page,
    )
    return SalesforceConnector(
        transport,
        tokens,
        use,
        Wanted(
            custom=settings.custom_fields,
            objects=_own_objects(settings.objects),
            texts=settings.texts,
            marker=settings.marker_mode,
        ),
    )


def _own_objects(mapped: Mapping[str, MappedObject]) -> dict[str, Source]:
    """Sources by object; a field may decide several columns."""
    sources: dict[str, Source] = {}
    for stream, one in mapped.items():
        fields: dict[str, tuple[str, ...]] = {}
        for column, name in one.fields.items():
            fields[name] = (*fields.get(name, ()), column)
        sources[one.object] = Source(stream=stream, fields=fields)
    return sources


def _salesforce_grant(settings: CrmSettings) -> Grant:
    """The most particular way that is complete: a key file, a refresh token, id and secret."""
    assert settings.client_id, "validated"
    client_id, secret = settings.client_id, settings.client_secret
    if settings.username and settings.private_key is not None:
        return JwtBearer(
            client_id=client_id, username=settings.username, private_key=settings.private_key
        )
    if settings.refresh_token_file is not None:
        file = TokenFile(settings.refresh_token_file)
        return SalesforceRefresh(client_id=client_id, client_secret=secret, file=file)
    assert secret, "validated"
    return ClientCredentials(client_id=client_id, client_secret=secret)


def _hubspot(settings: CrmSettings, ground: Ground) -> Connector:
    version = settings.api_version or paths.DEFAULT
    pace = Pace(ground.pause or ground.stop.wait, ground.seconds)
    dialect = hubspot.pacing(hubspot.dialect_of(version), pace)
    address = Address(crm=dialect.crm, base=hubspot.home(settings.base_url), paths=dialect.paths)
    transport = _transport(settings, address, dialect, ground)
    return HubSpotConnector(
        transport,
        _hubspot_tokens(settings, transport, ground),
        version=version,
        pace=pace,
        wishes=Wishes(
            custom=settings.custom_fields,
            texts=settings.texts,
            objects=[
                Mapped(stream=stream, object=one.object, fields=one.fields)
                for stream, one in settings.objects.items()
            ],
            marker=settings.marker_mode,
        ),
    )


def _hubspot_tokens(settings: CrmSettings, transport: Transport, ground: Ground) -> Tokens:
    if settings.access_token is not None:
        return ServiceKey(settings.access_token)
    assert settings.client_id, "validated"
    assert settings.client_secret, "validated"
    assert settings.refresh_token, "validated"
    return RefreshToken(
        transport,
        settings.client_id,
        settings.client_secret,
        settings.refresh_token,
        ground.seconds,
    )


def _transport(
    settings: CrmSettings, address: Address, dialect: Dialect, ground: Ground
) -> Transport:
    road = _road(settings, ground.line)
    return Transport(address, dialect, road, stop=ground.stop, pause=ground.pause)


def _road(settings: CrmSettings, line: Line | None) -> Road:
    return Road(
        line=line,
        proxy=settings.proxy,
        ca_bundle=settings.ca_bundle,
        limits=Limits(
            connect=settings.connect_timeout,
            silence=settings.read_timeout,
            deadline=settings.deadline,
        ),
        patience=Patience(attempts=settings.attempts),
        share=Share(ours=settings.api_share),
    )


CRMS: Final[Mapping[str, Callable[[CrmSettings, Ground], Connector]]] = {
    "salesforce": _salesforce,
    "hubspot": _hubspot,
}
