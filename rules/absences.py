"""The `missing` of a rule: what should have been, and since when its clock runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.checked import (
    Absence,
    ByWord,
    Clock,
    Event,
    EventStart,
    File,
    Limit,
    Planned,
    Sooner,
    TouchPattern,
)
from rules.conditions import Vocabulary, read_limit
from rules.contradictions import Scope
from rules.language import FromEvent, Missing
from rules.lengths import Length
from rules.notes import Path
from rules.patterns import read_event, read_pattern
from rules.problems import a, did_you_mean, listed, shown
from rules.subjects import moments_of
from rules.touch_words import EventWords
from rules.vocabulary import STATE_OF_STAGE, STATES_OF_MOMENT, FieldWord

#: The two ways to say since when: the words that go together.
_CLOCKS: Final[Mapping[Clock, tuple[str, str]]] = {
    Clock.AFTER: ("after", "within"),
    Clock.IN_LAST: ("counting_from", "in_last"),
}
_CHOICE: Final = '? Write "after" and "within", or "in_last" and "counting_from".'
_ONE: Final = tuple(EventWords.model_fields)
#: What a rule can be for that has no deals of its own.
_WITHOUT_DEALS: Final = frozenset({"contact", "owner"})
#: From where the time of `within` may run, beside the start of the clock itself.
_DUES: Final = frozenset({"promise.due", "meeting.end"})


def read_missing(
    missing: Sequence[Missing], scope: Scope, known: Vocabulary
) -> tuple[Absence, ...]:
    """The absences; one whose clock is not clear, or can never run, is noted."""
    if not missing:
        known.notes.add(known.notes.key("missing"), '"missing" is empty. Say what is missing.')
    found = (_absence(words, number, scope, known) for number, words in enumerate(missing))
    return tuple(absence for absence in found if absence)


def _absence(words: Missing, number: int, scope: Scope, known: Vocabulary) -> Absence | None:
    path = ("missing", number)
    events = _events(words, path, known)
    clock = _clock(words, number, known)
    if clock is None:
        return None
    start = _start(words, clock, path, scope, known)
    _check_same(events, start, path, known)
    limit_word = _CLOCKS[clock][1]
    limit = read_limit(getattr(words, limit_word), known, (*path, limit_word))
    if isinstance(limit, ByWord) and limit.word.name == "stage":
        _check_stages(limit, (*path, limit_word), scope, known)
    sooner = _sooner(words, clock, limit, path, known)
    if start is None or limit is None or not events:
        return None
    return Absence(
        events=tuple(events),
        all_of=bool(words.all_of),
        clock=clock,
        start=start,
        due=words.counting_from if clock is Clock.AFTER else None,
        limit=limit,
        sooner=sooner,
        place=known.notes.value(*path),
    )


#: What is said of a document, of each kind apart.
_OF_KINDS: Final = frozenset({"promise", "withdrawal"})


def _check_same(
    events: Sequence[Event], start: FieldWord | EventStart | None, path: Path, known: Vocabulary
) -> None:
    """Only a promise that began the clock says which kind of document is meant."""
    same = [one for one in events if isinstance(one, TouchPattern | File) and one.same_document]
    place = known.notes.value(*path)
    each = isinstance(start, EventStart) and start.which == "each"
    promised = isinstance(start, EventStart) and start.pattern.says == {"promise"}
    if same and start is not None and not (each and promised):
        message = '"same: document" needs "after: each" activity that says promise, and no more.'
        known.notes.add(place, message)
    for one in same:
        if isinstance(one, TouchPattern) and not (one.says and one.says <= _OF_KINDS):
            words = listed(sorted(_OF_KINDS), "or")
            message = f'"same: document" goes with an activity that says {words}, and nothing else.'
            known.notes.add(place, message)


def _sooner(
    words: Missing, clock: Clock, limit: Limit | None, path: Path, known: Vocabulary
) -> Sooner | None:
    """What makes it due sooner; what never can is noted."""
    if words.sooner is None:
        return None
    here, notes = (*path, "sooner"), known.notes
    if clock is not Clock.AFTER:
        notes.add(notes.key(*here), '"sooner" goes with "after" and "within", not with "in_last".')
    length = words.sooner.within
    alike = isinstance(limit, Length) and limit.unit is length.unit
    if alike and isinstance(limit, Length) and length.amount >= limit.amount:
        message = f'"{length}" is not sooner than "{limit}". Write less, or delete "sooner".'
        notes.add(notes.value(*here, "within"), message)
    pattern = read_pattern(words.sooner.activity, (*here, "activity"), notes)
    return Sooner(pattern=pattern, limit=length)


# -- what is missing -------------------------------------------------------------------------


def _events(words: Missing, path: Path, known: Vocabulary) -> list[Event]:
    lists = [name for name in ("any_of", "all_of") if getattr(words, name)]
    alone = [name for name in _ONE if getattr(words, name) is not None]
    if len(lists) + bool(alone) > 1:
        names = listed([f'"{name}"' for name in (*alone, *lists)])
        known.notes.add(known.notes.value(*path), f"keep one of {names}.")
        return []
    if not lists:
        event = read_event(words, path, known.notes)
        return _possible([event], path, known)
    some = enumerate(getattr(words, lists[0]))
    events = [read_event(one, (*path, lists[0], number), known.notes) for number, one in some]
    return _possible(events, path, known)


def _possible(events: Sequence[Event | None], path: Path, known: Vocabulary) -> list[Event]:
    """The events; quotes and stages are those of a deal, or of the deals of a client."""
    found = [event for event in events if event is not None]
    of_deals = [one for one in found if not isinstance(one, (TouchPattern, Planned))]
    if of_deals and known.subject in _WITHOUT_DEALS:
        message = f'a deal or account has quotes and stages; this rule is for "{known.subject}".'
        known.notes.add(known.notes.value(*path), message)
    if known.subject == "owner" and any(isinstance(x, Planned) and x.or_by for x in found):
        message = '"or_by" is what a note on a client names; this rule is for "owner". Delete it.'
        known.notes.add(known.notes.value(*path), message)
    return found


# -- since when ------------------------------------------------------------------------------


def _clock(words: Missing, number: int, known: Vocabulary) -> Clock | None:
    notes = known.notes
    place = notes.value("missing", number)
    pairs = dict(_CLOCKS)
    if words.after or words.within:  # there "counting_from" says from where the time runs
        pairs[Clock.IN_LAST] = ("in_last", "in_last")
    begun = [clock for clock, pair in pairs.items() if any(getattr(words, word) for word in pair)]
    if len(begun) == 1:
        lacking = [word for word in _CLOCKS[begun[0]] if not getattr(words, word)]
        there = listed([f'"{word}"' for word in _CLOCKS[begun[0]] if getattr(words, word)])
        for word in lacking:
            notes.add(place, f'{there} needs "{word}" beside it.')
        return None if lacking else begun[0]
    if begun:
        place = notes.key("missing", number, "in_last")
    notes.add(place, f"{'which of the two clocks' if begun else 'since when'}{_CHOICE}")
    return None


def _start(
    words: Missing, clock: Clock, path: Path, scope: Scope, known: Vocabulary
) -> FieldWord | EventStart | None:
    if clock is Clock.IN_LAST:
        return _moment(words.counting_from or "", (*path, "counting_from"), scope, known)
    if words.counting_from is not None:
        _check_due(words, path, known)
    if isinstance(words.after, FromEvent):
        return _from_event(words.after, (*path, "after"), scope, known)
    return _moment(words.after or "", (*path, "after"), scope, known)


def read_after(
    after: str | FromEvent, path: Path, scope: Scope, known: Vocabulary
) -> FieldWord | EventStart | None:
    """What a `count` begins after: a moment, or the last of something; else noted, and None."""
    if not isinstance(after, FromEvent):
        return _moment(after, path, scope, known)
    start = _from_event(after, path, scope, known)
    if start is not None and start.which != "last":
        message = f'a count begins after the last of something: write "last", not "{start.which}".'
        known.notes.add(known.notes.key(*path, start.which), message)
        return None
    return start


def _check_due(words: Missing, path: Path, known: Vocabulary) -> None:
    said = words.counting_from or ""
    place = known.notes.value(*path, "counting_from")
    if said not in _DUES:
        near = did_you_mean(said, _DUES) or f" Known: {listed(sorted(_DUES), 'and')}."
        known.notes.add(place, f'with "after", the time cannot run from {shown(said)}.{near}')
    elif not isinstance(words.after, FromEvent):
        known.notes.add(place, f'"{said}" needs an activity in "after", such as "each:".')


def _from_event(words: FromEvent, path: Path, scope: Scope, known: Vocabulary) -> EventStart | None:
    named = [name for name in ("first", "last", "each") if getattr(words, name) is not None]
    if len(named) != 1:
        known.notes.add(known.notes.value(*path), 'write one of "first", "last" or "each".')
        return None
    event = read_event(getattr(words, named[0]), (*path, named[0]), known.notes)
    if event is None:
        return None
    if not isinstance(event, TouchPattern):
        message = f'a clock begins with a "touch" or an "activity": "{named[0]}" of those.'
        known.notes.add(known.notes.key(*path, named[0]), message)
        return None
    if event.same_document:
        message = '"same" compares with what begins the clock: this begins it. Delete it.'
        known.notes.add(known.notes.key(*path, named[0], "activity", "same"), message)
    otherwise = None
    if words.otherwise is not None:
        otherwise = _moment(words.otherwise, (*path, "otherwise"), scope, known)
    return EventStart(
        which=named[0], pattern=event, otherwise=otherwise, newer_than=words.newer_than
    )


def _moment(name: str, path: Path, scope: Scope, known: Vocabulary) -> FieldWord | None:
    moments = moments_of(known.subject, known.own)
    if name not in moments:
        near = did_you_mean(name, moments) or ""
        message = f"{shown(name)} is not a moment of {a(known.subject)}.{near}"
        options = listed(list(moments), "and") or 'none; write "after: {last: …}"'
        known.notes.add(known.notes.value(*path), f"{message} Known: {options}.")
        return None
    possible = STATES_OF_MOMENT.get(name) if known.subject == "deal" else None
    if possible and scope.states and not scope.states & possible:
        states = listed(sorted(scope.states))
        known.notes.add(known.notes.value(*path), f'"{name}" is empty while a deal is {states}.')
    return moments[name]


def _check_stages(limit: ByWord, path: Path, scope: Scope, known: Vocabulary) -> None:
    notes = known.notes
    for stage in limit.rows:
        place = notes.key(*path, "by_stage", stage)
        if scope.stages is not None and stage not in scope.stages:
            notes.add(
                place, f'"where" leaves out the stage "{stage}". Add it there or delete this.'
            )
        elif STATE_OF_STAGE.get(stage, "open") not in scope.states:
            notes.add(place, f'"where" leaves out deals in "{stage}". Delete this line.')
    for stage in sorted((scope.stages or frozenset()) - set(limit.rows)):
        place = notes.value(*path, "by_stage")
        notes.add(place, f'there is no length for "{stage}", which "where" names. Add one.')
