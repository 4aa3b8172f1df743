"""Read one of the admin's files that hold words: every mistake at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from rules.complaints import complaints
from rules.problems import Problem, problem_at
from rules.strict_yaml import Plain, Source, blanks, read, to_plain
from rules.words import Words
from worker.environment import SettingsError

W = TypeVar("W", bound=Words)


def read_words(
    path: Path, words: type[W], refuse: Callable[[Plain], list[Problem]] = lambda plain: []
) -> W:
    """Return what the file says; all defaults where it is not there or empty.

    `refuse` adds problems of its own before the words are judged. Raises SettingsError.
    """
    if not path.exists():
        return words()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read ({type(error).__name__})."]) from None
    node, problems = read(Source(path=str(path), text=text))
    if node is None and not problems:
        return words()
    if node is not None:
        problems += [problem_at(place, f'"{key}" has no value.') for place, key in blanks(node)]
        problems += refuse(to_plain(node))
    if problems or node is None:
        raise SettingsError(sorted(problems))
    try:
        return words.model_validate(to_plain(node))
    except ValidationError as error:
        raise SettingsError(complaints(error, node, None, words)) from None
