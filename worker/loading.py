"""Settings and rules together: everything an admin wrote, or every mistake in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from rules.checked import Rule
from rules.load import RuleSet, load
from rules.problems import Problem, did_you_mean, listed, problem_at, shown
from worker import rule_files
from worker.environment import SettingsError
from worker.lexicon_files import read_lexicon_files
from worker.people_file import PeopleFile
from worker.settings import Settings, calendar_names, field_words, load_settings, stage_words


def load_all(
    config: Path, state: Path
) -> tuple[Settings | None, RuleSet | None, list[Problem | str]]:
    """Return settings and rules, and all problems of both; with problems, use neither."""
    problems: list[Problem | str] = []
    settings = None
    try:
        settings = load_settings(config, state)
    except SettingsError as error:
        problems += error.problems
    sources, unread = rule_files.own(config)
    loaded, mistakes = load(
        sources,
        shipped=rule_files.shipped(),
        stages=stage_words(config),
        fields=settings.fields if settings else field_words(config),
    )
    problems += [*unread, *sorted(mistakes), *_calendars(loaded, calendar_names(config))]
    problems += read_lexicon_files(config).problems
    if settings:
        problems += _people(loaded, settings.people)
    return settings, loaded, problems


def lexicon_warnings(config: Path) -> tuple[Problem, ...]:
    """Return what the admin's lexicon says in vain, or finds nearly everywhere."""
    return read_lexicon_files(config).warnings


def _calendars(loaded: RuleSet, known: Collection[str]) -> Iterator[Problem]:
    """Every rule's calendar must be one that the settings know."""
    for rule in loaded.active:
        if rule.calendar is not None and rule.calendar not in known:
            yield problem_at(
                rule.place,
                f"there is no calendar {shown(rule.calendar)}.{did_you_mean(rule.calendar, known)} "
                f"Known: {listed(sorted(known), 'and')}. Others go under calendars: in "
                "followthrough.yaml.",
                rule.id,
            )


def _people(loaded: RuleSet, people: PeopleFile) -> Iterator[Problem]:
    """A name almost that of somebody in people.yaml is probably theirs; others the CRM may know."""
    names = {
        name: email
        for email, said in people.said_of.items()
        for name in (email, said.name, *said.aliases)
        if name
    }
    known = {name.casefold() for name in names}
    for rule in loaded.active:
        for word in sorted(receivers(rule)):
            kind, _, name = word.partition(":")
            guess = did_you_mean(name, names) if kind == "person" else ""
            if guess and name.casefold() not in known:
                yield problem_at(
                    rule.place,
                    f"people.yaml knows no {shown(name)}.{guess} If this is somebody else, give "
                    "them a line in there.",
                    rule.id,
                )


def receivers(rule: Rule) -> set[str]:
    """Everybody a rule names."""
    parts = (rule.task, rule.alert, rule.digest, *rule.escalate)
    return {word for part in parts if part is not None for word in part.to}
