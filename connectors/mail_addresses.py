"""Mail addresses in a text, and which of them are not ours. Pure; knows no CRM."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from connectors.plain_text import cut

_ADDRESS: Final = re.compile(r"[^\s;,<>\"()]+@[^\s;,<>\"()]+")

#: Anybody may have an address here: a colleague's makes no colleagues of the others.
FREE_MAIL: Final = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.ru",
        "msn.com",
        "outlook.com",
        "proton.me",
        "qq.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yandex.ru",
    }
)


def addresses(text: str) -> dict[str, None]:
    """The addresses in a text, in small letters, in their order, each once."""
    return dict.fromkeys(one.casefold().rstrip(".") for one in _ADDRESS.findall(cut(text)))


def own_domains(staff: Iterable[str]) -> frozenset[str]:
    """The domains of our people's addresses, free mail left out."""
    return frozenset(_domain(address) for address in staff) - FREE_MAIL


def outsiders(found: Iterable[str], staff: Collection[str], domains: Collection[str]) -> int:
    """How many of the addresses are nobody's of ours: neither known by name nor by domain."""
    return sum(address not in staff and _domain(address) not in domains for address in found)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
