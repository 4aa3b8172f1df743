"""What the CRM's API allowance still permits. Counts and compares; sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from connectors.base import Usage
from connectors.errors import Unusable

OUR_SHARE: Final = "API_BUDGET"  # what reads may use of a day, or all of ours
#: Codes of errors that mean: no more calls today. Whatever was not read yet waits.
EXHAUSTED: Final = frozenset({OUR_SHARE, "DAILY", "REQUEST_LIMIT_EXCEEDED"})


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of the org's daily allowance is ours, as fractions of it (`rulings`, API budget)."""

    ours: float = 0.2
    reads: float = 0.7  # of ours; writes keep the rest
    org: float = 0.9  # reads stop when the org as a whole has used this much


class Budget:
    """Counts the calls of one session, and remembers the allowance the CRM last told us."""

    def __init__(self, crm: str, share: Share) -> None:
        self._crm = crm
        self._share = share
        self.calls = 0
        self.before = 0  # calls of earlier sessions in the last 24 hours
        self.used: int | None = None
        self.allowed: int | None = None
        self._writing = 0  # how many times somebody is at writing now

    @contextmanager
    def for_writing(self) -> Iterator[None]:
        """Let what is asked within be part of writing: it may use what reads leave."""
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1

    @property
    def usage(self) -> Usage:
        """What was spent, and what reads may still spend."""
        return Usage(
            calls=self.calls,
            used_today=self.used,
            allowed_today=self.allowed,
            left_for_reads=self._left_for_reads(),
        )

    def count(self) -> None:
        """Count one call, whatever becomes of it."""
        self.calls += 1

    def learn(self, told: tuple[int, int] | None) -> None:
        """Remember the CRM's own (used, allowed) where an answer held it."""
        if told is not None:
            self.used, self.allowed = told

    def spend(self, *, read: bool) -> None:
        """Permit one more call, or raise Unusable when our share, or the org's, is used up."""
        if not self.allowed or self.used is None:
            return
        read = read and not self._writing
        if self.before + self.calls >= self._ours(self.allowed, read=read):
            raise self._spent("Followthrough's own share of")
        if read and self.used >= self.allowed * self._share.org:
            raise self._spent("Nearly all of")

    def _ours(self, allowed: int, *, read: bool) -> float:
        return allowed * self._share.ours * (self._share.reads if read else 1.0)

    def _left_for_reads(self) -> int | None:
        if not self.allowed or self.used is None:
            return None
        ours = self._ours(self.allowed, read=True) - self.before - self.calls
        return max(0, int(min(ours, self.allowed * self._share.org - self.used)))

    def _spent(self, what: str) -> Unusable:
        return Unusable(
            f"{what} the daily API allowance of this {self._crm} org is used up "
            f"({self.used} of {self.allowed} calls by everybody, {self.calls} by this run, "
            f"{self.before} by our runs of the 24 hours before). Wait until calls become free "
            "again, or raise api_share in the settings.",
            code=OUR_SHARE,
        )
