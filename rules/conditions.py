"""The `where` of a rule: from words to tests, and tests that can never hold together.

A rule that can never fire is silent for ever, and nobody notices; so contradictions are mistakes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rules.checked import Op, Test, TestValue
from rules.lengths import Length, Unit
from rules.notes import Notes
from rules.problems import listed
from rules.vocabulary import DEAL_FIELDS, STATE_OF_STAGE, STATES_OF_MOMENT, Kind
from rules.where_words import DateTest, NumberTest, Where
from rules.words import Words

_LISTS: Final = {"is": Op.IS_ONE_OF, "is_not": Op.IS_NONE_OF}
_DAY_UNITS: Final = {Unit.DAYS: 1, Unit.WEEKS: 7}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which deals a rule can be about: the states and stages its conditions leave."""

    states: frozenset[str]
    stages: frozenset[str] | None  # None: the conditions do not speak of stages


def read_where(where: Where | None, notes: Notes) -> tuple[Test, ...]:
    """The tests of a `where`, in the order of the fields; contradictions are noted."""
    if where is None:
        return ()
    tests = []
    for field, words in _written(where):
        found = list(_tests(field, words, notes))
        if not found:
            notes.add(notes.key("where", field), f'"{field}" has no test. Write one, or delete it.')
        _CHECKS.get(type(words), _check_words)(field, words, notes)
        tests += found
    _check_scope(tests, notes)
    return tuple(tests)


def scope_of(tests: Iterable[Test]) -> Scope:
    """The states and stages that the tests leave."""
    tests = list(tests)
    states = _left(tests, "state", DEAL_FIELDS["state"].choices)
    named = [word for test in tests if test.field == "stage" for word in _words(test.value)]
    if not any(test.field == "stage" and test.op is Op.IS_ONE_OF for test in tests):
        return Scope(states=states, stages=None)
    stages = _left(tests, "stage", named)
    possible = {STATE_OF_STAGE.get(stage, "open") for stage in stages}
    return Scope(states=states & possible, stages=stages)


def _written(words: Words) -> Iterator[tuple[str, Any]]:
    """The words somebody wrote, by the name they have in the file."""
    for name, field in type(words).model_fields.items():
        value = getattr(words, name)
        if name in words.model_fields_set and value is not None:
            yield field.alias or name, value


def _tests(field: str, words: Words, notes: Notes) -> Iterator[Test]:
    for word, value in _written(words):
        place = notes.key("where", field, word)
        if word in _LISTS:
            value = tuple(dict.fromkeys(value))
            if not value:
                notes.add(place, "this list is empty, so the rule would never fire. Fill it.")
            yield Test(field=field, op=_LISTS[word], value=value, place=place)
        elif word == "is_empty":
            yield Test(
                field=field, op=Op.IS_EMPTY if value else Op.IS_NOT_EMPTY, value=None, place=place
            )
        else:
            yield Test(field=field, op=Op(word), value=value, place=place)


def _words(value: TestValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _left(tests: Sequence[Test], field: str, choices: Iterable[str]) -> frozenset[str]:
    left = set(choices)
    for test in tests:
        if test.field == field and test.op is Op.IS_ONE_OF:
            left &= set(_words(test.value))
        elif test.field == field and test.op is Op.IS_NONE_OF:
            left -= set(_words(test.value))
    return frozenset(left)


def _never(notes: Notes, field: str, why: str) -> None:
    notes.add(notes.key("where", field), f'"{field}" can never be {why}. Change one of them.')


def _check_empty(field: str, words: Any, notes: Notes) -> None:
    others = [word for word, _ in _written(words) if word != "is_empty"]
    if words.is_empty and others:
        _never(notes, field, f'empty and pass "{others[0]}"')


def _check_words(field: str, words: Any, notes: Notes) -> None:
    if words.is_ and set(words.is_) <= set(words.is_not):
        _never(notes, field, f'{listed(words.is_)} when "is_not" leaves out the same')
    if hasattr(words, "is_empty"):
        _check_empty(field, words, notes)


def _check_numbers(field: str, words: NumberTest, notes: Notes) -> None:
    _check_empty(field, words, notes)
    lows = [("at_least", words.at_least, False), ("more_than", words.more_than, True)]
    highs = [("at_most", words.at_most, False), ("below", words.below, True)]
    for low_word, low, low_open in lows:
        for high_word, high, high_open in highs:
            if low is not None and high is not None and _empty(low, high, low_open or high_open):
                said = f"{_said(low_word)} {low} and {_said(high_word)} {high} at once"
                _never(notes, field, said)


def _said(word: str) -> str:
    return word.replace("_", " ")


def _empty(low: Decimal, high: Decimal, border_left_out: bool) -> bool:
    return low > high or (low == high and border_left_out)


def _check_dates(field: str, words: DateTest, notes: Notes) -> None:
    _check_empty(field, words, notes)
    if DEAL_FIELDS[field].kind is Kind.DATE:
        _check_day(field, words, notes)
    begin = _moment(words.after, dt.timedelta(days=1))
    end = _moment(words.before, dt.timedelta())
    if begin and end and begin >= end:
        _never(notes, field, f"after {words.after} and before {words.before} at once")
    if words.older_than and words.newer_than and _not_shorter(words.older_than, words.newer_than):
        said = f"older than {words.older_than} and newer than {words.newer_than} at once"
        _never(notes, field, said)


def _check_day(field: str, words: DateTest, notes: Notes) -> None:
    for word, value in _written(words):
        place = notes.value("where", field, word)
        if isinstance(value, dt.datetime):
            notes.add(place, f'"{field}" is a day without a time. Leave the time of day out.')
        if isinstance(value, Length) and value.unit in (Unit.HOURS, Unit.BUSINESS_HOURS):
            notes.add(place, f'"{field}" is a day. Count in days, weeks or business days.')


def _moment(value: dt.date | dt.datetime | None, length_of_day: dt.timedelta) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time()) + length_of_day


def _not_shorter(one: Length, other: Length) -> bool:
    """Whether `one` is at least as long; lengths in business time compare among themselves only."""
    if one.unit in _DAY_UNITS and other.unit in _DAY_UNITS:
        return one.amount * _DAY_UNITS[one.unit] >= other.amount * _DAY_UNITS[other.unit]
    return one.unit is other.unit and one.amount >= other.amount


def _check_scope(tests: Sequence[Test], notes: Notes) -> None:
    states = _left(tests, "state", DEAL_FIELDS["state"].choices)
    scope = scope_of(tests)
    if states and scope.stages and not scope.states:
        said = f"a deal in stage {listed(sorted(scope.stages))} is never {listed(sorted(states))}."
        notes.add(notes.key("where", "stage"), f"{said} Change the state or the stage.")
    for test in tests:
        possible = STATES_OF_MOMENT.get(test.field)
        if possible and test.op is not Op.IS_EMPTY and states and not states & possible:
            said = f'"{test.field}" is empty while a deal is {listed(sorted(states))}.'
            notes.add(test.place, f'{said} Write "state: {sorted(possible)[-1]}", or delete it.')


_CHECKS: Final[Mapping[type[Words], Callable[[str, Any, Notes], None]]] = {
    NumberTest: _check_numbers,
    DateTest: _check_dates,
}
