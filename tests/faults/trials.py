"""Trials of the writing half of the fault matrix: how one is registered, and what it is given.

A trial of the life of a task is given a `Firm`, once in each CRM; one of a store, a process or a
file is given an empty directory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.worker.firm import CRMS, Firm


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial of a row."""

    id: str
    name: str
    run: Callable[[Any], None]
    crm: str | None  # None: it is given a directory
    quick: bool = False  # `make test` runs it, too


TRIALS: Final[list[Trial]] = []


def in_a_firm(
    *ids: str, crms: tuple[str, ...] = CRMS
) -> Callable[[Callable[[Firm], None]], Callable[[Firm], None]]:
    """Register a trial that is given a company with one sold deal, before the first pass."""

    def register(run: Callable[[Firm], None]) -> Callable[[Firm], None]:
        TRIALS.extend(
            Trial(id=id, name=run.__name__, run=run, crm=crm) for id in ids for crm in crms
        )
        return run

    return register


def in_a_directory(
    *ids: str, quick: bool = False
) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Register a trial that is given an empty directory."""

    def register(run: Callable[[Path], None]) -> Callable[[Path], None]:
        TRIALS.extend(Trial(id=id, name=run.__name__, run=run, crm=None, quick=quick) for id in ids)
        return run

    return register
