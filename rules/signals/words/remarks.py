"""What is to be said of an entry of an admin's lexicon: mistakes and warnings, as sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What is to be said of an entry, and of which part of it."""

    part: str  # find, says, quiet
    number: int | None  # of the phrase under `find`
    sentence: str
    is_mistake: bool


def wrong(part: str, sentence: str, number: int | None = None) -> Remark:
    """Return a mistake: the entry is not used."""
    return Remark(part=part, number=number, sentence=sentence, is_mistake=True)


def odd(sentence: str, number: int | None) -> Remark:
    """Return a warning: the entry does less, or more, than it seems to."""
    return Remark(part="find", number=number, sentence=sentence, is_mistake=False)
