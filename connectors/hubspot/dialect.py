"""What the transport must know of HubSpot's REST dialect. Constants and small readers only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from connectors.address import LOOPBACK
from connectors.base_address import base_address, shown
from connectors.errors import CrmError, Unusable
from connectors.hubspot.faults import fault
from connectors.hubspot.pace import Pace
from connectors.hubspot.paths import DEFAULT, PATHS, is_read, login_path
from connectors.transport import Dialect, Reply

CRM: Final = "HubSpot"
HOME: Final = "https://api.hubapi.com"
_HOST: Final = re.compile(r"api(?:-[a-z]{2,4}\d{0,2})?\.hubapi\.com")
_ID: Final = re.compile(r"\d{1,20}")


def allowance(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Read (used, allowed) of the account's day; None where absent, as on search (facts 4.8)."""
    most = headers.get("X-HubSpot-RateLimit-Daily", "")
    left = headers.get("X-HubSpot-RateLimit-Daily-Remaining", "")
    if not (_ID.fullmatch(most) and _ID.fullmatch(left)):
        return None
    return max(0, int(most) - int(left)), int(most)


def is_id(value: object) -> bool:
    """Tell whether this is a record id: digits, written as text."""
    return isinstance(value, str) and value.isascii() and _ID.fullmatch(value) is not None


def dialect_of(version: str) -> Dialect:
    """The dialect of one version of the API: they differ in their paths alone."""
    return Dialect(
        crm=CRM,
        paths=PATHS,
        login_path=login_path(version),
        is_read=is_read,
        fault=fault,
        allowance=allowance,
        mended_by_caller=frozenset(),
    )


DIALECT: Final = dialect_of(DEFAULT)


def pacing(dialect: Dialect, pace: Pace) -> Dialect:
    """The dialect whose refusals for being asked too often slow the pace down."""

    def heard(reply: Reply) -> CrmError:
        problem = dialect.fault(reply)
        pace.refused(problem.code)
        return problem

    return replace(dialect, fault=heard)


def home(url: str | None) -> str:
    """Turn what an admin writes into the base address; nothing written is `HOME`.

    Accepts `https://api.hubapi.com` and its regional kin, with or without scheme; `http://` only on
    this machine. Raises Unusable with what to write.
    """
    text = (url or HOME).strip()
    base = base_address(text, lambda host: host if _HOST.fullmatch(host) else None)
    if base is None:
        raise _not_hubspot(text)
    return base


def _not_hubspot(text: str) -> Unusable:
    return Unusable(
        f"The base address is not HubSpot's: {shown(text)}. Leave it out, or write {HOME} "
        f"(http:// only for a simulator on {' or '.join(sorted(LOOPBACK))}).",
        code="BASE_URL",
    )
