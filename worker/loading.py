"""Settings and rules together: everything an admin wrote, or every mistake in it."""

from __future__ import annotations

from pathlib import Path

from rules.compile import DEFAULT_HOURS
from rules.load import RuleSet, load
from rules.problems import Problem, problem_at, shown
from rules.vocabulary import STAGES
from worker import rule_files
from worker.environment import SettingsError
from worker.settings import Settings, load_settings


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
    words = settings.stage_words if settings else STAGES
    loaded, mistakes = load(sources, shipped=rule_files.shipped(), stages=words)
    problems += [*unread, *sorted(mistakes), *_calendars(loaded)]
    return settings, loaded, problems


def _calendars(loaded: RuleSet) -> list[Problem]:
    """Every rule's calendar must be one that the settings know; there is one so far."""
    return [
        problem_at(
            rule.place,
            f"there is no calendar {shown(rule.calendar)}. Leave the line out: everybody's hours "
            "then come from followthrough.yaml.",
            rule.id,
        )
        for rule in loaded.active
        if rule.calendar not in (None, DEFAULT_HOURS)
    ]
