"""Read the rule files: the shipped pack and the admin's own. `rules.load` says what they mean."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final

from rules.problems import Place, Problem, problem_at
from rules.strict_yaml import Source

DIRECTORY: Final = "rules"
MOST_FILES: Final = 200
#: A file that nobody has touched for so many seconds is whole; it is looked at so often.
_RESTED: Final = 2.0
_PATIENCE: Final = 30


def shipped() -> list[Source]:
    """Return the shipped rules, as the package holds them."""
    folder = resources.files("rules") / "shipped"
    return [
        Source(path=f"rules/shipped/{entry.name}", text=entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml")
    ]


def own(config: Path) -> tuple[list[Source], list[Problem]]:
    """Return the admin's rule files: regular files only, no links (`reliability: F69`)."""
    folder = config / DIRECTORY
    if not folder.is_dir():
        return [], [_problem(folder, "this directory is missing. Rules stand in it as *.yaml.")]
    sources, problems = [], []
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    if len(paths) > MOST_FILES:
        return [], [_problem(folder, f"more than {MOST_FILES} rule files. Put several in one.")]
    for path in paths:
        try:
            sources.append(Source(path=str(path), text=_read(path)))
        except (OSError, ValueError) as error:
            problems.append(_problem(path, f"it cannot be read ({error})."))
    return sources, problems


def let_rest(
    config: Path, now: Callable[[], dt.datetime], pause: Callable[[float], object]
) -> bool:
    """Wait until nobody is writing at the rule files any more; tell whether they came to rest.

    One that is written at this moment may be half of what it is to be, and still have a meaning
    (`reliability: F70`). A stamp in the future is no reason to wait.
    """
    for _ in range(_PATIENCE):
        young = now().timestamp() - _RESTED
        folder = config / DIRECTORY
        stamps = (path.stat().st_mtime for path in folder.glob("*.y*ml") if path.exists())
        if not any(young < stamp <= young + _RESTED for stamp in stamps):
            return True
        pause(_RESTED / 2)
    return False


def _read(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is not a regular file")
        return file.read((1 << 20) + 1)


def _problem(path: Path, message: str) -> Problem:
    return problem_at(Place(path=str(path), line=1, column=1), message)
