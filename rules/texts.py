"""The texts of a rule: their placeholders, and whether they are short enough.

Which placeholders a text may hold depends on the rule: `{said}` needs a `count` that `says`
something.
"""

from __future__ import annotations

from typing import Final

from rules.checked import TaskText
from rules.language import Task
from rules.notes import Notes
from rules.problems import did_you_mean, shown
from rules.templates import placeholders, stray_braces
from rules.vocabulary import DATED_PLACEHOLDERS, SAID

TEXTS: Final = ("subject", "purpose", "opening", "done_when")
LONGEST_SUBJECT: Final = 80
LONGEST_TEXT: Final = 600


def read_task(task: Task, known: frozenset[str], notes: Notes) -> TaskText:
    """The task; placeholders that are not `known` and texts that are too long are noted."""
    for name in TEXTS:
        check_braces(getattr(task, name), ("then", "task", name), known, notes)
    _check_lengths(task, notes)
    if not task.to:
        notes.add(notes.value("then", "task", "to"), "this list is empty. Say who gets the task.")
    return TaskText(
        to=tuple(dict.fromkeys(task.to)),
        subject=task.subject,
        purpose=task.purpose,
        opening=task.opening,
        done_when=task.done_when,
        due=task.due,
        high_priority=task.priority == "high",
    )


def check_braces(
    text: str, path: tuple[int | str, ...], known: frozenset[str], notes: Notes
) -> None:
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
        return f'"{{{SAID}}}" needs a "count" that says something, such as "says: check_in".'
    if form and name in DATED_PLACEHOLDERS:
        return f'"{{{name}}}" has no form {shown(form)}. Write "{{{name}:day}}".'
    if form and name in known:
        return f'"{{{name}}}" is no date: it has no form {shown(form)}. Write "{{{name}}}".'
    near = did_you_mean(word, known) or ' Write for example "{account}" or "{owner}".'
    return f"there is no placeholder {shown(word)}.{near}"


def _check_lengths(task: Task, notes: Notes) -> None:
    for name, limit in ((name, LONGEST_TEXT) for name in TEXTS[1:]):
        length = len(getattr(task, name))
        if length > limit:
            message = f"this text has {length} characters; {limit} are the most. Shorten it."
            notes.add(notes.value("then", "task", name), message)
    length = without_placeholders(task.subject)
    if length > LONGEST_SUBJECT:
        message = (
            f"this subject has {length} characters beside its placeholders; "
            f"{LONGEST_SUBJECT} are the most. Shorten it."
        )
        notes.add(notes.value("then", "task", "subject"), message)
    if "\n" in task.subject:
        notes.add(notes.value("then", "task", "subject"), "a subject is a single line.")


def without_placeholders(text: str) -> int:
    """How many characters a text has before its placeholders are filled."""
    return len(text) - sum(len(name) + 2 for name, _ in placeholders(text))
