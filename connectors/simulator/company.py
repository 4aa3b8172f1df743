"""A company in an embedded CRM, whichever dialect: made, told its story, and how to reach it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.hubspot.tell import tell as tell_hubspot
from connectors.simulator.salesforce.org import Org
from connectors.simulator.salesforce.tell import tell as tell_salesforce
from connectors.simulator.story import STORY, read_story

NAME: Final = "Followthrough demo"
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One CRM: how a company is made in it, told a story, and found empty; how a client logs in."""

    make: Callable[[Clock, Path | None], Any]
    tell: Callable[..., Any]
    is_empty: Callable[[Any], bool]
    variables: Callable[[Any, str], Mapping[str, str]]  # (company, address) -> what to export


DIALECTS: Final[Mapping[str, Dialect]] = {
    "salesforce": Dialect(
        make=lambda clock, path: Org(name=NAME, clock=clock, path=path),
        tell=tell_salesforce,
        is_empty=lambda org: not org.query("SELECT Id FROM Opportunity LIMIT 1").records,
        variables=lambda org, url: {
            "SALESFORCE_URL": url,
            "SALESFORCE_CLIENT_ID": org.client_id,
            "SALESFORCE_CLIENT_SECRET": org.client_secret,
        },
    ),
    "hubspot": Dialect(
        make=lambda clock, path: Portal(name=NAME, clock=clock, path=path),
        tell=tell_hubspot,
        is_empty=lambda portal: not portal.store.page("deals", 0, 1, archived=False),
        variables=lambda portal, url: {
            "HUBSPOT_URL": url,
            "HUBSPOT_ACCESS_TOKEN": portal.access_token,
        },
    ),
}


def company(crm: str, clock: Clock, *, path: Path | None = None, story: bool = True) -> Any:
    """Make a company in the dialect of `crm`, an Org or a Portal, and tell it the demo's story.

    A file that holds one already is left as it is. KeyError for a CRM without a dialect.
    """
    dialect = DIALECTS[crm]
    made = dialect.make(clock, path)
    if story and dialect.is_empty(made):
        dialect.tell(read_story(STORY), made, clock())
    return made
