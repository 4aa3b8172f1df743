"""The texts of a rule: their placeholders, and whether they are short enough.

Which placeholders a text may hold depends on the rule: `{said}` needs a `count` that `says`
something.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from rules.checked import Line, TaskText
from rules.language import LineWords, Task
from rules.notes import Notes, Path
from rules.problems import did_you_mean, shown
from rules.templates import placeholders, stray_braces
from rules.vocabulary import DATED_PLACEHOLDERS, SAID

TEXTS: Final = ("subject", "purpose", "opening", "done_when")
LONGEST_SUBJECT: Final = 80
LONGEST_TEXT: Final = 600
LONGEST_LINE: Final = 250


def read_task(task: Task, known: frozenset[str], notes: Notes) -> TaskText:
    """The task; placeholders that are not `known` and texts that are too long are noted."""
    path = ("then", "task")
    read = TaskText(
        to=tuple(dict.fromkeys(task.to)),
        subject=task.subject,
        purpose=task.purpose,
        opening=task.opening,
        done_when=task.done_when,
        due=task.due,
        high_priority=task.priority == "high",
    )
    check_task(read, path, known, notes)
    if not task.to:
        notes.add(notes.value(*path, "to"), "this list is empty. Say who gets the task.")
    return read


def read_line(words: LineWords, outcome: str, known: frozenset[str], notes: Notes) -> Line:
    """An alert or a line of a digest."""
    path = ("then", outcome)
    check_line(words.text, (*path, "text"), known, notes, what=outcome)
    if not words.to:
        notes.add(notes.value(*path, "to"), "this list is empty. Say who is told.")
    return Line(to=tuple(dict.fromkeys(words.to)), text=words.text)


def check_task(
    task: TaskText,
    path: Path,
    known: frozenset[str],
    notes: Notes,
    written: Collection[str] = TEXTS,
) -> None:
    """Note what is wrong with those texts of a task that are `written` at this place."""
    for name in (one for one in TEXTS if one in written):
        check_braces(getattr(task, name), (*path, name), known, notes)
    for name in (one for one in TEXTS[1:] if one in written):
        length = len(getattr(task, name))
        if length > LONGEST_TEXT:
            message = f"this text has {length} characters; {LONGEST_TEXT} are the most. Shorten it."
            notes.add(notes.value(*path, name), message)
    if "subject" in written:
        _check_length(task.subject, (*path, "subject"), "subject", LONGEST_SUBJECT, notes)


def check_line(text: str, path: Path, known: frozenset[str], notes: Notes, *, what: str) -> None:
    """Note what is wrong with a text of one line."""
    check_braces(text, path, known, notes)
    _check_length(text, path, what, LONGEST_LINE, notes)


def _check_length(text: str, path: Path, what: str, limit: int, notes: Notes) -> None:
    length = without_placeholders(text)
    if length > limit:
        message = (
            f"this {what} has {length} characters beside its placeholders; "
            f"{limit} are the most. Shorten it."
        )
        notes.add(notes.value(*path), message)
    if "\n" in text:
        article = "an" if what == "alert" else "a"
        notes.add(notes.value(*path), f"{article} {what} is a single line.")


def check_braces(text: str, path: Path, known: frozenset[str], notes: Notes) -> None:
    """Note the placeholders of a text that are not `known`, and braces that are none."""
    scalar = notes.scalar(*path)
    if scalar is None:
        return
    seen: dict[str, int] = {}
    for word, _ in placeholders(text):
        nth = seen[word] = seen.get(word, -1) + 1
        if word not in known:
            notes.add(scalar.place_of(f"{{{word}}}", nth), _unknown(word, known))
    if stray_braces(text):
        message = "there is a brace alone in this text. Write {name}, or {{ for a brace itself."
        notes.add(scalar.place, message)


def _unknown(word: str, known: frozenset[str]) -> str:
    name, _, form = word.partition(":")
    if word == SAID:
        return (
            f'"{{{SAID}}}" needs a "count", or an activity in "after", that says something, '
            'such as "says: check_in".'
        )
    if form and name in DATED_PLACEHOLDERS:
        return f'"{{{name}}}" has no form {shown(form)}. Write "{{{name}:day}}".'
    if form and name in known:
        return f'"{{{name}}}" is no date: it has no form {shown(form)}. Write "{{{name}}}".'
    near = did_you_mean(word, known) or ' Write for example "{account}" or "{owner}".'
    return f"there is no placeholder {shown(word)}.{near}"


def without_placeholders(text: str) -> int:
    """How many characters a text has before its placeholders are filled."""
    return len(text) - sum(len(name) + 2 for name, _ in placeholders(text))
