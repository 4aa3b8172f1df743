"""HubSpot's words -> the canonical words. Tables only; unknown stays null.

Source: facts, hubspot 4.5; HubSpot's documentation, Engagements: calls, emails, meetings; Quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from connectors.model import Direction, Outcome

CALL_DIRECTION: Final[Mapping[str, Direction]] = {
    "INBOUND": Direction.INBOUND,
    "OUTBOUND": Direction.OUTBOUND,
}

#: A mail forwarded into HubSpot may be anybody's: its direction stays null.
EMAIL_DIRECTION: Final[Mapping[str, Direction]] = {
    "EMAIL": Direction.OUTBOUND,
    "INCOMING_EMAIL": Direction.INBOUND,
    "DRAFT_EMAIL": Direction.OUTBOUND,
}

#: Not sent, or not yet.
EMAIL_UNSENT: Final = frozenset({"SCHEDULED", "SENDING", "FAILED", "DRAFT"})
EMAIL_DRAFT: Final = "DRAFT_EMAIL"
EMAIL_OUTCOME: Final[Mapping[str, Outcome]] = {"BOUNCED": Outcome.BOUNCED}

#: A call under way or still to be made.
CALL_UNDONE: Final = frozenset(
    {"QUEUED", "SCHEDULED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS"}
)

#: What became of a call, where nobody chose a disposition.
CALL_STATUS: Final[Mapping[str, Outcome]] = {
    "BUSY": Outcome.BUSY,
    "NO_ANSWER": Outcome.NO_ANSWER,
    "MISSED": Outcome.NO_ANSWER,
    "CANCELED": Outcome.CANCELED,
}

#: A meeting that was rescheduled did not take place at the time it stands for.
MEETING_OUTCOME: Final[Mapping[str, Outcome]] = {
    "COMPLETED": Outcome.HELD,
    "NO_SHOW": Outcome.NO_SHOW,
    "CANCELED": Outcome.CANCELED,
    "RESCHEDULED": Outcome.CANCELED,
}

#: The dispositions every account starts with; `/calling/v1/dispositions` tells an account's own.
DISPOSITION: Final[Mapping[str, Outcome]] = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": Outcome.BUSY,
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": Outcome.CONNECTED,
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": Outcome.LEFT_MESSAGE,
    "b2cf5968-551e-4856-9783-52b3da59a7d0": Outcome.VOICEMAIL,
    "73a0d17f-1163-4015-bdd5-ec830791da20": Outcome.NO_ANSWER,
    "17b47fee-58de-441e-a44c-c6300d46f273": Outcome.WRONG_NUMBER,
}

_LABELS: Final[Mapping[Outcome, tuple[str, ...]]] = {
    Outcome.CONNECTED: (
        "connected",
        "contacted",
        "answered",
        "reached",
        "spoke",
        "spoke with contact",
        "spoke to contact",
        "conversation",
        "meaningful connect",
    ),
    Outcome.NO_ANSWER: (
        "no answer",
        "not answered",
        "unanswered",
        "no response",
        "not reached",
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
    ),
    Outcome.WRONG_NUMBER: ("wrong number", "bad number", "invalid number", "number not in service"),
    Outcome.CANCELED: ("canceled", "cancelled"),
}

#: A disposition's label, folded -> outcome.
LABEL: Final[Mapping[str, Outcome]] = {
    word: outcome for outcome, words in _LABELS.items() for word in words
}

#: Quote status -> the client can see it: HubSpot publishes a quote with its approval, or when none
#: is needed.
PRESENTED: Final[Mapping[str, bool]] = {
    "APPROVAL_NOT_NEEDED": True,
    "APPROVED": True,
    "DRAFT": False,
    "PENDING_APPROVAL": False,
    "REJECTED": False,
}

COMPLETED: Final = "COMPLETED"

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

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=256)
def folded(word: str) -> str:
    """A label in small letters and single spaces, without punctuation."""
    return _NOT_A_LETTER.sub(" ", word.casefold()).strip()


def outcome_of_label(label: object) -> Outcome | None:
    """The outcome a disposition's label names; None when it is nobody's usual word."""
    return LABEL.get(folded(label)) if isinstance(label, str) else None
