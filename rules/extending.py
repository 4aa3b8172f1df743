"""A thin rule over a shipped one: `extends: shipped/won-no-follow-up` and what differs.

Mappings merge key by key, at every depth; anything else (a text, a list) replaces what was there.
Every node keeps its place, so a problem is told where it was written. What the shipped rule has can
be changed but not taken away; a rule that needs less is a rule of its own.

The shipped rule's tests stay with the shipped rule. A thin rule passes on them too as long as it
means the same (`Rule.meaning` and calendar); expectations about parts of the task that it words
differently are left out then. One that means something else has only the tests it writes itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final, TypeVar

from rules.checked import Case, Rule
from rules.strict_yaml import Entries, Node

T = TypeVar("T")

PREFIX: Final = "shipped/"
#: Parts of what is written that a test can expect, without `to`: that is the meaning's.
_WORDED: Final[Mapping[str, tuple[str, ...]]] = {
    "task": ("due", "subject", "purpose", "opening", "done_when"),
    "alert": ("text",),
    "digest": ("text",),
}


def merged(base: Entries, over: Entries) -> Entries:
    """The tree of the shipped rule with the thin one laid over it."""
    own_identity = over.key("rule") is not None
    left_out = {"tests", "extends"} | ({"rule", "was"} if own_identity else set())
    kept = tuple(pair for pair in base.entries if pair[0].text not in left_out)
    return _merged_entries(dataclasses.replace(base, entries=kept), over)


def inherited_cases(rule: Rule, base: Rule) -> tuple[Case, ...]:
    """The shipped rule's cases that hold for the thin rule too."""
    if (rule.meaning, rule.calendar) != (base.meaning, base.calendar):
        return ()
    changed = {outcome: _changed(outcome, rule, base) for outcome in _WORDED}
    graver = (rule.severity, rule.severity_grows) != (base.severity, base.severity_grows)
    return tuple(_without(case, changed, severity=not graver) for case in base.cases)


def _changed(outcome: str, rule: Rule, base: Rule) -> set[str]:
    """The parts of a task, alert or digest that the rules word differently."""
    mine, theirs, parts = getattr(rule, outcome), getattr(base, outcome), _WORDED[outcome]
    return {part for part in parts if getattr(mine, part, None) != getattr(theirs, part, None)}


def _merged(base: Node, over: Node) -> Node:
    if isinstance(base, Entries) and isinstance(over, Entries):
        return _merged_entries(base, over)
    return over


def _merged_entries(base: Entries, over: Entries) -> Entries:
    changed = {key.text: (key, value) for key, value in over.entries}
    entries = []
    for key, value in base.entries:
        new_key, new = changed.pop(key.text, (key, value))
        entries.append((new_key, value if new is value else _merged(value, new)))
    return Entries(entries=(*entries, *changed.values()), place=over.place, flow=over.flow)


def _without(case: Case, changed: Mapping[str, set[str]], *, severity: bool) -> Case:
    expect = (
        dataclasses.replace(
            one,
            task=_left(one.task, changed["task"]),
            alert=_left(one.alert, changed["alert"]),
            digest=_left(one.digest, changed["digest"]),
            severity=one.severity if severity else None,
        )
        for one in case.expect
    )
    return dataclasses.replace(case, expect=tuple(expect))


def _left(said: Mapping[str, T], parts: set[str]) -> dict[str, T]:
    return {name: value for name, value in said.items() if name not in parts}
