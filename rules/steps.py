"""The `escalate` of a rule: who is told when a task has stayed open for too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.checked import Step, TaskText
from rules.language import StepTask, StepWords
from rules.lengths import Length, Times, Unit
from rules.notes import Notes, Path
from rules.problems import listed
from rules.texts import TEXTS, check_line, check_task

_OUTCOMES: Final = ("alert", "task", "digest")
_DIGEST: Final = "{account}: {owner}'s task has stayed open since {anchor:day}"

#: Lengths on the same clock can be compared: the clock, and how much of it one unit is.
_CLOCKS: Final[Mapping[Unit, tuple[str, int]]] = {
    Unit.HOURS: ("calendar", 1),
    Unit.DAYS: ("calendar", 24),
    Unit.WEEKS: ("calendar", 7 * 24),
    Unit.BUSINESS_HOURS: ("business hours", 1),
    Unit.BUSINESS_DAYS: ("business days", 1),
}


def read_steps(
    steps: Sequence[StepWords],
    main: TaskText | None,
    known: frozenset[str],
    notes: Notes,
    *,
    limited: bool = True,
) -> tuple[Step, ...]:
    """The steps; `known` are the placeholders they may hold, `main` the rule's own task.

    `limited` says whether the rule has a limit, of which a step can be so many times.
    """
    if main is None and steps:
        message = '"escalate" speaks of a task that stays open: it needs "then: task".'
        notes.add(notes.key("escalate"), message)
    for number, words in enumerate(steps):
        if isinstance(words.after, Times) and not limited:
            message = f'"{words.after}": this rule has no limit, for nothing is missing in it.'
            notes.add(notes.value("escalate", number, "after"), f"{message} Write a length.")
    for number in range(1, len(steps)):
        _check_order(steps[number - 1].after, steps[number].after, number, notes)
    found = (_step(words, number, main, known, notes) for number, words in enumerate(steps))
    return tuple(step for step in found if step)


def _step(
    words: StepWords, number: int, main: TaskText | None, known: frozenset[str], notes: Notes
) -> Step | None:
    path = ("escalate", number)
    named = [name for name in _OUTCOMES if getattr(words, name)]
    if len(named) != 1:
        message = (
            'this step tells nobody anything. Write an "alert" with a text, a "task" or a "digest".'
            if not named
            else f"this step does {listed(named, 'and')}. Make them steps of their own."
        )
        notes.add(notes.value(*path), message)
        return None
    to = words.digest or words.to
    _check_told(words, path, notes)
    task = None
    if words.alert is not None:
        check_line(words.alert, (*path, "alert"), known, notes, what="alert")
    if words.task is not None and main is not None:
        task = _task(words.task, to, main)
        check_task(task, (*path, "task"), known, notes, written=words.task.model_fields_set)
    if words.text is not None:
        check_line(words.text, (*path, "text"), known, notes, what="line")
    return Step(
        after=words.after,
        to=tuple(dict.fromkeys(to)),
        alert=words.alert,
        task=task,
        digest=(words.text or _DIGEST) if words.digest else None,
        place=notes.value(*path),
    )


def _check_told(words: StepWords, path: Path, notes: Notes) -> None:
    """A digest names who reads it, anything else has `to` beside it."""
    if not words.digest and not words.to:
        there = "to" in words.model_fields_set
        said = "this list is empty" if there else 'this step needs "to" beside it'
        place = notes.value(*path, "to") if there else notes.value(*path)
        notes.add(place, f"{said}. Say who is told.")
    if words.digest and words.to:
        message = 'a digest names its reader itself, as in "digest: manager". Delete this.'
        notes.add(notes.key(*path, "to"), message)
    if words.text is not None and not words.digest:
        message = '"text" is the line of a "digest". Delete it, or write a "digest".'
        notes.add(notes.key(*path, "text"), message)


def _task(words: StepTask, to: Sequence[str], main: TaskText) -> TaskText:
    texts = {name: getattr(words, name) or getattr(main, name) for name in TEXTS}
    high = main.high_priority if words.priority is None else words.priority == "high"
    return TaskText(
        to=tuple(dict.fromkeys(to)), due=words.due or main.due, high_priority=high, **texts
    )


def _size(after: Length | Times) -> tuple[str, int]:
    """On which clock a length is counted, and how long it is there."""
    if isinstance(after, Times):
        return "limit", after.number
    clock, unit = _CLOCKS[after.unit]
    return clock, unit * after.amount


def _check_order(before: Length | Times, after: Length | Times, number: int, notes: Notes) -> None:
    place = notes.value("escalate", number, "after")
    (clock, size), (clock_before, size_before) = _size(after), _size(before)
    if clock != clock_before:
        message = (
            f'nobody can say whether "{after}" is later than "{before}" in the step before. '
            "Count both in the same unit."
        )
        notes.add(place, message)
    elif size <= size_before:
        message = f'"{after}" is not later than "{before}" in the step before. Make it longer.'
        notes.add(place, message)
