"""`people.yaml`: who leads whom, where people live, when they are away, who helps out.

It says what the CRM does not know, and goes before the CRM where both speak. People are named by
e-mail, or by a name or alias that the file itself gives them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from rules import scalars
from rules.free_days import Span, read_region, span
from rules.org import Said
from rules.problems import shown
from rules.words import Bare, OneOrMany, Text, Words, reader, wrong
from worker.people_mistakes import Names, mistakes
from worker.words_file import read_words
from worker.zones import read_zone

FILE: Final = "people.yaml"


@dataclass(frozen=True, kw_only=True)
class PeopleFile:
    """What is said of people, by e-mail in small letters."""

    said_of: Mapping[str, Said] = field(default_factory=dict)
    support_pool: tuple[str, ...] = ()


# -- the words -------------------------------------------------------------------------------


def _email(text: str) -> str:
    said = text.strip().casefold()
    if said.count("@") != 1 or any(mark in said for mark in " ,;<>"):
        raise ValueError(f'{shown(text)} is not an e-mail address. Write one like "dana@acme.com".')
    return said


def _someone(text: str) -> str:
    return _email(text) if "@" in text else text.strip()


def _two_days(text: str | list[str]) -> dict[str, object]:
    first, _, last = (part.strip() for part in str(text).partition(".."))
    return {"from": first, "to": last or first}


_Email = Annotated[str, reader(_email)]
_Someone = Annotated[str, reader(_someone)]
_Day = Annotated[dt.date, reader(scalars.day)]
_Texts = Annotated[tuple[Text, ...], OneOrMany()]


class LeaveWords(Words):
    """Days on which somebody does not work, both included."""

    first: _Day = Field(alias="from")
    last: _Day = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        try:
            span(self.first, self.last)
        except ValueError as error:
            raise wrong(str(error)) from None
        return self


class PersonWords(Words):
    """One person: who leads them, who stands in, and when they work."""

    email: _Email
    name: Text | None = None
    aliases: _Texts = ()
    manager: _Someone | None = None
    delegate: _Someone | None = None
    teams: _Texts = ()
    region: Annotated[str, reader(read_region)] | None = None
    time_zone: Annotated[str, reader(read_zone)] | None = None
    calendar: Text | None = None
    leave: Annotated[tuple[Annotated[LeaveWords, Bare(_two_days, "from")], ...], OneOrMany()] = ()


class PeopleWords(Words):
    """The words of people.yaml."""

    people: tuple[PersonWords, ...] = ()
    support_pool: Annotated[tuple[_Someone, ...], OneOrMany()] = ()


def read_people_file(config: Path, calendars: Collection[str] = ()) -> PeopleFile:
    """Return what is said of people. Raises SettingsError.

    `calendars` are those that followthrough.yaml names.
    """

    words = read_words(config / FILE, PeopleWords, lambda plain: mistakes(plain, calendars))
    known = Names([(p.email, (*([p.name] if p.name else []), *p.aliases)) for p in words.people])
    return PeopleFile(
        said_of={person.email: _said(person, known) for person in words.people},
        support_pool=tuple(known.email(one) or one for one in words.support_pool),
    )


def _said(words: PersonWords, known: Names) -> Said:
    return Said(
        name=words.name,
        aliases=words.aliases,
        manager=known.email(words.manager),
        delegate=known.email(words.delegate),
        teams=frozenset(words.teams),
        region=words.region,
        time_zone=words.time_zone,
        calendar=words.calendar,
        leave=tuple(Span(first=one.first, last=one.last) for one in words.leave),
    )
