"""The `missing` of a rule: which touch should have been, and since when its clock runs.

What a touch is, `count` reads here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.checked import Absence, Clock, Limit, TouchPattern
from rules.conditions import Scope
from rules.language import ByStage, CountedActivity, Missing, Touch
from rules.lengths import Length
from rules.notes import Notes
from rules.problems import listed
from rules.vocabulary import STATE_OF_STAGE, STATES_OF_MOMENT

#: The two ways to say since when: the words that go together.
_CLOCKS: Final[Mapping[Clock, tuple[str, str]]] = {
    Clock.AFTER: ("after", "within"),
    Clock.IN_LAST: ("counting_from", "in_last"),
}

_CHOICE: Final = '? Write "after" and "within", or "in_last" and "counting_from".'


def read_missing(missing: Sequence[Missing], scope: Scope, notes: Notes) -> tuple[Absence, ...]:
    """The absences; one whose clock is not clear, or can never run, is noted."""
    if not missing:
        notes.add(notes.key("missing"), '"missing" is empty. Say which touch is missing.')
    found = (_absence(words, number, scope, notes) for number, words in enumerate(missing))
    return tuple(absence for absence in found if absence)


def _absence(words: Missing, number: int, scope: Scope, notes: Notes) -> Absence | None:
    clock = _clock(words, number, notes)
    if clock is None:
        return None
    start_word, limit_word = _CLOCKS[clock]
    start, limit = getattr(words, start_word), getattr(words, limit_word)
    _check_start(start, ("missing", number, start_word), scope, notes)
    if isinstance(limit, ByStage):
        _check_stages(limit, ("missing", number, limit_word), scope, notes)
    return Absence(
        pattern=read_pattern(words.touch, ("missing", number, "touch"), notes),
        clock=clock,
        start=start,
        limit=_limit(limit),
        place=notes.value("missing", number),
    )


def _clock(words: Missing, number: int, notes: Notes) -> Clock | None:
    place = notes.value("missing", number)
    begun = [clock for clock, pair in _CLOCKS.items() if any(getattr(words, word) for word in pair)]
    if len(begun) == 1:
        lacking = [word for word in _CLOCKS[begun[0]] if not getattr(words, word)]
        there = listed([f'"{word}"' for word in _CLOCKS[begun[0]] if getattr(words, word)])
        for word in lacking:
            notes.add(place, f'{there} needs "{word}" beside it.')
        return None if lacking else begun[0]
    if begun:
        second = next(word for word in _CLOCKS[Clock.IN_LAST] if getattr(words, word))
        place = notes.key("missing", number, second)
    notes.add(place, f"{'which of the two clocks' if begun else 'since when'}{_CHOICE}")
    return None


def _check_start(start: str, path: tuple[int | str, ...], scope: Scope, notes: Notes) -> None:
    possible = STATES_OF_MOMENT.get(start)
    if possible and scope.states and not scope.states & possible:
        states = listed(sorted(scope.states))
        notes.add(notes.value(*path), f'"{start}" is empty while a deal is {states}.')


def _check_stages(limit: ByStage, path: tuple[int | str, ...], scope: Scope, notes: Notes) -> None:
    if not limit.by_stage:
        notes.add(notes.value(*path, "by_stage"), '"by_stage" names no stage. Write one or more.')
    for stage in limit.by_stage:
        place = notes.key(*path, "by_stage", stage)
        if scope.stages is not None and stage not in scope.stages:
            notes.add(
                place, f'"where" leaves out the stage "{stage}". Add it there or delete this.'
            )
        elif STATE_OF_STAGE.get(stage, "open") not in scope.states:
            notes.add(place, f'"where" leaves out deals in "{stage}". Delete this line.')
    for stage in sorted((scope.stages or frozenset()) - set(limit.by_stage)):
        place = notes.value(*path, "by_stage")
        notes.add(place, f'there is no length for "{stage}", which "where" names. Add one.')


def _limit(limit: Length | ByStage) -> Limit:
    return dict(limit.by_stage) if isinstance(limit, ByStage) else limit


def read_pattern(
    touch: Touch | CountedActivity, path: tuple[int | str, ...], notes: Notes
) -> TouchPattern:
    """Which touches count; a list that is empty, so that none would, is noted."""
    for word in sorted(touch.model_fields_set):
        if getattr(touch, word) == ():
            message = "this list is empty, so no activity would count. Fill it, or delete it."
            notes.add(notes.key(*path, word), message)
    by = frozenset(touch.by)
    says = (touch.says, touch.does_not_say) if isinstance(touch, CountedActivity) else ((), ())
    return TouchPattern(
        by=frozenset({"anyone"}) if "anyone" in by else by,
        at_least=touch.at_least,
        direction=None if touch.direction == "any" else touch.direction,
        kinds=frozenset(str(kind) for kind in touch.type),
        says=frozenset(says[0]),
        does_not_say=frozenset(says[1]),
    )
