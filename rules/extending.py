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
#: Parts of the task a test can expect, without `to`, which belongs to the meaning.
_WORDED: Final = ("due", "subject", "purpose", "opening", "done_when")


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
    changed = {part for part in _WORDED if getattr(rule.task, part) != getattr(base.task, part)}
    return tuple(_without(case, changed) for case in base.cases)


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


def _without(case: Case, parts: set[str]) -> Case:
    expect = tuple(
        dataclasses.replace(one, task=_left(one.task, parts)) if one.task else one
        for one in case.expect
    )
    return dataclasses.replace(case, expect=expect)


def _left(task: Mapping[str, T], parts: set[str]) -> dict[str, T]:
    return {name: value for name, value in task.items() if name not in parts}
