"""The `escalate` of a rule: who is told when a task has stayed open for too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.checked import Step
from rules.language import StepWords
from rules.lengths import Length, Unit
from rules.notes import Notes
from rules.texts import check_braces, without_placeholders

LONGEST_ALERT: Final = 250

#: Lengths on the same clock can be compared: the clock, and how much of it one unit is.
_CLOCKS: Final[Mapping[Unit, tuple[str, int]]] = {
    Unit.HOURS: ("calendar", 1),
    Unit.DAYS: ("calendar", 24),
    Unit.WEEKS: ("calendar", 7 * 24),
    Unit.BUSINESS_HOURS: ("business hours", 1),
    Unit.BUSINESS_DAYS: ("business days", 1),
}


def read_steps(steps: Sequence[StepWords], known: frozenset[str], notes: Notes) -> tuple[Step, ...]:
    """The steps; `known` are the placeholders that an alert may hold."""
    for number, words in enumerate(steps):
        _check_alert(words, number, known, notes)
        if not words.to:
            message = "this list is empty. Say who is told."
            notes.add(notes.value("escalate", number, "to"), message)
    for number in range(1, len(steps)):
        _check_order(steps[number - 1].after, steps[number].after, number, notes)
    return tuple(
        Step(
            after=words.after,
            to=tuple(dict.fromkeys(words.to)),
            alert=words.alert or "",
            place=notes.value("escalate", number),
        )
        for number, words in enumerate(steps)
    )


def _check_alert(words: StepWords, number: int, known: frozenset[str], notes: Notes) -> None:
    path = ("escalate", number, "alert")
    if words.alert is None:
        message = 'this step tells nobody anything. Write an "alert" with a text.'
        notes.add(notes.value("escalate", number), message)
        return
    check_braces(words.alert, path, known, notes)
    length = without_placeholders(words.alert)
    if length > LONGEST_ALERT:
        message = (
            f"this alert has {length} characters beside its placeholders; "
            f"{LONGEST_ALERT} are the most. Shorten it."
        )
        notes.add(notes.value(*path), message)
    if "\n" in words.alert:
        notes.add(notes.value(*path), "an alert is a single line.")


def _check_order(before: Length, after: Length, number: int, notes: Notes) -> None:
    place = notes.value("escalate", number, "after")
    (clock, unit), (clock_before, unit_before) = _CLOCKS[after.unit], _CLOCKS[before.unit]
    if clock != clock_before:
        message = (
            f'nobody can say whether "{after}" is later than "{before}" in the step before. '
            "Count both in the same unit."
        )
        notes.add(place, message)
    elif after.amount * unit <= before.amount * unit_before:
        message = f'"{after}" is not later than "{before}" in the step before. Make it longer.'
        notes.add(place, message)
