"""Time zones as people write them."""

from __future__ import annotations

from zoneinfo import available_timezones

from rules.problems import did_you_mean, shown


def read_zone(text: str) -> str:
    """Read an IANA name; the ValueError says what is wrong with another."""
    if text not in available_timezones():
        guess = did_you_mean(text, available_timezones())
        raise ValueError(
            f'{shown(text)} is not a time zone.{guess} Write one like "Europe/Berlin".'
        )
    return text
