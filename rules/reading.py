"""One rule: its tree -> a checked `Rule`, or every problem in it.

Each clause is checked on its own, so that a mistake in one hides none in another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeVar

from rules.absences import read_missing
from rules.case_nouns import Case
from rules.cases import read_cases
from rules.checked import (
    Absence,
    Clock,
    Condition,
    EventStart,
    Limits,
    Line,
    Mode,
    Op,
    Presence,
    Ratio,
    Resolve,
    Rule,
    Severity,
    Start,
    StartFrom,
    Step,
    TaskText,
    Test,
    TouchPattern,
)
from rules.complaints import blank, misspelled, validated
from rules.conditions import Vocabulary, read_where
from rules.contradictions import Scope, scope_of
from rules.counts import read_counts, read_ratios, says_something
from rules.derived import Clauses, heeded_streams, meaning, needed_fields, needed_streams
from rules.language import (
    GROWS,
    REASONS,
    REQUIRED,
    Backfill,
    FromEvent,
    RuleLimits,
    RuleWords,
)
from rules.notes import Notes, Path
from rules.steps import read_steps
from rules.strict_yaml import Entries, Scalar, blanks, find, to_plain
from rules.subjects import OwnFields
from rules.texts import check_line, read_line, read_task
from rules.vocabulary import DEAL_FIELDS, placeholder_names
from rules.where_words import where_model
from rules.words import Words

W = TypeVar("W", bound=Words)

NO_FIELDS: Final[OwnFields] = {}
OUTCOMES: Final = ("task", "alert", "digest")
_ANYTHING: Final = Scope(states=frozenset(DEAL_FIELDS["state"].choices), stages=None)
_ID: Final = re.compile(r"[a-z0-9-]{1,60}")
_TESTS_WANTED: Final = (
    '"tests" is missing. Add a case in which the rule fires and one in which it stays quiet.'
)
_REASON_WANTED: Final = (
    'neither "where", "missing", "count" nor "ratio" is there. Say what the rule looks for.'
)


def rule_id(tree: Entries) -> str | None:
    """The id a tree says it has, if it could be one."""
    said = tree.get("rule")
    return said.text if isinstance(said, Scalar) and _ID.fullmatch(said.text) else None


def read_rule(
    tree: Entries, stages: frozenset[str], notes: Notes, own: OwnFields = NO_FIELDS
) -> Rule | None:
    """The rule in a tree; None when something is wrong with it, which is in the notes then.

    A tree with `extends` must have been merged with the rule it extends.
    """
    context = _Context(stages=stages, own=own)
    words, errors, broken = validated(
        RuleWords, to_plain(tree), tree, {"stages": stages}, notes.rule
    )
    notes.problems += errors
    told = {problem.place for problem in notes.problems}
    for place, key in blanks(tree, told):
        notes.add(place, blank(key))
    for key in _lacking(tree):
        notes.add(tree.place, _TESTS_WANTED if key == "tests" else f'"{key}" is missing.')
    if not any(tree.key(key) or misspelled(key, tree) for key in REASONS):
        notes.add(tree.place, _REASON_WANTED)
    if words.was and words.was == words.rule:
        notes.add(notes.value("was"), "the rule has this name now. Write the one it had before.")
    return _checked(words, broken, tree, notes, context)


def _lacking(tree: Entries) -> list[str]:
    """What every rule has and this one has not; one that extends another may go without tests."""
    optional = {"tests"} if tree.key("extends") else set()
    return [
        key
        for key in REQUIRED
        if key not in optional and not tree.key(key) and not misspelled(key, tree)
    ]


def _checked(
    words: RuleWords, broken: frozenset[str], tree: Entries, notes: Notes, context: _Context
) -> Rule | None:
    subject = words.for_ or "deal"
    known = Vocabulary(subject=subject, own=context.own, notes=notes)
    reading = _Reading(words=words, broken=broken, tree=tree, known=known, context=context)
    where = reading.where()
    scope = _ANYTHING if where is None or subject != "deal" else scope_of(where)
    absences, presences, ratios = (
        reading.absences(scope),
        reading.presences(scope),
        reading.ratios(),
    )
    task, alert, digest = reading.task(), reading.line("alert"), reading.line("digest")
    escalate, resolve, cases = reading.steps(task), reading.resolve(), reading.cases()
    _check_outcome(words, notes)
    _check_dates(words, notes)
    _check_growth(words, where or (), notes)
    late_counts = _late_counts(words, absences, notes)
    if notes.problems:
        return None
    clauses = Clauses(
        subject=subject,
        where=where or (),
        absences=absences,
        presences=presences,
        ratios=ratios,
        task=task,
        lines=[line for line in (alert, digest) if line],
        escalate=escalate,
        resolve_when=resolve.when,
        late_counts=late_counts,
    )
    return Rule(
        id=str(words.rule),
        title=str(words.title),
        about=words.about,
        severity=Severity.LOW if words.severity == GROWS else Severity(words.severity),
        severity_grows=words.severity == GROWS,
        tags=words.tags,
        mode=Mode(words.mode),
        was=words.was,
        extends=words.extends,
        subject=subject,
        where=where or (),
        absences=absences,
        presences=presences,
        ratios=ratios,
        task=task,
        alert=alert,
        digest=digest,
        escalate=escalate,
        resolve=resolve,
        limits=_limits(words.limits),
        start_from=_start(words.start_from),
        starts_on=words.from_,
        ends_on=words.until,
        lone_deals=words.lone_deals,
        late_counts=late_counts,
        calendar=words.calendar,
        cases=cases,
        place=tree.place,
        meaning=meaning(clauses),
        needs_streams=needed_streams(clauses),
        needs_fields=needed_fields(clauses),
        heeds_streams=heeded_streams(clauses),
    )


@dataclass(frozen=True, kw_only=True)
class _Context:
    """What an org adds to the words: its stages and its own fields."""

    stages: frozenset[str]
    own: OwnFields


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The clauses of one rule, each read only if it is there and well-formed."""

    words: RuleWords
    broken: frozenset[str]
    tree: Entries
    known: Vocabulary
    context: _Context

    @property
    def notes(self) -> Notes:
        return self.known.notes

    def where(self) -> tuple[Condition, ...] | None:
        """The conditions; None when there are none, or none that can be read."""
        return self._conditions(self.words.where, ("where",)) if self._there("where") else None

    def absences(self, scope: Scope) -> tuple[Absence, ...]:
        there = self._there("missing")
        return read_missing(self.words.missing, scope, self.known) if there else ()

    def presences(self, scope: Scope) -> tuple[Presence, ...]:
        return read_counts(self.words.count, scope, self.known) if self._there("count") else ()

    def ratios(self) -> tuple[Ratio, ...]:
        return read_ratios(self.words.ratio, self.known) if self._there("ratio") else ()

    def task(self) -> TaskText | None:
        then = self.words.then
        if then is None or then.task is None:
            return None
        return read_task(then.task, self._placeholders(), self.notes)

    def line(self, outcome: str) -> Line | None:
        said = getattr(self.words.then, outcome, None)
        return read_line(said, outcome, self._placeholders(), self.notes) if said else None

    def steps(self, main: TaskText | None) -> tuple[Step, ...]:
        if not self._there("escalate") or "then" in self.broken:
            return ()
        return read_steps(
            self.words.escalate,
            main,
            self._placeholders(),
            self.notes,
            limited=bool(self.words.missing),
        )

    def resolve(self) -> Resolve:
        words = self.words.resolve
        if words is None or not self._there("resolve"):
            return Resolve()
        path = ("resolve", "when")
        when = self._conditions(words.when, path) if words.when is not None else ()
        if words.when == {} or not words.model_fields_set:
            message = '"resolve" needs a condition below "when", or a line in "close_task_with".'
            self.notes.add(self.notes.key("resolve"), message)
        if words.close_task_with is not None:
            line = ("resolve", "close_task_with")
            check_line(words.close_task_with, line, self._placeholders(), self.notes, what="line")
        return Resolve(when=when, close_task_with=words.close_task_with)

    def cases(self) -> tuple[Case, ...]:
        if not self._there("tests"):
            return ()
        then = self.words.then
        outcomes = [name for name in OUTCOMES if then is None or getattr(then, name)]
        return read_cases(self.words.tests, self.known, self.context.stages, outcomes)

    def _conditions(self, plain: object, path: Path) -> tuple[Condition, ...]:
        node, _ = find(self.tree, path)
        model = where_model(self.known.subject, self.known.own)
        context = {"stages": self.context.stages}
        words, errors, _ = validated(model, plain, node, context, self.notes.rule)
        self.notes.problems += errors
        return read_where(words, self.known, path)

    def _there(self, clause: str) -> bool:
        return self.tree.key(clause) is not None and clause not in self.broken

    def _placeholders(self) -> frozenset[str]:
        # a count that could not be read may well say something
        starts = [a.after for a in self.words.missing if isinstance(a.after, FromEvent)]
        said = {"count", "ratio", "missing"} & self.broken or says_something(
            (*self.words.count, *self.words.ratio)
        )
        return placeholder_names(said=bool(said) or any(_says(one) for one in starts))


