"""Settings -> connector. The only place that knows which CRMs there are; opens no connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.address import Address
from connectors.base import Connector
from connectors.budget import Share
from connectors.errors import Unusable
from connectors.retry import Patience, Pause
from connectors.salesforce.auth import ClientCredentials
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.dialect import DIALECT, home
from connectors.transport import Limits, Road, Transport


class CrmSettings(BaseModel):
    """How to reach one CRM. Secrets never show in repr, logs or JSON. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    crm: str = "salesforce"
    base_url: str = Field(min_length=1)
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    api_version: str = Field(default="62.0", pattern=r"^\d{2}\.0$")
    page_size: int = Field(default=2000, ge=200, le=2000)
    proxy: str | None = None
    ca_bundle: str | None = None
    connect_timeout: float = Field(default=10.0, gt=0, le=120)
    read_timeout: float = Field(default=130.0, gt=0, le=600)
    deadline: float = Field(default=180.0, gt=0, le=900)
    attempts: int = Field(default=5, ge=1, le=10)
    api_share: float = Field(default=0.2, gt=0, le=1)


def open_connector(
    settings: CrmSettings, *, stop: threading.Event | None = None, pause: Pause | None = None
) -> Connector:
    """Make the connector the settings name; nothing is asked of the CRM yet.

    `stop` interrupts every wait. `pause` replaces waiting between attempts, for tests. Raises
    Unusable, with what to write instead, for a CRM nobody knows or an address that is no org's.
    """
    make = CRMS.get(settings.crm.strip().lower())
    if make is None:
        raise Unusable(
            f"There is no connector for this CRM. Write one of: {', '.join(CRMS)}.", code="NO_CRM"
        )
    return make(settings, stop, pause)


def _salesforce(
    settings: CrmSettings, stop: threading.Event | None, pause: Pause | None
) -> Connector:
    address = Address(crm=DIALECT.crm, base=home(settings.base_url), paths=DIALECT.paths)
    transport = Transport(address, DIALECT, _road(settings), stop=stop, pause=pause)
    tokens = ClientCredentials(transport, settings.client_id, settings.client_secret)
    return SalesforceConnector(
        transport, tokens, version=settings.api_version, page_size=settings.page_size
    )


def _hubspot(settings: CrmSettings, stop: threading.Event | None, pause: Pause | None) -> Connector:
    raise Unusable(
        "The HubSpot connector is not built yet. Set crm: salesforce, or wait for a version that "
        "has it.",
        code="NOT_BUILT",
    )


def _road(settings: CrmSettings) -> Road:
    return Road(
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


CRMS: Final[
    Mapping[str, Callable[[CrmSettings, threading.Event | None, Pause | None], Connector]]
] = {"salesforce": _salesforce, "hubspot": _hubspot}
