"""What the transport must know of Salesforce's REST dialect. Constants and small readers only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.address import LOOPBACK
from connectors.base_address import base_address, shown
from connectors.errors import Unusable
from connectors.salesforce.auth import LOGIN_PATH, VERSIONS_PATH
from connectors.salesforce.faults import MENDED_BY_CALLER, fault
from connectors.transport import Dialect

CRM: Final = "Salesforce"
HOSTS: Final = (".salesforce.com", ".salesforce.mil")
_IN_BROWSERS: Final = ".lightning.force.com"  # of what the address bar shows
_PATHS: Final = re.compile(
    r"/services/(?:oauth2/(?:token|userinfo)|data|data/v\d{2}\.\d/[A-Za-z0-9_./%-]*)"
)
#: A query job changes no record, so whatever is done to one may be repeated.
_QUERY_JOBS: Final = re.compile(r"/jobs/query(/|$)")
_USAGE: Final = re.compile(r"(?<![\w-])api-usage=(\d{1,12})/(\d{1,12})")
_PAGES: Final[Mapping[str, str]] = {
    "001": "Account",
    "003": "Contact",
    "005": "User",
    "006": "Opportunity",
    "00T": "Task",
    "00U": "Event",
}
_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def allowance(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Read (used, allowed) from Sforce-Limit-Info; None where it is absent (facts 3.7)."""
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    return (int(found.group(1)), int(found.group(2))) if found else None


def is_id(text: object, prefix: str = "") -> bool:
    """Tell whether this is a record id (15 or 18 characters), of the object with `prefix`."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None and text.startswith(prefix)


def page_of(record_id: str) -> str:
    """The path of a record's page in Lightning, or the short one that Salesforce sends on."""
    if not is_id(record_id):
        return "/"
    name = _PAGES.get(record_id[:3])
    return f"/lightning/r/{name}/{record_id}/view" if name else f"/{record_id}"


DIALECT: Final = Dialect(
    crm=CRM,
    paths=_PATHS,
    login_path=LOGIN_PATH,
    is_read=lambda method, path: method in {"GET", "HEAD"} or _QUERY_JOBS.search(path) is not None,
    fault=fault,
    allowance=allowance,
    mended_by_caller=MENDED_BY_CALLER,
    open_paths=frozenset({VERSIONS_PATH}),
)


def home(url: str) -> str:
    """Turn what an admin writes into the base address of the org.

    Accepts `https://acme.my.salesforce.com`, with or without scheme and path, and the address bar's
    `acme.lightning.force.com`; `http://` only on this machine. Raises Unusable with what to write.
    """
    text = url.strip()
    base = base_address(text, _host_of)
    if base is None:
        raise _not_an_org(text)
    return base


def _host_of(host: str) -> str | None:
    if host.endswith(_IN_BROWSERS):
        return host.removesuffix(_IN_BROWSERS) + ".my.salesforce.com"
    return host if host.endswith(HOSTS) else None


def _not_an_org(text: str) -> Unusable:
    return Unusable(
        f"The base address of Salesforce is not an org's: {shown(text)}. Write it as Setup > "
        "My Domain shows it, for example https://acme.my.salesforce.com (http:// only for a "
        f"simulator on {' or '.join(sorted(LOOPBACK))}).",
        code="BASE_URL",
    )
