"""Fields that only some orgs have: those with several currencies, those with person accounts.

Data only. Object Reference: Account, Contact, CurrencyType; facts, salesforce 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from connectors.simulator.salesforce.schema import Field

_WITH_CURRENCY: Final = (
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "OpportunityHistory",
    "Quote",
    "ForecastingQuota",
)

_PERSON: Final = Field(
    name="IsPersonAccount", type="boolean", nillable=False, createable=False, updateable=False
)

#: What person accounts add to objects.
PERSON: Final[Mapping[str, tuple[Field, ...]]] = {
    "Account": (
        _PERSON,
        Field(name="FirstName", type="string", length=40),
        Field(name="LastName", type="string", length=80),
        Field(name="PersonEmail", type="email", length=80),
        Field(
            name="PersonContactId",
            type="reference",
            length=18,
            reference_to=("Contact",),
            createable=False,
            updateable=False,
        ),
    ),
    "Contact": (_PERSON,),
}


def currencies(codes: Sequence[str]) -> Mapping[str, tuple[Field, ...]]:
    """What several currencies add to objects; the first is the one of the company."""
    if not codes:
        return {}
    one = Field(
        name="CurrencyIsoCode",
        type="picklist",
        length=3,
        picklist=tuple(codes),
        default=codes[0],
        restricted_picklist=True,
    )
    return dict.fromkeys(_WITH_CURRENCY, (one,))
