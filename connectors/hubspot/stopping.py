"""Which refusals of one task mean that the next one would be refused as well."""

from __future__ import annotations

from typing import Final

from connectors.errors import CrmError, Refused
from connectors.hubspot.faults import MISSING_SCOPES

#: Refusals that the next task would meet as well, and that a person can mend.
FOR_ALL: Final = frozenset(
    {
        MISSING_SCOPES,
        "PROPERTY_DOESNT_EXIST",
        "MISSING_REQUIRED_PROPERTY",
        "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
    }
)


def stopping(problem: CrmError) -> CrmError | None:
    """The problem, where the next task would meet it as well."""
    return None if isinstance(problem, Refused) and problem.code not in FOR_ALL else problem
