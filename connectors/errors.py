"""What went wrong, sorted by what the caller should do.

    CrmError
    ├── Retriable      the request did no harm and may be repeated later: network, 5xx, 429, locks
    ├── Refused        the CRM said no for good: a field, an object, a value, a permission
    ├── Unusable       nothing will work until a person acts: credentials, host, TLS, org, budget
    └── OutcomeUnknown a write was sent and nobody knows whether it took place

Every message is a sentence for the person who reads it: what is wrong, then what to do. It holds
no token, no query, no body: the client libraries' own exceptions, which hold all three, end inside
the connector (`facts: libraries 2.1`, `reliability: C.11`).
"""

from __future__ import annotations


class CrmError(Exception):
    """The CRM could not do what was asked."""

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code  # the CRM's own error code where it gave one
        self.status = status  # HTTP status where there was one


class Retriable(CrmError):
    """The CRM could not be asked just now; the same request may be repeated later."""

    def __init__(
        self, message: str, *, code: str = "", status: int | None = None, after: float | None = None
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.after = after  # seconds the CRM asked us to wait


class Refused(CrmError):
    """The CRM said no to this request and will say no again."""


class Unusable(CrmError):
    """Nothing will work until a person acts."""


class OutcomeUnknown(CrmError):
    """A write was sent and no trustworthy answer came back."""
