"""A thin rule over a shipped one: `extends: shipped/won-no-follow-up` and what differs.

Mappings merge key by key, at every depth; anything else (a text, a list) replaces what was there.
Every node keeps its place, so a problem is told where it was written. What the shipped rule has can
be changed but not taken away, with one exception: what it writes. `then: {task: no}` takes the task
away, and the steps that speak of it. A rule that needs less otherwise is a rule of its own.

The shipped rule's tests stay with the shipped rule. A thin rule passes on them too as long as it
means the same (`Rule.meaning` and calendar); expectations about parts of the task that it words
differently are left out then. One that means something else has only the tests it writes itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final, TypeVar

from rules.case_nouns import Case
from rules.checked import Rule
from rules.strict_yaml import Entries, Node, Scalar

T = TypeVar("T")

PREFIX: Final = "shipped/"
#: What a thin rule writes in the place of a task, an alert or a digest it does not want.
NOT_WANTED: Final = "no"
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
    base = dataclasses.replace(base, entries=kept)
    refused = _refused(base, over)
    if "task" in refused and over.key("escalate") is None:
        base = _without_keys(base, {"escalate"})
    return _merged_entries(_not_written(base, refused), _not_written(over, refused))


def _refused(base: Entries, over: Entries) -> set[str]:
    """What the shipped rule writes and the thin one does not want: `task: no`."""
    mine, theirs = over.get("then"), base.get("then")
    if not isinstance(mine, Entries) or not isinstance(theirs, Entries):
        return set()
    return {
        key.text
        for key, said in mine.entries
        if isinstance(said, Scalar) and said.text == NOT_WANTED and theirs.key(key.text)
    }


def _not_written(tree: Entries, outcomes: Collection[str]) -> Entries:
    then = tree.get("then")
    if not isinstance(then, Entries) or not outcomes:
        return tree
    less = _without_keys(then, outcomes)
    entries = tuple((key, less if said is then else said) for key, said in tree.entries)
    return dataclasses.replace(tree, entries=entries)


def _without_keys(tree: Entries, keys: Collection[str]) -> Entries:
    kept = tuple(pair for pair in tree.entries if pair[0].text not in keys)
    return dataclasses.replace(tree, entries=kept)


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
    if mine is None:
        return {"to", *parts}
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
