"""What a touch that did not count is called, so that a person sees that we saw it.

Only words in here: whether a touch counts, the rule's pattern decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rules.touches import GRADES

_Fits = Callable[[Mapping[str, Any]], bool]

#: What did not count, in the singular and the plural; the first row that fits names an activity.
_NOT_COUNTED: Final[Sequence[tuple[_Fits, str, str]]] = (
    (lambda t: t["outcome"] == "bounced", "mail that came back", "mails that came back"),
    (lambda t: t["outcome"] == "wrong_number", "call to a wrong number", "calls to wrong numbers"),
    (
        lambda t: t["kind"] == "call" and t["outcome"] == "canceled",
        "canceled call",
        "canceled calls",
    ),
    (
        lambda t: t["outcome"] in ("canceled", "no_show"),
        "meeting that did not take place",
        "meetings that did not take place",
    ),
    (lambda t: t["kind"] == "note" and t["grade"] == 0, "internal note", "internal notes"),
    (lambda t: t["kind"] == "note", "note", "notes"),
    (
        lambda t: t["kind"] == "meeting" and t["direction"] == "internal",
        "internal meeting",
        "internal meetings",
    ),
    (lambda t: t["direction"] == "internal", "contact among ourselves", "contacts among ourselves"),
    (
        lambda t: bool(t["automated"]) and t["kind"] == "call",
        "automatic call",
        "automatic calls",
    ),
    (lambda t: bool(t["automated"]), "automatic mail", "automatic mails"),
    (
        lambda t: t["grade"] == GRADES["attempt"],
        "attempt without an answer",
        "attempts without an answer",
    ),
    (
        lambda t: t["direction"] == "inbound" and t["kind"] == "call",
        "call from the client",
        "calls from the client",
    ),
    (lambda t: t["direction"] == "inbound", "mail from the client", "mails from the client"),
    (lambda t: bool(t["stranger"]), "contact by a colleague", "contacts by colleagues"),
    (
        lambda t: t["kind"] == "email",
        "mail from us without an answer",
        "mails from us without an answer",
    ),
    (
        lambda t: t["kind"] == "message",
        "message from us without an answer",
        "messages from us without an answer",
    ),
    (lambda t: True, "other contact", "other contacts"),
)


def counted(touches: Sequence[Mapping[str, Any]], by: frozenset[str]) -> str:
    """Count touches by what they are called. `by` says whose touches the rule wants."""
    counts: dict[tuple[str, str], int] = {}
    for touch in touches:
        seen = {**touch, "stranger": "anyone" not in by and touch["who"] not in by}
        names = next((one, many) for fits, one, many in _NOT_COUNTED if fits(seen))
        counts[names] = counts.get(names, 0) + 1
    said = [f"{n} {one if n == 1 else many}" for (one, many), n in counts.items()]
    return ", ".join(said) + " (not counted)" if said else "no call, meeting or personal mail"
