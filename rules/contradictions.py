"""Conditions that can never hold together, in one field, beside each other and within groups.

A rule that can never fire is silent for ever, and nobody notices; so contradictions are mistakes.
What cannot be compared (other units, tables, other fields) is left alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from rules.checked import Condition, Group, Op, Test
from rules.lengths import Length, Unit
from rules.notes import Notes, Path
from rules.problems import listed
from rules.reciting import recite
from rules.vocabulary import DEAL_FIELDS, STATE_OF_STAGE, STATES_OF_MOMENT, FieldWord, Kind
from rules.where_words import DateTest, NumberTest
from rules.words import Words, written

_DAY_UNITS: Final = {Unit.DAYS: 1, Unit.WEEKS: 7}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which deals a rule can be about: the states and stages its conditions leave."""

    states: frozenset[str]
    stages: frozenset[str] | None  # None: the conditions do not speak of stages


def scope_of(conditions: Iterable[Condition]) -> Scope:
    """The states and stages that the tests of a deal leave."""
    tests = [one for one in conditions if isinstance(one, Test)]
    states = _left(tests, "state", DEAL_FIELDS["state"].choices)
    named = [word for test in tests if test.field == "stage" for word in _words(test.value)]
    if not any(test.field == "stage" and test.op is Op.IS_ONE_OF for test in tests):
        return Scope(states=states, stages=None)
    stages = _left(tests, "stage", named)
    possible = {STATE_OF_STAGE.get(stage, "open") for stage in stages}
    return Scope(states=states & possible, stages=stages)


def _left(tests: Sequence[Test], field: str, choices: Iterable[str]) -> frozenset[str]:
    left = set(choices)
    for test in tests:
        if test.field == field and test.op is Op.IS_ONE_OF:
            left &= set(_words(test.value))
        elif test.field == field and test.op is Op.IS_NONE_OF:
            left -= set(_words(test.value))
    return frozenset(left)


def _words(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


# -- the tests of one field ------------------------------------------------------------------


def check_field(word: FieldWord, words: Words, notes: Notes, path: Path) -> None:
    """Note what the tests of one field, written together, can never be."""
    _CHECKS.get(type(words), _check_words)(word, words, notes, path)


def _never(notes: Notes, path: Path, why: str) -> None:
    notes.add(notes.key(*path), f'"{path[-1]}" can never be {why}. Change one of them.')


def _check_empty(words: Any, notes: Notes, path: Path) -> None:
    others = [word for word, _ in written(words) if word != "is_empty"]
    if words.is_empty and others:
        _never(notes, path, f'empty and pass "{others[0]}"')


def _check_words(word: FieldWord, words: Any, notes: Notes, path: Path) -> None:
    if words.is_ and set(words.is_) <= set(words.is_not):
        _never(notes, path, f'{listed(words.is_)} when "is_not" leaves out the same')
    if hasattr(words, "is_empty"):
        _check_empty(words, notes, path)


def _check_numbers(word: FieldWord, words: NumberTest, notes: Notes, path: Path) -> None:
    _check_empty(words, notes, path)
    for low in (Op.AT_LEAST, Op.MORE_THAN):
        for high in (Op.AT_MOST, Op.BELOW):
            least, most = getattr(words, low), getattr(words, high)
            if _apart((low, least), (high, most)):
                said = f"{_said(low)} {least} and {_said(high)} {most} at once"
                _never(notes, path, said)


def _said(op: Op) -> str:
    return op.replace("_", " ")


def _check_dates(word: FieldWord, words: DateTest, notes: Notes, path: Path) -> None:
    _check_empty(words, notes, path)
    if word.kind is Kind.DATE:
        _check_day(words, notes, path)
    if _apart((Op.AFTER, words.after), (Op.BEFORE, words.before)):
        _never(notes, path, f"after {words.after} and before {words.before} at once")
    older, newer = words.older_than, words.newer_than
    if _apart((Op.OLDER_THAN, older), (Op.NEWER_THAN, newer)):
        _never(notes, path, f"older than {older} and newer than {newer} at once")


def _check_day(words: DateTest, notes: Notes, path: Path) -> None:
    for word, value in written(words):
        place = notes.value(*path, word)
        if isinstance(value, dt.datetime):
            message = f'"{path[-1]}" is a day without a time. Leave the time of day out.'
            notes.add(place, message)
        if isinstance(value, Length) and value.unit in (Unit.HOURS, Unit.BUSINESS_HOURS):
            message = f'"{path[-1]}" is a day. Count in days, weeks or business days.'
            notes.add(place, message)


_CHECKS: Final[Mapping[type[Words], Callable[[FieldWord, Any, Notes, Path], None]]] = {
    NumberTest: _check_numbers,
    DateTest: _check_dates,
}


# -- two tests of one field ------------------------------------------------------------------

_Bound = tuple[Op, object]
#: Pairs of tests of which one bounds the field from below and the other from above.
_BOUNDS: Final = frozenset(
    {(low, high) for low in (Op.AT_LEAST, Op.MORE_THAN) for high in (Op.AT_MOST, Op.BELOW)}
    | {(Op.AFTER, Op.BEFORE), (Op.OLDER_THAN, Op.NEWER_THAN)}
)
_OPEN: Final = frozenset({Op.MORE_THAN, Op.BELOW})


def _apart(low: _Bound, high: _Bound) -> bool:
    """Whether nothing lies between two bounds; bounds that cannot be compared are not apart."""
    (one, least), (other, most) = low, high
    if isinstance(least, Decimal) and isinstance(most, Decimal):
        return least > most or (least == most and bool(_OPEN & {one, other}))
    if isinstance(least, Length) and isinstance(most, Length):
        return not_shorter(least, most)
    begin, end = _moment(least, dt.timedelta(days=1)), _moment(most, dt.timedelta())
    return begin is not None and end is not None and begin >= end


def _moment(value: object, length_of_day: dt.timedelta) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time()) + length_of_day
    return None


