"""How far back the rules look at what people wrote. Knows lengths of time, and no record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from rules.checked import Absence, EventStart, Related, Rule
from rules.lengths import Length
from rules.vocabulary import TEXT_READS

#: Business time passes leave and holidays by, and what was found stays open for a while.
_MARGIN: Final = dt.timedelta(days=14)
_LEAST: Final = dt.timedelta(days=30)
_MOST: Final = dt.timedelta(days=400)


def look_back(rules: Iterable[Rule]) -> dt.timedelta | None:
    """Return how old a text may be that a rule still judges; None where no rule reads any.

    Never less than 30 days, never more than 400.
    """
    lengths = [_of(rule) for rule in rules if rule.needs_fields & TEXT_READS]
    return min(max(*lengths, _LEAST), _MOST) if lengths else None


def _of(rule: Rule) -> dt.timedelta:
    longest = max((one.at_most() for one in _lengths(rule)), default=dt.timedelta(0))
    begins = rule.start_from.length
    return longest + (begins.at_most() if begins else dt.timedelta(0)) + _MARGIN


def _lengths(rule: Rule) -> Iterator[Length]:
    for presence in rule.presences:
        yield from (one for one in (presence.in_last, presence.older_than) if one)
    yield from (ratio.in_last for ratio in rule.ratios)
    yield from (one.before for one in rule.where if isinstance(one, Related) and one.before)
    for absence in rule.absences:
        yield from _of_absence(absence)


def _of_absence(absence: Absence) -> Iterator[Length]:
    limit = absence.limit
    some: list[object] = [limit] if isinstance(limit, Length) else [*limit.rows.values()]
    some += [absence.sooner.limit] if absence.sooner else []
    if isinstance(absence.start, EventStart):
        some.append(absence.start.newer_than)
    yield from (one for one in some if isinstance(one, Length))
