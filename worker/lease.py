"""The lease: which worker may change the ledger. A number that grows with every holder.

The number is compared in every transaction of the ledger, so a worker that was frozen while another
took over can record nothing more. What it had sent by then the CRM decides, by its unique key: the
lease guards the ledger, never the CRM (`reliability.md` C.6).

On PostgreSQL the term runs by the database's clock alone; in a file the lock beside it is the term,
and the number is counted all the same. Never in here: the worker's own wall clock.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from worker.lock import Busy
from worker.statements import LedgerError
from worker.tables import LEASE

TERM_SECONDS: Final = 60
RENEWED_EVERY_SECONDS: Final = 20
#: Nothing is sent that near to the end of the term.
MARGIN_SECONDS: Final = 15
_NAME: Final = "worker"
_MINE: Final = LEASE.c.name == _NAME
#: Asked in every transaction, so put together once.
_EPOCH: Final = sa.select(LEASE.c.epoch).where(_MINE)
_ROW: Final = sa.select(LEASE).where(_MINE)
_TAKE: Final = sa.update(LEASE).where(_MINE)


class LeaseLost(LedgerError):
    """Another worker took over while this one was held up."""


class Lease:
    """One worker's hold on a ledger. `tick` counts seconds and never runs backwards."""

    def __init__(
        self, engine: sa.Engine, holder: str, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._tick = tick
        self._shared = engine.dialect.name == "postgresql"
        self._lost = False
        self._sure_until = 0.0
        self.epoch = 0

    def take(self) -> None:
        """Become the holder, with the next number. Raises Busy while another one's term runs."""
        began = self._tick()
        with self._engine.begin() as run:
            row = run.execute(_ROW).mappings().first()
            if row is None:
                run.execute(sa.insert(LEASE).values(name=_NAME, holder="", epoch=0, ends=0.0))
            elif self._shared and row["ends"] > (now := _now(run)):
                raise Busy(
                    f"another worker ({row['holder']}) writes with this ledger. It lets go when "
                    f"its run ends, or {row['ends'] - now:.0f} seconds after it died."
                )
            self.epoch = (0 if row is None else row["epoch"]) + 1
            run.execute(
                _TAKE, {"holder": self._holder, "epoch": self.epoch, "ends": self._ends(run)}
            )
        self._sure_until = began + TERM_SECONDS

    def check(self, run: sa.Connection) -> None:
        """Raise LeaseLost unless this transaction is the holder's."""
        if run.execute(_EPOCH).scalar() != self.epoch:
            self._lost = True
            raise LeaseLost(
                "another worker took this ledger over while this one was held up; this run "
                "records nothing more. The other one finds out by key what was written."
            )

    def renew(self) -> bool:
        """Begin the term anew; tell whether this is still the holder."""
        began = self._tick()
        try:
            with self._engine.begin() as run:
                changed = run.execute(
                    sa.update(LEASE)
                    .where(_MINE, LEASE.c.epoch == self.epoch)
                    .values(ends=self._ends(run))
                ).rowcount
        except sa.exc.DBAPIError:
            return not self._lost  # the database is away: the term that began before goes on
        self._lost = self._lost or changed != 1
        self._sure_until = began + TERM_SECONDS
        return not self._lost

    def lasts(self) -> bool:
        """Tell whether a request may leave: the term is sure to run for a while."""
        return self.left() > MARGIN_SECONDS

    def left(self) -> float:
        """Seconds for which this is sure to be the holder; a request is cut off with them."""
        if self._lost:
            return 0.0
        return self._sure_until - self._tick() if self._shared else math.inf

    def give_back(self) -> None:
        """End the term, so that nobody waits for it. The number stays."""
        try:
            with self._engine.begin() as run:
                mine = sa.update(LEASE).where(_MINE, LEASE.c.epoch == self.epoch)
                run.execute(mine.values(holder="", ends=0.0))
        except sa.exc.DBAPIError:
            return  # the term ends by itself

    def _ends(self, run: sa.Connection) -> float:
        return _now(run) + TERM_SECONDS if self._shared else 0.0

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew it from a thread until the end of the block; where a file lock holds, not."""
        if not self._shared:
            yield
            return
        over = threading.Event()

        def run() -> None:
            while not over.wait(RENEWED_EVERY_SECONDS) and self.renew():
                pass

        thread = threading.Thread(target=run, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _now(run: sa.Connection) -> float:
    """The database's clock, in seconds."""
    return float(run.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())
