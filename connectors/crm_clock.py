"""The CRM's clock, as its answers tell it: the only one that bounds what is read."""

from __future__ import annotations

import datetime as dt

from connectors.errors import Retriable
from connectors.transport import Transport


def server_now(transport: Transport, crm: str) -> dt.datetime:
    """The moment of the last answer, UTC. Raises Retriable where no answer held a date."""
    if transport.server_now is None:
        raise Retriable(
            f"{crm}'s answer held no date, so its clock cannot be read. A proxy may have removed "
            "the header; the next run tries again.",
            code="NO_DATE",
        )
    return transport.server_now
