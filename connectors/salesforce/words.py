"""Salesforce's and salespeople's words -> the canonical words. Tables only; unknown stays null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.call_words import CALL_WORDS, folded
from connectors.model import ActivityKind, Direction, Outcome

#: Task.TaskSubtype -> kind. `Task` says nothing: `TYPE` then decides.
SUBTYPE: Final[Mapping[str, ActivityKind]] = {
    "call": ActivityKind.CALL,
    "email": ActivityKind.EMAIL,
    "listemail": ActivityKind.EMAIL,
    "cadence": ActivityKind.EMAIL,
    "linkedin": ActivityKind.MESSAGE,
}

AUTOMATED_SUBTYPES: Final = frozenset({"listemail", "cadence"})

#: Task.Type, a picklist that every org fills anew; these are Salesforce's own entries.
TYPE: Final[Mapping[str, ActivityKind]] = {
    "call": ActivityKind.CALL,
    "email": ActivityKind.EMAIL,
    "meeting": ActivityKind.MEETING,
}

CALL_TYPE: Final[Mapping[str, Direction]] = {
    "inbound": Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "internal": Direction.INTERNAL,
}

#: A call's disposition, or an event's type, in small letters and single spaces -> outcome.
OUTCOME: Final[Mapping[str, Outcome]] = {
    **CALL_WORDS,
    "call answered": Outcome.CONNECTED,
    "completed": Outcome.CONNECTED,
    "no contact": Outcome.NO_ANSWER,
    "did not connect": Outcome.NO_ANSWER,
    "lvm": Outcome.LEFT_MESSAGE,
    "held": Outcome.HELD,
    "meeting held": Outcome.HELD,
    "no show": Outcome.NO_SHOW,
    "noshow": Outcome.NO_SHOW,
    "did not show": Outcome.NO_SHOW,
    "did not attend": Outcome.NO_SHOW,
}

_SUBJECT_SAYS: Final = re.compile(r"\s*(cancell?ed|no[ -]?show)\s*[:\-–—]", re.IGNORECASE)

#: EmailMessage.Status, a number written as text; 5 is a draft.
DRAFT: Final = "5"

#: Quote.Status -> the client has seen it. Orgs add their own words; those stay null.
PRESENTED: Final[Mapping[str, bool]] = {
    "presented": True,
    "accepted": True,
    "denied": True,
    "draft": False,
    "needs review": False,
    "in review": False,
    "approved": False,
    "rejected": False,
}


def plain(word: object) -> str:
    """Fold a picklist word: small letters, single spaces, no punctuation. "" for null."""
    return folded(word) if isinstance(word, str) else ""


def outcome_of(word: object) -> str | None:
    """The outcome a disposition names; null when it is empty or nobody's usual word."""
    return OUTCOME.get(plain(word))


def outcome_in_subject(subject: object) -> str | None:
    """The outcome a calendar writes before a subject, as in `Canceled: Kick-off`."""
    found = _SUBJECT_SAYS.match(subject) if isinstance(subject, str) else None
    return outcome_of(found.group(1)) if found else None
