"""What is kept of what people wrote: the nouns of the settings `text:` and `text_days:`.

Nothing in here reads a text or a file; `purging` holds the mirror to it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Keep(StrEnum):
    """What stays of a text once it was read, from nothing to all of it."""

    OFF = "off"  # it is not even asked for
    VERDICTS_ONLY = "verdicts_only"
    QUOTES = "quotes"
    FULL = "full"


#: What each value means, for messages and documentation.
MEANINGS: Final = {
    Keep.QUOTES: "the verdict, and at most 200 characters of the sentence that decided it",
    Keep.VERDICTS_ONLY: "the verdict alone",
    Keep.OFF: "nothing: texts are not asked for",
    Keep.FULL: "also the whole text, for text_days days",
}
#: The order in which more and more is kept.
ORDER: Final = (Keep.OFF, Keep.VERDICTS_ONLY, Keep.QUOTES, Keep.FULL)


@dataclass(frozen=True, kw_only=True)
class TextKept:
    """The setting `text:` with its `text_days:`."""

    keep: Keep = Keep.QUOTES
    days: int | None = None  # of FULL: how long a text stays, counted from its activity

    def horizon(self, now: dt.datetime) -> dt.datetime | None:
        """Return the moment before which no text is kept, the beginning of a day in UTC."""
        if self.keep is not Keep.FULL or self.days is None:
            return None
        day = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return day - dt.timedelta(days=self.days)
