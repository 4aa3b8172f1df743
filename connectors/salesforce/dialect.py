"""What the transport must know of Salesforce's REST dialect. Constants and small readers only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from connectors.address import LOOPBACK, is_loopback
from connectors.errors import Unusable
from connectors.salesforce.auth import LOGIN_PATH
from connectors.salesforce.faults import MENDED_BY_CALLER, fault
from connectors.transport import Dialect

CRM: Final = "Salesforce"
HOSTS: Final = (".salesforce.com", ".salesforce.mil")
_PATHS: Final = re.compile(
    r"/services/(?:oauth2/(?:token|userinfo)|data/v\d{2}\.\d/[A-Za-z0-9_./%-]*)"
)
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
    is_read=lambda method, _path: method in {"GET", "HEAD"},
    fault=fault,
    allowance=allowance,
    mended_by_caller=MENDED_BY_CALLER,
)


def home(url: str) -> str:
    """Turn what an admin writes into the base address of the org.

    Accepts `https://acme.my.salesforce.com`, with or without scheme and path, and the address bar's
    `acme.lightning.force.com`; `http://` only on this machine. Raises Unusable with what to write.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _not_an_org(text) from None
    suffix = ".lightning.force.com"
    if host.endswith(suffix):
        host = host.removesuffix(suffix) + ".my.salesforce.com"
    if "@" in parts.netloc or parts.scheme not in {"https", "http"}:
        raise _not_an_org(text)
    place = f"{host}:{port}" if port else host
    if is_loopback(host):
        return f"{parts.scheme}://{place}"
    if parts.scheme == "http" or not host.endswith(HOSTS) or port not in {None, 443}:
        raise _not_an_org(text)
    return f"https://{host}"


def _not_an_org(text: str) -> Unusable:
    shown = text if len(text) <= 80 and text.isprintable() and "@" not in text else "what was given"
    return Unusable(
        f"The base address of Salesforce is not an org's: {shown}. Write it as Setup > My Domain "
        "shows it, for example https://acme.my.salesforce.com (http:// only for a simulator on "
        f"{' or '.join(sorted(LOOPBACK))}).",
        code="BASE_URL",
    )
