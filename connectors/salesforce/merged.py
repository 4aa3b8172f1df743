"""Records that were merged away: what hung on them hangs on the one that is left, and is read anew.

Whether Salesforce restamps what it moves is not known for every object (facts, salesforce 3.2), so
the pull of accounts and contacts does not rely on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import MOMENT
from connectors.salesforce.columns import true_only
from connectors.salesforce.describe import Selection
from connectors.salesforce.page import Page

MASTER: Final = "MasterRecordId"

#: Object -> what may have moved with one of its records: object, and the field that names it.
MOVED: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Task", "AccountId"),
        ("Event", "AccountId"),
        ("EmailMessage", "RelatedToId"),
        ("Note", "ParentId"),
        ("Case", "AccountId"),
    ),
    "Contact": (
        ("OpportunityContactRole", "ContactId"),
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("Note", "ParentId"),
        ("Case", "ContactId"),
    ),
}


def masters(selection: Selection, page: Page, since: dt.datetime | None) -> list[str]:
    """The records that took over from those of a page that were deleted at or after `since`."""
    if selection.object not in MOVED:
        return []
    gone = true_only(page.flag("IsDeleted"))
    if since is not None:
        moment = pa.scalar(since, MOMENT)
        gone = pc.and_kleene(gone, pc.greater_equal(page.moment(selection.cursor), moment))
    taken = page.text(MASTER).filter(gone)
    found: list[Any] = pc.unique(taken.drop_null()).to_pylist()
    return found


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Ids in parts that fit into a query."""
    every = [*dict.fromkeys(ids)]
    return (every[start : start + size] for start in range(0, len(every), size))