def not_shorter(one: Length, other: Length) -> bool:
    """Whether `one` is at least as long; lengths in business time compare among themselves only."""
    if one.unit in _DAY_UNITS and other.unit in _DAY_UNITS:
        return one.amount * _DAY_UNITS[one.unit] >= other.amount * _DAY_UNITS[other.unit]
    return one.unit is other.unit and one.amount >= other.amount


def _clash(one: Test, other: Test) -> bool:
    """Whether no record can pass both tests of a field."""
    if (one.op, other.op) in _BOUNDS:
        return _apart((one.op, one.value), (other.op, other.value))
    if one.op is Op.IS_EMPTY:
        return other.op not in (Op.IS_EMPTY, Op.IS_NONE_OF)
    if one.op is Op.IS_ONE_OF and other.op in (Op.IS_ONE_OF, Op.IS_NONE_OF):
        ours = {word.lower() for word in _words(one.value)}
        theirs = {word.lower() for word in _words(other.value)}
        return not ours & theirs if other.op is Op.IS_ONE_OF else ours <= theirs
    return False


# -- conditions beside each other, and groups ------------------------------------------------


def check_together(conditions: Sequence[Condition], subject: str, notes: Notes) -> None:
    """Note the tests that contradict those beside or around them, each once."""
    _check_level(conditions, [], _Checking(subject, notes))


@dataclass(frozen=True)
class _Checking:
    subject: str
    notes: Notes


def _check_level(conditions: Sequence[Condition], around: list[Test], on: _Checking) -> None:
    mine = [test for one in conditions for test in _every(one)]
    here = [*around, *mine]
    clear = _told_once(mine, around, on)
    for group in _choices(conditions) if clear else ():
        turned = [part.place for part in group.conditions if group.word == "none"]
        beside = [test for test in here if test.place not in turned]  # not against itself
        for member in group.conditions:
            _check_level([member], beside, on)


def _told_once(mine: Sequence[Test], around: Sequence[Test], on: _Checking) -> bool:
    """Whether nothing is wrong with these tests; the first pair that clashes is noted."""
    for number, test in enumerate(mine):
        for other in (*around, *mine[:number]):
            if test.field == other.field and (_clash(test, other) or _clash(other, test)):
                on.notes.add(test.place, f"{_both(other, test)} Change one of them.")
                return False
    return not around or on.subject != "deal" or not _out_of_scope(mine, around, on.notes)


def _both(one: Test, other: Test) -> str:
    return f'no record passes both "{recite(one)}" and "{recite(other)}".'


def _out_of_scope(mine: Sequence[Test], around: Sequence[Test], notes: Notes) -> bool:
    before = len(notes.problems)
    check_scope(mine, around, notes)
    return len(notes.problems) > before


def check_scope(mine: Sequence[Test], around: Sequence[Test], notes: Notes) -> None:
    """Note those tests of a deal that its state or stage can never pass."""
    tests = [*around, *mine]
    states, scope = _left(tests, "state", DEAL_FIELDS["state"].choices), scope_of(tests)
    if states and scope.stages and not scope.states:
        said = f"a deal in stage {listed(sorted(scope.stages))} is never {listed(sorted(states))}."
        word = next(test for test in reversed(tests) if test.field == "stage")
        notes.add(word.place, f"{said} Change the state or the stage.")
    for test in mine:
        possible = STATES_OF_MOMENT.get(test.field)
        if possible and test.op is not Op.IS_EMPTY and states and not states & possible:
            said = f'"{test.field}" is empty while a deal is {listed(sorted(states))}.'
            wanted = f'{said} Write "state: {sorted(possible)[-1]}", or delete it.'
            notes.add(test.place, wanted)


def _every(one: Condition) -> Iterator[Test]:
    """The tests that must hold where a condition does."""
    if isinstance(one, Test):
        yield one
    elif isinstance(one, Group) and one.word == "all":
        for part in one.conditions:
            yield from _every(part)
    elif isinstance(one, Group) and one.word == "none":
        for part in one.conditions:
            if isinstance(part, Test) and part.op in _NOT:
                yield replace(part, op=_NOT[part.op])


#: What holds of a field where a test of it does not. An empty field passes some of these too, but
#: none of the tests that they clash with.
_NOT: Final[Mapping[Op, Op]] = {
    Op.IS_ONE_OF: Op.IS_NONE_OF,
    Op.IS_NONE_OF: Op.IS_ONE_OF,
    Op.IS_EMPTY: Op.IS_NOT_EMPTY,
    Op.IS_NOT_EMPTY: Op.IS_EMPTY,
    Op.AT_LEAST: Op.BELOW,
    Op.BELOW: Op.AT_LEAST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.OLDER_THAN: Op.NEWER_THAN,
    Op.NEWER_THAN: Op.OLDER_THAN,
}


def _choices(conditions: Iterable[Condition]) -> Iterator[Group]:
    """The groups in which one condition may hold and another not."""
    for one in conditions:
        if isinstance(one, Group) and one.word == "all":
            yield from _choices(one.conditions)
        elif isinstance(one, Group):
            yield one