def _says(start: FromEvent) -> bool:
    events = (getattr(start, name) for name in ("first", "last", "each"))
    return any(one is not None and one.activity and one.activity.says for one in events)


def _check_outcome(words: RuleWords, notes: Notes) -> None:
    then = words.then
    if then is not None and not (then.task or then.alert or then.digest):
        message = '"then" says nothing. Write a "task", an "alert" or a "digest".'
        notes.add(notes.key("then"), message)


def _check_dates(words: RuleWords, notes: Notes) -> None:
    if words.from_ and words.until and words.until < words.from_:
        message = f'"until" is before "from", {words.from_}, so the rule is never in force.'
        notes.add(notes.key("until"), message)


def _check_growth(words: RuleWords, where: tuple[Condition, ...], notes: Notes) -> None:
    aged = any(isinstance(one, Test) and one.op is Op.OLDER_THAN for one in where)
    if words.severity == GROWS and not words.missing and not aged:
        message = '"grows" needs a limit to be late by: a "missing", or an "older_than" in "where".'
        notes.add(notes.value("severity"), f"{message} Write low, medium or high.")


def _late_counts(words: RuleWords, absences: tuple[Absence, ...], notes: Notes) -> bool:
    """Whether a late answer clears it; `no` needs a clock that begins once."""
    if words.late_counts or not absences:
        if not words.late_counts:
            notes.add(notes.key("late_counts"), '"late_counts" goes with "missing" only.')
        return True
    first = absences[0]
    moving = first.clock is not Clock.AFTER or (
        isinstance(first.start, EventStart) and first.start.which != "first"
    )
    if moving or first.all_of or any(not isinstance(one, TouchPattern) for one in first.events):
        message = (
            '"late_counts: no" needs a clock that begins once: "after" a moment or a "first" '
            "activity, and a touch that is missing."
        )
        notes.add(notes.key("late_counts"), message)
    return False


def _limits(words: RuleLimits | None) -> Limits:
    if words is None:
        return Limits()
    return Limits(
        per_owner_per_day=words.per_owner_per_day,
        per_run=words.per_run,
        repeat_after=words.repeat,
        reopen_within=words.reopen_within,
    )


def _start(words: StartFrom | Backfill) -> StartFrom:
    if isinstance(words, Backfill):
        return StartFrom(start=Start.BACKFILL, length=words.backfill)
    return words
