"""What the hands that work in a CRM have in common: what they know of it, and what it refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random


class Hands:
    """The records of each object as people know them. `mix`: how often each object is meant."""

    def __init__(self, mix: Mapping[str, int], refusal: type[Exception]) -> None:
        self._mix, self._refusal = mix, refusal
        self.there: dict[str, list[str]] = {kind: [] for kind in mix}
        self.done = self.refused = 0

    def try_to(self, do: Callable[[], object]) -> None:
        """Do it, unless the CRM refuses."""
        self.done += 1
        try:
            do()
        except self._refusal:
            self.refused += 1

    def some_kind(self, dice: Random) -> str:
        """An object, the common ones more often."""
        return dice.choices(tuple(self._mix), tuple(self._mix.values()))[0]

    def some(self, dice: Random, kind: str) -> str | None:
        """A record of an object; None where there is none."""
        return dice.choice(self.there[kind]) if self.there[kind] else None
