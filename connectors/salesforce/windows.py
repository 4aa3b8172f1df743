"""Windows that turn out too large for one query, and their halves. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Final

from connectors.base import Window

#: Answers that say: ask for less at once.
TOO_MUCH: Final = frozenset({"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"})
#: Nothing in Salesforce is older than Salesforce.
OLDEST: Final = dt.datetime(1999, 3, 1, tzinfo=dt.UTC)
LEAST: Final = dt.timedelta(minutes=1)  # reliability F35


def halves(window: Window) -> tuple[Window, Window] | None:
    """The older and the younger half, meeting in a whole second; None where it is short already.

    The older half of a window without a beginning has none either, so that nothing falls out.
    """
    begins = window.since or min(OLDEST, window.until)
    length = window.until - begins
    if length <= LEAST:
        return None
    middle = (begins + length / 2).replace(microsecond=0)
    return Window(since=window.since, until=middle), Window(since=middle, until=window.until)
