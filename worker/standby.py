"""Waiting for one's turn: a worker that finds another one writing stands by until it is gone.

Says so once, looks again every few seconds, and ends at once when it is told to stop. Only a ledger
that several workers share is waited for; a state directory has one worker, and refuses a second.
"""

from __future__ import annotations

import threading
from typing import Final

from worker.lock import Busy
from worker.log import logger

#: A lease is given back at the end of a run, or is over a minute after its holder died.
LOOK_EVERY_SECONDS: Final = 5.0


class StoodBy(Busy):
    """Told to stop while another worker was writing; nothing was begun."""


class Standby:
    """One wait for the lease. `stop` ends it."""

    def __init__(self, stop: threading.Event, every: float = LOOK_EVERY_SECONDS) -> None:
        self.stop = stop
        self._every = every
        self._said = False

    def wait(self, busy: Busy) -> None:
        """Let a few seconds pass, and say once for whom. Raises StoodBy when told to stop."""
        if not self._said:
            logger().info("standby", why=str(busy))
        self._said = True
        if self.stop.wait(self._every):
            raise StoodBy("told to stop while another worker was writing; nothing was begun.")
