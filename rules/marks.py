"""The last line of every task of ours: which rule wrote it, about which record, under which key.

A lost ledger is filled again from these lines, so what one says must be read back for ever: a new
form may be added, an old one never changes its meaning. A task of a rule about a deal says neither
its kind nor its record: it hangs on the deal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_REF: Final = re.compile(
    r"^ref: (?P<rule>[a-z0-9-]+)@[0-9a-z]+"
    r"(?: · (?P<kind>step|alert|digest|roll-up))?"
    r"(?: · (?P<subject>[a-z]+) (?P<record_id>\S+))?"
    r" · (?P<key>ft_[a-z2-7]{26})$",
    re.MULTILINE,
)
_VERSION: Final = 8  # characters of a meaning that a person may compare


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the last line of a task says of it; all empty where a person has cut it."""

    rule: str = ""
    kind: str = ""  # step, alert, digest, roll-up; empty: the task that a rule asks for
    subject: str = ""  # empty: a deal, the one that the task hangs on
    record_id: str = ""


def ref_line(mark: Mark, version: str, key: str) -> str:
    """Return the line as it stands in the CRM. `version` is the meaning of the rule."""
    record = f"{mark.subject} {mark.record_id}" if mark.subject not in ("", "deal") else ""
    said = [f"ref: {mark.rule}@{version[:_VERSION]}", mark.kind, record, key]
    return " · ".join(part for part in said if part)


def read_mark(text: str) -> Mark:
    """Return what the line in this text says; it may stand above lines added later."""
    found = _REF.search(text)
    if found is None:
        return Mark()
    return Mark(**{name: found[name] or "" for name in ("rule", "kind", "subject", "record_id")})
