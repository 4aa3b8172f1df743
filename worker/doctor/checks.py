"""What a check is: what was looked at, how it stands, what to do. Nouns only; looks at nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing has to be done
    LOOK = "look"  # something works less well than it could: it says what to do
    STOP = "stop"  # no pass gets through until somebody acts


#: Exit codes, as docs/operations.md has them.
DEGRADED: Final = 1
MISTAKE: Final = 2
CRM_UNUSABLE: Final = 3
STATE_UNUSABLE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at. Each of `todo` says what is wrong and what to do."""

    name: str
    state: State
    says: str
    todo: tuple[str, ...] = ()
    code: int = 0  # the exit code it asks for

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "check": self.name,
            "state": str(self.state),
            "says": self.says,
            "todo": list(self.todo),
        }


def ok(name: str, says: str) -> Check:
    """All is well."""
    return Check(name=name, state=State.OK, says=says)


def note(name: str, says: str, todo: Sequence[str] = ()) -> Check:
    """Worth knowing."""
    return Check(name=name, state=State.NOTE, says=says, todo=tuple(todo))


def look(name: str, says: str, todo: Sequence[str] = ()) -> Check:
    """Somebody should look at it."""
    return Check(name=name, state=State.LOOK, says=says, todo=tuple(todo), code=DEGRADED)


def stop(name: str, says: str, code: int, todo: Sequence[str] = ()) -> Check:
    """Nothing works until somebody acts."""
    return Check(name=name, state=State.STOP, says=says, todo=tuple(todo), code=code)


def exit_code(checks: Sequence[Check]) -> int:
    """Return the code of what has to be mended first: settings, then the CRM, then the state."""
    stops = [one.code for one in checks if one.state is State.STOP]
    return min(stops, default=max((one.code for one in checks), default=0))
