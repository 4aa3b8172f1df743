"""Amounts as the canonical MONEY column holds them. Pure; knows no CRM."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_SMALLEST: Final = Decimal("0.0001")
_TOO_MUCH: Final = Decimal(10) ** 16


def to_money(exact: Decimal) -> Decimal | None:
    """Round to four places; None for 10^16 and more, an amount that nobody means.

    Raises decimal.InvalidOperation for NaN.
    """
    return exact.quantize(_SMALLEST) if abs(exact) < _TOO_MUCH else None
