"""Read one of the admin's files that hold words: every mistake at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from rules.complaints import blank, complaints
from rules.problems import Place, Problem, problem_at
from rules.strict_yaml import Node, Plain, Source, blanks, find, read, to_plain
from rules.words import Words
from worker.environment import SettingsError

W = TypeVar("W", bound=Words)

#: Where in a file: keys and indices. A last step "[key]" means the key itself, not its value.
Steps = tuple[int | str, ...]
#: Finds what single words cannot show, in a file of any shape: where, and the sentence.
Look = Callable[[Plain], Iterable[tuple[Steps, str]]]


def read_words(path: Path, words: type[W], *looks: Look) -> W:
    """Return what the file says; all defaults where it is not there or empty.

    Raises SettingsError with every mistake: of the YAML, of its words, and of each look.
    """
    node, problems = _parse(path)
    if node is None and not problems:
        return words()
    plain = None if node is None else to_plain(node)
    if node is not None:
        problems += [problem_at(place, blank(key)) for place, key in blanks(node)]
        problems += [_told(node, *found) for look in looks for found in look(plain)]
    try:
        said = None if node is None else words.model_validate(plain)
    except ValidationError as error:
        assert node is not None, "there was something to refuse"
        told = {problem.place for problem in problems}
        problems += [one for one in complaints(error, node, None, words) if one.place not in told]
        said = None
    if problems or said is None:
        raise SettingsError(sorted(set(problems)))
    return said


def place_of(path: Path, steps: Steps) -> Place:
    """Return where something stands in a file that was read before; its beginning if unknown."""
    node, _ = _parse(path)
    if node is None:
        return Place(path=str(path), line=1, column=1)
    return _told(node, steps, "").place


def read_plain(path: Path) -> Plain:
    """Return the file as dicts, lists and texts; None where it cannot be read, and no complaint."""
    try:
        node, _ = _parse(path)
    except SettingsError:
        return None
    return None if node is None else to_plain(node)


def entries(plain: Plain, *steps: str) -> Iterator[tuple[str, Plain]]:
    """Yield the keys and values under these keys of a file of any shape."""
    for step in steps:
        plain = plain.get(step) if isinstance(plain, dict) else None
    if isinstance(plain, dict):
        yield from plain.items()


def _parse(path: Path) -> tuple[Node | None, list[Problem]]:
    if not path.exists():
        return None, []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read ({type(error).__name__})."]) from None
    return read(Source(path=str(path), text=text))


def _told(tree: Node, steps: Steps, sentence: str) -> Problem:
    node, key = find(tree, steps)
    at_key = bool(steps) and steps[-1] == "[key]" and key is not None
    return problem_at(key.place if at_key and key else node.place, sentence)
