"""What comes of the words that people type into tasks. Decides; writes and reads nothing.

A person's word goes before ours: whoever says that a task is not needed is not asked why. The last
word that ends or snoozes a task counts. A word that is not understood is answered once a task.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.model import TaskClose, TaskNote
from rules import wording
from worker.decision import Decision, Reason, of_task
from worker.known import CLOSED_BY_US, HeardWord, KnownTask, TaskState, Turn
from worker.sitting import Sitting
from worker.words_typed import LONGEST_SNOOZE, Word, snooze_of

#: What stands for the one answer of a task in `mentions`.
ANSWERED: Final = "answered"

#: A word that ends a task -> what the task becomes, and what its last line says.
_ENDS: Final = {
    Word.ELSEWHERE: (TaskState.RESOLVED, "handled outside the CRM"),
    Word.NOT_NEEDED: (TaskState.DISMISSED, "not needed, as you said"),
    Word.WRONG: (TaskState.DISMISSED, "a false alarm, as you said. Thank you"),
}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Everything typed into one task that nobody has obeyed yet."""

    task: KnownTask
    words: Sequence[HeardWord]
    sitting: Sitting

    @property
    def marks(self) -> tuple[str, ...]:
        return tuple(one.mark for one in self.words)

    def snoozed_until(self, one: HeardWord) -> dt.datetime | None:
        """The end of a snooze: so many days from when it was read, or a day of the owner's."""
        snooze = snooze_of(one.argument)
        if snooze is None:
            return None
        until = one.heard_at
        if snooze.days is not None:
            until += dt.timedelta(days=snooze.days)
        elif snooze.until is not None:
            calendar = self.sitting.calendar(self.task.owner_id)
            until = calendar.utc(dt.datetime.combine(snooze.until, dt.time()))
        return until if one.heard_at < until <= one.heard_at + LONGEST_SNOOZE else None

    def understood(self, one: HeardWord) -> bool:
        """Tell whether we know what to do."""
        if one.word == Word.SNOOZE:
            return self.snoozed_until(one) is not None
        return one.word != Word.UNKNOWN


def obey(
    sitting: Sitting, explained: Mapping[str, Sequence[str]], closing: frozenset[str]
) -> Iterator[Decision]:
    """Yield what comes of every word. Of a task that is closed in this plan: next time.

    `explained` holds the answers to #why, by key; where there is none the question waits.
    """
    by_task: dict[str, list[HeardWord]] = defaultdict(list)
    for one in sitting.memory.words:
        if one.key not in closing and not (one.word == Word.WHY and one.key not in explained):
            by_task[one.key].append(one)
    for key, words in sorted(by_task.items()):
        task = sitting.memory.tasks.get(key)
        if task is not None:
            asked = _Asked(task=task, words=words, sitting=sitting)
            yield _decision(asked, explained.get(key, ()))


def _decision(asked: _Asked, explained: Sequence[str]) -> Decision:
    task = asked.task
    turn, line = _turn(asked)
    return replace(
        of_task(task, Reason.HEARD),
        note=", ".join(f"#{one.word}" for one in asked.words),
        turn=turn,
        close=TaskClose(key=task.key, task_id=task.task_id, line=line) if line else None,
        tell=None if line else _answer(asked, explained),
        covers=() if line or not _puzzled(asked) else (ANSWERED,),
    )


def _turn(asked: _Asked) -> tuple[Turn, str]:
    """What the task becomes, and its last line where that closes it."""
    marks = asked.marks
    last = next((one for one in reversed(asked.words) if _decides(asked, one)), None)
    if last is None:
        return Turn(heard=marks), ""
    bare = Turn(said=str(last.word), heard=marks)
    if last.word == Word.SNOOZE:
        snooze = snooze_of(last.argument)
        reason = snooze.reason if snooze else ""
        until = asked.snoozed_until(last)
        return replace(bare, state=TaskState.SNOOZED, until=until, reason=reason), ""
    state, line = _ENDS[Word(last.word)]
    turn = replace(bare, state=state, reason=last.argument)
    return turn, f"{CLOSED_BY_US} {line}." if asked.task.living else ""


def _decides(asked: _Asked, one: HeardWord) -> bool:
    """Whether a word ends the task, or lets an open one sleep."""
    if one.word == Word.SNOOZE:
        until = asked.snoozed_until(one)
        return asked.task.living and until is not None and until > asked.sitting.now
    return one.word in _ENDS


def _answer(asked: _Asked, explained: Sequence[str]) -> TaskNote | None:
    lines = list(explained) if any(one.word == Word.WHY for one in asked.words) else []
    puzzled = _puzzled(asked)
    if puzzled is not None:
        lines.append(wording.not_understood(puzzled.word == Word.SNOOZE))
    if not lines or asked.task.state is TaskState.DISMISSED:
        return None
    return TaskNote(key=asked.task.key, task_id=asked.task.task_id, lines=tuple(lines))


def _puzzled(asked: _Asked) -> HeardWord | None:
    """The first word we do not understand, if this task was not answered before."""
    if ANSWERED in asked.sitting.memory.mentions.get(asked.task.key, ()):
        return None
    return next((one for one in asked.words if not asked.understood(one)), None)
