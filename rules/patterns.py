"""Which activities, quotes and stage entries a clause means: from words to events."""

from __future__ import annotations

from typing import Any, Final

from rules.checked import Event, File, Planned, Quote, StageEntry, TouchPattern
from rules.notes import Notes, Path
from rules.problems import listed
from rules.touch_words import CountedActivity, EventActivity, EventWords, OwnActivity, Touch

_EVENTS: Final = tuple(EventWords.model_fields)
_CLOSES: Final = "closes_conversation"


def read_pattern(touch: Touch, path: Path, notes: Notes) -> TouchPattern:
    """Which activities count; a list that is empty, so that none would, is noted."""
    for word in sorted(touch.model_fields_set):
        if getattr(touch, word) == ():
            message = "this list is empty, so no activity would count. Fill it, or delete it."
            notes.add(notes.key(*path, word), message)
    by = frozenset(touch.by)
    return TouchPattern(
        by=frozenset({"anyone"}) if "anyone" in by else by,
        at_least=touch.at_least,
        direction=None if touch.direction == "any" else touch.direction,
        kinds=frozenset(str(kind) for kind in touch.type),
        automated=touch.automated,
        lasting=_lasting(touch, path, notes),
        **(_said(touch, path, notes) if isinstance(touch, CountedActivity) else {}),
        same_document=isinstance(touch, EventActivity) and touch.same is not None,
        **(_of_client(touch) if isinstance(touch, OwnActivity) else {}),
    )


def _lasting(touch: Touch, path: Path, notes: Notes) -> int | tuple[tuple[str, int], ...] | None:
    if not isinstance(touch.lasting, dict):
        return touch.lasting
    for kind in sorted(set(touch.lasting) - set(touch.type)):
        message = f'"type" leaves out "{kind}". Add it there or delete this.'
        notes.add(notes.key(*path, "lasting", kind), message)
    return tuple(sorted((str(kind), seconds) for kind, seconds in touch.lasting.items()))


def _said(words: CountedActivity, path: Path, notes: Notes) -> dict[str, Any]:
    says, does_not_say = frozenset(words.says), frozenset(words.does_not_say)
    both = says & (does_not_say | frozenset(words.lacks))
    if both:
        message = f"no text both says {listed(sorted(both), 'and')} and does not. Delete one."
        notes.add(notes.key(*path, "does_not_say"), message)
    closing = words.closes_conversation
    if closing is not None:
        says, does_not_say = _with_closing(closing, says, does_not_say)
    said = {"says": says, "does_not_say": does_not_say, "lacks": frozenset(words.lacks)}
    return said | {"picked_up": words.picked_up}


def _of_client(words: OwnActivity) -> dict[str, Any]:
    return {"answers": words.answers, "client_has": frozenset(words.client_has)}


def _with_closing(
    closing: bool, says: frozenset[str], does_not_say: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    return (says | {_CLOSES}, does_not_say) if closing else (says, does_not_say | {_CLOSES})


def read_event(words: EventWords, path: Path, notes: Notes) -> Event | None:
    """The one thing that is named; none, or two at once, is noted."""
    named = [name for name in _EVENTS if getattr(words, name) is not None]
    if len(named) != 1:
        known = listed([f'"{name}"' for name in _EVENTS])
        what = "what is meant? Write one of" if not named else "this is two things. Keep one of"
        notes.add(notes.value(*path), f"{what} {known}.")
        return None
    return _event(getattr(words, named[0]), (*path, named[0]), notes)


def _event(value: Any, path: Path, notes: Notes) -> Event:
    if isinstance(value, Touch):
        return read_pattern(value, path, notes)
    if path[-1] == "planned":
        kinds = frozenset(str(kind) for kind in value.type)
        return Planned(kinds=kinds, in_next=value.in_next, or_by=value.or_by)
    if path[-1] == "quote":
        return Quote(presented=value.presented)
    if path[-1] == "file":
        if not value.named:
            message = "this list is empty, so no file would count. Fill it, or delete it."
            notes.add(notes.key(*path, "named"), message)
        kinds = frozenset(str(kind) for kind in value.named)
        return File(kinds=kinds, mailed=value.mailed, same_document=value.same is not None)
    return StageEntry(stages=frozenset(value.stage))
