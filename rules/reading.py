"""One rule: its tree -> a checked `Rule`, or every problem in it.

Each clause is checked on its own, so that a mistake in one hides none in another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from rules.absences import read_missing
from rules.cases import read_cases
from rules.checked import (
    Absence,
    Case,
    Mode,
    Presence,
    Rule,
    Severity,
    Start,
    StartFrom,
    Step,
    TaskText,
)
from rules.complaints import blank, complaints, misspelled
from rules.conditions import Scope, read_where, scope_of
from rules.counts import read_counts, says_something
from rules.derived import Clauses, meaning, needed_fields, needed_streams
from rules.language import REASONS, REQUIRED, Backfill, RuleWords
from rules.notes import Notes
from rules.steps import read_steps
from rules.strict_yaml import Entries, Scalar, blanks, to_plain
from rules.texts import read_task
from rules.vocabulary import DEAL_FIELDS, placeholder_names

_ANYTHING: Final = Scope(states=frozenset(DEAL_FIELDS["state"].choices), stages=None)
_ID: Final = re.compile(r"[a-z0-9-]{1,60}")
_TESTS_WANTED: Final = (
    '"tests" is missing. Add a case in which the rule fires and one in which it stays quiet.'
)
_REASON_WANTED: Final = (
    'neither "missing" nor "count" is there. Say which touch is missing, or what is counted.'
)


def rule_id(tree: Entries) -> str | None:
    """The id a tree says it has, if it could be one."""
    said = tree.get("rule")
    return said.text if isinstance(said, Scalar) and _ID.fullmatch(said.text) else None


def read_rule(tree: Entries, stages: frozenset[str], notes: Notes) -> Rule | None:
    """The rule in a tree; None when something is wrong with it, which is in the notes then.

    A tree with `extends` must have been merged with the rule it extends.
    """
    words, broken = _words(tree, stages, notes)
    told = {problem.place for problem in notes.problems}
    for place, key in blanks(tree, told):
        notes.add(place, blank(key))
    for key in _lacking(tree):
        notes.add(tree.place, _TESTS_WANTED if key == "tests" else f'"{key}" is missing.')
    if not any(tree.key(key) or misspelled(key, tree) for key in REASONS):
        notes.add(tree.place, _REASON_WANTED)
    if words.was and words.was == words.rule:
        notes.add(notes.value("was"), "the rule has this name now. Write the one it had before.")
    return _checked(words, broken, tree, notes)


def _lacking(tree: Entries) -> list[str]:
    """What every rule has and this one has not; one that extends another may go without tests."""
    optional = {"tests"} if tree.key("extends") else set()
    return [
        key
        for key in REQUIRED
        if key not in optional and not tree.key(key) and not misspelled(key, tree)
    ]


def _words(tree: Entries, stages: frozenset[str], notes: Notes) -> tuple[RuleWords, set[str]]:
    """The rule's words without the clauses that are not well-formed, and the names of those."""
    plain: Any = to_plain(tree)
    context = {"stages": stages}
    try:
        return RuleWords.model_validate(plain, context=context), set()
    except ValidationError as error:
        notes.problems += complaints(error, tree, notes.rule)
        broken = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    whole = {key: value for key, value in plain.items() if key not in broken}
    return RuleWords.model_validate(whole, context=context), broken


def _checked(words: RuleWords, broken: set[str], tree: Entries, notes: Notes) -> Rule | None:
    where = read_where(words.where, notes)
    scope = _ANYTHING if "where" in broken else scope_of(where)
    reading = _Reading(words=words, broken=broken, tree=tree, notes=notes)
    absences, presences = reading.absences(scope), reading.presences()
    task, escalate, cases = reading.task(), reading.steps(), reading.cases()
    if notes.problems or task is None:
        return None
    clauses = Clauses(
        subject=str(words.for_),
        where=where,
        absences=absences,
        presences=presences,
        task=task,
        escalate=escalate,
    )
    return Rule(
        id=str(words.rule),
        title=str(words.title),
        about=words.about,
        severity=Severity(words.severity),
        tags=words.tags,
        mode=Mode(words.mode),
        was=words.was,
        extends=words.extends,
        subject=clauses.subject,
        where=where,
        absences=absences,
        presences=presences,
        task=task,
        escalate=escalate,
        start_from=_start(words.start_from),
        calendar=words.calendar,
        cases=cases,
        place=tree.place,
        meaning=meaning(clauses),
        needs_streams=needed_streams(clauses),
        needs_fields=needed_fields(clauses),
    )


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The clauses of one rule, each read only if it is there and well-formed."""

    words: RuleWords
    broken: set[str]
    tree: Entries
    notes: Notes

    def absences(self, scope: Scope) -> tuple[Absence, ...]:
        there = self._there("missing")
        return read_missing(self.words.missing, scope, self.notes) if there else ()

    def presences(self) -> tuple[Presence, ...]:
        return read_counts(self.words.count, self.notes) if self._there("count") else ()

    def task(self) -> TaskText | None:
        then = self.words.then
        return read_task(then.task, self._placeholders(), self.notes) if then else None

    def steps(self) -> tuple[Step, ...]:
        there = self._there("escalate")
        return read_steps(self.words.escalate, self._placeholders(), self.notes) if there else ()

    def cases(self) -> tuple[Case, ...]:
        return read_cases(self.words.tests, self.notes) if self._there("tests") else ()

    def _there(self, clause: str) -> bool:
        return self.tree.key(clause) is not None and clause not in self.broken

    def _placeholders(self) -> frozenset[str]:
        # a count that could not be read may well say something
        said = "count" in self.broken or says_something(self.words.count)
        return placeholder_names(said=said)


def _start(words: StartFrom | Backfill) -> StartFrom:
    if isinstance(words, Backfill):
        return StartFrom(start=Start.BACKFILL, length=words.backfill)
    return words
