"""The `count` and `ratio` of a rule: what happened too often or too seldom, in how long a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rules.absences import read_after
from rules.checked import EventStart, Presence, Ratio, TouchPattern
from rules.conditions import Vocabulary
from rules.contradictions import Scope, not_shorter
from rules.language import Count, Counted, RatioWords
from rules.lengths import Length
from rules.notes import Path
from rules.patterns import read_pattern
from rules.touch_words import CountedActivity, OwnActivity
from rules.vocabulary import FieldWord

_NO_START = (
    '"count" needs "in_last", such as "in_last: 5 business days", or "after", such as '
    '"after: {last: {touch: {direction: outbound}}}".'
)
_NO_LENGTH = '"{word}" needs "in_last". Write for example "in_last: 5 business days".'


def read_counts(counts: Sequence[Count], scope: Scope, known: Vocabulary) -> tuple[Presence, ...]:
    """The presences; one without a length, or that nothing can ever meet, is noted."""
    if not counts:
        known.notes.add(
            known.notes.key("count"), '"count" is empty. Say which activities are counted.'
        )
    found = (_presence(words, number, scope, known) for number, words in enumerate(counts))
    return tuple(presence for presence in found if presence)


def read_ratios(ratios: Sequence[RatioWords], known: Vocabulary) -> tuple[Ratio, ...]:
    """The ratios; one that compares with nothing, or is no person's, is noted."""
    if known.subject != "owner" and ratios:
        message = f'"ratio" is about people: it needs "for: owner", not "{known.subject}".'
        known.notes.add(known.notes.key("ratio"), message)
    found = (_ratio(words, number, known) for number, words in enumerate(ratios))
    return tuple(ratio for ratio in found if ratio)


def says_something(counts: Sequence[Count | RatioWords]) -> bool:
    """Whether a sentence is looked for, so that a text may quote it as `{said}`."""
    return any(words.of.activity.says for words in counts)


def _presence(words: Count, number: int, scope: Scope, known: Vocabulary) -> Presence | None:
    path: Path = ("count", number)
    pattern = _pattern(words.of, (*path, "of"), known)
    if words.in_last is None and words.after is None:
        known.notes.add(known.notes.value(*path), _NO_START)
        return None
    after = _after(words, path, scope, known)
    at_least = 1 if words.at_least is None and words.at_most is None else words.at_least
    if at_least is not None and words.at_most is not None:
        message = 'keep one of "at_least" and "at_most": a rule speaks of too many or too few.'
        known.notes.add(known.notes.key(*path, "at_most"), message)
    if (words.at_most is not None or words.older_than is not None) and known.subject != "owner":
        word = "at_most" if words.at_most is not None else "older_than"
        message = f'"{word}" counts the work of people: it needs "for: owner".'
        known.notes.add(known.notes.key(*path, word), message)
    if isinstance(words.in_last, Length) and words.older_than is not None:
        _check_window(words.in_last, words.older_than, (*path, "older_than"), known)
    return Presence(
        pattern=pattern,
        in_last=words.in_last,
        after=after,
        at_least=at_least,
        at_most=words.at_most,
        older_than=words.older_than,
        place=known.notes.value(*path),
    )


def _check_window(within: Length, older: Length, path: Path, known: Vocabulary) -> None:
    if not_shorter(older, within):
        message = f'nothing of the last {within} is {older} old. Make "older_than" shorter.'
        known.notes.add(known.notes.key(*path), message)


def _after(
    words: Count, path: Path, scope: Scope, known: Vocabulary
) -> FieldWord | EventStart | None:
    if words.after is None:
        return None
    if known.subject == "owner":
        message = '"after" counts what came since on one record; of people, write "in_last".'
        known.notes.add(known.notes.key(*path, "after"), message)
        return None
    return read_after(words.after, (*path, "after"), scope, known)


def _ratio(words: RatioWords, number: int, known: Vocabulary) -> Ratio | None:
    path: Path = ("ratio", number)
    of = _pattern(words.of, (*path, "of"), known)
    to = _pattern(words.to, (*path, "to"), known)
    if (words.below is None) == (words.above is None):
        known.notes.add(known.notes.value(*path), 'write one of "below" and "above", as in "50 %".')
        return None
    if not _has_length(words.in_last, "ratio", path, known):
        return None
    assert words.in_last is not None
    return Ratio(
        of=of,
        to=to,
        in_last=words.in_last,
        below=words.below,
        above=words.above,
        start_from=words.from_,
        place=known.notes.value(*path),
    )


def _has_length(length: Length | None, word: str, path: Path, known: Vocabulary) -> bool:
    if length is None:
        known.notes.add(known.notes.value(*path), _NO_LENGTH.format(word=word))
    return length is not None


#: What is asked of the touches of people alone.
_OF_PEOPLE: Final = OwnActivity.model_fields.keys() - CountedActivity.model_fields.keys()


def _pattern(words: Counted, path: Path, known: Vocabulary) -> TouchPattern:
    here = (*path, "activity")
    if known.subject != "owner":
        for word in sorted(_OF_PEOPLE & words.activity.model_fields_set):
            message = f'"{word}" counts the work of people: it needs "for: owner".'
            known.notes.add(known.notes.key(*here, word), message)
    return read_pattern(words.activity, here, known.notes)
