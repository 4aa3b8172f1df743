"""What is said of a duty that an activity began: who of the client it was, and what came since.

Words only. Nothing in here decides whether the duty is met, or knows a record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rules.checked import Absence, Event, File, Quote, StageEntry, TouchPattern
from rules.problems import listed
from rules.saying import people_of, said, sender_of
from rules.uncounted import counted

Touch = Mapping[str, Any]
#: Says a moment as its day and time, for the owner of the record.
SayMoment = Callable[[dt.datetime], str]

#: What a text that says so is called where there is none.
_SAYING: Final[Mapping[str, str]] = {
    "delivery": "mail or note that says it went out",
    "promise": "new promise",
}


def client_in(begun: Touch) -> str:
    """Name who of the client it was with, or came from; "the client" where nobody is on record."""
    return sender_of(begun) if begun["direction"] == "inbound" else people_of(begun["people"])


def begun_lines(touches: Sequence[Touch], begun: Touch, say: SayMoment) -> list[str]:
    """Return what began a duty, when it is due if that was promised, and what came after it."""
    more = [t for t in touches if t["begins"] and t["happened_at"] > begun["happened_at"]]
    due = [f"Counted as due on {say(begun['due_at'])}"] if begun["due_at"] else []
    return [_line(begun, say), *due, *_again(more, say)]


def hurried_lines(touches: Sequence[Touch], since: dt.datetime, say: SayMoment) -> list[str]:
    """Return the first since a moment that makes the duty due sooner, if there is one."""
    some = (t for t in touches if t["hurries"] and t["happened_at"] >= since and not t["begins"])
    return [_line(one, say) for one in some][:1]


def since_line(duty: Absence, after: Sequence[Touch], *, from_client: bool = False) -> str:
    """Say what is missing since, or what is there and does not count; empty if nothing can be.

    `from_client`: they reached out, so that only what is ours can be missing.
    """
    if all(isinstance(one, TouchPattern) and not one.says for one in duty.events):
        by = frozenset(who for one in duty.touches for who in one.by)
        missed = [t for t in after if not t["counts"] and not t["begins"]]
        if from_client:
            ours = [t for t in missed if t["direction"] != "inbound"]
            return f"From us since then: {counted(ours, by)}"
        return f"Since then: {counted(missed, by)}"
    lacking = [f"no {words}" for one in duty.events if (words := _wanted(one))]
    return f"Since then: {', '.join(lacking)}" if lacking else ""


def _line(touch: Touch, say: SayMoment) -> str:
    quote = f': "{touch["said"]}"' if touch["said"] else ""
    return f"{say(touch['happened_at'])}: {said(touch)}{quote}"


def _again(more: Sequence[Touch], say: SayMoment) -> list[str]:
    if len(more) < 2:
        return [_line(one, say) for one in more]
    return [f"{len(more)} more like it since; the newest, {_line(more[-1], say)}"]


def _wanted(event: Event) -> str:
    if isinstance(event, Quote):
        return "quote presented" if event.presented else "quote"
    if isinstance(event, StageEntry):
        return _moved(event)
    if isinstance(event, File):
        return "file of it with a mail" if event.mailed else "file of it"
    if isinstance(event, TouchPattern):
        return next((_SAYING[word] for word in sorted(event.says) if word in _SAYING), "")
    return ""


def _moved(entry: StageEntry) -> str:
    if len(entry.stages) > 2:
        return "deal that moved on"
    return f"deal that moved to {listed(sorted(entry.stages), 'or')}"
