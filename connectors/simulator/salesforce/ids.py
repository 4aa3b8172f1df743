"""Salesforce record ids: three characters of prefix, twelve of counter, three of checksum.

The checksum makes ids safe where letters lose their case; it is computed, never stored apart.
Source: Salesforce's own id scheme as the recorded ids of public orgs show it. No I/O.
"""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
#: The part of every id that names the instance; ids of one simulator look like one org's.
_INSTANCE: Final = "Ft0"
_COUNTER: Final = 9


def checksum(short: str) -> str:
    """Compute the last three characters of an 18-character id from its first fifteen."""
    return "".join(_CHECK[_capitals(short[start : start + 5])] for start in (0, 5, 10))


def _capitals(five: str) -> int:
    return sum(1 << place for place, char in enumerate(five) if "A" <= char <= "Z")


def mint(prefix: str, number: int) -> str:
    """Make the 18-character id of the n-th record under a key prefix; later ids sort later."""
    digits = ""
    while number:
        number, rest = divmod(number, len(DIGITS))
        digits = DIGITS[rest] + digits
    short = prefix + _INSTANCE + digits.rjust(_COUNTER, "0")
    return short + checksum(short)


def number(record_id: str) -> int:
    """Read the counter back out of an id."""
    total = 0
    for char in record_id[15 - _COUNTER : 15]:
        total = total * len(DIGITS) + DIGITS.index(char)
    return total


def full(value: str) -> str | None:
    """Bring an id of 15 or 18 characters to 18, or None where it is no id at all."""
    if len(value) not in (15, 18) or not all(char in DIGITS for char in value):
        return None
    if len(value) == 15:
        return value + checksum(value)
    short = _restore_case(value)
    return short + checksum(short) if short else None


def _restore_case(value: str) -> str | None:
    """Undo a lost letter case with the checksum, as Salesforce does; None where it cannot fit."""
    masks = [_CHECK.find(char) for char in value[15:].upper()]
    if min(masks) < 0:
        return None
    chars = [
        char.upper() if masks[place // 5] >> (place % 5) & 1 else char.lower()
        for place, char in enumerate(value[:15])
    ]
    short = "".join(chars)
    return short if checksum(short) == value[15:].upper() else None
