"""Salesforce's and salespeople's words -> the canonical words. Tables only; unknown stays null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

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

_DISPOSITIONS: Final[Mapping[Outcome, tuple[str, ...]]] = {
    Outcome.CONNECTED: (
        "connected",
        "contacted",
        "answered",
        "call answered",
        "reached",
        "spoke",
        "spoke with contact",
        "spoke to contact",
        "completed",
        "conversation",
        "meaningful connect",
    ),
    Outcome.NO_ANSWER: (
        "no answer",
        "not answered",
        "unanswered",
        "no response",
        "not reached",
        "no contact",
        "did not connect",
        "not connected",
        "missed",
        "missed call",
    ),
    Outcome.BUSY: ("busy", "line busy", "busy signal", "engaged"),
    Outcome.VOICEMAIL: ("voicemail", "voice mail", "left voicemail", "left voice mail", "vm"),
    Outcome.LEFT_MESSAGE: (
        "left message",
        "left a message",
        "left live message",
        "message left",
        "gatekeeper",
        "lvm",
    ),
    Outcome.WRONG_NUMBER: ("wrong number", "bad number", "invalid number", "number not in service"),
    Outcome.HELD: ("held", "meeting held"),
    Outcome.NO_SHOW: ("no show", "noshow", "did not show", "did not attend"),
    Outcome.CANCELED: ("canceled", "cancelled"),
}

#: A call's disposition, or an event's type, in small letters and single spaces -> outcome.
OUTCOME: Final[Mapping[str, Outcome]] = {
    word: outcome for outcome, words in _DISPOSITIONS.items() for word in words
}

_SUBJECT_SAYS: Final = re.compile(r"\s*(cancell?ed|no[ -]?show)\s*[:\-–—]", re.IGNORECASE)
_NOT_A_LETTER: Final = re.compile(r"[\W_]+")

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


def plain(word: object) -> str:
    """Fold a picklist word: small letters, single spaces, no punctuation. "" for null."""
    return _folded(word) if isinstance(word, str) else ""


@lru_cache(maxsize=1024)
def _folded(word: str) -> str:
    return _NOT_A_LETTER.sub(" ", word.casefold()).strip()


def outcome_of(word: object) -> str | None:
    """The outcome a disposition names; null when it is empty or nobody's usual word."""
    return OUTCOME.get(plain(word))


def outcome_in_subject(subject: object) -> str | None:
    """The outcome a calendar writes before a subject, as in `Canceled: Kick-off`."""
    found = _SUBJECT_SAYS.match(subject) if isinstance(subject, str) else None
    return outcome_of(found.group(1)) if found else None
