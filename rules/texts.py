"""The task of a rule: its texts, their placeholders, and whether the subject is short enough."""

from __future__ import annotations

from typing import Final

from rules.checked import TaskText
from rules.language import Task
from rules.notes import Notes
from rules.problems import did_you_mean, shown
from rules.templates import placeholders, stray_braces
from rules.vocabulary import DATED_PLACEHOLDERS, placeholder_names

TEXTS: Final = ("subject", "purpose", "opening", "done_when")
LONGEST_SUBJECT: Final = 80
LONGEST_TEXT: Final = 600


def read_task(task: Task, notes: Notes) -> TaskText:
    """The task; placeholders that do not exist and texts that are too long are noted."""
    for name in TEXTS:
        _check_braces(name, getattr(task, name), notes)
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


def _check_braces(name: str, text: str, notes: Notes) -> None:
    scalar = notes.scalar("then", "task", name)
    if scalar is None:
        return
    known = placeholder_names()
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
    length = _without_placeholders(task.subject)
    if length > LONGEST_SUBJECT:
        message = (
            f"this subject has {length} characters beside its placeholders; "
            f"{LONGEST_SUBJECT} are the most. Shorten it."
        )
        notes.add(notes.value("then", "task", "subject"), message)
    if "\n" in task.subject:
        notes.add(notes.value("then", "task", "subject"), "a subject is a single line.")


def _without_placeholders(text: str) -> int:
    return len(text) - sum(len(name) + 2 for name, _ in placeholders(text))
