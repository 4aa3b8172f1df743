"""Days on which people do not work: public holidays of a region, and spans of leave.

A region is a country or a part of one, as ISO 3166 writes it: `DE`, `DE-BY`, `US-CA`. What is
known of its holidays comes with the `holidays` package; nothing is asked of the network.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import holidays

from rules import scalars
from rules.problems import did_you_mean, shown

_YEARS: Final = range(1990, 2101)
_LONGEST: Final = dt.timedelta(days=366)
_TO: Final = ".."


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """Days of leave from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[dt.date]:
        for offset in range((self.last - self.first).days + 1):
            yield self.first + dt.timedelta(days=offset)

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}{_TO}{self.last}"


def read_span(text: str) -> Span:
    """Read a day or `2026-12-21..2027-01-03`; the ValueError says what is wrong with another."""
    first, _, last = (part.strip() for part in text.partition(_TO))
    return span(scalars.day(first), scalars.day(last or first))


def span(first: dt.date, last: dt.date) -> Span:
    """Return the span of both days. Raises ValueError where it ends first or is over a year."""
    if last < first:
        raise ValueError(f"{last} lies before {first}. Write the first day first.")
    if last - first > _LONGEST:
        raise ValueError(
            f"from {first} to {last} is more than a year. Split it, or check the year."
        )
    return Span(first=first, last=last)


def read_region(text: str) -> str:
    """Read the name of a region; the ValueError says what is wrong with another."""
    country, _, part = text.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(
            f'{shown(text)} is not a country whose holidays are known. Write one like "DE" or '
            '"US-CA".'
        )
    if part and part not in known[country]:
        raise ValueError(
            f"{shown(part)} is not a part of {country}.{did_you_mean(part, known[country])}"
        )
    return text


@lru_cache(maxsize=256)
def public_holidays(region: str | None) -> frozenset[dt.date]:
    """Return the public holidays of a region that `read_region` took; none for None."""
    if region is None:
        return frozenset()
    country, _, part = region.partition("-")
    with warnings.catch_warnings():  # of years that nobody knows yet; no holidays stand in them
        warnings.simplefilter("ignore")
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))
