"""`people.yaml`: who leads whom and where people live, where the CRM does not know it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from rules.evaluate import Said
from rules.problems import Problem, shown
from rules.words import Words, reader
from worker.environment import SettingsError
from worker.words_file import read_words
from worker.zones import read_zone

FILE: Final = "people.yaml"


def _email(text: str) -> str:
    said = text.strip().casefold()
    if said.count("@") != 1 or any(mark in said for mark in " ,;<>"):
        raise ValueError(f'{shown(text)} is not an e-mail address. Write one like "dana@acme.com".')
    return said


_Email = Annotated[str, reader(_email)]


class PersonWords(Words):
    """One person, who leads them, and the time zone they work in."""

    email: _Email
    manager: _Email | None = None
    time_zone: Annotated[str, reader(read_zone)] | None = None


class PeopleWords(Words):
    """The words of people.yaml."""

    people: tuple[PersonWords, ...] = ()


def read_people_file(config: Path) -> Mapping[str, Said]:
    """Return what is said of each person, by e-mail in small letters. Raises SettingsError."""
    path = config / FILE
    words = read_words(path, PeopleWords)
    _refuse_twice(words, path)
    return {
        person.email: Said(manager=person.manager, time_zone=person.time_zone)
        for person in words.people
    }


def _refuse_twice(words: PeopleWords, path: Path) -> None:
    emails = [person.email for person in words.people]
    twice: list[Problem | str] = [
        f"{path}: {email} stands there twice. Keep one line."
        for email in sorted({one for one in emails if emails.count(one) > 1})
    ]
    twice += [
        f"{path}: {person.email} is said to lead themselves."
        for person in words.people
        if person.email == person.manager
    ]
    if twice:
        raise SettingsError(twice)
