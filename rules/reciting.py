"""How the conditions of a rule read aloud: for `explain`, for `rules show`, for the reports.

Words only: what a condition means, `holding` and `clocks` decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rules.checked import (
    Absence,
    ByAmount,
    ByWord,
    Clock,
    Condition,
    Event,
    EventStart,
    FieldRef,
    File,
    Formula,
    Group,
    Limit,
    Op,
    Planned,
    Presence,
    Quote,
    Ratio,
    Related,
    StageEntry,
    Test,
    TouchPattern,
)
from rules.lengths import Length
from rules.vocabulary import ACTIVITY_KINDS, FieldWord

Clauses = Condition | Absence | Presence | Ratio

#: How a test reads between its field and its value.
OPS: Final[Mapping[Op, str]] = {
    Op.IS_ONE_OF: "is",
    Op.IS_NONE_OF: "is not",
    Op.AT_LEAST: "is at least",
    Op.AT_MOST: "is at most",
    Op.MORE_THAN: "is more than",
    Op.BELOW: "is below",
    Op.BEFORE: "is before",
    Op.AFTER: "is after",
    Op.OLDER_THAN: "is older than",
    Op.NEWER_THAN: "is newer than",
    Op.CONTAINS: "contains",
    Op.STARTS_WITH: "starts with",
    Op.IS_EMPTY: "is empty",
    Op.IS_NOT_EMPTY: "is not empty",
}


def recite(about: Clauses) -> str:
    """Say one condition, absence, count or ratio in words."""
    return _SAID[type(about)](about)


def _test(one: Test) -> str:
    return f"{one.field} {OPS[one.op]} {_value(one.value)}".strip()


def _formula(one: Formula) -> str:
    return one.text


def _group(one: Group) -> str:
    joined = " and " if one.word == "all" else " or "
    inside = joined.join(recite(part) for part in one.conditions)
    return f"not ({inside})" if one.word == "none" else f"({inside})"


def _related(one: Related) -> str:
    beside = f"with the same {one.same}"
    if one.pattern is not None:
        before = f" in the {one.before} before it" if one.before else ""
        return f"there is {pattern(one.pattern)} {beside}{before}"
    tests = " and ".join(recite(test) for test in one.conditions)
    return f"there is another {one.subject} {beside}{f' whose {tests}' if tests else ''}"


def _absence(one: Absence) -> str:
    joined = " and " if one.all_of else " or "
    what = joined.join(_event(event) for event in one.events)
    if one.clock is Clock.AFTER:
        since = f" counting from {one.due}" if one.due else ""
        within = f"within {limit(one.limit)} after {_start(one.start)}{since}"
        return f"{within}{_sooner(one)}, no {what}"
    return f"in the last {limit(one.limit)}, counting from {_start(one.start)}: no {what}"


def _sooner(one: Absence) -> str:
    found = one.sooner
    return f", or within {found.limit} of {pattern(found.pattern)} since" if found else ""


def _presence(one: Presence) -> str:
    often = _often("at least", one.at_least) if one.at_least else _often("at most", one.at_most)
    last = [f" in the last {one.in_last}"] if one.in_last else []
    since = [f" after {_start(one.after)}"] if one.after else []
    old = [f", {one.older_than} old or older"] if one.older_than else []
    return f"{often}{''.join([*last, *since, *old])}: {pattern(one.pattern)}"


def _often(bound: str, times: int | None) -> str:
    return f"{bound} once" if times == 1 else f"{bound} {times} times"


def _ratio(one: Ratio) -> str:
    bound = f"below {one.below}" if one.below is not None else f"above {one.above}"
    return (
        f"of {one.start_from} or more in the last {one.in_last}, {pattern(one.to)}, "
        f"the part {bound}: {pattern(one.of)}"
    )


_SAID: Final[Mapping[type, Callable[[Any], str]]] = {
    Test: _test,
    Formula: _formula,
    Group: _group,
    Related: _related,
    Absence: _absence,
    Presence: _presence,
    Ratio: _ratio,
}


def _start(start: FieldWord | EventStart) -> str:
    if not isinstance(start, EventStart):
        return start.name
    otherwise = f" (else {start.otherwise.name})" if start.otherwise else ""
    which = {"each": "each", "first": "the first", "last": "the last"}[start.which]
    newest = f" of the last {start.newer_than}" if start.newer_than else ""
    return f"{which} {pattern(start.pattern)}{newest}{otherwise}"


def _event(event: Event) -> str:
    if isinstance(event, TouchPattern):
        return pattern(event)
    if isinstance(event, Planned):
        kinds = "" if event.kinds == frozenset(ACTIVITY_KINDS) else _either(sorted(event.kinds))
        named = f" or by {event.or_by}" if event.or_by else ""
        return f"{kinds or 'activity'} planned in the next {event.in_next}{named}"
    if isinstance(event, Quote):
        return "quote presented" if event.presented else "quote"
    if isinstance(event, File):
        return _file(event)
    assert isinstance(event, StageEntry)
    return f"entry into {_either(sorted(event.stages))}"


def _file(event: File) -> str:
    mailed = " and a mail after it" if event.mailed else ""
    same = ", of the same kind" if event.same_document else ""
    return f"file named as {_either(sorted(event.kinds, reverse=True))}{mailed}{same}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join(str(one) for one in value)
    if isinstance(value, FieldRef):
        return value.word.name
    if isinstance(value, (ByWord, ByAmount)):
        return limit(value)
    return "" if value is None else str(value)


def limit(one: Limit | ByWord | ByAmount) -> str:
    """Say a limit, with its table if it has one."""
    if isinstance(one, Length):
        return str(one)
    if isinstance(one, ByWord):
        return ", ".join(f"{value} in {word}" for word, value in one.rows.items())
    return ", ".join(f"{value} from {bound}" for bound, value in one.rows.items())


def pattern(one: TouchPattern) -> str:
    """Say which activities count."""
    words = [one.direction or "", _kinds(one)]
    if "anyone" not in one.by:
        words.append(f"by {_either(sorted(one.by))}")
    if one.at_least is not None:
        words.append(_GRADES.get(one.at_least, f"of grade {one.at_least} or better"))
    if one.automated is not None:
        words.append("sent by a machine" if one.automated else "not sent by a machine")
    if one.lasting is not None:
        words.append(_lasting(one.lasting))
    if one.picked_up is not None:
        words.append("(calls: taken)" if one.picked_up else "(calls: only missed ones)")
    return " ".join(word for word in [*words, *_text(one), *_client(one)] if word)


def _text(one: TouchPattern) -> list[str]:
    words = []
    if one.says:
        words.append(f"that says {_either(sorted(one.says))}")
    if one.does_not_say:
        joined = "and not" if one.says else "that does not say"
        words.append(f"{joined} {_either(sorted(one.does_not_say))}")
    if one.lacks:
        words.append(f"that lacks {_either(sorted(one.lacks))}")
    if one.same_document:
        words.append("of the same kind of document")
    return words


def _client(one: TouchPattern) -> list[str]:
    words = []
    if one.answers is not None:
        words.append("in answer to the client" if one.answers else "of our own accord")
    if one.client_has:
        named = [word.replace("_", " ") for word in sorted(one.client_has, reverse=True)]
        words.append(f"with a client who has {_either(named)}")
    return words


def _lasting(one: int | tuple[tuple[str, int], ...]) -> str:
    if isinstance(one, int):
        return f"of {_duration(one)} or more"
    return "of " + " or ".join(f"{_duration(seconds)} ({kind})" for kind, seconds in one)


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if rest:
        return f"{seconds} seconds"
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"


#: The strongest and the weakest grade say it better in words.
_GRADES: Final[Mapping[str, str]] = {"A": "of grade A", "attempt": "or attempt at one"}


def _kinds(one: TouchPattern) -> str:
    if one.kinds == frozenset(ACTIVITY_KINDS):
        return "contact" if one.at_least is not None else "activity"
    return _either(sorted(one.kinds))


def _either(words: list[str]) -> str:
    return " or ".join(words)
