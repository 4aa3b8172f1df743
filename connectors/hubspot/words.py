"""HubSpot's words -> the canonical words. Tables only; unknown stays null.

Source: facts, hubspot 4.5; HubSpot's documentation, Engagements: calls, emails, meetings; Quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.call_words import CALL_WORDS, folded
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


def outcome_of_label(label: object) -> Outcome | None:
    """The outcome a disposition's label names; None when it is nobody's usual word."""
    return CALL_WORDS.get(folded(label)) if isinstance(label, str) else None
