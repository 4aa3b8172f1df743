"""What a connector says when it was told not to ask for the texts of activities. No I/O."""

from __future__ import annotations

from typing import Final

from connectors.model import BlindSpot

#: Rules that need to know what an activity says give this as their reason.
TEXTS_OFF: Final = BlindSpot(
    stream="activities",
    field="text",
    why="followthrough.yaml says “text: off”, so nobody reads what calls, mails and notes say. "
    "Write “text: verdicts_only” there to have them judged and not kept.",
)
