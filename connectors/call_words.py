"""What salespeople call the outcome of a call -> the canonical outcome. A table; knows no CRM.

Only words that mean the same in every CRM; a connector adds those of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from connectors.model import Outcome

_WORDS: Final[Mapping[Outcome, tuple[str, ...]]] = {
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

#: A word, folded -> outcome.
CALL_WORDS: Final[Mapping[str, Outcome]] = {
    word: outcome for outcome, words in _WORDS.items() for word in words
}

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=1024)
def folded(word: str) -> str:
    """A word in small letters and single spaces, without punctuation."""
    return _NOT_A_LETTER.sub(" ", word.casefold()).strip()
