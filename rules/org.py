"""What rules need to know of an org beside its records: hours, people, stages, own fields.

Nouns only, as an admin's files say them; nothing in here reads a file, a clock or a database.
E-mails are in small letters everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from rules.calendars import Calendar, Hours, known_zone
from rules.free_days import Span

#: The calendar of everybody for whom nobody named another.
DEFAULT_HOURS: Final = "default"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an admin says of a person that the CRM does not know, or knows wrongly."""

    name: str | None = None
    aliases: tuple[str, ...] = ()  # what rules may call them, too
    manager: str | None = None  # e-mail of who leads them
    delegate: str | None = None  # e-mail of who stands in for them
    teams: frozenset[str] = frozenset()
    region: str | None = None  # whose public holidays are theirs: DE-BY
    time_zone: str | None = None
    calendar: str | None = None  # a name of `Org.hours`; None: the default
    leave: tuple[Span, ...] = ()

    def away(self, day: dt.date) -> bool:
        """Tell whether they are on leave on this day of theirs."""
        return any(day in span for span in self.leave)


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """A field of the org's own that rules may name by `word`."""

    word: str
    source: str  # the CRM's name of it
    kind: str  # text, number, money, date, moment, choice
    doc: str
    choices: tuple[str, ...] = ()  # of kind choice only


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """When a person's work is seen well enough to judge them by what is missing."""

    share: float = 0.6  # of their working days that must show an activity
    days: int = 20  # working days to look back
    mail_capture: bool = False  # known to be on for everybody
    captured: frozenset[str] = frozenset()  # names or e-mails, small: on for these


@dataclass(frozen=True, kw_only=True)
class Org:
    """What rules need to know of an org beside its records."""

    zone: str = "UTC"  # in which an admin's dates are meant, and of people without a zone
    hours: Mapping[str, Hours] = field(default_factory=lambda: {DEFAULT_HOURS: Hours()})
    stage_words: Mapping[str, str] = field(default_factory=dict)  # the org's label -> rules' word
    pipeline_words: Mapping[str, str] = field(default_factory=dict)  # the same of pipelines
    stages: frozenset[str] | None = None  # the org's labels; None: not known, nothing is checked
    no_streams: frozenset[str] = frozenset()  # streams that the admin says they have nothing in
    no_stages: frozenset[str] = frozenset()  # words of stages that the admin says they have not
    said_of: Mapping[str, Said] = field(default_factory=dict)  # by e-mail
    support_pool: tuple[str, ...] = ()  # e-mails of who takes tasks from `support_pool`
    fields: Mapping[str, Mapping[str, CustomField]] = field(default_factory=dict)  # deal, … -> word
    coverage: Coverage | None = None  # None: everybody is judged

    def said(self, email: str | None) -> Said:
        """Return what the admin said of a person, by an e-mail in any case."""
        return self.said_of.get((email or "").strip().lower(), _NOTHING)

    def calendar(self, zone: str | None, hours: str | None = None) -> Calendar:
        """Return the business time in `zone` of people of whom nothing is said."""
        # a rule of another calendar is not evaluated
        return Calendar(self.hours[hours or DEFAULT_HOURS], known_zone(zone, self.zone))

    def calendar_of(
        self, email: str | None, zone: str | None, hours: str | None = None
    ) -> Calendar:
        """Return the business time of one person, with their holidays and leave.

        `hours` names the calendar of a rule; it replaces opening times and days, not their leave.
        """
        said = self.said(email)
        base = self.hours[_calendar_name(said, hours, self.hours)]
        zone = known_zone(said.time_zone or zone, self.zone)
        return Calendar(_personal(base, said), zone)


_NOTHING: Final = Said()


def _calendar_name(said: Said, hours: str | None, known: Mapping[str, Hours]) -> str:
    if hours is not None and hours != DEFAULT_HOURS:
        return hours
    return said.calendar if said.calendar and said.calendar in known else DEFAULT_HOURS


def _personal(base: Hours, said: Said) -> Hours:
    """The hours of everybody with this base, this region and this leave; one name for them all."""
    region = said.region or base.region
    if region == base.region and not said.leave:
        return base
    parts = [base.name, *([region] if region and region != base.region else [])]
    spans = sorted(set(said.leave))
    parts += [f"without {', '.join(map(str, spans))}"] if spans else []
    days = frozenset(day for span in spans for day in span)
    return replace(base, name=" ".join(parts), region=region, holidays=base.holidays | days)
