"""Errors for answers of which only the status counts, in the same sentences for every CRM.

Knows no CRM's codes: which answer is of which kind, its connector decides. Repeats nothing of what
the answer says, which may quote clients' data.
"""

from __future__ import annotations

from connectors.errors import CrmError, OutcomeUnknown, Retriable, Unusable
from connectors.transport import Reply


def login_down(crm: str, reply: Reply) -> Retriable:
    """The login service did not get to judge our credentials."""
    return Retriable(
        f"{crm}'s login service is not available (status {reply.status}). The next run tries "
        "again.",
        status=reply.status,
        after=reply.after,
    )


def busy(crm: str, reply: Reply, code: str) -> Retriable:
    """The CRM is overloaded, and did nothing."""
    return Retriable(
        f"{crm} is too busy to answer (status {reply.status}). The next run asks again.",
        code=code,
        status=reply.status,
        after=reply.after,
    )


def unknown_change(crm: str, reply: Reply, code: str) -> OutcomeUnknown:
    """A write that may have been carried out before something failed."""
    return OutcomeUnknown(
        f"{crm} answered a change with status {reply.status}, so nobody knows whether it took "
        "place. It is looked up by its key before anything is sent again.",
        code=code,
        status=reply.status,
    )


def foreign(crm: str, reply: Reply, code: str) -> CrmError:
    """Not the CRM answered, but a proxy, a firewall, another server; a write is then unknown."""
    if not reply.read:
        return unknown_change(crm, reply, code)
    return Unusable(
        f"Something answered {reply.status} in {crm}'s place, without {crm}'s form. Check the "
        "base address, and whether a proxy or firewall stands between.",
        status=reply.status,
    )
