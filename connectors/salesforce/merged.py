"""Which records of a page were merged away: what hung on them hangs on the ones that are left.

Whether Salesforce restamps what it moves is not known for every object (facts, salesforce 3.2), so
nobody relies on it: whoever keeps the rows asks again for what named such a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.salesforce.columns import true_only
from connectors.salesforce.describe import Selection
from connectors.salesforce.page import Page

MASTER: Final = "MasterRecordId"


def away(selection: Selection, page: Page) -> pa.Array | None:
    """The ids of a page's records that were merged into others; None where there are none."""
    if MASTER not in selection.fields:
        return None
    gone = pc.and_kleene(true_only(page.flag("IsDeleted")), pc.is_valid(page.text(MASTER)))
    ids = page.text("Id").filter(gone)
    return ids if len(ids) else None


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Ids in parts that fit into a query."""
    every = [*dict.fromkeys(ids)]
    return (every[start : start + size] for start in range(0, len(every), size))
