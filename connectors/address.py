"""The one place a session may talk to: a host, and the paths on it.

Every URL is checked here before a connection is opened, whether we built it, the client library
did, or the CRM handed it to us as "next page". Nothing in here may widen what it was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from connectors.errors import Refused

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_PORTS: Final = {"https": 443, "http": 80}
_CLIMBS: Final = re.compile(r"(^|/)\.{1,2}(/|$)|[\\\x00-\x20\x7f]")


@dataclass(frozen=True, kw_only=True)
class Address:
    """The configured base (`https://acme.my.salesforce.com`) and the paths a dialect uses."""

    crm: str
    base: str
    paths: re.Pattern[str]

    @property
    def host(self) -> str:
        """The host as a person writes it, with its port where it is not the usual one."""
        return urlsplit(self.base).netloc

    def admit(self, url: str) -> str:
        """Return the URL to use, on the configured base.

        Client libraries write `https://` whatever they were told, so scheme and host are replaced
        by the base's own. Raises Refused when the URL leaves the host, or its path the dialect.
        """
        try:
            parts = urlsplit(url)
            same = self._same_host(parts)
        except ValueError:
            raise self._refusal("is not a URL") from None
        if not same:
            raise self._refusal("leads to another host")
        if not self._known_path(parts.path):
            raise self._refusal("leads to a path that is never used")
        return self.base + parts.path + (f"?{parts.query}" if parts.query else "")

    def _same_host(self, parts: SplitResult) -> bool:
        base = urlsplit(self.base)
        if parts.scheme not in {"https", base.scheme} or "@" in parts.netloc:
            return False
        ours = (base.hostname, base.port or _PORTS[base.scheme])
        return (parts.hostname, parts.port or _PORTS[base.scheme]) == ours

    def _known_path(self, path: str) -> bool:
        # Judged before anything normalises it: `Task/../Opportunity/006…` names another object.
        plain = unquote(unquote(path))
        return not _CLIMBS.search(plain) and self.paths.fullmatch(path) is not None

    def _refusal(self, what: str) -> Refused:
        return Refused(
            f"A request to {self.crm} was not sent, because its address {what}. Only "
            f"{self.host} is ever asked; if {self.crm} has moved, change the base address in the "
            "settings.",
            code="FOREIGN_ADDRESS",
        )


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name is this machine: the only one that may be asked without TLS."""
    return host in LOOPBACK
