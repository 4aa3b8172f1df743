"""What a pass works with: settings, rules, stores, connector. Opened and closed together."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from connectors.base import Bounded, Connector, Narrows, Remembers
from connectors.errors import Refused
from connectors.open import open_connector
from rules.checked import Rule
from rules.wanted import streams_wanted
from worker import feeds
from worker.apply import Clock
from worker.clock import utc_now
from worker.file_system import why_unsafe
from worker.forgetting import of_both
from worker.keys import Keyring, default_secret
from worker.ledger import Ledger
from worker.lock import held
from worker.log import logger
from worker.mirror import Mirror
from worker.older import let_go
from worker.pausing import why_paused
from worker.pull import Progress
from worker.purging import hold_to
from worker.reading import reading_of
from worker.settings import Settings
from worker.standby import Standby
from worker.store import leased, open_ledger

MIRROR_FILE: Final = "mirror.duckdb"
MARKS_NEED_ONE_WORKER: Final = (
    "the CRM does not keep our key unique here (marker mode), so two workers could write one task "
    "twice. Keep the ledger in a file (unset FOLLOWTHROUGH_DATABASE), or provision the key field."
)
#: A task may quote what somebody wrote; once the CRM has it, our copy is of no use (rulings: Text).
PAYLOADS_STAY: Final = dt.timedelta(days=30)


def silent(feed: str, rows: int) -> None:
    """Report no progress."""


def always() -> bool:
    """Say yes."""
    return True


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything a pass needs."""

    settings: Settings
    rules: Mapping[str, Rule]
    connector: Connector
    mirror: Mirror
    ledger: Ledger
    clock: Clock = utc_now
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = silent
    may_send: Callable[[], bool] = always

    def must_stop(self) -> bool:
        """Tell whether no further request may be sent that writes: told to stop, paused, or no
        longer sure to be the only worker."""
        paused = why_paused(self.settings.state, self.ledger) is not None
        return self.stop.is_set() or paused or not self.may_send()

    def keyring(self, org_id: str) -> Keyring:
        """Return what makes this org's keys."""
        secret = self.settings.key
        return Keyring(
            secret.get_secret_value().encode() if secret else default_secret(org_id), org_id
        )

    def check_writable(self) -> None:
        """Raise Refused, with what to do, unless tasks can be written exactly once."""
        why_not = self.connector.why_not_writable()
        if why_not is not None:
            raise Refused(why_not, code="NOT_WRITABLE")
        if self.ledger.shared and self.connector.quarantine:
            raise Refused(MARKS_NEED_ONE_WORKER, code="NOT_WRITABLE")


@contextmanager
def open_desk(
    settings: Settings,
    rules: Mapping[str, Rule],
    *,
    clock: Clock = utc_now,
    stop: threading.Event | Standby | None = None,
    progress: Progress = silent,
    connect: Callable[[Settings, threading.Event], Connector] | None = None,
) -> Iterator[Desk]:
    """Hold the state directory, open both stores and the connector, and close them all again.

    What calls a session made is remembered with the mirror, and counts towards the day's share.
    `stop` ends it; where it is a Standby, another worker of the same ledger is waited for.
    Raises Busy, MirrorError, LedgerError, Unusable.
    """
    standby = stop if isinstance(stop, Standby) else None
    stop = stop.stop if isinstance(stop, Standby) else stop or threading.Event()
    with ExitStack() as stack:
        stack.enter_context(held(settings.state))
        if (unsafe := why_unsafe(settings.state.resolve())) is not None:
            logger().warning("state", look_at=unsafe)
        ledger = open_ledger(settings.state, settings.database)
        stack.callback(ledger.close)
        lease = stack.enter_context(leased(ledger, standby))
        ledger.purge_payloads(clock() - PAYLOADS_STAY)
        ledger.write_anew()
        let_go(settings.state, clock())
        mirror = _open_mirror(settings, ledger, clock())
        stack.callback(mirror.close)
        connector = (connect or _connect)(settings, stop)
        stack.callback(connector.close)
        if isinstance(connector, Remembers):
            connector.spent_before(feeds.spent(mirror.connection, clock()))
        if isinstance(connector, Bounded):
            connector.bound_by(lease.left)
        stack.callback(lambda: feeds.spend(mirror.connection, clock(), connector.usage().calls))
        if isinstance(connector, Narrows):
            connector.read_only(streams_wanted(rules.values(), settings.org(())))
        yield Desk(
            settings=settings,
            rules=rules,
            connector=connector,
            mirror=mirror,
            ledger=ledger,
            clock=clock,
            stop=stop,
            progress=progress,
            may_send=lease.lasts,
        )


def _open_mirror(settings: Settings, ledger: Ledger, now: dt.datetime) -> Mirror:
    path = settings.state / MIRROR_FILE
    mirror = Mirror.open(path, memory=settings.memory)
    try:
        mirror = hold_to(mirror, path, settings.text, now, of_both(ledger, mirror, now))
    except BaseException:
        mirror.close()
        raise
    mirror.reading = reading_of(settings, now)
    return mirror


def _connect(settings: Settings, stop: threading.Event) -> Connector:
    return open_connector(settings.crm_settings(), stop=stop)
