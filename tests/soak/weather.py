"""What goes wrong, hour by hour, by a seed: on the wire, at the CRM, and with the worker itself.

No trouble lasts longer than an hour, nor comes in more than every third: a CRM that never answers
is another story (it is told, and nothing is written).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from connectors.simulator.exchange import Arrival
from connectors.simulator.fault_answers import error, page
from connectors.simulator.faults import (
    ActThenAnswer,
    ActThenDrop,
    ActThenHang,
    ActThenReset,
    Delay,
    DropBefore,
    Fault,
    Instead,
    ResetBefore,
    Truncate,
)

#: A request that asks, by how its path ends, although it is no GET.
_ASKS: Final = ("/search", "/batch/read", "/token", "/tasks/0")
#: Name -> what happens to a request.
_FAULTS: Final[dict[str, Callable[[str], Fault]]] = {
    "dropped": lambda crm: DropBefore(),
    "done and dropped": lambda crm: ActThenDrop(),
    "reset": lambda crm: ResetBefore(),
    "done and reset": lambda crm: ActThenReset(),
    "cut short": lambda crm: Truncate(keep=11),
    "done and silent": lambda crm: ActThenHang(seconds=900),
    "done after half an hour": lambda crm: Delay(seconds=1800),
    "slow": lambda crm: Delay(seconds=20),
    "not signed in": lambda crm: _instead(crm, 401),
    "too many": lambda crm: _instead(crm, 429),
    "broken": lambda crm: _instead(crm, 500),
    "not there": lambda crm: _instead(crm, 503),
    "done and broken": lambda crm: _done(crm, 502),
    "another page": lambda crm: _page(),
}


def _instead(crm: str, status: int) -> Fault:
    body, headers = error(crm, status, None, None)
    return Instead(status=status, body=body, headers=headers)


def _page() -> Fault:
    body, headers = page(200)
    return Instead(status=200, body=body, headers=headers)


def _done(crm: str, status: int) -> Fault:
    body, headers = error(crm, status, None, None)
    return ActThenAnswer(status=status, body=body, headers=headers)


def writes(method: str, path: str) -> bool:
    """Tell a request that changes something."""
    return method != "GET" and not path.endswith(_ASKS)


class Crash(BaseException):
    """The worker is gone, between two instructions."""


@dataclass
class Weather:
    """The trouble of a story. `hour` begins another; `fault` is what the simulator asks."""

    crm: str
    dice: random.Random
    storms: float = 0.3  # of all hours
    had: Counter[str] = field(default_factory=Counter)
    _fault: Callable[[int, bool], str | None] = lambda number, writing: None
    _dies: tuple[int, bool, bool] | None = None  # before which request, of those that write, after
    _number: int = 0
    _writing: int = 0

    def hour(self, *, calm: bool = False) -> None:
        """Begin an hour."""
        self._number = self._writing = 0
        self._fault, self._dies = lambda number, writing: None, None
        dice = self.dice
        if calm or dice.random() >= self.storms:
            return
        if dice.random() < 0.3:
            writing = dice.random() < 0.6
            self._dies = (dice.randrange(1, 3 if writing else 30), writing, dice.random() < 0.5)
            return
        kinds, often = dice.sample(sorted(_FAULTS), 2), dice.choice((0.03, 0.1, 0.3))
        only = dice.random() < 0.5
        own = random.Random(dice.random())

        def chosen(number: int, writing: bool) -> str | None:
            if only and not writing:
                return None
            return own.choice(kinds) if own.random() < (0.7 if only else often) else None

        self._fault = chosen

    def fault(self, number: int, arrival: Arrival) -> Fault | None:
        """Say what happens to this request."""
        name = self._fault(number, writes(arrival.method, arrival.path))
        if name is None:
            return None
        self.had[name] += 1
        return _FAULTS[name](self.crm)

    def dies(self, method: str, path: str) -> str | None:
        """Say whether the worker dies "before" this request, or "after" its answer."""
        writing = writes(method, path)
        self._number += 1
        self._writing += writing
        if self._dies is None:
            return None
        at, only, after = self._dies
        if (self._writing if only else self._number) != at or (only and not writing):
            return None
        self._dies = None
        when = "after" if after else "before"
        self.had[f"died {when} a request that {'writes' if writing else 'asks'}"] += 1
        return when
