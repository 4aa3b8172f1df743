"""`people.yaml`: who leads whom and where people live, where the CRM does not know it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import ValidationError

from rules.complaints import complaints
from rules.evaluate import Said
from rules.problems import Problem, problem_at, shown
from rules.strict_yaml import Source, blanks, read, to_plain
from rules.words import Words, reader
from worker.environment import SettingsError
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
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read ({type(error).__name__})."]) from None
    node, problems = read(Source(path=str(path), text=text))
    if node is None and not problems:
        return {}
    if node is not None:
        problems += [problem_at(place, f'"{key}" has no value.') for place, key in blanks(node)]
    if problems or node is None:
        raise SettingsError(sorted(problems))
    try:
        words = PeopleWords.model_validate(to_plain(node))
    except ValidationError as error:
        raise SettingsError(complaints(error, node, None, PeopleWords)) from None
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
