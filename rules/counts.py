"""The `count` of a rule: which touches happened too often, and in how long a time."""

from __future__ import annotations

from collections.abc import Sequence

from rules.absences import read_pattern
from rules.checked import Presence, TouchPattern
from rules.language import Count, CountedActivity
from rules.notes import Notes
from rules.problems import listed


def read_counts(counts: Sequence[Count], notes: Notes) -> tuple[Presence, ...]:
    """The presences; one without a length, or that nothing can ever meet, is noted."""
    if not counts:
        notes.add(notes.key("count"), '"count" is empty. Say which activities are counted.')
    found = (_presence(words, number, notes) for number, words in enumerate(counts))
    return tuple(presence for presence in found if presence)


def says_something(counts: Sequence[Count]) -> bool:
    """Whether a sentence is looked for, so that a text may quote it as `{said}`."""
    return any(words.of.activity.says for words in counts)


def _presence(words: Count, number: int, notes: Notes) -> Presence | None:
    pattern = _pattern(words.of.activity, ("count", number, "of", "activity"), notes)
    if words.in_last is None:
        message = '"count" needs "in_last". Write for example "in_last: 5 business days".'
        notes.add(notes.value("count", number), message)
        return None
    return Presence(
        pattern=pattern,
        in_last=words.in_last,
        at_least=words.at_least,
        place=notes.value("count", number),
    )


def _pattern(words: CountedActivity, path: tuple[int | str, ...], notes: Notes) -> TouchPattern:
    both = set(words.says) & set(words.does_not_say)
    if words.does_not_say and not words.says:
        message = (
            '"does_not_say" needs "says" beside it: only a text that says something is read. '
            'Write for example "says: check_in".'
        )
        notes.add(notes.key(*path, "does_not_say"), message)
    elif both:
        message = f"no text both says {listed(sorted(both), 'and')} and does not. Delete one."
        notes.add(notes.key(*path, "does_not_say"), message)
    return read_pattern(words, path, notes)
