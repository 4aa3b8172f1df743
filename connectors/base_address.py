"""What an admin writes as the base address -> that address, or a no. Opens no connection."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from connectors.address import is_loopback

_LONGEST_SHOWN = 80


def base_address(text: str, host_of: Callable[[str], str | None]) -> str | None:
    """`https://host` of a text with or without scheme and path; None where it is not the CRM's.

    `host_of` turns a host as written, in small letters, into the one to ask, or None. Only this
    machine may have `http://`, or another port than the usual one.
    """
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or parts.scheme not in {"https", "http"}:
        return None
    if is_loopback(host):
        return f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
    return _secure(parts, host_of(host))


def _secure(parts: SplitResult, host: str | None) -> str | None:
    if host is None or parts.scheme == "http" or parts.port not in {None, 443}:
        return None
    return f"https://{host}"


def shown(text: str) -> str:
    """The text as an error may repeat it: not where it could hold a password, or is no line."""
    fit = len(text) <= _LONGEST_SHOWN and text.isprintable() and "@" not in text
    return text if fit else "what was given"
